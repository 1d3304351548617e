"""What people see when the database or a page breaks: a sentence and a number, their own text, and nothing of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from tests.browser import Browser, fields_in
from tests.site.test_privacy import stored

SignIn = Callable[[str | User], Browser]
SECRET = "relation /srv/secret/db.sqlite3 of host db.internal, password=hunter2"
PAGES = (
    "/admin/",
    "/admin/user/",
    "/admin/user/edit/?id=1",
    "/admin/file/",
    "/auth/profile",
    "/blog/",
    "/blog/feed.xml",
)


@pytest.fixture(params=[(sqlite3.OperationalError, 503), (sqlite3.DatabaseError, 500), (RuntimeError, 500)])
def broken(app: Flask, sign_in: SignIn, request: pytest.FixtureRequest) -> Iterator[tuple[Browser, int]]:
    """A browser of an administrator whose database fails from now on, and the status that says so."""
    kind, status = request.param
    browser = sign_in("ana")
    browser.token()

    def fail(*_args: Any) -> None:
        raise kind(SECRET)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", fail)
    yield browser, status
    event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_without_its_database_says_so_and_nothing_else(broken: tuple[Browser, int], address: str) -> None:
    browser, status = broken
    answer = browser.get(address)
    assert answer.status_code == status
    assert not any(word in answer.text for word in ("secret", "hunter2", "internal", "Error", "Traceback", "SELECT"))
    assert "<code>" in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src" in answer.headers["Content-Security-Policy"]
    if address.startswith(("/admin", "/auth")):
        assert stored(answer) == "no-store"


def test_a_script_hears_the_same_without_a_page(broken: tuple[Browser, int]) -> None:
    browser, status = broken
    answer = browser.get("/admin/user/", headers={"X-Requested-With": "fetch"})
    assert answer.status_code == status
    assert answer.json is not None and set(answer.json) == {"error", "request"}
    assert "hunter2" not in answer.text


def test_what_was_typed_stays_when_everything_breaks(broken: tuple[Browser, int]) -> None:
    browser, status = broken
    typed = {"title": "Pier", "body": "<p>Half a day of work,\nand more than sixty characters of it, surely.</p>"}
    answer = browser.submit("/admin/post/new/", typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == status
    again = fields_in(answer.text, holding="body")
    assert (again["title"], again["body"]) == (["Pier"], [typed["body"]])


def test_the_next_request_works(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context():
        engine = db.engine

    def fail(_conn: Any, _cursor: Any, statement: str, *_args: Any) -> None:
        if statement.startswith("INSERT INTO tags"):
            raise RuntimeError(SECRET)

    event.listen(engine, "before_cursor_execute", fail)
    assert browser.submit("/admin/tag/new/", {"name": "Pier"}).status_code == 500
    event.remove(engine, "before_cursor_execute", fail)
    assert browser.submit("/admin/tag/new/", {"name": "Pier"}).status_code == 302


@pytest.mark.parametrize("host", ["a b", "x" * 3000, "[::1", "evil.example:99999999", "ä", ""])
def test_a_host_that_cannot_be_one_breaks_nothing(client: Browser, host: str) -> None:
    for method, address in (("GET", "/blog/"), ("GET", "/admin/"), ("POST", "/admin/tag/new/")):
        answer = client.open(address, method=method, environ_overrides={"HTTP_HOST": host.encode().decode("latin-1")})
        assert answer.status_code < 500, (method, address)
