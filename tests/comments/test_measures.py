"""Ban, warn, always hold: by what, for how long, and with all of theirs, as one thing to take back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.comments import measures
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.jobs import tasks as running
from backoffice.readers import notes
from backoffice.readers.models import Measure, Note, Restriction
from backoffice.readers.subjects import Subject
from backoffice.records import undoing, undoing_in_bulk
from backoffice.records.audit import AuditEntry
from backoffice.records.tasks import Task, TaskState
from tests import factories, people
from tests.browser import Browser
from tests.terminal import refusal, run

pytestmark = pytest.mark.both_databases
APPROVED, PENDING, REJECTED, SPAM = (
    CommentStatus.APPROVED,
    CommentStatus.PENDING,
    CommentStatus.REJECTED,
    CommentStatus.SPAM,
)
RUDE = {"author_name": "Rudi", "author_email": "rude@example.net", "author_address": "198.51.100.4"}


def moderator() -> User:
    return factories.user(roles=["moderator"])


def the_one() -> Restriction:
    return db.session.scalars(select(Restriction)).one()


def statuses() -> list[CommentStatus]:
    return list(db.session.scalars(select(Comment.status).order_by(Comment.id)))


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("email", "rude@example.net"),
        ("domain", "example.net"),
        ("network", "198.51.100.4/32"),
    ],
)
@pytest.mark.parametrize("measure", ["ban", "hold"])
def test_an_author_is_known_by_what_the_comment_says(app: Flask, measure: str, by: str, value: str) -> None:
    with app.app_context():
        one, mo = factories.comment(**RUDE), moderator()
        getattr(measures, measure)(one, actor=mo, by=by, lasting="3h", reason="Rude")
        made = the_one()
        assert (made.measure, made.known_by, made.value) == (Measure(measure), Subject(by), value)  # type: ignore[call-arg]
        assert (made.reason, made.made_by) == ("Rude", mo)
        assert made.until is not None
        assert abs(made.until - clock.now() - timedelta(hours=3)) < timedelta(minutes=1)


def test_for_good_has_no_end_and_a_warning_waits_until_it_is_read(app: Flask) -> None:
    with app.app_context():
        mo = moderator()
        measures.ban(factories.comment(), actor=mo, by="email", lasting="good")
        measures.warn(factories.comment(), actor=mo, by="email", reason="Stay polite.")
        ban, warning = db.session.scalars(select(Restriction).order_by(Restriction.id))
        assert ban.until is None
        assert (warning.measure, warning.until, warning.holds()) == (Measure.WARN, None, True)


def test_an_account_is_banned_and_one_that_works_here_is_not(app: Flask) -> None:
    with app.app_context():
        mo, dara = moderator(), factories.user()
        measures.ban(factories.comment(author=dara), actor=mo, by="account", lasting="24h")
        assert (the_one().account, the_one().value) == (dara, dara.username)
        with pytest.raises(NotApplicable):
            measures.ban(factories.comment(author=moderator()), actor=mo, by="account", lasting="24h")
        with pytest.raises(InvalidInput):
            measures.ban(factories.comment(author_email=mo.email), actor=mo, by="email", lasting="24h")


@pytest.mark.parametrize(
    "inputs",
    [
        {"by": "account", "lasting": "1h"},
        {"by": "email", "lasting": "1h"},
        {"by": "domain", "lasting": "1h"},
        {"by": "network", "lasting": "1h"},
        {"by": "everybody", "lasting": "1h"},
        {"by": "email", "lasting": "a while"},
    ],
)
def test_what_the_comment_does_not_say_is_refused_in_words(app: Flask, inputs: dict[str, str]) -> None:
    with app.app_context():
        one = factories.comment(author_email=None, author_address=None)
        with pytest.raises(InvalidInput):
            measures.ban(one, actor=moderator(), **inputs)


def test_the_same_again_is_refused_and_another_end_moves_it(app: Flask) -> None:
    with app.app_context():
        one, mo = factories.comment(**RUDE), moderator()
        measures.ban(one, actor=mo, by="email", lasting="good")
        with pytest.raises(NotApplicable):
            measures.ban(one, actor=mo, by="email", lasting="good")
        measures.ban(one, actor=mo, by="email", lasting="1h")
        assert the_one().until is not None


def test_who_may_not_see_contact_data_bans_by_account_only(app: Flask) -> None:
    with app.app_context():
        role = factories.role(permissions={"restriction.create": "all", "comment.moderate": "all"})
        actor, one = factories.user(roles=[role]), factories.comment(author=factories.user())
        with pytest.raises(NotAllowed):
            measures.ban(one, actor=actor, by="email", lasting="1h")
        measures.ban(one, actor=actor, by="account", lasting="1h")


def test_an_author_of_posts_bans_nobody(app: Flask) -> None:
    with app.app_context():
        aut = factories.user(roles=["author"])
        one = factories.comment(post=factories.post(published=True, author=aut))
        with pytest.raises(NotAllowed):
            measures.ban(one, actor=aut, by="email", lasting="1h")


def theirs() -> list[Comment]:
    """Comments of one author in every status, then those of others, of staff, and at the same address."""
    made = [factories.comment(status=status, **RUDE) for status in (PENDING, APPROVED, REJECTED, SPAM)]
    made.append(factories.comment(status=APPROVED, author_email="kind@example.net", author_address="198.51.100.4"))
    made.append(factories.comment(status=APPROVED, author=factories.user(roles=["editor"]), **RUDE))
    made.append(factories.comment(status=APPROVED, author_email="rude@sub.example.net", author_address=None))
    return made


@pytest.mark.parametrize(
    ("by", "after"),
    [
        ("email", [REJECTED, REJECTED, REJECTED, SPAM, APPROVED, APPROVED, APPROVED]),
        ("domain", [REJECTED, REJECTED, REJECTED, SPAM, REJECTED, APPROVED, REJECTED]),
        ("network", [REJECTED, REJECTED, REJECTED, SPAM, REJECTED, APPROVED, APPROVED]),
    ],
)
def test_all_of_theirs_are_rejected_and_one_undo_takes_everything_back(
    app: Flask, by: str, after: list[CommentStatus]
) -> None:
    with app.app_context(), unit_of_work():
        mo, made = moderator(), theirs()
        before = statuses()
        with acting(request_id="BATCH", actor=mo):
            measures.ban(made[0], actor=mo, by=by, lasting="7d", reason="Rude", reject_all=True)
        db.session.expire_all()
        assert statuses() == after
        assert (made[0].reason, made[0].decided_by_id, made[0].version) == ("Rude", mo.id, 2)
        actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.request_id == "BATCH")).all()
        assert sorted(set(actions)) == ["comment.ban", "comment.reject", "restriction.create"]
        with acting(request_id="BACK", actor=mo):
            outcome = undoing.undo("BATCH", actor=mo)
        assert outcome.skipped == []
        assert statuses() == before
        assert db.session.query(Restriction).count() == 0
        assert made[0].reason == ""
        with acting(request_id="AGAIN", actor=mo):
            assert undoing.undo("BACK", actor=mo).skipped == []
        assert statuses() == after
        assert the_one().value


def test_a_household_is_one_network(app: Flask) -> None:
    with app.app_context():
        made = [
            factories.comment(author_address=address)
            for address in ("2001:db8::7", "2001:db8::ffff:1", "2001:db8:0:1::7", "2001:db9::7", "192.0.2.9")
        ]
        measures.hold(made[0], actor=moderator(), by="network", lasting="good", reject_all=True)
        assert the_one().value == "2001:db8::/64"
        assert statuses() == [REJECTED, REJECTED, PENDING, PENDING, PENDING]


def test_more_than_a_request_may_do_goes_on_in_the_background_of_the_same_batch(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "MOST_AT_ONCE", 3)
    with app.app_context(), unit_of_work():
        people.person("mo")
        id = [factories.comment(**RUDE).id for _ in range(8)][0]
    with app.app_context():
        mo, first = people.person("mo"), db.session.get_one(Comment, id)
        with acting(request_id="BATCH", actor=mo), unit_of_work():
            said = measures.ban(first, actor=mo, by="email", lasting="good", reason="Rude", reject_all=True)
        assert "8" in str(said)
        assert statuses() == [PENDING] * 8
        with pytest.raises(NotApplicable), unit_of_work():
            undoing.undo("BATCH", actor=mo)
        running.work(app)
        task = db.session.scalars(select(Task)).one()
        assert (task.state, task.done, task.skipped, task.request_id) == (TaskState.DONE, 8, 0, "BATCH")
        assert statuses() == [REJECTED] * 8
        with unit_of_work():
            undoing_in_bulk.begin_taking_back("BATCH", "Undo", actor=mo)
        running.work(app)
        assert statuses() == [PENDING] * 8
        assert db.session.query(Restriction).count() == 0


def test_the_page_that_asks_shows_by_what_and_how_many(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    with app.app_context(), unit_of_work():
        one = [factories.comment(**RUDE).id for _ in range(3)][0]
    mo = sign_in("mo")
    page = mo.submit("/admin/comment/action/", {"action": "ban", "rowid": str(one)})
    assert page.status_code == 200
    assert "E-mail: rude@example.net (3 comments to reject)" in page.text
    assert "Network: 198.51.100.4/32 (3 comments to reject)" in page.text
    assert 'value="account"' not in page.text
    fields = {"action": "ban", "rowid": str(one), "by": "email", "lasting": "30d", "reason": "Rude", "reject_all": "y"}
    answer = mo.submit("/admin/comment/action/", fields, follow_redirects=True)
    assert "3 comments were rejected with it." in answer.text
    with app.app_context():
        assert statuses() == [REJECTED] * 3
        assert the_one().reason == "Rude"


def test_the_command_line_bans_and_rejects(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        ids = [factories.comment(**RUDE).id for _ in range(2)]
    result = run(app, "comments", "ban", ids[0], "--by", "email", "--for", "7d", "--reason", "Rude", "--reject-all")
    assert result.exit_code == 0, result.output
    with app.app_context():
        assert statuses() == [REJECTED] * 2
        assert the_one().known_by is Subject.EMAIL
    refusal(run(app, "comments", "hold", ids[0], "--by", "shoe size", "--for", "7d"))
    refusal(run(app, "comments", "ban", ids[0], "--by", "email"))
    assert run(app, "comments", "warn", ids[0], "--by", "domain", "--reason", "Stay polite.").exit_code == 0


def test_a_note_is_found_again_at_every_comment_of_its_author(app: Flask) -> None:
    with app.app_context():
        mo, first, second = moderator(), factories.comment(**RUDE), factories.comment(**RUDE)
        measures.note(first, actor=mo, text=" Knows the harbour well. ")
        (found,) = notes.about("email:rude@example.net")
        assert (found.text, found.by, found.comment_id) == ("Knows the harbour well.", mo, first.id)
        assert (first.version, second.version) == (1, 1)
        for text in ("", " \n ", "x" * 2001):
            with pytest.raises(InvalidInput):
                measures.note(first, actor=mo, text=text)


def test_one_changes_and_deletes_one_s_own_notes_only(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        mo, other = moderator(), moderator()
        with acting(request_id="NOTED", actor=mo):
            measures.note(factories.comment(), actor=mo, text="First")
        one = db.session.scalars(select(Note)).one()
        for refused in (lambda: notes.edit(one, actor=other, text="x"), lambda: notes.delete(one, actor=other)):
            with pytest.raises(NotAllowed):
                refused()
        notes.edit(one, actor=mo, text="Second")
        with acting(request_id="GONE", actor=mo):
            notes.delete(one, actor=mo)
        assert db.session.query(Note).count() == 0
        with acting(request_id="BACK", actor=mo):
            assert undoing.undo("GONE", actor=mo).skipped == []
        assert db.session.scalars(select(Note)).one().text == "Second"


def test_the_trail_of_a_ban_tells_no_contact_data(app: Flask, sign_in: Callable[[Any], Browser]) -> None:
    with app.app_context(), unit_of_work():
        one, mo = factories.comment(**RUDE), moderator()
        with acting(actor=mo):
            measures.ban(one, actor=mo, by="email", lasting="1h")
        role = factories.role(permissions={"audit.view": "all", "restriction.view": "all", "comment.view": "all"})
        reader = factories.user(roles=[role]).username
        ids = db.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(5)).all()
    browser = sign_in(reader)
    for id in ids:
        assert "rude@example.net" not in browser.get(f"/admin/audit/details/?id={id}").text
