"""The desk on a phone, in Arabic, in the dark and to a screen reader, with whatever opens open."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from backoffice.comments.models import Comment
from backoffice.foundation.database import db
from tests.e2e import desk, stock
from tests.e2e.screen import Screen
from tests.e2e.test_accessibility import faults, wears
from tests.e2e.test_layout import STICKS_OUT, is_width
from tests.people import PASSWORD

pytestmark = pytest.mark.xdist_group("e2e-desk")

PHONE = 390
SMALL = """
const all = "main section [data-id] :is(button, input[type=text], select), [data-panel] :is(button, select), " +
  "[aria-labelledby=dh] :is(button, a[role=button]), nav[aria-label] a[data-queue], .bo-toolbar :is(button, summary)";
return [...document.querySelectorAll(all)].filter((each) => {
  const box = each.getBoundingClientRect();
  return each.checkVisibility() && box.width && box.height < 43.5;
}).map((each) => `${each.outerHTML.slice(0, 120)}: ${each.getBoundingClientRect().height}`).slice(0, 6);
"""
#: The drawer as a box: where it begins and how wide it is, beside the width of the window.
DRAWER = (
    "const box = document.querySelector('[aria-labelledby=dh]').getBoundingClientRect();return [box.left, box.width]"
)
OPENS = {"reject": "R", "edit": "q", "reply": "r", "ban": "b", "snooze": "W"}


@pytest.mark.parametrize(("language", "theme"), [("ar", "light"), ("en", "dark")])
def test_nothing_serious_is_found_at_the_desk_whatever_is_open(gazette: Screen, language: str, theme: str) -> None:
    word = arranged(gazette)
    wears(gazette, theme)
    goes(gazette, word, language)
    found = {"desk": faults(gazette, theme)}
    for action, key in OPENS.items():
        gazette.types(key)
        desk.has_panel(gazette, action)
        found[action] = faults(gazette, theme)
        desk.leaves_panel(gazette)
    for name, key in {"person": "o", "talk": "p"}.items():
        gazette.types(key).one("[aria-labelledby=dh]")
        found[name] = faults(gazette, theme)
        gazette.types(Keys.ESCAPE)
    gazette.types("x").waits(lambda: gazette.all("main section input:checked") or None, "a tick")
    found["ticked"] = faults(gazette, theme)
    gazette.types("?").one("dialog[open]")
    found["keys"] = faults(gazette, theme)
    gazette.types(Keys.ESCAPE).types("a").waits(lambda: gazette.all("#live form[data-undo]") or None, "a message")
    found["message"] = faults(gazette, theme)
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_thumb_finds_everything_on_a_phone_and_nothing_sticks_out(gazette: Screen, language: str) -> None:
    word = arranged(gazette)
    is_width(gazette, PHONE)
    goes(gazette, word, language)
    wrong = {"desk": looked_at(gazette)}
    for action, key in OPENS.items():
        gazette.types(key)
        desk.has_panel(gazette, action)
        wrong[action] = looked_at(gazette)
        desk.leaves_panel(gazette)
    for name, key in {"person": "o", "talk": "p"}.items():
        gazette.types(key).one("[aria-labelledby=dh]")
        wrong[name] = looked_at(gazette)
        left, width = gazette.runs(DRAWER)
        assert 0 <= left <= 24
        assert width >= PHONE - 48
        gazette.types(Keys.ESCAPE)
    assert {name: each for name, each in wrong.items() if each} == {}


def test_the_desk_is_mirrored_where_people_write_from_right_to_left(gazette: Screen) -> None:
    word = arranged(gazette)
    goes(gazette, word, "en")
    box = "return document.querySelector('main section [data-id] input[name=rowid]').getBoundingClientRect().x"
    left = gazette.runs(box)
    goes(gazette, word, "ar")
    assert gazette.one("html").get_attribute("dir") == "rtl"
    assert left < 720 < gazette.runs(box)
    gazette.types("o").one("[aria-labelledby=dh]")
    assert gazette.runs(DRAWER)[0] < 720


def test_a_screen_reader_hears_each_result_once_and_names_of_all_it_can_press(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).types("j", "k")
    desk.is_at(gazette, first)
    card = gazette.focused
    assert card.accessible_name.startswith("Reader ")
    buttons = card.find_elements("css selector", "button, input[type=checkbox], a")
    assert all(button.accessible_name for button in buttons)
    gazette.types("a").hears("Approved", "left.")
    live = gazette.one("#live")
    assert live.get_attribute("aria-live") == "polite" or live.aria_role == "status"
    assert (live.get_attribute("textContent") or "").count("Approved") == 1
    desk.is_at(gazette, second)


def arranged(screen: Screen) -> str:
    """A word that three comments contain, with everything a card can show."""
    word = stock.word()
    ids = desk.comments(screen.house, word, 3)
    with screen.house.opened():
        first = db.session.get_one(Comment, ids[0])
        first.text = (
            f"What a bunch of clowns, {word}. See https://board.example.org/{'annex-' * 12}4 . " + "Long. " * 400
        )
        first.score = 0.93
        stock.factories.finding(comment=first, spans=[[16, 22]], detail={"words": ["clowns"]})
    colleague = desk.Colleague(screen.house, desk.moderator(screen.house, name="Rosa Lind"))
    assert colleague.claims(ids[1])[0] == 200
    screen.is_signed_in(desk.moderator(screen.house, "administrator"), PASSWORD)
    return word


def goes(screen: Screen, word: str, language: str) -> None:
    """The desk in this language, with the keys ready."""
    screen.goes(f"/admin/moderation/?search={word}&lang={language}").types("j", "k")


def looked_at(screen: Screen) -> list[str]:
    """What is too small for a finger or sticks out of the page."""
    out = screen.runs(STICKS_OUT)
    return [*screen.runs(SMALL), *([out] if out else [])]
