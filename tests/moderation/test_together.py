"""Several people at the desk: claims, the stamp that tells of changes, and nobody decides over another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import Can, System
from backoffice.moderation import claims, snoozing, stamps
from backoffice.moderation.models import Claim, DeskStamp, Snooze
from backoffice.readers import flags
from backoffice.readers.models import FlagReason
from backoffice.records import bulk
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
DESK = "/admin/moderation/"
SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}
MODERATOR = System("moderator", Can.COMMENT_MODERATE, Can.COMMENT_VIEW)


def made(app: Flask, many: int = 1, **changes: Any) -> list[int]:
    """The numbers of so many pending comments."""
    with app.app_context(), unit_of_work():
        return [factories.comment(**changes).id for _ in range(many)]


def does(browser: Browser, action: str, id: int, version: int | None = 1, **more: Any) -> Any:
    """What a script hears after it did something to a card."""
    data = {"action": action, "rowid": str(id), **({"version": str(version)} if version else {}), **more}
    return browser.submit(f"{DESK}action/", data, headers=SCRIPT)


def claims_it(browser: Browser, id: int, **more: str) -> Any:
    """What a script hears after it claimed a card."""
    return browser.submit(f"{DESK}claim/", {"rowid": str(id), **more}, headers=SCRIPT)


def polls(browser: Browser, stamp: str = "", **asked: str) -> Any:
    """What an open desk hears."""
    headers = {**SCRIPT, **({"If-None-Match": stamp} if stamp else {})}
    return browser.get(f"{DESK}poll/", query_string=asked, headers=headers)


def test_an_open_desk_hears_nothing_while_nothing_has_changed(app: Flask, sign_in: SignIn) -> None:
    made(app)
    browser = sign_in("mo")
    first = polls(browser)
    assert first.status_code == 200
    again = polls(browser, first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("what", ["sent", "decided", "undone", "flagged", "claimed", "snoozed", "in_bulk"])
def test_an_open_desk_hears_of_everything_that_it_shows(app: Flask, sign_in: SignIn, what: str) -> None:
    id = made(app)[0]
    mo, ana = sign_in("mo"), sign_in("ana")
    batch = does(ana, "approve", id).json["undo"] if what == "undone" else ""
    stamp = polls(mo).headers["ETag"]
    if what == "sent":
        made(app)
    elif what == "decided":
        does(ana, "spam", id)
    elif what == "undone":
        ana.submit("/admin/undo/back/", {"batch": batch})
    elif what == "flagged":
        with app.app_context(), unit_of_work():
            flags.add(id, visitor="a visitor", reason=next(iter(FlagReason)))
    elif what == "claimed":
        claims_it(ana, id)
    elif what == "snoozed":
        does(ana, "snooze", id)
    else:
        with app.app_context(), acting(actor=MODERATOR), unit_of_work():
            bulk.change("comment.approve", [(db.session.get_one(Comment, id), {"status": CommentStatus.APPROVED})])
    assert polls(mo, stamp).status_code == 200


def test_what_does_not_concern_the_desk_leaves_it_alone(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    stamp = polls(browser).headers["ETag"]
    browser.submit("/admin/tag/new/", {"name": "Harbour", "slug": "harbour"})
    assert polls(browser, stamp).status_code == 304


def test_a_second_decision_is_told_who_decided_and_changes_nothing(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    assert does(sign_in("ana"), "approve", id).status_code == 200
    answer = does(sign_in("mo"), "spam", id)
    assert answer.status_code == 409 and "approved it" in answer.json["message"] and "ago" in answer.json["message"]
    with app.app_context():
        assert db.session.get_one(Comment, id).status is CommentStatus.APPROVED


def test_each_of_many_ticked_is_decided_on_the_version_that_was_seen(app: Flask, sign_in: SignIn) -> None:
    first, second = made(app, 2)
    does(sign_in("ana"), "approve", second)
    data = {"action": "reject", "rowid": [str(first), str(second)], "versions": f"{first}.1,{second}.1"}
    answer = sign_in("mo").submit(f"{DESK}action/", data, headers=SCRIPT).json
    assert [each["id"] for each in answer["done"]] == [first] and answer["skipped"] == 1
    assert "approved it" in answer["message"]


def test_an_open_desk_is_told_what_became_of_its_cards(app: Flask, sign_in: SignIn) -> None:
    first, second, third = made(app, 3)
    does(sign_in("ana"), "reject", first, reason="Off topic")
    with app.app_context(), unit_of_work():
        db.session.delete(db.session.get_one(Comment, third))
    told = polls(sign_in("mo"), ids=f"{first}.1,{second}.1,{third}.1,nonsense,5.,.7").json["moved"]
    assert [(each["id"], each["status"]) for each in told] == [(first, "rejected"), (third, "")]
    assert "rejected it" in told[0]["said"]


def test_new_comments_are_counted_and_never_shown_by_themselves(app: Flask, sign_in: SignIn) -> None:
    newest = made(app)[0]
    made(app, 3)
    browser = sign_in("mo")
    assert polls(browser, newest=str(newest)).json["fresh"] == 3
    assert polls(browser, newest=str(newest), queue="spam").json["fresh"] == 0


def test_a_look_is_told_and_hinders_nobody(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    mo, ana = sign_in("mo"), sign_in("ana")
    assert claims_it(mo, id).status_code == 200
    assert polls(ana, ids=f"{id}.1").json["claims"] == {str(id): ["Mo Hallvik", False]}
    assert polls(mo, ids=f"{id}.1").json["claims"] == {}
    assert does(ana, "approve", id).status_code == 200


def test_what_somebody_has_claimed_others_cannot_decide_until_she_lets_go(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    mo, other = sign_in("mo"), sign_in("ana")
    claims_it(mo, id, firm="1")
    refused = does(other, "approve", id)
    assert refused.status_code == 409 and "Mo Hallvik has claimed it" in refused.json["message"]
    assert claims_it(other, id, firm="1").status_code == 409
    assert does(mo, "approve", id).status_code == 200
    with app.app_context():
        assert db.session.get(Claim, id) is None


def test_a_lead_may_take_over_and_a_moderator_may_not(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    ana, mo = sign_in("ana"), sign_in("mo")
    claims_it(ana, id, firm="1")
    assert claims_it(mo, id, firm="1", over="1").status_code == 403
    claims_it(ana, id, release="1")
    claims_it(mo, id, firm="1")
    assert claims_it(ana, id, firm="1", over="1").status_code == 200
    assert "Ana Kestrin has claimed it" in does(mo, "approve", id).json["message"]


def test_moving_on_lets_go_of_what_was_looked_at_and_keeps_what_was_claimed(app: Flask, sign_in: SignIn) -> None:
    first, second, third = made(app, 3)
    mo = sign_in("mo")
    claims_it(mo, first, firm="1")
    claims_it(mo, second)
    claims_it(mo, third)
    with app.app_context():
        assert sorted(db.session.scalars(select(Claim.id))) == [first, third]


def test_a_page_that_was_closed_frees_its_card(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    claims_it(sign_in("mo"), id, firm="1")
    with app.app_context(), unit_of_work():
        past = clock.now() - timedelta(seconds=1)
        db.session.execute(update(Claim).values(expires_at=past))
        db.session.execute(update(DeskStamp).values(wakes_at=past))
    other = sign_in("ana")
    stamp = polls(other, ids=f"{id}.1")
    assert stamp.json["claims"] == {}
    with app.app_context():
        assert db.session.get(Claim, id) is None
    assert does(other, "approve", id).status_code == 200


def test_an_open_page_keeps_its_claim_and_nobody_else_is_troubled(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    mo, ana = sign_in("mo"), sign_in("ana")
    claims_it(mo, id)
    stamp = polls(ana).headers["ETag"]
    with app.app_context(), unit_of_work():
        db.session.execute(update(Claim).values(expires_at=clock.now() + timedelta(seconds=5)))
    assert polls(mo, stamp, held=str(id)).status_code == 304
    assert polls(ana, stamp).status_code == 304
    with app.app_context():
        assert db.session.get_one(Claim, id).expires_at > clock.now() + timedelta(seconds=60)


def test_asking_in_anothers_name_moves_no_claim(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    claims_it(sign_in("mo"), id)
    with app.app_context(), unit_of_work():
        soon = clock.now() + timedelta(seconds=5)
        db.session.execute(update(Claim).values(expires_at=soon))
    polls(sign_in("ana"), held=str(id))
    with app.app_context():
        assert db.session.get_one(Claim, id).expires_at == soon


def test_a_snoozed_comment_comes_back_by_itself(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    browser = sign_in("mo")
    does(browser, "snooze", id)
    first = polls(browser)
    assert (first.json["counts"]["pending"], first.json["counts"]["snoozed"]) == ("0", "1")
    with app.app_context(), unit_of_work():
        past = clock.now() - timedelta(seconds=1)
        db.session.execute(update(Snooze).values(until=past))
        db.session.execute(update(DeskStamp).values(wakes_at=past))
    then = polls(browser, first.headers["ETag"])
    assert (then.json["counts"]["pending"], then.json["counts"]["snoozed"]) == ("1", "0")


def test_nothing_of_this_moves_the_version_of_a_comment(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        comment, person = factories.comment(), factories.user()
        before = comment.version, comment.updated_at
        claims.take(comment.id, actor=person, is_firm=True)
        snoozing.put_off(comment.id, clock.now() + timedelta(hours=1), actor=person)
        flags.add(comment.id, visitor="a visitor", reason=next(iter(FlagReason)))
        factories.finding(comment=comment)
        db.session.flush()
        db.session.refresh(comment)
        assert (comment.version, comment.updated_at) == before


def test_two_who_claim_at_once_are_not_both_told_yes(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        comment, one, two = factories.comment(), factories.user(), factories.user()
        claims.take(comment.id, actor=one, is_firm=True)
        with pytest.raises(Exception, match="has this one"):
            claims.take(comment.id, actor=two, is_firm=True)


def test_an_undone_savepoint_does_not_move_the_stamp_on_its_own(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            comment = factories.comment()
        before = stamps.present().moved
        with unit_of_work():
            approve(comment, actor=MODERATOR)
        assert stamps.present().moved == before + 1
        with unit_of_work():
            pass
        assert stamps.present().moved == before + 1
