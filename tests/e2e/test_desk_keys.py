"""An hour at the desk without a mouse: every decision by a key, and the focus is never lost."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from tests.e2e import desk, stock
from tests.e2e.house import House
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-desk")
GONE = "for (const each of document.querySelectorAll('#live > *')) each.remove()"


def test_a_moderator_decides_card_after_card_and_the_focus_goes_with_her(gazette: Screen) -> None:
    word = stock.word()
    first, second, third, fourth = desk.comments(gazette.house, word, 4)
    desk.opened(gazette, word)
    before = int(gazette.runs(desk.COUNT, "pending"))
    assert gazette.driver.title.startswith(f"({before}) ")
    gazette.types("j", "j", "k")
    desk.is_at(gazette, second)
    gazette.types("a").hears("Approved", f"#{second}", f"{before - 1} left.")
    desk.is_at(gazette, third)
    gazette.types("d").hears("Rejected", f"#{third}", f"{before - 2} left.")
    desk.is_at(gazette, fourth)
    gazette.types("s").hears("Marked as spam", f"#{fourth}", f"{before - 3} left.")
    desk.is_at(gazette, first)
    gazette.types("a").hears(f"#{first}")
    gazette.waits(lambda: gazette.runs(desk.FOCUSED) == "main" or None, "the focus to rest at the page")
    desk.shows(gazette)
    gazette.sees("Nothing matches").waits(lambda: gazette.driver.title.startswith(f"({before - 4}) ") or None, "title")
    assert gazette.runs(desk.COUNT, "pending") == str(before - 4)
    assert gazette.runs(desk.COUNT, "mine") == "4"
    gazette.waits(lambda: f"{before - 4} comments wait" in gazette.one("h1").text or None, "the heading")
    assert [stock.status(gazette.house, id).value for id in (first, second, third, fourth)] == [
        "approved",
        "approved",
        "rejected",
        "spam",
    ]


def test_a_reason_chosen_by_its_digit_is_given_again_and_told(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).types("R")
    desk.has_panel(gazette, "reject").types("3").hears("Rejected", f"#{first}")
    desk.is_at(gazette, second)
    gazette.runs(GONE)
    gazette.types("d").hears("Rejected", f"#{second}", "The reason: It advertises something.")
    assert {reason(gazette.house, id) for id in (first, second)} == {"It advertises something."}


def test_the_last_decision_is_taken_back_even_when_its_message_has_gone(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).types("s").hears(f"#{first}")
    gazette.runs(GONE)
    desk.is_at(gazette, second).types("z").hears("Taken back")
    desk.shows(gazette, first, second)
    desk.is_at(gazette, first)
    assert stock.status(gazette.house, first) is CommentStatus.PENDING
    gazette.types("z").hears("Taken back")
    gazette.waits(lambda: stock.status(gazette.house, first) is CommentStatus.SPAM or None, "spam again")


def test_undo_means_the_latest_decision_though_it_is_pressed_at_once(gazette: Screen) -> None:
    word = stock.word()
    first, second, third = desk.comments(gazette.house, word, 3)
    desk.opened(gazette, word).types("a").hears(f"#{first}")
    desk.is_at(gazette, second).types("s", "z").hears("Taken back", f"#{second}")
    desk.shows(gazette, second, third)
    found = [stock.status(gazette.house, id) for id in (first, second, third)]
    assert found == [CommentStatus.APPROVED, CommentStatus.PENDING, CommentStatus.PENDING]


def test_a_comment_is_put_off_by_one_key_and_fetched_back_by_another(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).types("w").hears("Snoozed", f"#{first}")
    desk.is_at(gazette, second)
    gazette.waits(lambda: gazette.runs(desk.COUNT, "snoozed") == "1" or None, "the count of what is snoozed")
    gazette.types("z").hears("Back in the queue")
    desk.shows(gazette, first, second)
    gazette.types("w").hears("Snoozed")
    gazette.presses("Undo").waits(lambda: len(desk.shown(gazette)) == 2 or None, "it")
    gazette.types("W")
    desk.has_panel(gazette, "snooze").types("3").hears("Snoozed")
    gazette.goes(f"/admin/moderation/?queue=snoozed&search={word}").sees("until")
    assert len(desk.shown(gazette)) == 1


def test_what_was_rejected_waits_again_by_a_key(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    desk.opened(gazette, word).types("d").hears("Rejected")
    gazette.goes(f"/admin/moderation/?queue=rejected&search={word}").types("u").hears(f"#{id}")
    desk.shows(gazette)
    assert stock.status(gazette.house, id) is CommentStatus.PENDING


def test_a_moderator_approves_and_replies_in_place(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    desk.opened(gazette, word).types("r")
    desk.has_panel(gazette, "reply").types("The pilots have answered: ", "a d s z")
    assert desk.shown(gazette) == [first, second]
    gazette.holds(Keys.CONTROL, Keys.ENTER).hears(f"#{first}")
    desk.is_at(gazette, second)
    with gazette.house.opened():
        answer = db.session.scalars(select(Comment).where(Comment.parent_id == first)).one()
        assert (answer.text, answer.status) == ("The pilots have answered: a d s z", CommentStatus.APPROVED)
    assert stock.status(gazette.house, first) is CommentStatus.APPROVED


def test_an_edit_that_is_left_keeps_what_was_typed_and_so_does_one_that_is_refused(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    desk.opened(gazette, word).types("q")
    desk.has_panel(gazette, "edit").types(" Softer.")
    desk.leaves_panel(gazette)
    desk.is_at(gazette, id).types("q")
    desk.has_panel(gazette, "edit")
    assert typed(gazette).endswith(" Softer.")
    gazette.sees("You have it")
    with gazette.house.opened():
        db.session.get_one(Comment, id).text = f"Changed meanwhile, about {word}."
    gazette.expected.append("409")
    gazette.holds(Keys.CONTROL, Keys.ENTER).hears("What you typed is kept.")
    assert typed(gazette).endswith(" Softer.")
    desk.leaves_panel(gazette)
    gazette.sees("Changed meanwhile").types("q")
    desk.has_panel(gazette, "edit")
    assert typed(gazette).endswith(" Softer.")
    gazette.holds(Keys.CONTROL, Keys.ENTER).waits(lambda: not gazette.all("[data-panel]") or None, "the form to close")
    gazette.sees("Softer.")
    desk.is_at(gazette, id)


def test_ticked_cards_are_decided_by_capitals(gazette: Screen) -> None:
    word = stock.word()
    ids = desk.comments(gazette.house, word, 6)
    desk.opened(gazette, word).types("x", "j", "x").sees("2 ticked").types("A").hears("Approved: 2.")
    desk.shows(gazette, *ids[2:])
    gazette.types("X").sees("4 ticked").types("X")
    none_ticked(gazette).types("x").types("S").hears("Marked as spam")
    desk.shows(gazette, *ids[3:])
    gazette.types("X", Keys.ESCAPE)
    none_ticked(gazette).types("X", "D").hears("Rejected: 3.")
    desk.shows(gazette)
    gazette.types("z").hears("3 changes taken back")
    desk.shows(gazette, *ids[3:])
    found = [stock.status(gazette.house, id).value for id in ids]
    assert found == ["approved", "approved", "spam", "pending", "pending", "pending"]


def none_ticked(screen: Screen) -> Screen:
    """Wait until no card is ticked."""
    screen.waits(lambda: not screen.all("main [data-id] input:checked") or None, "no ticks")
    return screen


def typed(screen: Screen) -> str:
    """What stands in the text that is edited."""
    return screen.field("text").get_attribute("value") or ""


def reason(house: House, id: int) -> str | None:
    """Why a comment was rejected."""
    with house.opened():
        return db.session.scalars(select(Comment.reason).where(Comment.id == id)).one()
