"""While the database does not answer, people are told so on a page, whoever they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from backoffice.foundation.database import db
from tests.browser import Browser


@pytest.fixture
def stranded(app: Flask, sign_in: Callable[[str], Browser]) -> Browser:
    """The browser of an administrator whose database has lost its people."""
    browser = sign_in("ana")
    app.testing = False
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE users RENAME TO gone"))
    return browser


@pytest.mark.parametrize("address", ["/admin/", "/admin/comment/", "/blog/", "/auth/login"])
def test_a_page_says_that_the_database_does_not_answer(stranded: Browser, address: str) -> None:
    answer = stranded.get(address)
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert "users" not in answer.text


def test_a_script_is_told_in_its_own_way(stranded: Browser) -> None:
    answer = stranded.get("/admin/palette/?query=lamp", headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 503
    assert set(answer.get_json()) == {"error", "request"}
