"""Everything that matches, done and taken back in one go: with the mouse, with keys alone, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import inspect, select

from backoffice.comments.models import Comment
from backoffice.foundation.database import db
from tests.e2e import stock
from tests.e2e.house import House
from tests.e2e.screen import Screen
from tests.e2e.test_keyboard import tabs_to

ALL, REJECT = "main input[name=all]", "main button[name=action][value=reject]:not([data-id] *)"
PROGRESS = "return document.querySelector('main progress')?.value ?? null"
COUNTS = """
return [document.querySelector("nav a[href='/admin/comment/']").textContent,
  document.querySelector("nav[aria-label=Pages]").textContent].map((text) => text.replace(/\\s+/g, " ").trim());
"""


@pytest.mark.xdist_group("e2e-work")
def test_a_moderator_rejects_five_hundred_and_takes_it_back_with_one_key(gazette: Screen) -> None:
    word = stock.word()
    stock.comments(gazette.house, word, 500)
    rows, counts = held(gazette.house), shown(gazette, word)
    gazette.goes(address(word)).ticks(gazette.ids()[0]).one(ALL).click()
    gazette.one(REJECT).click()
    gazette.sees("Reject: 500 lines").sees("Among them").sees("and 495 more")
    gazette.presses("Reject: 500")
    gazette.sees("500 of 500").sees("Done")
    assert gazette.runs(PROGRESS) == 100
    changed = held(gazette.house)
    assert {id for id in rows if rows[id] != changed[id]} == {id for id in rows if word in rows[id]["text"]}
    assert {changed[id]["status"] for id in rows if word in rows[id]["text"]} == {"rejected"}
    gazette.called("Undo")
    gazette.types("z").hears("500 changes taken back")
    gazette.sees("taken back")
    assert held(gazette.house) == rows
    assert shown(gazette, word) == counts


@pytest.mark.xdist_group("e2e-work")
def test_all_of_it_is_done_with_keys_alone(gazette: Screen) -> None:
    word = stock.word()
    stock.comments(gazette.house, word, 25)
    rows = held(gazette.house)
    gazette.is_signed_in("ana").goes(address(word)).types("j", "x")
    tabs_to(gazette, ALL, backwards=True)
    gazette.types(Keys.SPACE)
    tabs_to(gazette, REJECT)
    gazette.types(Keys.ENTER).sees("Reject: 25 lines")
    tabs_to(gazette, "main button[name=action][value=reject]")
    gazette.types(Keys.ENTER).sees("25 of 25")
    gazette.called("Undo")  # offered a moment after the last line is done
    gazette.types("z").hears("25 changes taken back")
    assert held(gazette.house) == rows


@pytest.mark.xdist_group("e2e-plain")
def test_all_of_it_is_done_without_scripts(plain: Screen) -> None:
    word = stock.word()
    stock.comments(plain.house, word, 25)
    rows = held(plain.house)
    plain.is_signed_in("ana").goes(address(word)).ticks(plain.ids()[0]).one(ALL).click()
    plain.one(REJECT).click()
    plain.sees("Reject: 25 lines").presses("Reject: 25")
    plain.sees("25 of 25").presses("Undo").hears("25 changes taken back")
    assert held(plain.house) == rows


def address(word: str) -> str:
    """The list of pending comments with this word."""
    return f"/admin/comment/?flt_status=pending&search={word}&page_size=20"


def held(house: House) -> dict[int, dict[str, Any]]:
    """Every comment as it is, but for what counts and dates its changes."""
    names = [column.key for column in inspect(Comment).column_attrs if column.key not in ("version", "updated_at")]
    with house.opened():
        found = db.session.execute(select(*(getattr(Comment, name) for name in names)))
        return {row.id: {name: plain_value(value) for name, value in row._mapping.items()} for row in found}


def plain_value(value: Any) -> Any:
    """What a column holds, comparable after its session has ended."""
    return getattr(value, "value", value)


def shown(screen: Screen, word: str) -> list[list[str]]:
    """What the sidebar and the list count, all in all and for this word."""
    screen.is_signed_in("ana")
    found = []
    for query in ("", "?flt_status=pending", "?flt_status=rejected", f"?flt_status=pending&search={word}"):
        found.append(screen.goes(f"/admin/comment/{query}").runs(COUNTS))
    return found
