"""The desk with scripts switched off: the same decisions by the same buttons, each as a form."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.moderation.models import Claim
from tests.e2e import desk, stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-plain")


def ids(screen: Screen) -> list[int]:
    """The cards of the page."""
    return [int(each.get_attribute("data-id") or 0) for each in screen.all("main section [data-id]")]


def test_a_moderator_decides_and_takes_it_back_from_the_message(plain: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(plain.house, word, 2)
    desk.opened(plain, word).does("approve", first).hears("Approved", f"#{first}")
    assert ids(plain) == [second]
    plain.presses("Undo").hears("Taken back")
    assert stock.status(plain.house, first) is CommentStatus.PENDING
    assert f"search={word}" in plain.driver.current_url
    assert ids(plain) == [first, second]


def test_a_moderator_ticks_cards_and_rejects_them(plain: Screen) -> None:
    word = stock.word()
    first, second, third = desk.comments(plain.house, word, 3)
    desk.opened(plain, word).ticks(first, third)
    plain.one("form#ticked button[value=reject]").click()
    plain.hears("Rejected: 2.")
    assert ids(plain) == [second]


def test_a_moderator_rejects_for_a_reason_on_the_page_of_its_own_and_then_for_the_same(plain: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(plain.house, word, 2)
    desk.opened(plain, word).one(f"[data-id='{first}'] [data-ask=choose_reason]").click()
    plain.fills("reason", "Say it without the insult.").presses("Reject")
    plain.hears("Rejected", f"#{first}")
    plain.does("reject", second).hears("Rejected", "The reason: Say it without the insult.")
    with plain.house.opened():
        found = db.session.scalars(select(Comment.reason).where(Comment.id.in_([first, second]))).all()
    assert found == ["Say it without the insult."] * 2


def test_a_moderator_approves_and_replies(plain: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(plain.house, word)
    desk.opened(plain, word).does("reply", id).fills("text", "The pilots have answered.").presses("Reply")
    plain.hears(f"#{id}")
    assert stock.status(plain.house, id) is CommentStatus.APPROVED
    with plain.house.opened():
        answer = db.session.scalars(select(Comment).where(Comment.parent_id == id)).one()
        assert (answer.text, answer.status) == ("The pilots have answered.", CommentStatus.APPROVED)


def test_a_moderator_edits(plain: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(plain.house, word)
    desk.opened(plain, word).does("edit", id).fills("text", f"Softer, about {word}.").presses("Edit")
    plain.sees(f"Softer, about {word}.").hears("Changed")
    assert ids(plain) == [id]


def test_a_moderator_puts_a_comment_off_and_fetches_it_back(plain: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(plain.house, word, 2)
    desk.opened(plain, word).one(f"[data-id='{first}'] [data-ask=choose_snooze]").click()
    plain.fills("until", "morning").presses("Snooze")
    plain.hears("Snoozed", f"#{first}")
    assert ids(plain) == [second]
    plain.presses("Snoozed").sees("until").does("wake", first).hears("Back in the queue")
    plain.goes(f"/admin/moderation/?search={word}")
    assert ids(plain) == [first, second]


def test_a_moderator_claims_a_card_and_lets_it_go(plain: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(plain.house, word)
    desk.opened(plain, word).presses("Claim").sees("You have it")
    with plain.house.opened():
        assert db.session.get_one(Claim, id).is_firm
    plain.presses("Let go").hears("Let go.")
    assert "You have it" not in plain.text
    assert f"search={word}" in plain.driver.current_url


def test_a_decision_that_comes_too_late_says_who_was_faster(plain: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(plain.house, word)
    desk.opened(plain, word)
    colleague = desk.Colleague(plain.house, desk.moderator(plain.house, name="Rosa Lind"))
    assert colleague.does("approve", id)[0] == 200
    plain.does("spam", id).hears("Rosa Lind approved it")
    assert stock.status(plain.house, id) is CommentStatus.APPROVED


def test_an_author_is_banned_with_everything_of_hers(plain: Screen) -> None:
    word = stock.word()
    found = desk.comments(plain.house, word, 3)
    with plain.house.opened():
        for id in found[:2]:
            db.session.get_one(Comment, id).author_email = f"{word}@example.net"
    desk.opened(plain, word).one(f"[data-id='{found[0]}'] h2 a").click()
    plain.sees("First seen").presses("Ban").field("And reject all of theirs").click()
    plain.fills("reason", "Insults.").presses("Ban").hears(f"#{found[0]}")
    assert [stock.status(plain.house, id).value for id in found] == ["rejected", "rejected", "pending"]
    plain.presses("Undo").hears("aken back")
    assert {stock.status(plain.house, id) for id in found} == {CommentStatus.PENDING}


def test_a_view_is_saved_opened_and_removed(plain: Screen) -> None:
    word = stock.word()
    found = desk.comments(plain.house, word, 21)
    desk.opened(plain, word).presses("Save as a view").fills("Name", f"About {word}").presses("Save")
    plain.hears("Saved", f"About {word}")
    assert ids(plain) == found[:20]
    plain.one("a[rel=next]").click()
    assert ids(plain) == found[20:]
    assert plain.all("nav a[data-queue^=view-][aria-current=page]")
    plain.presses("Waiting").presses(f"About {word}").presses("Remove this view").hears("Removed", f"About {word}")
    assert not plain.all("nav a[data-queue^=view-]")


def test_one_card_at_a_time_and_the_next_page_is_the_next_card(plain: Screen) -> None:
    word = stock.word()
    first, second, third = desk.comments(plain.house, word, 3)
    desk.opened(plain, word).presses("One at a time")
    assert ids(plain) == [first]
    plain.one("a[rel=next]").click()
    assert ids(plain) == [second]
    plain.one("a[rel=prev]").click()
    assert ids(plain) == [first]
    plain.does("approve", first).hears("Approved")
    assert ids(plain) == [second]
    plain.presses("One at a time")
    assert ids(plain) == [second, third]
