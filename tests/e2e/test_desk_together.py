"""Two people at two desks: who looks at what, who was faster, and nothing is decided twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select, update

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.moderation.models import Claim, DeskStamp
from backoffice.records.audit import AuditEntry
from tests.e2e import desk, stock
from tests.e2e.desk import Colleague
from tests.e2e.house import House
from tests.e2e.screen import Screen
from tests.e2e.test_signing_in_again import is_signed_out, signs_in_again

pytestmark = pytest.mark.xdist_group("e2e-desk")
MANY = 200
ENABLED = "return document.querySelectorAll(`main section [data-id='${arguments[0]}'] button:enabled`).length"


def test_one_sees_who_looks_at_a_card_and_the_next_key_passes_it_by(gazette: Screen) -> None:
    word = stock.word()
    first, second, third = desk.comments(gazette.house, word, 3)
    colleague = Colleague(gazette.house, desk.moderator(gazette.house, name="Rosa Lind"))
    desk.opened(gazette, word)
    assert colleague.claims(second)[0] == 200
    gazette.runs(desk.LOOKS)
    gazette.sees("Rosa Lind is looking").types("j")
    desk.is_at(gazette, third).types("k")
    desk.is_at(gazette, first)
    assert colleague.claims(second, release="1")[0] == 200
    gazette.runs(desk.LOOKS)
    gazette.waits(lambda: "is looking" not in gazette.text or None, "her to leave")
    gazette.types("j")
    desk.is_at(gazette, second)


def test_what_a_colleague_claimed_is_hers_to_decide_until_a_lead_takes_it_over(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    colleague = Colleague(gazette.house, desk.moderator(gazette.house, name="Rosa Lind"))
    assert colleague.claims(id, firm="1")[0] == 200
    desk.opened(gazette, word).sees("Rosa Lind has it").types("j", "a")
    gazette.expected.append("409")
    gazette.hears("Rosa Lind has claimed it")
    desk.is_at(gazette, id).types("c").hears("Rosa Lind has this one.")
    assert stock.status(gazette.house, id) is CommentStatus.PENDING
    lead = desk.moderator(gazette.house, "administrator", name="Lea Dahl")
    desk.opened(gazette, word, lead).sees("Rosa Lind has it").types("j", "c").hears("Yours for now")
    gazette.sees("You have it")
    status, answer = colleague.does("approve", id)
    assert (status, "Lea Dahl has claimed it" in answer["message"]) == (409, True)
    gazette.types("a").hears("Approved")
    assert stock.status(gazette.house, id) is CommentStatus.APPROVED


def test_a_card_that_a_colleague_decided_about_goes_grey_and_cannot_be_decided_again(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    colleague = Colleague(gazette.house, desk.moderator(gazette.house, name="Rosa Lind"))
    desk.opened(gazette, word).types("j", "k")
    assert colleague.does("reject", first, reason="Too loud.")[0] == 200
    gazette.hears("Rosa Lind rejected it", "ago")
    assert gazette.runs(ENABLED, first) == 0
    gazette.types("a", "s", "j")
    desk.is_at(gazette, second)
    assert decided_by(gazette.house, first) == [("comment.reject", colleague.username)]


def test_a_decision_that_comes_too_late_changes_nothing_and_the_card_is_back(gazette: Screen) -> None:
    word = stock.word()
    first, second = desk.comments(gazette.house, word, 2)
    colleague = Colleague(gazette.house, desk.moderator(gazette.house, name="Rosa Lind"))
    desk.opened(gazette, word).types("j", "k")
    # The desk hears nothing from its questions, as in the three seconds between two of them.
    gazette.driver.execute_cdp_cmd("Network.enable", {})
    gazette.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/moderation/poll/*"]})
    gazette.expected += ["409", "poll"]
    assert colleague.does("approve", first)[0] == 200
    before = int(gazette.runs(desk.COUNT, "pending"))
    gazette.types("s").hears("Rosa Lind approved it", "ago")
    desk.shows(gazette, first, second)
    assert gazette.runs(desk.COUNT, "pending") == str(before)
    assert decided_by(gazette.house, first) == [("comment.approve", colleague.username)]
    status, answer = colleague.does("spam", first, version=1)
    assert (status, "Rosa Lind approved it" in answer["message"]) == (409, True)
    gazette.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    desk.shows(gazette, second)


def test_a_form_that_is_refused_keeps_the_focus(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    colleague = Colleague(gazette.house, desk.moderator(gazette.house, "administrator", name="Rosa Lind"))
    desk.opened(gazette, word).types("R")
    desk.has_panel(gazette, "reject").sees("You have it")
    assert colleague.claims(id, firm="1", over="1")[0] == 200
    gazette.expected.append("409")
    gazette.types("2").hears("Rosa Lind has claimed it", "What you typed is kept.")
    desk.has_panel(gazette, "reject")
    desk.leaves_panel(gazette)
    desk.is_at(gazette, id)
    assert stock.status(gazette.house, id) is CommentStatus.PENDING


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_new_comments_are_offered_and_nothing_jumps(gazette: Screen, order: str) -> None:
    word = stock.word()
    ids = desk.comments(gazette.house, word, 2)
    there = ids if order == "oldest" else ids[::-1]
    desk.opened(gazette, word, order=order).types("j")
    desk.is_at(gazette, there[1])
    fresh = desk.comments(gazette.house, word, 2)
    gazette.runs(desk.LOOKS)
    gazette.sees("View 2 new comments")
    assert desk.shown(gazette) == there
    assert gazette.runs(desk.FOCUSED) == str(there[1])
    gazette.presses("View 2 new comments")
    desk.shows(gazette, *([*there, *fresh] if order == "oldest" else [*fresh[::-1], *there]))
    desk.is_at(gazette, fresh[0] if order == "oldest" else fresh[1])
    assert "new comment" not in gazette.text


def test_a_desk_that_was_closed_keeps_nothing_from_anybody(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    colleague = Colleague(gazette.house, desk.moderator(gazette.house, name="Rosa Lind"))
    assert colleague.claims(id, firm="1")[0] == 200
    desk.opened(gazette, word).sees("Rosa Lind has it")
    with gazette.house.opened():
        assert db.session.get_one(Claim, id).expires_at <= clock.now() + timedelta(minutes=2)
        past = clock.now() - timedelta(seconds=1)
        db.session.execute(update(Claim).where(Claim.id == id).values(expires_at=past))
        db.session.execute(update(DeskStamp).values(wakes_at=past))
    gazette.runs(desk.LOOKS)
    gazette.waits(lambda: "Rosa Lind" not in gazette.text or None, "the claim to run out")
    gazette.types("a").hears("Approved")


def test_whoever_was_signed_out_is_told_and_asked_only_when_she_decides(gazette: Screen) -> None:
    word = stock.word()
    (id,) = desk.comments(gazette.house, word)
    gazette.is_signed_in("ana").goes(f"/admin/moderation/?search={word}").types("j", "k")
    is_signed_out(gazette)
    gazette.expected.append("401")
    gazette.runs(desk.LOOKS)
    gazette.hears("Your session has ended.")
    assert not gazette.all("dialog[open]")
    gazette.types("a").sees("You were signed out").types(Keys.ESCAPE).hears("You are signed out")
    desk.is_at(gazette, id)
    gazette.types("a").sees("You were signed out")
    assert stock.status(gazette.house, id) is CommentStatus.PENDING
    signs_in_again(gazette, username="ana")
    gazette.hears("Approved")
    assert stock.status(gazette.house, id) is CommentStatus.APPROVED


def test_two_who_race_decide_each_comment_exactly_once(gazette: Screen) -> None:
    word = stock.word()
    ids = desk.comments(gazette.house, word, MANY)
    people = [Colleague(gazette.house, desk.moderator(gazette.house)) for _ in range(2)]

    def works(who: Colleague, action: str) -> Counter[int]:
        """Decide about whatever is listed until nothing is left; what was accepted, by comment."""
        accepted: Counter[int] = Counter()
        while cards := who.cards(search=word):
            for id, version in cards:
                status, answer = who.does(action, id, version)
                assert status in (200, 409), answer
                assert status == 200 or "Judge" in answer["message"], answer
                accepted[id] += status == 200
        return accepted

    with ThreadPoolExecutor(2) as both:
        mine, hers = both.map(works, people, ("approve", "spam"))
    assert mine + hers == Counter(ids)
    assert mine and hers
    wanted = {id: ("comment.approve", people[0].username) for id in mine if mine[id]}
    wanted |= {id: ("comment.spam", people[1].username) for id in hers if hers[id]}
    assert {id: decided_by(gazette.house, id) for id in ids} == {id: [each] for id, each in wanted.items()}
    with gazette.house.opened():
        held = dict(db.session.execute(select(Comment.id, Comment.status).where(Comment.id.in_(ids))).all())
    assert all(held[id].value.startswith(action.removeprefix("comment.")) for id, (action, _who) in wanted.items())


def decided_by(house: House, id: int) -> Sequence[tuple[str, str]]:
    """What the trail says was decided about a comment, and by whom."""
    with house.opened():
        entries = select(AuditEntry.action, AuditEntry.actor_name).where(
            AuditEntry.target_type == "comment",
            AuditEntry.target_id == id,
            AuditEntry.action.in_([f"comment.{name}" for name in ("approve", "reject", "spam")]),
        )
        return [(str(action), str(who)) for action, who in db.session.execute(entries.order_by(AuditEntry.id))]
