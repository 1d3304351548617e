"""What is wrong with English texts, for developers: they could not be translated well."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backoffice.catalogs.checks.finding import Finding, Source

_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\)(?P<kind>[sdif])|(?P<bare>[sd](?!\w))|(?P<escaped>%))?")


def source_faults(text: str) -> Iterator[str]:
    """What breaks the rules of this house for texts, in English."""
    if any(match["bare"] or match[0] == "%" for match in _PERCENT.finditer(text)):
        yield "has a percent sign that is no %(name)s"
    if text != text.strip():
        yield "begins or ends with a space"
    if re.search(r"\w\(s\)", text):
        yield "makes its plural by hand"
    if re.search(r"\{\w*\}", text):
        yield "has a placeholder in braces"


def source_findings(source: Source) -> list[Finding]:
    """What developers should mend in an English text."""
    return []
