"""Since when each English text has been there. Side data: without it people only hear once more of what is new."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, labelled
from backoffice.foundation.i18n import _l


class Arrival(Model):
    """One text of the product or of a package, by its short name, and when it was first seen."""

    __tablename__ = "translation_arrivals"

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    domain: Mapped[str] = labelled(_l("Catalog"), String(40))
    eid: Mapped[str] = labelled(_l("Entry"), String(16))
    at: Mapped[datetime] = labelled(_l("When"), UTCDateTime, default=clock.now, index=True)
    #: When translators were told; None while they wait to be.
    told_at: Mapped[datetime | None] = labelled(_l("Told"), UTCDateTime, index=True)

    __table_args__ = (UniqueConstraint("domain", "eid"),)
