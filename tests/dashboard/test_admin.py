"""The first page as each person finds it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from backoffice.comments.models import CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.reminders.models import Reminder, ReminderStatus
from tests import factories
from tests.browser import Browser
from tests.people import person

SignIn = Callable[[str], Browser]


def title_of(page: str) -> str:
    """The words of the heading."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found
    return " ".join(re.sub("<[^>]*>", "", found[1]).split())


def test_the_title_says_how_much_waits_and_since_when(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        for minutes in (20, 192):
            factories.comment(created_at=clock.now() - timedelta(minutes=minutes))
    assert title_of(sign_in("mo").get("/admin/").text) == "2 comments wait. The oldest came in 3 hr 12 min ago."


def test_one_comment_is_told_as_one(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(created_at=clock.now() - timedelta(minutes=5))
    assert title_of(sign_in("mo").get("/admin/").text) == "1 comment waits. It came in 5 min ago."


def test_a_moderator_without_work_is_told_so(sign_in: SignIn) -> None:
    page = sign_in("mo").get("/admin/").text
    assert title_of(page) == "Nothing waits for you."
    assert "Nobody has written in the last 30 days." in page


def test_a_due_reminder_is_the_title_where_no_comment_waits(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.reminder(recipient=person("tra"), due_at=clock.now() - timedelta(hours=1))
    assert title_of(sign_in("tra").get("/admin/").text) == "1 reminder is due."


def test_what_waits_leads_to_the_list_of_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        waiting = factories.comment()
        factories.comment(status=CommentStatus.APPROVED)
    browser = sign_in("mo")
    assert 'href="/admin/moderation/"' in browser.get("/admin/").text
    assert re.findall(r"<tr data-id=(\d+)", browser.get("/admin/comment/?flt_status=pending").text) == [str(waiting.id)]


def test_my_drafts_lead_to_a_list_of_mine_alone(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        mine = factories.post(author=person("ed"), title="Begun by me")
        factories.post(author=person("aut"), title="Begun by somebody else")
    browser = sign_in("ed")
    page = browser.get("/admin/").text
    assert "Begun by me" in page
    assert "Begun by somebody else" not in page
    address = "/admin/post/?flt_status=draft&amp;flt_author=ed"
    assert f'href="{address}"' in page
    assert re.findall(r"<tr data-id=(\d+)", browser.get(address.replace("&amp;", "&")).text) == [str(mine.id)]


@pytest.mark.parametrize(
    ("username", "buttons"),
    [("mo", {"Moderate"}), ("ed", {"New post"}), ("ana", {"Moderate", "New post"}), ("tra", set()), ("rita", set())],
)
def test_only_what_is_permitted_is_offered(sign_in: SignIn, username: str, buttons: set[str]) -> None:
    page = sign_in(username).get("/admin/").text
    head = page[page.index("bo-head__actions") : page.index("bo-split")]
    assert {words for words in ("Moderate", "New post") if words in head} == buttons


def test_a_due_reminder_is_done_with_one_button(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(recipient=person("mo"), due_at=clock.now() - timedelta(hours=1)).id
    browser = sign_in("mo")
    page = browser.get("/admin/").text
    form = re.search(rf'<form[^>]*action="/admin/reminder/action/{id}">(.*?)</form>', page, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form[1]))
    answer = browser.post(f"/admin/reminder/action/{id}", data={**fields, "action": "done"})
    assert answer.headers["Location"] == "/admin/"
    with app.app_context():
        reminder = db.session.get(Reminder, id)
        assert reminder is not None
        assert reminder.status is ReminderStatus.DONE
    assert "Due reminders" in browser.get("/admin/").text


def test_snoozing_from_the_first_page_asks_until_when_and_comes_back(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(recipient=person("mo"), due_at=clock.now() - timedelta(hours=1)).id
    answer = sign_in("mo").submit("/admin/reminder/action/", {"action": "snooze", "rowid": id, "url": "/admin/"})
    assert answer.status_code == 200
    assert 'name="until"' in answer.text
    assert '<input type="hidden" name="url" value="/admin/">' in answer.text


def test_the_chart_has_its_numbers_in_a_table_and_says_what_it_shows(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        for status in CommentStatus:
            factories.comment(status=status, created_at=clock.now())
    page = sign_in("mo").get("/admin/").text
    assert page.count('<tr><th scope="row">') == 30
    assert "4 in 30 days. 25% approved." in page
    assert "Between 0 and 4 a day." in page
    assert re.search(r'<svg [^>]*role="img" aria-labelledby="ct cd"', page)
    assert {"p-rejected", "p-spam"} <= set(re.findall(r'<pattern id="([^"]+)"', page))


def test_a_name_that_is_markup_stays_a_name(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.post(author=person("ed"), title="<script>alert(1)</script>")
        factories.reminder(recipient=person("ed"), subject="<img src=x>", due_at=clock.now() - timedelta(hours=1))
    page = sign_in("ed").get("/admin/").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "<img src=x>" not in page


def test_the_page_speaks_the_language_of_the_reader(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment()
    page = sign_in("ana").get("/admin/?lang=ar").text
    assert 'dir="rtl"' in page
    assert "What waits" not in page


def test_who_has_no_work_here_is_sent_to_her_profile(sign_in: SignIn) -> None:
    answer = sign_in("nobody").get("/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/auth/profile")
