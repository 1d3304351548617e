"""What became of each entry: a row for every change that went through us, written with the trail's own entry.

Side data: without it no translation is lost. A text in the file that differs from what the last row left there was
changed by other means, such as an editor of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import EnumText, Model, UTCDateTime, db, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import has_part
from backoffice.records.journal import Facts, Opened

#: What a change of entries is called in the trail; each such entry can be taken back.
ACTION = "translation.edit"


class Through(LabelledEnum):
    """By which way an entry was changed."""

    WORKBENCH = "workbench", _l("Workbench")
    UPLOAD = "upload", _l("Upload")
    BULK = "bulk", _l("Several at once")
    CLI = "cli", _l("Command line")
    REVERT = "revert", _l("Earlier text")
    UNDO = "undo", _l("Undo")


_way: ContextVar[Through] = ContextVar("through", default=Through.WORKBENCH)


@contextmanager
def by_way_of(through: Through) -> Iterator[None]:
    """What is saved inside the block tells that it came this way."""
    token = _way.set(through)
    try:
        yield
    finally:
        _way.reset(token)


class Revision(Model):
    """One change of one entry."""

    __tablename__ = "translation_revisions"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    locale: Mapped[str] = labelled(_l("Language"), String(20))
    domain: Mapped[str] = labelled(_l("Catalog"), String(40))
    eid: Mapped[str] = labelled(_l("Entry"), String(16))
    msgid: Mapped[str] = labelled(_l("Source"), Text)
    context: Mapped[str | None] = labelled(_l("Context"), Text)
    #: None where the entry was not there.
    before: Mapped[list[str] | None] = labelled(_l("Before"), JSON(none_as_null=True))
    before_flags: Mapped[list[str]] = labelled(_l("Flags before"), JSON, default=list)
    after: Mapped[list[str] | None] = labelled(_l("After"), JSON(none_as_null=True))
    after_flags: Mapped[list[str]] = labelled(_l("Flags after"), JSON, default=list)
    #: Codes of the checks that were overridden.
    overridden: Mapped[list[str]] = labelled(_l("Overridden"), JSON, default=list)
    by_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"))
    #: Who it was if nobody with an account, such as a command.
    by_name: Mapped[str] = labelled(_l("Who"), String(120), default="")
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    through: Mapped[Through] = labelled(_l("Through"), EnumText(Through), default=Through.WORKBENCH)
    request_id: Mapped[str] = labelled(_l("Request"), String(20))
    #: The entry of the trail that says it was begun; what was written at once has the same.
    entry_id: Mapped[int] = labelled(_l("Entry of the trail"), BigInteger, index=True)

    __table_args__ = (
        Index("ix_translation_revisions_entry", "eid", "locale", "domain", "id"),
        Index("ix_translation_revisions_place_at", "locale", "domain", "at", "id"),
        Index("ix_translation_revisions_by_id_at", "by_id", "at"),
    )

    def is_within(self, reach: str) -> bool:
        """Whether a reach of locales and domains includes its catalog."""
        return has_part(reach, f"{self.locale}:{self.domain}")

    @property
    def is_fuzzy(self) -> bool:
        """Whether it was to be checked afterwards."""
        return "fuzzy" in self.after_flags


@dataclass(frozen=True)
class Written:
    """What one entry was and became, as the journal carries it until the file is in place."""

    eid: str
    id: str
    context: str | None
    before: tuple[str, ...] | None
    before_flags: tuple[str, ...]
    after: tuple[str, ...] | None
    after_flags: tuple[str, ...]
    overridden: tuple[str, ...] = ()


def facts_of(locale: str, domain: str, written: Iterable[Written]) -> Facts:
    """What a journal entry of `ACTION` has to carry so that `follow` can write the rows, also after a crash."""
    return {
        "locale": locale,
        "domain": domain,
        "through": _way.get().value,
        "entries": [{name: storable(value) for name, value in vars(each).items()} for each in written],
    }


def follow(opened: Opened) -> None:
    """Write the rows of what was done, in the transaction that writes that down; without entries nothing."""
    facts: Mapping[str, Any] = opened.facts
    for each in facts.get("entries") or ():
        db.session.add(
            Revision(
                locale=facts["locale"],
                domain=facts["domain"],
                through=Through.of(facts.get("through", Through.WORKBENCH.value)),
                by_id=opened.actor_id,
                by_name="" if opened.actor_id else opened.actor_name,
                request_id=opened.request_id,
                entry_id=opened.entry_id,
                eid=each["eid"],
                msgid=each["id"],
                context=each["context"],
                before=_list(each["before"]),
                before_flags=list(each["before_flags"]),
                after=_list(each["after"]),
                after_flags=list(each["after_flags"]),
                overridden=list(each.get("overridden") or ()),
            )
        )


def of_entry(locale: str, domain: str, eid: str, most: int = 100) -> list[Revision]:
    """The changes of one entry, newest first."""
    query = select(Revision).where(Revision.eid == eid, Revision.locale == locale, Revision.domain == domain)
    return list(db.session.scalars(query.order_by(Revision.id.desc()).limit(most)))


def written_at_once(entry_id: int) -> list[Revision]:
    """What one write changed, by the entry of the trail that says it was begun."""
    return list(db.session.scalars(select(Revision).where(Revision.entry_id == entry_id).order_by(Revision.id)))


def storable(value: Any) -> Any:
    """Without NUL, which a file may hold and a database may not."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    return [storable(each) for each in value] if isinstance(value, tuple) else value


def _list(forms: Iterable[str] | None) -> list[str] | None:
    return None if forms is None else list(forms)
