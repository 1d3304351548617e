"""What is told by itself: comments that came to be shown, comments that wait, and digests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask import current_app

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.jobs.running import SomeFailed
from backoffice.jobs.running import told as told_of
from backoffice.jobs.schedule import job
from backoffice.notices import digests, finding, telling, waiting

#: A run that has gone on for so long leaves the others to the next one.
LONGEST = timedelta(seconds=40)


def _is_news() -> bool:
    return finding.is_behind() or telling.is_anybody_untold()


@job(may=(), wanted=_is_news)
def tell_of_comments(actor: Any) -> None:
    """Mail people about comments on their posts and replies to theirs, gathered."""
    until = clock.now() + LONGEST
    while clock.now() < until:
        with unit_of_work():
            has_more = finding.take_in()
        if not has_more:
            break
    found = list(telling.untold())
    db.session.rollback()
    _each(found, telling.tell, until=until)


@job(may=(), wanted=lambda: bool(waiting.who_wish()))
def tell_moderators(actor: Any) -> None:
    """Mail moderators who wish it that comments wait."""
    _each_person(waiting.who_wish(), waiting.tell)


@job(may=(), wanted=lambda: bool(digests.due(clock.now())))
def send_digests(actor: Any) -> None:
    """Mail people what waits for them, at their hour."""
    _each_person(digests.due(clock.now()), lambda user: digests.send(user, clock.now()))


@job(may=())
def sweep_notices(actor: Any) -> None:
    """Forget which comments people were told of long ago."""
    with unit_of_work():
        telling.forget_old()


def _each_person(ids: Iterable[int], do: Callable[[User], Any]) -> None:
    def for_one(id: int) -> None:
        user = db.session.get(User, id)
        if user is not None:
            do(user)

    _each(list(ids), for_one)


def _each(items: list[Any], do: Callable[[Any], Any], *, until: Any = None) -> None:
    """Do something for each, in a unit of work of its own; one that fails does not keep the others waiting."""
    db.session.rollback()
    failures = []
    for item in items:
        if until is not None and clock.now() >= until:
            break
        try:
            with unit_of_work():
                do(item)
        except Exception as failure:
            current_app.logger.exception("a notice failed: %r", item)
            failures.append(told_of(failure))
        finally:
            db.session.expunge_all()
    if failures:
        raise SomeFailed(f"{len(failures)} of {len(items)} failed; the first: {failures[0]}")
