"""What is wrong with a whole file: its bytes, its header, and entries that are there twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backoffice.catalogs.checks.finding import Finding
from backoffice.catalogs.checks.plurals import HeaderFault, is_of_language, plural_rule, usual_rule
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import Text, _l

if TYPE_CHECKING:
    from backoffice.catalogs.po import PoFile

_CHARSET = re.compile(rb"charset=\s*([\w.:-]+)", re.IGNORECASE)
_MARK = b"\xef\xbb\xbf"


def file_findings(content: bytes | PoFile, locale: str) -> list[Finding]:
    """What is wrong with a .po file, given as its bytes or as it was read; never raises, whatever the bytes are."""
    from backoffice.catalogs import po

    raw = content if isinstance(content, bytes) else content.content
    found = _of_bytes(raw)
    try:
        file = po.parse(raw) if isinstance(content, bytes) else content
    except po.PoFault as fault:
        text = _l("Line %(line)s: %(reason)s", line=fault.line, reason=fault.reason)
        return [*found, finding("encoding" if _is_foreign(raw) else "torn_file", text)]
    return found + _of_header(file, locale)


def _of_bytes(raw: bytes) -> list[Finding]:
    texts: list[Text] = []
    if raw.startswith(_MARK):
        texts.append(_l("It begins with a byte order mark, which other tools take for a text."))
    with_return = raw.count(b"\r\n")
    if with_return and with_return < raw.count(b"\n"):
        texts.append(_l("Some of its lines end as on Windows, others do not."))
    return [finding("encoding", text) for text in texts]


def _is_foreign(raw: bytes) -> bool:
    """Whether the bytes are not UTF-8, or their header says so."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    named = _CHARSET.search(raw[:8000])
    return named is not None and named[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"charset")


def _of_header(file: PoFile, locale: str) -> list[Finding]:
    found = []
    named = _CHARSET.search(file.content[:8000])
    if not file.content.isascii() and (named is None or named[1].lower() not in (b"utf-8", b"utf8")):
        found.append(finding("encoding", _l("Its header does not say that it is UTF-8.")))
    rule = _of_rule(file, locale)
    return [*found, finding("plural_rule", rule, None, _wanted(locale))] if rule else found


def _wanted(locale: str) -> str:
    forms, expression = usual_rule(locale)
    return f"nplurals={forms}; plural={expression};"


def _of_rule(file: PoFile, locale: str) -> Text | None:
    wanted = _wanted(locale)
    if not file.plural:
        if "Plural-Forms" in file.header:
            return _l("Its rule for plural forms cannot be read; it should be %(rule)s", rule=wanted)
        return _l("It has no rule for plural forms; it should be %(rule)s", rule=wanted)
    try:
        plural_rule(file.plural, file.nplurals)
    except HeaderFault:
        return _l("Its rule for plural forms is broken; it should be %(rule)s", rule=wanted)
    if not is_of_language(file.plural, file.nplurals, locale):
        return _l("Its rule for plural forms is not that of the language; it should be %(rule)s", rule=wanted)
    return None
