"""What was learned, and texts with labels to begin with.

Both are worked out or brought along, nobody edits them: they have neither versions nor entries in the trail.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Float, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, labelled
from backoffice.foundation.i18n import _l


class SpamModel(Model):
    """One training. The newest that has numbers scores; one that was worse than the one before has none."""

    __tablename__ = "spam_models"
    singular = _l("Spam model")
    plural = _l("Spam models")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    trained_at: Mapped[datetime] = labelled(_l("Trained"), UTCDateTime, default=clock.now)
    trained_by: Mapped[str] = labelled(_l("By"), String(120), default="")
    examples: Mapped[int] = labelled(_l("Examples"), default=0)
    spam_examples: Mapped[int] = labelled(_l("Examples of spam"), default=0)
    # Measured by cross-validation, from 0 to 1.
    auc: Mapped[float] = labelled(_l("Area under the curve"), Float, default=0.0)
    recall: Mapped[float] = labelled(_l("Spam found while 98 of 100 finds are right"), Float, default=0.0)
    #: The SHA-256 of the numbers, in hexadecimal.
    digest: Mapped[str] = labelled(_l("Digest"), String(64), default="")
    numbers: Mapped[bytes | None] = labelled(_l("Numbers"), LargeBinary, deferred=True)


class SpamExample(Model):
    """A text that somebody labelled elsewhere, to begin with before there are decisions of this site."""

    __tablename__ = "spam_examples"
    singular = _l("Labelled text")
    plural = _l("Labelled texts")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    #: The SHA-256 of the text, in hexadecimal: the same text is kept once.
    digest: Mapped[str] = labelled(_l("Digest"), String(64))
    is_spam: Mapped[bool] = labelled(_l("Spam"), Boolean)
    text: Mapped[str] = labelled(_l("Text"), Text)
    name: Mapped[str] = labelled(_l("Author"), String(80), default="")
    source: Mapped[str] = labelled(_l("From"), String(200), default="")
    added_at: Mapped[datetime] = labelled(_l("Added"), UTCDateTime, default=clock.now)

    __table_args__ = (
        Index("ix_spam_examples_digest", "digest", unique=True),
        Index("ix_spam_examples_is_spam_id", "is_spam", "id"),
    )
