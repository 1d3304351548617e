"""The desk of one person: its queues, its cards, what may be done there, and views saved under a name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import Role
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db, unit_of_work
from backoffice.moderation.models import SavedView, Snooze
from backoffice.records.audit import AuditEntry
from backoffice.records.tasks import Task
from tests import factories, people
from tests.browser import Browser
from tests.moderation.test_together import DESK, SCRIPT, does, made, polls

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


def shown(browser: Browser, **asked: Any) -> list[int]:
    """The numbers of the cards of a page, in order."""
    page = browser.get(DESK, query_string=asked)
    assert page.status_code == 200, page.text
    return [int(id) for id in re.findall(r'<article class="[^"]*" data-id="(\d+)"', page.text)]


def counts(browser: Browser) -> dict[str, str]:
    """What the tabs count."""
    return dict(polls(browser).json["counts"])


def test_each_queue_holds_what_its_name_says(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        by = {status: factories.comment(status=status).id for status in CommentStatus}
        asleep = factories.comment().id
    browser = sign_in("mo")
    does(browser, "snooze", asleep)
    for status, id in by.items():
        assert shown(browser, queue=status.value) == [id]
    assert shown(browser, queue="snoozed") == [asleep]
    assert shown(browser, queue="mine") == []
    does(browser, "reject", by[CommentStatus.PENDING])
    assert shown(browser, queue="mine") == [by[CommentStatus.PENDING]]
    assert counts(browser) == {
        "pending": "0",
        "approved": "1",
        "rejected": "2",
        "spam": "1",
        "mine": "1",
        "snoozed": "1",
        "reported": "0",
    }


def test_the_oldest_comes_first_unless_somebody_wants_it_otherwise(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        ids = [
            factories.comment(created_at=MONDAY + timedelta(hours=hours), score=score).id
            for hours, score in ((2, 0.1), (0, 0.9), (1, 0.5))
        ]
    browser = sign_in("mo")
    assert shown(browser) == [ids[1], ids[2], ids[0]]
    assert shown(browser, order="newest") == [ids[0], ids[2], ids[1]]
    assert shown(browser, order="score") == [ids[1], ids[2], ids[0]]


def test_the_queue_goes_on_where_the_last_card_stood(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        ids = [factories.comment(post=post, created_at=MONDAY + timedelta(minutes=n)).id for n in range(45)]
    browser = sign_in("mo")
    page = browser.get(DESK).text
    after = re.search(r'data-after="([^"]+)"', page)
    assert after
    seen = shown(browser)
    asked: dict[str, Any] = {"after": after[1]}
    while asked["after"]:
        answer = browser.get(f"{DESK}cards/", query_string=asked, headers=SCRIPT).json
        seen += [int(id) for id in re.findall(r'<article class="[^"]*" data-id="(\d+)"', answer["html"])]
        asked["after"] = answer["after"]
    assert seen == ids


def test_cards_that_are_shown_already_are_not_sent_again(app: Flask, sign_in: SignIn) -> None:
    first, second = made(app, 2)
    answer = sign_in("mo").get(f"{DESK}cards/", query_string={"but": str(first)}, headers=SCRIPT).json
    assert re.findall(r'<article class="[^"]*" data-id="(\d+)"', answer["html"]) == [str(second)]


def test_an_author_moderates_under_his_own_posts_and_sees_no_others(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("aut")
    with app.app_context(), unit_of_work():
        aut = people.person("aut")
        own = factories.comment(post=factories.post(published=True, author=aut)).id
        other = factories.comment().id
    assert shown(browser) == [own]
    assert counts(browser)["pending"] == "1"
    assert does(browser, "approve", own).status_code == 200
    assert does(browser, "approve", other).status_code == 404
    for place in (f"author/{other}", f"thread/{other}", f"card/{other}", f"weights/{other}"):
        assert browser.get(DESK + place).status_code == 404
    assert browser.submit(f"{DESK}claim/", {"rowid": str(other)}, headers=SCRIPT).status_code == 404


def test_contact_is_for_those_who_may_see_it(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("aut")
    with app.app_context(), unit_of_work():
        post = factories.post(published=True, author=people.person("aut"))
        id = factories.comment(post=post, author_email="secret@example.net", author_address="203.0.113.9").id
    for address in (DESK, f"{DESK}author/{id}", f"{DESK}thread/{id}", f"{DESK}cards/"):
        page = browser.get(address).text
        assert "secret@example.net" not in page and "203.0.113.9" not in page
    assert "secret@example.net" in sign_in("mo").get(DESK).text
    assert shown(browser, author="secret@example.net") == []


def test_whoever_may_not_moderate_has_no_desk(app: Flask, sign_in: SignIn) -> None:
    for who in ("tra", "nobody"):
        assert sign_in(who).get(DESK).status_code == 403


def test_a_reader_cannot_run_anything_at_the_desk(app: Flask, sign_in: SignIn) -> None:
    evil = "<script>alert(1)</script>"
    with app.app_context(), unit_of_work():
        parent = factories.comment(status=CommentStatus.APPROVED, author_name=evil, text=f"{evil} {{{{7*7}}}}")
        id = factories.comment(post=parent.post, parent=parent, author_name=evil, text=f'" onx="{evil}" %(x)s').id
    browser = sign_in("mo")
    for address in (DESK, f"{DESK}author/{id}", f"{DESK}thread/{id}"):
        page = browser.get(address).text
        assert evil not in page and "&lt;script&gt;" in page


def test_words_that_a_rule_found_are_marked_where_they_stand(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        comment = factories.comment(text="One <b>casino</b> at www.example.com/x")
        factories.finding(comment=comment, spans=[[7, 13], [200, 300], [3, 3]])
    page = sign_in("mo").get(DESK).text
    assert "One &lt;b&gt;<mark>casino</mark>&lt;/b&gt; at" in page
    assert '<mark class="bo-mark--link">www.example.com/x</mark>' in page


def test_a_reply_approves_what_waits_and_one_undo_takes_both_back(app: Flask, sign_in: SignIn) -> None:
    id, browser = made(app)[0], sign_in("mo")
    answer = does(browser, "reply", id, text="Thank you for writing.")
    assert answer.status_code == 200
    with app.app_context():
        reply = db.session.scalars(select(Comment).where(Comment.parent_id == id)).one()
        assert (reply.status, reply.author_name) == (CommentStatus.APPROVED, "Mo Hallvik")
        assert db.session.get_one(Comment, id).status is CommentStatus.APPROVED
    browser.submit("/admin/undo/back/", {"batch": answer.json["undo"]})
    with app.app_context():
        assert db.session.scalars(select(Comment).where(Comment.parent_id == id)).all() == []
        assert db.session.get_one(Comment, id).status is CommentStatus.PENDING


def test_an_empty_reply_is_asked_for_again_and_decides_nothing(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    answer = does(sign_in("mo"), "reply", id, text="  ")
    assert answer.status_code == 422 and "Write something first." in answer.text
    with app.app_context():
        assert db.session.get_one(Comment, id).status is CommentStatus.PENDING


def test_editing_begins_with_what_stands_there_and_loses_nothing_to_a_faster_colleague(
    app: Flask, sign_in: SignIn
) -> None:
    id, mo = made(app)[0], sign_in("mo")
    form = does(mo, "edit", id, ask="1").text
    assert "What reader" in form and 'name="author_name"' in form
    assert does(mo, "edit", id, author_name="Rosa", text="Better so.").status_code == 200
    late = does(sign_in("ana"), "edit", id, author_name="Other", text="Worse.")
    assert late.status_code == 409
    with app.app_context():
        comment = db.session.get_one(Comment, id)
        assert (comment.author_name, comment.text, comment.version) == ("Rosa", "Better so.", 2)


def test_rejecting_without_a_word_gives_the_last_reason(app: Flask, sign_in: SignIn) -> None:
    first, second, third = made(app, 3)
    browser = sign_in("mo")
    does(browser, "reject", first, reason="Off topic")
    does(browser, "reject", second, last="1")
    does(sign_in("ana"), "reject", third, last="1")
    with app.app_context():
        reasons = [db.session.get_one(Comment, id).reason for id in (first, second, third)]
    assert reasons == ["Off topic", "Off topic", ""]


@pytest.mark.parametrize("until", ["2h", "4h", "morning", "monday"])
def test_snoozing_ends_in_the_persons_own_time(app: Flask, sign_in: SignIn, until: str) -> None:
    id = made(app)[0]
    assert does(sign_in("mo"), "snooze", id, until=until).status_code == 200
    with app.app_context():
        snooze = db.session.get_one(Snooze, id)
        assert timedelta(0) < snooze.until - snooze.set_at <= timedelta(days=7, hours=1)
        assert until.endswith("h") or (snooze.until.minute, snooze.until.second) == (0, 0)


def test_snoozing_until_nonsense_is_refused_in_words(app: Flask, sign_in: SignIn) -> None:
    id = made(app)[0]
    answer = does(sign_in("mo"), "snooze", id, until="yesterday")
    assert answer.status_code == 422
    with app.app_context():
        assert db.session.get(Snooze, id) is None


def test_a_snooze_is_fetched_back(app: Flask, sign_in: SignIn) -> None:
    id, browser = made(app)[0], sign_in("mo")
    does(browser, "snooze", id)
    assert does(browser, "wake", id).status_code == 200
    assert shown(browser) == [id]


def test_a_saved_view_is_a_tab_with_its_count(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        here = factories.comment(post=post).id
        factories.comment()
    browser = sign_in("mo")
    answer = browser.submit(f"{DESK}view/", {"name": "Ferry", "post": str(post.id), "order": "newest"})
    address = answer.headers["Location"]
    assert "Ferry" in browser.get(address).text
    number = int(address.rsplit("=", 1)[1])
    assert shown(browser, view=number) == [here]
    assert counts(browser)[f"view-{number}"] == "1"


def test_anothers_view_is_refused_and_one_that_is_not_there_is_not_found(app: Flask, sign_in: SignIn) -> None:
    sign_in("ana").submit(f"{DESK}view/", {"name": "Mine"})
    with app.app_context():
        number = db.session.scalars(select(SavedView.id)).one()
    mo = sign_in("mo")
    assert mo.get(DESK, query_string={"view": number}).status_code == 403
    assert mo.get(DESK, query_string={"view": number + 1}).status_code == 404
    assert mo.submit(f"{DESK}view/remove/", {"rowid": str(number)}, headers=SCRIPT).status_code == 403


def shared(app: Flask, browser: Browser, **more: str) -> int:
    """A view that an administrator shares with the moderators."""
    with app.app_context():
        role = db.session.scalars(select(Role.id).where(Role.name == "moderator")).one()
    browser.submit(f"{DESK}view/", {"name": "Likely spam", "order": "score", "role": str(role), **more})
    with app.app_context():
        return int(db.session.scalars(select(SavedView.id)).one())


def test_the_default_view_of_a_role_opens_can_be_put_away_and_comes_back(app: Flask, sign_in: SignIn) -> None:
    number = shared(app, sign_in("ana"), is_default="1")
    mo = sign_in("mo")
    assert f'data-query="view={number}"' in mo.get(DESK).text
    assert f'data-query="view={number}"' not in mo.get(DESK, query_string={"queue": "pending"}).text
    mo.submit(f"{DESK}view/remove/", {"rowid": str(number)})
    page = mo.get(DESK).text
    assert f"view-{number}" not in page and "Show all views" in page
    mo.submit(f"{DESK}view/remove/", {"back": "1"})
    assert f'data-query="view={number}"' in mo.get(DESK).text


def test_a_view_shared_with_a_role_is_no_business_of_others(app: Flask, sign_in: SignIn) -> None:
    number = shared(app, sign_in("ana"))
    aut = sign_in("aut")
    assert "Likely spam" not in aut.get(DESK).text
    assert aut.get(DESK, query_string={"view": number}).status_code == 403


def test_only_who_may_share_shares_and_removes_for_all(app: Flask, sign_in: SignIn) -> None:
    number = shared(app, sign_in("ana"))
    mo = sign_in("mo")
    with app.app_context():
        role = db.session.scalars(select(Role.id).where(Role.name == "moderator")).one()
    assert mo.submit(f"{DESK}view/", {"name": "X", "role": str(role)}, headers=SCRIPT).status_code == 403
    assert mo.submit(f"{DESK}view/remove/", {"rowid": str(number), "all": "1"}, headers=SCRIPT).status_code == 403
    answer = sign_in("ana").submit(f"{DESK}view/remove/", {"rowid": str(number), "all": "1"})
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.get(SavedView, number) is None


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b" * 40])
def test_a_view_without_a_good_name_is_refused_in_words(app: Flask, sign_in: SignIn, name: str) -> None:
    answer = sign_in("mo").submit(f"{DESK}view/", {"name": name}, headers=SCRIPT)
    assert answer.status_code == 422 and answer.json["message"]


def test_a_view_that_was_removed_can_be_brought_back_by_undo(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    browser.submit(f"{DESK}view/", {"name": "Ferry"})
    with app.app_context():
        number = db.session.scalars(select(SavedView.id)).one()
    browser.submit(f"{DESK}view/remove/", {"rowid": str(number)})
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "view.delete")).one()
    answer = browser.submit("/admin/undo/back/", {"batch": entry.request_id}, headers=SCRIPT)
    assert answer.status_code == 200, answer.text
    with app.app_context():
        assert db.session.scalars(select(SavedView.name)).all() == ["Ferry"]


@pytest.mark.parametrize(
    "asked",
    [
        {"queue": "nonsense", "order": "nonsense", "kind": "nonsense", "post": "-1", "view": "x"},
        {"after": "nonsense", "before": "%00", "search": "\x00'\"", "author": "\u202e" * 400},
        {"post": "9" * 40, "view": "9" * 40, "search": "a " * 5000},
        {"queue": "mine", "order": "score"},
    ],
)
@pytest.mark.parametrize("place", ["", "cards/", "poll/"])
def test_no_address_of_the_desk_is_a_fault(app: Flask, sign_in: SignIn, place: str, asked: dict[str, str]) -> None:
    made(app)
    assert sign_in("mo").get(DESK + place, query_string={**asked, "ids": "1.1,x", "newest": "x"}).status_code == 200


def test_without_scripts_a_decision_comes_back_to_the_desk_and_offers_undo(app: Flask, sign_in: SignIn) -> None:
    id, browser = made(app)[0], sign_in("mo")
    url = f"{DESK}?queue=pending"
    data = {"action": "approve", "rowid": str(id), "version": "1", "url": url}
    page = browser.submit(f"{DESK}action/", data, follow_redirects=True)
    assert page.request.full_path == url and "Approved: " in page.text and 'name="batch"' in page.text


def test_the_last_comment_of_a_queue_leaves_a_sentence(app: Flask, sign_in: SignIn) -> None:
    page = sign_in("mo").get(DESK).text
    assert "Nothing waits" in page and "New comments show here by themselves." in page


def test_deciding_is_no_work_for_the_background(app: Flask, sign_in: SignIn) -> None:
    does(sign_in("mo"), "approve", made(app)[0])
    with app.app_context():
        assert db.session.scalars(select(Task)).all() == []
