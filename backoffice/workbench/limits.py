"""How long what people write may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from backoffice.catalogs.reading import MOST_FORMS
from backoffice.foundation.errors import InvalidInput, TooLarge
from backoffice.foundation.i18n import _l

#: NUL and halves of characters.
_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")

LONGEST_FORM = 10_000
LONGEST_REMARK = 2_000
LONGEST_NOTE = 500
LONGEST_TERM = 200
#: Lines and characters of a translator's comment in the catalog.
LONGEST_COMMENT = 2_000


def checked_forms(forms: Any) -> tuple[str, ...]:
    """The forms as they came. Raises TooLarge, or InvalidInput for what neither a file nor a database can hold."""
    if not isinstance(forms, (list, tuple)) or not forms or not all(isinstance(form, str) for form in forms):
        raise InvalidInput(_l("Write something first."), field="forms")
    if len(forms) > MOST_FORMS:
        raise InvalidInput(_l("No language has so many plural forms."), field="forms")
    if any(len(form) > LONGEST_FORM for form in forms):
        raise TooLarge(_l("A translation has at most %(num)s characters.", num=LONGEST_FORM))
    if any(_IMPOSSIBLE.search(form) for form in forms):
        raise InvalidInput(_l("It contains a character that does not belong into a text."), field="forms")
    return tuple(forms)


def checked_comments(comments: Sequence[str] | None) -> tuple[str, ...] | None:
    """The lines of a translator's comment. Raises TooLarge, or InvalidInput for a line that breaks."""
    if comments is None:
        return None
    lines = [line for comment in comments for line in comment.splitlines() or [""]]
    if sum(map(len, lines)) + len(lines) > LONGEST_COMMENT:
        raise TooLarge(_l("A comment has at most %(num)s characters.", num=LONGEST_COMMENT))
    if any(_IMPOSSIBLE.search(line) for line in lines):
        raise InvalidInput(_l("It contains a character that does not belong into a text."), field="comments")
    return tuple(line.rstrip() for line in lines)
