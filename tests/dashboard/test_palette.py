"""The palette's records: each person finds what she may see, and nothing else, by a fixed number of questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser
from tests.people import person

pytestmark = pytest.mark.both_databases

SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}


@pytest.fixture
def lanterns(app: Flask) -> None:
    """A post of the author, one of somebody else, and a comment under each; all of them about lanterns."""
    with app.app_context(), unit_of_work():
        hers = factories.post(title="Lantern of hers", author=person("aut"))
        others = factories.post(title="Lantern of others", author=person("ed"))
        factories.comment(post=hers, text="The lantern is hers.", author_name="Near")
        factories.comment(post=others, text="The lantern is theirs.", author_name="Far")


def found(browser: Browser, query: str) -> Mapping[str, list[str]]:
    """The texts that are found, by the address of their list."""
    answer = browser.get("/admin/palette/", query_string={"query": query}, headers=SCRIPT)
    assert answer.status_code == 200
    kinds: list[dict[str, Any]] = answer.get_json()["kinds"]
    return {kind["list"].split("/")[2]: [record["text"] for record in kind["records"]] for kind in kinds}


@pytest.mark.usefixtures("lanterns")
def test_an_author_finds_her_own_posts_and_what_is_said_under_them(sign_in: Callable[[str], Browser]) -> None:
    seen = found(sign_in("aut"), "lantern")
    assert seen["post"] == ["Lantern of hers"]
    assert [text.split(" ")[0] for text in seen["comment"]] == ["Near"]


@pytest.mark.usefixtures("lanterns")
def test_a_moderator_finds_comments(sign_in: Callable[[str], Browser]) -> None:
    assert len(found(sign_in("mo"), "lantern")["comment"]) == 2


@pytest.mark.usefixtures("lanterns")
def test_a_translator_finds_no_post_and_no_comment(sign_in: Callable[[str], Browser]) -> None:
    assert not {"post", "comment", "user"} & set(found(sign_in("tra"), "lantern"))


@pytest.mark.usefixtures("lanterns")
def test_an_administrator_finds_every_post_and_each_has_an_address_that_opens(
    sign_in: Callable[[str], Browser],
) -> None:
    browser = sign_in("ana")
    answer = browser.get("/admin/palette/?query=lantern", headers=SCRIPT).get_json()
    records = [record for kind in answer["kinds"] for record in kind["records"]]
    assert len(records) == 4
    assert {browser.get(record["address"]).status_code for record in records} == {200}


def test_people_are_found_only_by_who_may_see_people(sign_in: Callable[[str], Browser]) -> None:
    assert found(sign_in("ana"), "Kestrin")["user"] == ["Ana Kestrin"]
    assert "user" not in found(sign_in("aut"), "Kestrin")


def test_nobody_outside_the_staff_is_answered(client: Browser, sign_in: Callable[[str], Browser]) -> None:
    assert client.get("/admin/palette/?query=lantern", headers=SCRIPT).status_code == 401
    assert sign_in("nobody").get("/admin/palette/?query=lantern", headers=SCRIPT).status_code == 403


@pytest.mark.usefixtures("lanterns")
@pytest.mark.parametrize("query", ["", "l", "\0", "lantern\0", "%", "_\\", '"*', "' or 1=1 --", "\ud800 x", "x" * 5000])
def test_no_text_breaks_it(sign_in: Callable[[str], Browser], query: str) -> None:
    answer = sign_in("ana").get(
        "/admin/palette/", query_string={"query": query.encode("utf-8", "surrogatepass")}, headers=SCRIPT
    )
    assert answer.status_code == 200


@pytest.mark.usefixtures("lanterns")
def test_more_records_ask_no_more_of_the_database(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("aut")
    few = statements(app, lambda: found(browser, "lantern"))
    with app.app_context(), unit_of_work():
        for number in range(12):
            post = factories.post(title=f"Lantern {number}", author=person("aut"))
            factories.comment(post=post, text=f"Another lantern, the {number}th")
    assert statements(app, lambda: found(browser, "lantern")) == few
    assert {len(texts) for texts in found(browser, "lantern").values()} == {5}


def statements(app: Flask, act: Callable[[], Any]) -> int:
    """How many statements the database is asked meanwhile."""
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(asked)
