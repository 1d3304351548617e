"""Getting about at the desk by keys: queues, drawers, one card at a time, claims, keys of one's own."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.readers.models import Restriction
from tests.e2e import desk, stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-desk")
KEY = """
const button = document.querySelector(`main [data-id='${arguments[0]}'] button[value='${arguments[1]}']`);
return button.getAttribute("aria-keyshortcuts");
"""


def test_the_queue_refills_before_it_runs_dry(gazette: Screen) -> None:
    word = stock.word()
    ids = desk.comments(gazette.house, word, 32)
    desk.opened(gazette, word).types("j", "k")
    assert desk.shown(gazette) == ids[:20]
    for id in ids[:13]:
        desk.is_at(gazette, id).types("a")
    gazette.waits(lambda: desk.shown(gazette) == ids[13:] or None, "the rest of the queue")
    assert not gazette.runs(desk.LOST)
    assert not [each for each in gazette.all("nav[aria-label=Pages]") if each.is_displayed()]


def test_letters_mean_nothing_to_the_desk_while_somebody_types(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    desk.opened(gazette, word).types("j", "/")
    gazette.waits(lambda: gazette.focused.get_attribute("name") == "search" or None, "the search box")
    gazette.types("adszxw")
    assert str(gazette.focused.get_attribute("value")).endswith("adszxw")
    gazette.types(Keys.ESCAPE).presses("Save as a view").fills("Name", "ads1")
    assert gazette.field("Name").get_attribute("value") == "ads1"
    assert desk.shown(gazette) == [id]
    assert stock.status(gazette.house, id) is CommentStatus.PENDING


def test_queues_are_a_digit_away_or_the_next_one(gazette: Screen) -> None:
    desk.opened(gazette, stock.word()).types("6")
    is_in(gazette, "rejected").types("t")
    is_in(gazette, "spam").types("1")
    is_in(gazette, "pending")


def test_the_person_and_the_talk_open_beside_the_card_and_give_the_focus_back(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).types("j", "o")
    gazette.one("[aria-labelledby=dh]")
    gazette.sees("First seen").types("j").waits(lambda: gazette.runs(desk.AT) is not None or None)
    gazette.types(Keys.ESCAPE).waits(lambda: not gazette.all("[aria-labelledby=dh]") or None, "the drawer to close")
    assert gazette.runs(desk.FOCUSED) == str(second)
    gazette.types("p").sees("What waits under this post")
    gazette.one("[aria-labelledby=dh] button[value=spam]").click()
    gazette.hears("Marked as spam", f"#{second}")
    desk.shows(gazette, first)
    gazette.waits(lambda: "Spam" in gazette.one("[aria-labelledby=dh] li").text or None, "what became of it")
    gazette.types(Keys.ESCAPE).waits(lambda: not gazette.all("[aria-labelledby=dh]") or None, "the drawer to close")
    assert gazette.runs(desk.FOCUSED) == str(first)
    gazette.types("e").waits(lambda: gazette.path == "/admin/comment/details/" or None, "the page of its own")


def test_a_note_is_written_in_the_drawer(gazette: Screen) -> None:
    word = stock.word()
    desk.comments(gazette.house, word)
    desk.opened(gazette, word).types("o")
    gazette.fills("text", f"Knows the tides, {word}.").types(Keys.ENTER).hears("Note")
    gazette.waits(lambda: f"Knows the tides, {word}." in gazette.one("[aria-labelledby=dh]").text or None, "the note")
    assert not gazette.runs(desk.LOST)


def test_one_card_at_a_time(gazette: Screen) -> None:
    word = stock.word()
    first, second, third = desk.comments(gazette.house, word, 3)
    desk.opened(gazette, word).types("v")
    desk.shows(gazette, first)
    gazette.types("j")
    desk.is_at(gazette, second).types("a").hears("Approved")
    desk.shows(gazette, third)
    desk.is_at(gazette, third).types("v")
    desk.shows(gazette, first, third)
    assert gazette.called("One at a time").get_attribute("aria-pressed") == "false"


def test_a_desk_that_opens_with_one_card_leaves_none_out(gazette: Screen) -> None:
    word = stock.word()
    ids = desk.comments(gazette.house, word, 3)
    desk.opened(gazette, word, one="1")
    for id in ids:
        desk.shows(gazette, id)
        desk.is_at(gazette, id).types("a") if id != ids[0] else gazette.types("a")
    gazette.waits(lambda: stock.status(gazette.house, ids[-1]) is CommentStatus.APPROVED or None, "the last decision")
    assert {stock.status(gazette.house, id) for id in ids} == {CommentStatus.APPROVED}


def test_a_card_is_claimed_and_let_go_by_a_key_and_by_a_form(gazette: Screen) -> None:
    word = stock.word()
    desk.comments(gazette.house, word)
    desk.opened(gazette, word).types("c").hears("Yours for now")
    assert gazette.sees("You have it").one("main [data-claim-button]").accessible_name == "Let go"
    gazette.goes(f"/admin/moderation/?search={word}").sees("You have it")
    gazette.runs(desk.LOOKS)
    gazette.types("c").hears("Let go.")
    gazette.waits(lambda: "You have it" not in gazette.text or None, "the claim to go")
    assert gazette.one("main [data-claim-button]").accessible_name == "Claim"
    gazette.types("b")
    desk.has_panel(gazette, "ban").sees("You have it")
    desk.leaves_panel(gazette)
    gazette.waits(lambda: "You have it" not in gazette.text or None, "the claim to go with the form")


def test_an_author_is_banned_with_everything_of_hers_and_it_is_taken_back(gazette: Screen) -> None:
    word = stock.word()
    ids = desk.comments(gazette.house, word, 3)
    with gazette.house.opened():
        for id in ids[:2]:
            db.session.get_one(Comment, id).author_email = f"{word}@example.net"
    desk.opened(gazette, word).types("b")
    desk.has_panel(gazette, "ban")
    gazette.field("And reject all of theirs").click()
    gazette.presses("Ban").hears(f"#{ids[0]}")
    assert not gazette.runs(desk.LOST)
    assert [stock.status(gazette.house, id).value for id in ids] == ["rejected", "rejected", "pending"]
    gazette.types("z").hears("aken back")
    desk.shows(gazette, *ids)
    with gazette.house.opened():
        assert db.session.scalars(select(Restriction).where(Restriction.value == f"{word}@example.net")).all() == []


def test_a_comment_is_deleted_and_brought_back(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).does("delete", first).hears("Deleted", "left.")
    desk.shows(gazette, second)
    gazette.types("z").hears("Taken back")
    desk.shows(gazette, first, second)


def test_whoever_works_with_the_mouse_chooses_a_reason_too(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).one(f"[data-id='{first}'] [data-ask=choose_reason]").click()
    desk.has_panel(gazette, "reject").presses("Advertising").hears("Rejected", f"#{first}")
    desk.is_at(gazette, second)


@pytest.mark.parametrize(
    ("kept", "approve", "undo"),
    [
        ({"preset": "coral", "off": False, "map": {}}, "f", "u"),
        ({"preset": "wordpress", "off": False, "map": {"approve": "!", "undo": "m"}}, "!", "m"),
    ],
    ids=["coral", "remapped"],
)
def test_keys_of_ones_own_work_at_the_desk_and_are_told(
    gazette: Screen, kept: dict[str, object], approve: str, undo: str
) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    username = desk.moderator(gazette.house, keys=kept)
    desk.opened(gazette, word, username).types("j", "k")
    desk.is_at(gazette, first)
    assert gazette.runs(KEY, first, "approve") == approve
    gazette.types("?")
    assert approve in gazette.one("dialog[open]").text
    gazette.types(Keys.ESCAPE).types("a").types(approve).hears("Approved", f"#{first}")
    gazette.types(undo).hears("Taken back")
    desk.shows(gazette, first, second)


def test_somebody_without_keys_types_letters_and_nothing_happens(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    username = desk.moderator(gazette.house, keys={"preset": "wordpress", "off": True, "map": {}})
    desk.opened(gazette, word, username).types("a", "d", "s", "w", "x")
    assert gazette.runs(KEY, id, "approve") is None
    assert not gazette.all("main [data-id] input:checked")
    gazette.does("approve", id).hears("Approved")


def is_in(screen: Screen, queue: str) -> Screen:
    """Wait until the desk shows this queue."""
    tab = f"nav a[data-queue={queue}][aria-current=page]"
    screen.waits(lambda: screen.all(tab) or None, f"the queue {queue}")
    return screen
