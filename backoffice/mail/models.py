"""What is kept about delivering, beside the mail itself: how attempts ended, and that the whole queue waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import EnumText, Model, UTCDateTime, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import _l
from backoffice.records.outbox import LONGEST_ERROR


class Ending(LabelledEnum):
    """How an attempt ended that did not deliver the mail, or what a person did meanwhile."""

    LATER = "later", _l("To be tried again")
    REFUSED = "refused", _l("Refused")
    GIVEN_UP = "given_up", _l("Given up")
    LOST = "lost", _l("Broken off")
    DROPPED = "dropped", _l("Not sent any more")
    REWRITTEN = "rewritten", _l("Written anew")
    AGAIN = "again", _l("Sent again by hand")
    MOVED = "moved", _l("Sent to another address")


class MailAttempt(Model):
    """One attempt that did not deliver a mail. The one that did is told by the mail's `sent_at`."""

    __tablename__ = "mail_attempts"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    mail_id: Mapped[int] = labelled(_l("Mail"), ForeignKey("outbox.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now)
    ended: Mapped[Ending] = labelled(_l("Ended"), EnumText(Ending))
    words: Mapped[str] = labelled(_l("Reason"), String(LONGEST_ERROR), default="")


class Trouble(LabelledEnum):
    """Why the whole queue waits."""

    AWAY = "away", _l("The mail server does not answer")
    SETTINGS = "settings", _l("The mail server refuses the house")


class MailPause(Model):
    """While this row (its number is 1) is there, nothing is sent but one mail now and then, to see whether it works."""

    __tablename__ = "mail_pauses"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    why: Mapped[Trouble] = labelled(_l("Kind"), EnumText(Trouble))
    words: Mapped[str] = labelled(_l("Reason"), String(LONGEST_ERROR), default="")
    since: Mapped[datetime] = labelled(_l("Since"), UTCDateTime, default=clock.now)
    next_at: Mapped[datetime] = labelled(_l("Next attempt"), UTCDateTime)
    set_at: Mapped[datetime] = labelled(_l("Set"), UTCDateTime, default=clock.now)
    tries: Mapped[int] = labelled(_l("Attempts"), default=1)
