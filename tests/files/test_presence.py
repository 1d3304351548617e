"""Who else has the text of a file open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from backoffice.accounts.models import User
from tests.browser import Browser, fields_in
from tests.files.shared import SCRIPT, Shared

SignIn = Callable[[str | User], Browser]
EDIT, PATH = "/admin/file/edit/?path=press/a.txt", "press/a.txt"


@pytest.fixture
def filled(shared: Shared) -> Shared:
    """A text in a folder."""
    shared.put(PATH)
    return shared


def beat(browser: Browser, path: str = PATH, **more: str) -> TestResponse:
    return browser.submit(f"/admin/file/presence/?path={path}", more, headers=SCRIPT)


def names(answer: TestResponse) -> list[str]:
    assert answer.json is not None
    return [name for _id, name, _sentence in answer.json["others"]]


def test_a_text_says_who_else_has_it_open(filled: Shared, sign_in: SignIn) -> None:
    filled.put("press/b.txt")
    ed, ana = sign_in("ed"), sign_in("ana")
    assert "has been editing this since" not in ed.get(EDIT).text
    assert "Ed Marlow has been editing this since" in ana.get(EDIT).text
    assert names(beat(ed)) == ["Ana Kestrin"]
    assert names(beat(ed, "press/b.txt")) == []
    page = fields_in(ana.get(EDIT).text, holding="text")["page"][0]
    assert beat(ana, left="1", page=page).status_code == 204
    assert names(beat(ed)) == []


def test_a_text_hears_that_somebody_saved_it(filled: Shared, sign_in: SignIn) -> None:
    ed, ana = sign_in("ed"), sign_in("ana")
    mine = fields_in(ed.get(EDIT).text, holding="text")
    theirs = fields_in(ana.get(EDIT).text, holding="text")
    version = mine["version"][0]
    assert beat(ed, version=version).json["saved"] is None  # type: ignore[index]
    assert ana.post(EDIT, data={**theirs, "text": "other words\n"}).status_code == 302
    _entry, saved = beat(ed, version=version).json["saved"]  # type: ignore[index]
    assert saved.startswith("Ana Kestrin saved this at ")


def test_the_heartbeat_of_a_text_is_guarded_like_its_form(filled: Shared, sign_in: SignIn) -> None:
    assert beat(sign_in("mo")).status_code == 403
    assert beat(sign_in("aut")).status_code == 404, "a folder of somebody else"
    for path in ("press/gone.txt", "../secret.txt", "", "press"):
        assert beat(sign_in("ed"), path).status_code in (404, 409)
