"""Slugs for what is imported: as they were where they can be, and no two alike."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from backoffice.foundation.database import db
from backoffice.foundation.text import clean_line, is_slug, slug_of

#: What a slug is made of when nothing of the text can stand in one.
_NOTHING = slug_of("")


def slug_from(slug: str, title: str, longest: int) -> str:
    """The slug, decoded and made usable; made from the title where there is none."""
    slug = clean_line(unquote(slug)).lower()
    if is_slug(slug) and len(slug) <= longest:
        return slug
    found = (slug_of(text, longest) for text in (slug, title) if text)
    return next((made for made in found if made != _NOTHING), _NOTHING)


def stems_from(slug: str, wanted: str) -> bool:
    """Whether the slug is the wanted one, or that one with a number behind it because it was taken."""
    return re.fullmatch(re.escape(wanted) + r"(?:-\d+)?", slug) is not None


class FreeSlugs:
    """Finds slugs of a model that are not taken; remembers where it left off, so that many alike take no longer."""

    def __init__(self, model: Any, longest: int) -> None:
        self._model = model
        self._longest = longest
        self._last: dict[str, int] = {}

    def free(self, wanted: str) -> str:
        """The wanted slug, or with the least number behind it that makes it free."""
        number = self._last.get(wanted, 1)
        slug = wanted if number == 1 else self._numbered(wanted, number)
        while self._is_taken(slug):
            number += 1
            slug = self._numbered(wanted, number)
        if number > 1:
            if len(self._last) > 10_000:
                self._last.clear()
            self._last[wanted] = number
        return slug

    def _numbered(self, wanted: str, number: int) -> str:
        suffix = f"-{number}"
        return wanted[: self._longest - len(suffix)].rstrip("-") + suffix

    def _is_taken(self, slug: str) -> bool:
        return db.session.scalar(select(self._model.id).where(self._model.slug == slug)) is not None
