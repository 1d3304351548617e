"""The categories and tags of a WordPress export as tags; two with the same address are one."""

from __future__ import annotations

from sqlalchemy import select

from backoffice.foundation.database import db
from backoffice.foundation.html import plain_text
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.text import clean_line
from backoffice.imports.addresses import slug_from
from backoffice.imports.ledger import Ledger, Thing, digest_of
from backoffice.imports.outcome import Outcome
from backoffice.imports.wxr_records import WxrTerm
from backoffice.posts.models import Tag

TAGS = _l("Categories and tags")
_LONGEST = 80
_MOST_KNOWN = 10_000


class Tags:
    """Finds or makes the tag for each term."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[tuple[str, str], int | None] = {}
        self._counted: set[tuple[str, str]] = set()

    def forget(self) -> None:
        """Drop what was remembered of a step that was taken back."""
        self._known.clear()

    def take(self, term: WxrTerm, outcome: Outcome) -> int | None:
        """The number of the tag for the term, made or updated where that is due; None if it was deleted here."""
        tally = outcome.of(TAGS)
        name = clean_line(plain_text(term.name))[:_LONGEST].strip()
        slug = slug_from(term.slug, name, _LONGEST)
        name = name or slug
        digest = digest_of(slug, name)
        entry = self._ledger.entry(term.kind, slug)
        if entry is None:
            found = db.session.scalar(select(Tag).where(Tag.slug == slug))
            if found is not None:
                self._ledger.remember(term.kind, slug, found, digest, ours=False)
                tally.read += 1
                tally.unchanged += 1
                tally.remarks[_("joined with the tag of the same address")] += 1
                return self._keep(term, found.id)
        tag = self._ledger.bring_in(
            Tag,
            Thing(term.kind, slug, digest),
            entry,
            lambda known: {"name": name} if known else {"name": name, "slug": slug},
            tally,
        )
        self._ledger.write(Tag)
        return self._keep(term, tag.id if isinstance(tag, Tag) else tag)

    def all_of(self, terms: tuple[WxrTerm, ...], outcome: Outcome) -> list[Tag]:
        """The tags for the terms of a post, each once; those that were deleted here are missing."""
        numbers = [
            self._known[key] if (key := _key(term)) in self._known else self._find(term, outcome) for term in terms
        ]
        wanted = [number for number in dict.fromkeys(numbers) if number is not None]
        return [tag for number in wanted if (tag := db.session.get(Tag, number)) is not None]

    def _find(self, term: WxrTerm, outcome: Outcome) -> int | None:
        slug = slug_from(term.slug, clean_line(plain_text(term.name)), _LONGEST)
        entry = self._ledger.entry(term.kind, slug)
        if entry is not None:
            if _key(term) not in self._counted:
                tally = outcome.of(TAGS)
                tally.read += 1
                tally.unchanged += 1
            return self._keep(term, entry.tag_id)
        return self.take(term, outcome)

    def _keep(self, term: WxrTerm, number: int | None) -> int | None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[_key(term)] = number
        if len(self._counted) < _MOST_KNOWN:
            self._counted.add(_key(term))
        return number


def _key(term: WxrTerm) -> tuple[str, str]:
    return term.kind, term.slug or term.name
