"""Errors in words: what happened and what to do next, and nothing of the machine behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable, NotFound
from backoffice.posts.models import Tag
from tests import factories
from tests.browser import Browser

SignIn = Callable[[str], Browser]
SECRETS = (
    "hunter2",
    "SELECT",
    "Traceback",
    "/work",
    "site-packages",
    "sqlite3",
    "psycopg",
    "localhost:5432",
    "RuntimeError",
)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """An application of its own, as pages are added to it."""
    return make_app(whole=True)


def breaking(app: Flask, error: Any, address: str = "/break") -> None:
    """Add a page that breaks like this."""

    def page() -> str:
        factories.tag(name="Half done")
        raise error() if callable(error) else error

    page.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule(address, f"break{address}", page, methods=["GET", "POST"])


def database_error(kind: type[Any]) -> Callable[[], Exception]:
    """An error as the database's driver raises it, full of what must not be shown."""
    cause = RuntimeError("could not connect to localhost:5432 password=hunter2")
    return lambda: kind("SELECT secret FROM users WHERE name = 'hunter2'", {"name": "hunter2"}, cause)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("password=hunter2 in a file"), 500),
        (KeyError("hunter2"), 500),
        (TypeError("hunter2"), 500),
        (database_error(DataError), 400),
        (OverflowError("hunter2"), 400),
        (database_error(OperationalError), 503),
        (database_error(IntegrityError), 500),
        (StaleDataError("UPDATE hunter2"), 409),
        (NotFound(), 404),
        (NotAllowed(permission="tag.edit"), 403),
        (NotApplicable("It does not fit."), 409),
        (InvalidInput("Say more."), 422),
    ],
    ids=lambda value: type(value).__name__ if not callable(value) else "database",
)
def test_an_error_is_told_in_words_and_nothing_of_the_machine(
    app: Flask, client: Browser, sign_in: SignIn, error: Any, status: int
) -> None:
    breaking(app, error)
    breaking(app, error, "/admin/break")
    for browser in (client, sign_in("ana")):
        for address in ("/break", "/admin/break"):
            answer = browser.get(address)
            assert answer.status_code == status
            assert not [secret for secret in SECRETS if secret in answer.text]
            assert re.search(r"<h1[^>]*>[^<]+</h1>", answer.text)
            script = browser.get(address, headers={"X-Requested-With": "fetch"})
            assert script.status_code == status
            assert script.json["error"]
            assert not [secret for secret in SECRETS if secret in script.text]
    with app.app_context():
        assert db.session.query(Tag).count() == 0, "half of the work was saved"


def test_an_error_of_ours_has_a_number_that_stands_in_the_log(
    app: Flask, client: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    breaking(app, RuntimeError("password=hunter2"))
    page = client.get("/break").text
    number = re.search(r"<code>([0-9A-Z]{12})</code>", page)
    assert number
    assert number.group(1) in caplog.text
    assert "hunter2" in caplog.text


def test_after_an_error_the_next_page_works(app: Flask, sign_in: SignIn) -> None:
    breaking(app, RuntimeError("x"))
    browser = sign_in("ana")
    for _ in range(3):
        assert browser.get("/break").status_code == 500
        assert browser.get("/admin/tag/").status_code == 200


@pytest.mark.both_databases
def test_after_a_statement_that_failed_the_next_page_works(app: Flask, sign_in: SignIn) -> None:
    def page() -> str:
        db.session.execute(text("SELECT nothing FROM nowhere"))
        return ""

    page.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/broken-statement", "broken_statement", page)
    browser = sign_in("ana")
    answer = browser.get("/broken-statement")
    assert answer.status_code in (500, 503)
    assert "nowhere" not in answer.text
    assert browser.get("/admin/tag/").status_code == 200


@pytest.mark.parametrize("code", [400, 403, 404, 405, 406, 408, 410, 413, 414, 415, 418, 422, 429, 431, 501, 503])
def test_every_refusal_of_http_has_a_page(app: Flask, client: Browser, code: int) -> None:
    def page() -> None:
        abort(code)

    page.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/refuse", "refuse", page)
    answer = client.get("/refuse")
    assert answer.status_code == code
    assert answer.mimetype == "text/html"
    assert "<h1" in answer.text


def test_an_address_that_is_not_there_says_so_in_the_dress_of_the_place(client: Browser, sign_in: SignIn) -> None:
    assert 'class="bo-side"' not in client.get("/nothing").text
    inside = sign_in("ana").get("/admin/nothing")
    assert inside.status_code == 404
    assert 'class="bo-side"' in inside.text
    outside = sign_in("nobody").get("/admin/nothing")
    assert outside.status_code == 404
    assert 'class="bo-side"' not in outside.text


def test_an_error_speaks_the_language_of_the_reader(client: Browser) -> None:
    english, german = (client.get("/nothing", headers={"Accept-Language": tag}).text for tag in ("en", "de"))
    assert 'lang="de"' in german
    titles = [re.search(r"<h1[^>]*>([^<]+)</h1>", page) for page in (english, german)]
    assert titles[0] and titles[1] and titles[0].group(1) != titles[1].group(1)


@pytest.mark.parametrize(
    "address", ["/%00", "/..%2f..%2fetc%2fpasswd", "/admin/%ED%A0%80", "/" + "x" * 9000, "/admin//user/"]
)
def test_a_strange_address_is_not_here(client: Browser, sign_in: SignIn, address: str) -> None:
    for browser in (client, sign_in("ana")):
        assert browser.get(address).status_code in (302, 308, 401, 404)


def test_what_cannot_be_undone_by_a_rollback_is_not_saved_by_the_error_page(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Before").id

    def page() -> str:
        db.session.get_one(Tag, id).name = "After"
        db.session.flush()
        raise NotApplicable("It does not fit.")

    page.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/half", "half", page)
    assert sign_in("ana").get("/half").status_code == 409
    with app.app_context():
        assert db.session.get_one(Tag, id).name == "Before"


def test_too_many_parts_of_a_form_are_refused(sign_in: SignIn) -> None:
    browser = sign_in("ana")
    fields = {f"field{number}": "x" for number in range(1200)}
    answer = browser.submit("/admin/tag/new/", fields, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert browser.get("/admin/tag/").status_code == 200
