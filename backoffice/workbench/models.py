"""What the database keeps beside the catalogs. Delete it all, and no translation is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, or_, true
from sqlalchemy.orm import Mapped, relationship, validates
from sqlalchemy.sql import ColumnElement

from backoffice.accounts.models import User
from backoffice.catalogs.places import is_locale
from backoffice.foundation import clock
from backoffice.foundation.database import Audited, EnumText, Model, Timestamped, UTCDateTime, Versioned, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import has_part
from backoffice.foundation.text import clean_line, clean_text
from backoffice.workbench.limits import LONGEST_NOTE, LONGEST_REMARK, LONGEST_TERM, checked_forms


class SuggestionState(LabelledEnum):
    """What became of a suggestion."""

    OPEN = "open", _l("Open")
    ACCEPTED = "accepted", _l("Accepted")
    REJECTED = "rejected", _l("Rejected")


class _OfEntry:
    """What belongs to one entry of one catalog."""

    locale: Mapped[str] = labelled(_l("Language"), String(20))
    domain: Mapped[str] = labelled(_l("Catalog"), String(40))
    eid: Mapped[str] = labelled(_l("Entry"), String(16))
    msgid: Mapped[str] = labelled(_l("Source"), Text)
    context: Mapped[str | None] = labelled(_l("Context"), Text)

    @classmethod
    def within(cls, reach: str) -> ColumnElement[bool]:
        """The criterion for what a reach of locales and domains includes."""
        return within(cls, reach)

    def is_within(self, reach: str) -> bool:
        """The same question about one that is loaded."""
        return has_part(reach, f"{self.locale}:{self.domain}")


class Suggestion(_OfEntry, Model):
    """A translation that waits for somebody who may write it into the catalog."""

    __tablename__ = "translation_suggestions"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    forms: Mapped[list[str]] = labelled(_l("Translation"), JSON)
    state: Mapped[SuggestionState] = labelled(_l("State"), EnumText(SuggestionState), default=SuggestionState.OPEN)
    author_id: Mapped[int | None] = labelled(_l("Author"), ForeignKey("users.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    #: What the author wants to say about it.
    note: Mapped[str] = labelled(_l("Note"), String(LONGEST_NOTE), default="")
    decided_by_id: Mapped[int | None] = labelled(_l("Decided by"), ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = labelled(_l("Decided"), UTCDateTime)
    #: Why it was rejected.
    reason: Mapped[str] = labelled(_l("Reason"), String(LONGEST_NOTE), default="")
    author: Mapped[User | None] = relationship(foreign_keys=[author_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    __table_args__ = (
        Index("ix_translation_suggestions_entry", "eid", "locale", "domain", "id"),
        Index("ix_translation_suggestions_place_state", "locale", "domain", "state", "id"),
    )

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """Whoever suggested it."""
        return cls.author_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """Whoever suggested it."""
        return self.author_id == user_id

    @validates("forms")
    def _check_forms(self, _key: str, forms: Any) -> list[str]:
        return list(checked_forms(forms))

    @validates("note", "reason")
    def _check_note(self, key: str, text: str | None) -> str:
        return _short(clean_text(text), LONGEST_NOTE, key)


class Remark(Model):
    """What somebody says about a text, for one language or, without a locale, for all of them."""

    __tablename__ = "translation_remarks"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    locale: Mapped[str | None] = labelled(_l("Language"), String(20))
    domain: Mapped[str] = labelled(_l("Catalog"), String(40))
    eid: Mapped[str] = labelled(_l("Entry"), String(16))
    msgid: Mapped[str] = labelled(_l("Source"), Text)
    text: Mapped[str] = labelled(_l("Comment"), String(LONGEST_REMARK))
    by_id: Mapped[int | None] = labelled(_l("Written by"), ForeignKey("users.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    resolved_at: Mapped[datetime | None] = labelled(_l("Resolved"), UTCDateTime)
    resolved_by_id: Mapped[int | None] = labelled(_l("Resolved by"), ForeignKey("users.id", ondelete="SET NULL"))
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])
    resolved_by: Mapped[User | None] = relationship(foreign_keys=[resolved_by_id])

    __table_args__ = (Index("ix_translation_remarks_entry", "eid", "domain", "id"),)

    @classmethod
    def within(cls, reach: str) -> ColumnElement[bool]:
        """The criterion for what a reach of locales and domains includes; what is for all languages is in every one."""
        return or_(cls.locale.is_(None), within(cls, reach))

    def is_within(self, reach: str) -> bool:
        """The same question about one that is loaded."""
        return self.locale is None or has_part(reach, f"{self.locale}:{self.domain}")

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """Whoever wrote it."""
        return cls.by_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """Whoever wrote it."""
        return self.by_id == user_id

    @validates("text")
    def _check_text(self, key: str, text: str | None) -> str:
        text = clean_text(text)
        if not text:
            raise InvalidInput(_l("Write something first."), field=key)
        return _short(text, LONGEST_REMARK, key)


class Dismissal(Model):
    """That a warning about one text was judged to be wrong; it holds until that text changes."""

    __tablename__ = "translation_dismissals"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    locale: Mapped[str] = labelled(_l("Language"), String(20))
    domain: Mapped[str] = labelled(_l("Catalog"), String(40))
    eid: Mapped[str] = labelled(_l("Entry"), String(16))
    code: Mapped[str] = labelled(_l("Check"), String(40))
    #: Of the forms that it was said about.
    digest: Mapped[str] = labelled(_l("Digest"), String(64))
    by_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)

    __table_args__ = (UniqueConstraint("locale", "domain", "eid", "code", "digest"),)


class Draft(_OfEntry, Model):
    """What a person translated and the disk did not take, until it does."""

    __tablename__ = "translation_drafts"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    user_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"), index=True)
    msgid_plural: Mapped[str | None] = labelled(_l("Plural"), Text)
    forms: Mapped[list[str]] = labelled(_l("Translation"), JSON)
    is_fuzzy: Mapped[bool] = labelled(_l("To check"), default=False)
    #: Lines of the translator's comment; None leaves it as it is.
    comments: Mapped[list[str] | None] = labelled(_l("Comment"), JSON(none_as_null=True))
    #: The version of the entry that it was written over.
    base: Mapped[str] = labelled(_l("Version"), String(64), default="")
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    user: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("locale", "domain", "eid", "user_id"),)

    @validates("forms")
    def _check_forms(self, _key: str, forms: Any) -> list[str]:
        return list(checked_forms(forms))


class Term(Timestamped, Versioned, Audited, Model):
    """One line of the glossary: how a term is translated, or how it must not be."""

    __tablename__ = "terms"
    singular = _l("Term")
    plural = _l("Glossary")
    named_by = ("term",)
    titled_by = ("term", "locale")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    locale: Mapped[str] = labelled(_l("Language"), String(20))
    term: Mapped[str] = labelled(_l("Term"), String(LONGEST_TERM), hint=_l("in English"))
    translation: Mapped[str] = labelled(_l("Translation"), String(LONGEST_TERM))
    note: Mapped[str] = labelled(_l("Note"), String(LONGEST_NOTE), default="")
    is_forbidden: Mapped[bool] = labelled(_l("Must not be used"), default=False)
    is_case_sensitive: Mapped[bool] = labelled(_l("Capitals matter"), default=False)

    __table_args__ = (
        UniqueConstraint("locale", "term", "translation"),
        Index("ix_terms_term_id", "term", "id"),
        Index("ix_terms_updated_at_id", "updated_at", "id"),
    )

    @property
    def title_text(self) -> str:
        """Term and language."""
        return f"{self.term} ({self.locale})"

    @classmethod
    def within(cls, reach: str) -> ColumnElement[bool]:
        """The criterion for the terms of the languages in a reach; a glossary has no domains."""
        return cls.locale.in_({part.partition(":")[0] for part in reach.split(",")})

    def is_within(self, reach: str) -> bool:
        """The same question about one that is loaded."""
        return self.locale in {part.partition(":")[0] for part in reach.split(",")}

    @validates("locale")
    def _check_locale(self, key: str, locale: str | None) -> str:
        locale = clean_line(locale)
        if not is_locale(locale):
            raise InvalidInput(_l("Choose one of the languages in the list."), field=key)
        return locale

    @validates("term", "translation")
    def _check_term(self, key: str, text: str | None) -> str:
        text = clean_line(text)
        if not text:
            raise InvalidInput(_l("Write something first."), field=key)
        return _short(text, LONGEST_TERM, key)

    @validates("note")
    def _check_note(self, key: str, text: str | None) -> str:
        return _short(clean_text(text), LONGEST_NOTE, key)


class Download(Model):
    """A catalog as somebody downloaded it: what her changes are compared with when she brings it back."""

    __tablename__ = "translation_downloads"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    digest: Mapped[str] = labelled(_l("Digest"), String(64))
    locale: Mapped[str] = labelled(_l("Language"), String(20))
    domain: Mapped[str] = labelled(_l("Catalog"), String(40))
    content: Mapped[bytes] = labelled(_l("Content"), LargeBinary)
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now, index=True)
    by_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (UniqueConstraint("digest", "locale", "domain"),)


def within(model: Any, reach: str) -> ColumnElement[bool]:
    """The criterion for the rows of a model with locale and domain that a reach of such parts includes."""
    parts = [part.partition(":") for part in reach.split(",")]
    return or_(
        *((model.locale == locale) & (model.domain == domain if domain else true()) for locale, _colon, domain in parts)
    )


def _short(text: str, longest: int, field: str) -> str:
    if len(text) > longest:
        raise InvalidInput(_l("Use at most %(num)s characters.", num=longest), field=field)
    return text
