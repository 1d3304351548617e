"""Two requests at the worst moment: each has read everything before either of them writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backoffice.foundation.database import db
from tests.browser import Browser

#: Seconds that the first waits for the second before its first change.
PATIENCE = 5
_CHANGES = ("INSERT", "UPDATE", "DELETE")


def twice(app: Flask, browser: Browser, address: str, data: Mapping[str, Any], **more: Any) -> list[TestResponse]:
    """The answers to the same form, sent twice at the same moment by the same person; the browser shows the second."""
    return at_once(app, *[lambda copy: copy.submit(address, data, **more)] * 2, browser=browser)


def at_once(app: Flask, *acts: Callable[[Browser], TestResponse], browser: Browser) -> list[TestResponse]:
    """What each act answers, done at the same moment in copies of the browser; an error in one is raised here."""
    answers: list[TestResponse | BaseException] = [AssertionError("no answer")] * len(acts)
    copies = [_copy(app, browser) for _act in acts]
    with _meeting(app, len(acts)) as leave:

        def act(number: int) -> None:
            try:
                answers[number] = acts[number](copies[number])
            except BaseException as failure:
                answers[number] = failure
            finally:
                leave()

        threads = [threading.Thread(target=act, args=(number,)) for number in range(len(acts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    for cookie in copies[-1]._cookies.values():  # type: ignore[attr-defined]
        browser.set_cookie(cookie.key, cookie.value)
    return answers  # type: ignore[return-value]


def _copy(app: Flask, browser: Browser) -> Browser:
    """Another window of the same browser: its session, and the token of its pages."""
    copy: Any = app.test_client()
    copy._token = browser.token()
    for cookie in browser._cookies.values():  # type: ignore[attr-defined]
        copy.set_cookie(cookie.key, cookie.value)
    return copy  # type: ignore[no-any-return]


@contextmanager
def _meeting(app: Flask, many: int) -> Iterator[Callable[[], None]]:
    """Inside, each thread waits before its first change until all are there; whoever has ended calls what is given."""
    barrier, mine = threading.Barrier(many, timeout=PATIENCE), threading.local()

    def meet() -> None:
        if not getattr(mine, "has_met", False) and threading.current_thread() is not threading.main_thread():
            mine.has_met = True
            with suppress(threading.BrokenBarrierError):
                barrier.wait()

    def before_savepoint(_session: Any, transaction: Any) -> None:
        # The house takes hold of SQLite when the savepoint itself is made.
        if transaction.nested:
            meet()

    def before_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(_CHANGES) or "FOR UPDATE" in statement:
            meet()

    def leave() -> None:
        # Whoever changes nothing keeps nobody waiting.
        if not getattr(mine, "has_met", False):
            barrier.abort()

    with app.app_context():
        engine = db.engine
    event.listen(Session, "after_transaction_create", before_savepoint)
    event.listen(engine, "before_cursor_execute", before_statement)
    try:
        yield leave
    finally:
        event.remove(Session, "after_transaction_create", before_savepoint)
        event.remove(engine, "before_cursor_execute", before_statement)
