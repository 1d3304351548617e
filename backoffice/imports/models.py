"""What came from where: so that an import can run twice, go on after a crash, and never undo what people did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from backoffice.foundation import clock
from backoffice.foundation.database import Model, UTCDateTime, labelled
from backoffice.foundation.i18n import _l

LONGEST_SOURCE = 200
LONGEST_KEY = 150


class ImportedRecord(Model):
    """A record of ours and the thing in a source it was made from.

    Exactly one of the four keys is set, and none once the record was deleted here: a key would not do for two
    tables, and a bare number could be given to another record. `version` is the record's when the import last wrote it;
    0 means that the record was here before and stays as it is.
    """

    __tablename__ = "imported_records"
    resource = "import"
    singular = _l("Imported record")
    plural = _l("Imported records")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    source: Mapped[str] = labelled(_l("Source"), String(LONGEST_SOURCE))
    kind: Mapped[str] = labelled(_l("Kind"), String(20))
    key: Mapped[str] = labelled(_l("Key in the source"), String(LONGEST_KEY))
    digest: Mapped[str] = labelled(_l("Digest"), String(64))
    version: Mapped[int] = labelled(_l("Version"))
    imported_at: Mapped[datetime] = labelled(_l("Imported"), UTCDateTime, default=clock.now, onupdate=clock.now)
    user_id: Mapped[int | None] = labelled(_l("Person"), ForeignKey("users.id", ondelete="SET NULL"), index=True)
    tag_id: Mapped[int | None] = labelled(_l("Tag"), ForeignKey("tags.id", ondelete="SET NULL"), index=True)
    post_id: Mapped[int | None] = labelled(_l("Post"), ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    comment_id: Mapped[int | None] = labelled(_l("Comment"), ForeignKey("comments.id", ondelete="SET NULL"), index=True)

    __table_args__ = (UniqueConstraint("source", "kind", "key"),)
