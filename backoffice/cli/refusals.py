"""Whatever goes wrong in a command, told in one plain line, with an exit code that is not zero."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db
from backoffice.foundation.errors import DomainError, NotAllowed
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import System
from backoffice.foundation.text import clean_line
from backoffice.records.refusals import note_refusal

#: What PostgreSQL calls a missing table or column; SQLite has words for it only.
_MISSING_CODES = ("42P01", "42703")
_MISSING_WORDS = ("no such table", "no such column", "has no column named")
#: Where a command remembers what was refused in it.
_REFUSED = "backoffice.refused"


class Refusal(click.ClickException):
    """Ends a command with one line on the error stream; nothing in it can move the cursor of a terminal."""

    def __init__(self, message: object, code: int = 1) -> None:
        super().__init__(clean_line(str(message)))
        self.exit_code = code  # type: ignore[misc]  # click knows it as a constant of the class


@contextmanager
def plainly() -> Iterator[None]:
    """Turn every error inside into a `Refusal`; the stack trace goes to the log at the level DEBUG."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except DomainError as error:
        refused(error)
        raise Refusal(error.message) from None
    except KeyboardInterrupt:
        raise Refusal(_("Stopped."), 130) from None
    except SQLAlchemyError as error:
        current_app.logger.debug("a command failed", exc_info=True)
        raise Refusal(_of_database(error)) from None
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # click ends the command quietly: whoever read the output has gone
        raise Refusal(_of_system(error)) from None
    except Exception as error:
        current_app.logger.debug("a command failed", exc_info=True)
        raise Refusal(
            _(
                "Something broke on our side (%(kind)s). With BACKOFFICE_LOG_LEVEL=DEBUG the log says where.",
                kind=type(error).__name__,
            )
        ) from None


def refused(error: DomainError) -> None:
    """Remember, for the end of the command, that somebody lacked a permission."""
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(error, NotAllowed) and error.permission:
        context.meta.setdefault(_REFUSED, {})[error.permission] = error.by


def write_refusals(context: click.Context) -> None:
    """Write into the trail what was refused in the command, after its own work is over."""
    for permission, by in context.meta.pop(_REFUSED, {}).items():
        actor = by.actor or System("cli")
        try:
            db.session.rollback()
            with acting(actor=actor, surface="cli", request_id=by.request_id, action=None):
                note_refusal(permission, actor)
        except SQLAlchemyError:
            db.session.rollback()
            current_app.logger.exception("a refusal could not be written into the trail")


@contextmanager
def in_one_line() -> Iterator[None]:
    """Say what is wrong with the words of a command in one line, without the lines on usage that click adds."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        sentence = error.format_message()
        if error.ctx is not None:
            sentence = f"{sentence} {_('See %(command)s.', command=f'{error.ctx.command_path} --help')}"
        raise Refusal(sentence, error.exit_code) from None


def _of_database(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None)
    told = clean_line(str(cause).split("\n", 1)[0]) if cause else ""
    if getattr(cause, "sqlstate", None) in _MISSING_CODES or any(words in told for words in _MISSING_WORDS):
        return _("The database is not up to date. Run this first: flask db upgrade")
    if "locked" in told:
        return _("The database is busy with another program. Try again in a moment.")
    if isinstance(error, DBAPIError) and (error.connection_invalidated or type(error).__name__ == "OperationalError"):
        return _("The database does not answer: %(reason)s", reason=told)
    return _("The database refused this (%(kind)s). Nothing of the last step was kept.", kind=type(error).__name__)


def _of_system(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."
