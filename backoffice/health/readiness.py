"""Whether this process can do its work: the database answers and has its form, and the disk can be written to.

The state of the outbox is told beside it but makes nothing unready: a mail server that is away is no reason to take
every server of the site out of service.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation.database import db
from backoffice.mail.models import MailPause

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
#: What is written to the disk to see whether that can be done, in bytes.
_SAMPLE = b"x" * 4096


@dataclass(frozen=True)
class Readiness:
    """What was found; a reason stands for each thing that is not as it has to be."""

    database: bool
    schema: bool
    disk: bool
    #: `ok`, `paused` or `unknown`.
    mail: str

    @property
    def reasons(self) -> list[str]:
        """Sentences for whoever runs the site, without paths, addresses or what the database said."""
        if not self.database:
            found = ["The database does not answer."]
        elif not self.schema:
            found = ["The database is not up to date; run flask db upgrade."]
        else:
            found = []
        return found if self.disk else [*found, "The disk cannot be written to."]


def readiness() -> Readiness:
    """Look at everything."""
    database, schema, mail = _database()
    return Readiness(database, schema, _disk(), mail)


def _database() -> tuple[bool, bool, str]:
    try:
        db.session.execute(text("SELECT 1"))
        context = MigrationContext.configure(db.session.connection())
        if context.get_current_heads() != _heads():
            return True, False, "unknown"
        is_paused = db.session.scalar(select(MailPause.id).limit(1)) is not None
        return True, True, "paused" if is_paused else "ok"
    except SQLAlchemyError:
        current_app.logger.warning("not ready: the database does not answer", exc_info=True)
        return False, False, "unknown"
    finally:
        db.session.rollback()


def _disk() -> bool:
    try:
        with tempfile.TemporaryFile(dir=current_app.instance_path) as file:
            file.write(_SAMPLE)
            file.flush()
    except OSError:
        current_app.logger.warning("not ready: the disk cannot be written to", exc_info=True)
        return False
    return True


@cache
def _heads() -> tuple[str, ...]:
    return tuple(ScriptDirectory(str(MIGRATIONS)).get_heads())
