"""Every letter of the house with made-up facts, to be looked at and to be sent to oneself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace as Fact
from typing import Any

from babel.dates import format_date, format_time
from flask import current_app
from flask_babel import get_locale
from jinja2 import meta
from sqlalchemy import func, select

from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotApplicable, NotFound
from backoffice.foundation.i18n import _l
from backoffice.records import outbox
from backoffice.records.letters import Letter, Reader, link_to, rendered

#: So many trial mails a person may send herself in an hour.
MOST_TRIALS = 20
_FOLDER, _SUBJECT = "mail/", ".subject.txt"
_ORIGIN = "mail_trial"


def names() -> list[str]:
    """The letters there are, in the order of the alphabet."""
    return list(_names())


def letter(name: str, reader: Reader) -> Letter:
    """The letter as this reader would get it, with made-up facts. Raises NotFound for what is no letter."""
    return rendered(name, reader, facts_for(name), stop_link=f"{link_to('posts.front')}#stop")


def send_trial(name: str, *, actor: Any, locale: str) -> outbox.OutboxMail:
    """Promise the actor a letter with made-up facts, at her own address. Never commits.

    Raises NotApplicable without an address, or when she has sent herself too many.
    """
    if not actor.email:
        raise NotApplicable(_l("Your account has no e-mail address."))
    since = clock.now() - timedelta(hours=1)
    mail = outbox.OutboxMail
    mine = (mail.origin_kind == _ORIGIN, mail.origin_id == actor.id, mail.created_at > since)
    if (db.session.scalar(select(func.count()).where(*mine)) or 0) >= MOST_TRIALS:
        raise NotApplicable(_l("You sent yourself many trial mails. Wait an hour."))
    return outbox.promise(name, actor.email, locale=locale, user=actor, origin=(_ORIGIN, actor.id), **facts_for(name))


def facts_for(name: str) -> dict[str, Any]:
    """Made-up facts for the names that a letter asks for. Raises NotFound for what is no letter."""
    if name not in _names():
        raise NotFound(_l("There is no such letter."))
    now = clock.now()
    return {each: _FACTS[each](now) for each in _asked(name) if each in _FACTS}


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    found = current_app.jinja_env.list_templates(filter_func=lambda name: name.startswith(_FOLDER))
    return tuple(sorted(name[len(_FOLDER) : -len(_SUBJECT)] for name in found if name.endswith(_SUBJECT)))


@lru_cache(maxsize=200)
def _asked(name: str) -> frozenset[str]:
    # Without the names that stand for something on every page: a letter may ask for a fact of the same name.
    environment = current_app.jinja_env.overlay()
    environment.globals = {}
    asked: set[str] = set()
    for kind in ("subject.txt", "txt", "html"):
        path = f"{_FOLDER}{name}.{kind}"
        if path in environment.list_templates() and environment.loader is not None:
            source = environment.loader.get_source(environment, path)[0]
            asked |= meta.find_undeclared_variables(environment.parse(source))
    return frozenset(asked)


def _comments(now: datetime) -> list[Fact]:
    facts = {"post_id": 1, "slug": "low-tide", "title": "Low tide", "id": 1, "at": now}
    return [
        Fact(author="Mira Tolvane", text="The pier was closed on Sunday, was it not?", **facts),
        Fact(author="نور", text="شكرا لكم", **facts),
    ]


def _posts(now: datetime) -> list[Fact]:
    made = {"slug": "low-tide", "author": "Ana Kestrin", "at": now}
    return [
        Fact(id=1, title="Low tide", teaser="What the sea leaves behind when it goes.", **made),
        Fact(id=2, title="The last ferry", teaser="", **made),
    ]


def _backlog(now: datetime) -> Fact:
    return Fact(count=12, counted=12, is_capped=False, oldest=now - timedelta(hours=5))


def _digest(now: datetime) -> Fact:
    return Fact(
        count=15,
        waiting=_backlog(now),
        reported=Fact(count=1, counted=1, is_capped=False),
        reminders=2,
        first=[Fact(title="Low tide", text="The pier was closed on Sunday.", author="Mira Tolvane")],
        first_reminders=[Fact(title="Call Rita", at=now), Fact(title="Print the tide tables", at=now)],
    )


class _When:
    """A moment in the language of who reads."""

    zone = "UTC"

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    @property
    def day(self) -> str:
        """Weekday, day, month and year."""
        return str(format_date(self._moment, "full", locale=get_locale()))

    @property
    def time(self) -> str:
        """Hours and minutes."""
        return str(format_time(self._moment, "short", locale=get_locale()))


#: What letters ask for, by name.
_FACTS: dict[str, Callable[[datetime], Any]] = {
    "username": lambda now: "ana",
    "author": lambda now: "Mira Tolvane",
    "at": lambda now: now,
    "day": lambda now: now,
    "until": lambda now: now + timedelta(days=3),
    "since": lambda now: now - timedelta(days=3),
    "days": lambda now: 3,
    "count": lambda now: 2,
    "more": lambda now: 4,
    "link": lambda now: f"{link_to('posts.front')}#link",
    "endpoint": lambda now: "readers.confirm",
    "token": lambda now: "sample",
    "refusal": lambda now: "sample",
    "wishes": lambda now: ["replies", "decisions"],
    "role": lambda now: "editor",
    "roles": lambda now: ["editor", "translator"],
    "by": lambda now: "Ana Kestrin",
    "title": lambda now: "Low tide",
    "post": lambda now: Fact(id=1, slug="low-tide", title="Low tide"),
    "posts": _posts,
    "comments": _comments,
    "reason": lambda now: "It names a private person.",
    "quoted": lambda now: "The pier was closed on Sunday, was it not?",
    "news": lambda now: [Fact(locale="de", name="Deutsch", count=3, first=["Send now", "Low tide"])],
    "backlog": _backlog,
    "digest": _digest,
    "subject": lambda now: "Call Rita about the pier",
    "note": lambda now: "Her number is in the book by the door.",
    "about": lambda now: "Low tide",
    "rhythm": lambda now: "",
    "maker": lambda now: "Ana Kestrin",
    "is_outside": lambda now: False,
    "reminder_id": lambda now: 1,
    "when": _When,
}
