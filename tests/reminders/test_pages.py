"""The pages of reminders: the form, one line that says it all, the calendar, what is due, and the feed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.reminders import desk, queries
from backoffice.reminders.models import Reminder, ReminderStatus
from tests import factories
from tests.browser import Browser, fields_in
from tests.people import person

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def new_form(browser: Browser, query: str = "", **typed: Any) -> Any:
    """The form of a new reminder, sent with what was typed."""
    fields = fields_in(browser.get(f"/admin/reminder/new/{query}").text, holding="subject")
    return browser.submit("/admin/reminder/new/", {**fields, **typed})


def the_only(app: Flask) -> Reminder:
    """The one reminder there is."""
    found: Reminder = db.session.scalars(select(Reminder)).one()
    return found


def count(app: Flask) -> int:
    """How many there are."""
    with app.app_context():
        return len(db.session.scalars(select(Reminder)).all())


def tomorrow(hour: int = 9) -> datetime:
    """Tomorrow in UTC, the zone of the cast, without a zone."""
    return (clock.now() + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0, tzinfo=None)


def squares(page: str) -> dict[str, str]:
    """The squares of the calendar, by day."""
    return {
        found[1]: found[0]
        for found in re.findall(r'(<td[^>]*>(?:(?!</td>).)*data-day="([\d-]+)".*?</td>)', page, re.DOTALL)
    }


# The form.


def test_words_are_kept_only_after_she_saw_what_they_were_understood_as(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    first = new_form(browser, subject="Call Rita", **{"local_at.words": "tomorrow 9:00"})
    assert first.status_code == 200
    assert "Understood as" in first.text
    assert "to mend" not in first.text
    assert count(app) == 0
    again = browser.submit("/admin/reminder/new/", fields_in(first.text, holding="subject"))
    assert again.status_code == 302
    with app.app_context():
        assert the_only(app).local_at == tomorrow()


def test_words_that_were_changed_after_the_question_are_asked_about_again(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    first = new_form(browser, subject="Call Rita", **{"local_at.words": "tomorrow 9:00"})
    fields = {**fields_in(first.text, holding="subject"), "local_at.words": "tomorrow 10:00"}
    assert "Understood as" in browser.submit("/admin/reminder/new/", fields).text
    assert count(app) == 0


@pytest.mark.parametrize("words", ["soonish", "<script>alert(1)</script>", "../../etc", "🙂", "x" * 500, "a\x00b"])
def test_words_that_nobody_understands_are_sent_back_as_typed(app: Flask, sign_in: SignIn, words: str) -> None:
    answer = new_form(sign_in("ed"), subject="Call Rita", **{"local_at.words": words})
    assert answer.status_code == 422
    assert "was not understood" in answer.text
    assert "Call Rita" in answer.text
    assert count(app) == 0


def test_neither_words_nor_a_day_is_asked_for(app: Flask, sign_in: SignIn) -> None:
    answer = new_form(sign_in("ed"), subject="Call Rita")
    assert answer.status_code == 422
    assert "Choose a day and a time." in answer.text


def test_a_moment_that_has_passed_is_asked_about_once(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    first = new_form(browser, subject="Late", local_at="2026-01-02T09:00")
    assert "has passed" in first.text
    assert count(app) == 0
    assert browser.submit("/admin/reminder/new/", fields_in(first.text, holding="subject")).status_code == 302
    with app.app_context():
        assert the_only(app).is_open


def test_a_series_that_began_in_the_past_is_not_said_to_be_due_at_once(app: Flask, sign_in: SignIn) -> None:
    browser, began = sign_in("ed"), {"local_at": "2026-01-05T09:00", "rule.every": "week"}
    told = browser.get("/admin/reminder/understood/", query_string={**began, "zone": "UTC"}).get_json()
    assert "passed" not in told
    assert told["next"]
    assert new_form(browser, subject="Planning", **began).status_code == 302
    with app.app_context():
        assert not the_only(app).is_open


def test_the_page_of_a_series_in_another_zone_says_by_which_clock_its_times_are(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    series = {"local_at": f"{tomorrow(10):%Y-%m-%dT%H:%M}", "rule.every": "week", "time_zone": "America/New_York"}
    new_form(browser, subject="Call Rita", **series)
    with app.app_context():
        id = the_only(app).id
    assert "Times are those of America/New York." in browser.get(f"/admin/reminder/details/?id={id}").text


def test_what_is_skipped_is_not_among_the_next_times(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    new_form(browser, subject="Tides", local_at=f"{tomorrow(10):%Y-%m-%dT%H:%M}", **{"rule.every": "day"})
    with app.app_context():
        id = the_only(app).id
        before = the_only(app).due_at
        assert queries.coming(the_only(app))[0] == before
    browser.submit("/admin/reminder/action/", {"action": "skip", "rowid": str(id)})
    with app.app_context():
        assert queries.coming(the_only(app))[0] == the_only(app).due_at == before + timedelta(days=1)


def test_a_rule_is_built_from_its_controls_and_shown_in_them_again(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    answer = new_form(
        browser,
        subject="Planning",
        local_at=f"{tomorrow():%Y-%m-%dT%H:%M}",
        **{"rule.every": "week", "rule.interval": "2", "rule.on": ["MO", "TH"], "rule.count": "10"},
    )
    assert answer.status_code == 302
    with app.app_context():
        reminder = the_only(app)
        assert reminder.rule == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10"
        id = reminder.id
    fields = fields_in(browser.get(f"/admin/reminder/edit/?id={id}").text, holding="subject")
    assert fields["rule.every"] == ["week"]
    assert fields["rule.interval"] == ["2"]
    assert fields["rule.on"] == ["MO", "TH"]
    assert fields["rule.count"] == ["10"]


@pytest.mark.parametrize(
    ("rule", "every"),
    [
        ("FREQ=DAILY", "day"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekday"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "month"),
        ("FREQ=YEARLY;UNTIL=20300101", "year"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "own"),
        ("FREQ=WEEKLY;BYDAY=MO;WKST=SU", "own"),
    ],
)
def test_a_rule_the_builder_cannot_show_stands_as_it_is_and_survives_saving(
    app: Flask, sign_in: SignIn, rule: str, every: str
) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(recipient=person("ed"), rule=rule).id
    browser = sign_in("ed")
    fields = fields_in(browser.get(f"/admin/reminder/edit/?id={id}").text, holding="subject")
    assert fields["rule.every"] == [every]
    assert browser.submit(f"/admin/reminder/edit/?id={id}", {**fields, "body": "Changed"}).status_code == 302
    with app.app_context():
        assert the_only(app).rule == rule


@pytest.mark.parametrize(
    "typed",
    [
        {"rule.every": "own", "rule": "FREQ=SECONDLY"},
        {"rule.every": "own", "rule": "nonsense"},
        {"rule.every": "day", "rule.interval": "-3"},
        {"rule.every": "day", "rule.until": "tomorrow"},
        {"rule.every": "day", "rule.until": "2030-01-01", "rule.count": "3"},
        {"rule.every": "fortnight"},
    ],
)
def test_a_rule_that_is_none_is_refused_in_words_beside_it(app: Flask, sign_in: SignIn, typed: dict[str, str]) -> None:
    answer = new_form(sign_in("ed"), subject="Planning", local_at=f"{tomorrow():%Y-%m-%dT%H:%M}", **typed)
    assert answer.status_code == 422
    assert 'id="rule-e"' in answer.text
    assert count(app) == 0


def test_the_form_shows_when_a_rule_comes_next(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(recipient=person("ed"), rule="FREQ=DAILY").id
    page = sign_in("ed").get(f"/admin/reminder/edit/?id={id}").text
    coming = page.split("data-coming")[1].split("</div>")[0]
    assert coming.count("<li>") == 5


def test_a_role_is_reminded_whatever_stood_in_the_field_for_a_person(app: Flask, sign_in: SignIn) -> None:
    answer = new_form(
        sign_in("ed"),
        subject="Lunch",
        local_at=f"{tomorrow():%Y-%m-%dT%H:%M}",
        whom="role",
        role="editor",
        recipient="ed",
    )
    assert answer.status_code == 302, re.findall(r'class="bo-error".*?</p>', answer.text)
    with app.app_context():
        reminder = the_only(app)
        assert reminder.role is not None
        assert (reminder.role.name, reminder.recipient) == ("editor", None)


def test_somebody_has_to_be_named(app: Flask, sign_in: SignIn) -> None:
    answer = new_form(sign_in("ed"), subject="Lunch", local_at=f"{tomorrow():%Y-%m-%dT%H:%M}", whom="role", role="")
    assert answer.status_code == 422
    assert "Say for whom it is." in answer.text


def test_who_may_not_send_outside_is_not_offered_it_and_refused(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    assert 'value="outside"' not in browser.get("/admin/reminder/new/").text
    answer = new_form(
        browser, subject="Spam", local_at=f"{tomorrow():%Y-%m-%dT%H:%M}", whom="outside", address="x@example.org"
    )
    assert answer.status_code == 422
    assert count(app) == 0


def test_a_reminder_is_about_the_record_it_was_begun_at(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        post = factories.post(title="Ferries go later")
        id = post.id
    browser = sign_in("ed")
    assert f"about=post%3A{id}" in browser.get(f"/admin/post/details/?id={id}").text.replace("post:", "post%3A")
    page = browser.get(f"/admin/reminder/new/?about=post:{id}").text
    assert "Ferries go later" in page
    answer = new_form(browser, f"?about=post:{id}", subject="Update it", local_at=f"{tomorrow():%Y-%m-%dT%H:%M}")
    assert answer.status_code == 302
    assert "Update it" in browser.get(f"/admin/post/details/?id={id}").text


@pytest.mark.parametrize("about", ["post:999999", "nothing:1", "post", "user:1 or 1=1", "<b>:2"])
def test_a_record_that_is_not_there_is_refused(app: Flask, sign_in: SignIn, about: str) -> None:
    answer = new_form(sign_in("ed"), subject="X", local_at=f"{tomorrow():%Y-%m-%dT%H:%M}", about=about)
    assert answer.status_code == 422
    assert count(app) == 0


# One line.


def test_a_line_is_shown_as_it_was_understood_before_it_is_kept(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    page = browser.get("/admin/reminder/quick/?line=Call+Rita+tomorrow+9:00").text
    fields = fields_in(page, holding="at")
    assert fields["subject"] == ["Call Rita"]
    assert fields["at"] == [f"{tomorrow():%Y-%m-%dT%H:%M}"]
    assert count(app) == 0
    assert browser.submit("/admin/reminder/quick/", fields).status_code == 302
    with app.app_context():
        reminder = the_only(app)
        assert (reminder.subject, reminder.local_at) == ("Call Rita", tomorrow())
        assert reminder.recipient == reminder.owner == person("ed")


@pytest.mark.parametrize("line", ["Call Rita", "", "🙂", "=HYPERLINK(1)", "x" * 400, "tomorrow"])
def test_a_line_without_a_moment_asks_when(app: Flask, sign_in: SignIn, line: str) -> None:
    answer = sign_in("ed").get("/admin/reminder/quick/", query_string={"line": line})
    assert answer.status_code == 200
    assert fields_in(answer.text, holding="at")["at"] == [""]


# Live.


def test_the_page_is_told_what_words_and_a_rule_mean(app: Flask, sign_in: SignIn) -> None:
    asked = {"words": "tomorrow 9:00", "zone": "UTC", "rule.every": "day"}
    answer = sign_in("ed").get("/admin/reminder/understood/", query_string=asked).json
    assert answer["moment"] == f"{tomorrow():%Y-%m-%dT%H:%M}"
    assert len(answer["next"]) == 5
    assert answer["rhythm"]


def test_the_page_is_told_in_words_what_is_wrong_with_a_rule(app: Flask, sign_in: SignIn) -> None:
    asked = {"local_at": "2026-12-01T09:00", "rule.every": "own", "rule": "FREQ=MINUTELY"}
    answer = sign_in("ed").get("/admin/reminder/understood/", query_string=asked).json
    assert answer["next"] == []
    assert "often" in answer["complaint"]


# The calendar.


def test_the_calendar_shows_what_falls_on_each_day_and_what_comes_again(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        ed = person("ed")
        for subject, rule in (("Invoice", ""), ("Planning", "FREQ=WEEKLY")):
            factories.reminder(
                subject=subject, recipient=ed, due_at=datetime(2031, 3, 5, 9, tzinfo=UTC), time_zone="UTC", rule=rule
            )
    days = squares(sign_in("ed").get("/admin/reminder/calendar/?month=2031-03").text)
    assert "Invoice" in days["2031-03-05"]
    assert [day for day, square in days.items() if "Planning" in square and "data-out" not in square] == [
        "2031-03-05",
        "2031-03-12",
        "2031-03-19",
        "2031-03-26",
    ]


def test_the_calendar_shows_nobody_what_is_between_others(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.reminder(subject="Secret", recipient=person("aut"), due_at=datetime(2031, 3, 5, 9, tzinfo=UTC))
    assert "Secret" not in sign_in("mo").get("/admin/reminder/calendar/?month=2031-03").text


def test_a_day_is_shown_in_full(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        for number in range(6):
            at = datetime(2031, 3, 5, 9 + number, tzinfo=UTC)
            factories.reminder(subject=f"Thing {number}", recipient=person("ed"), due_at=at)
    page = sign_in("ed").get("/admin/reminder/calendar/?month=2031-03&day=2031-03-05").text
    assert "4 more" in squares(page)["2031-03-05"]
    assert all(f"Thing {number}" in page.split('id="day"')[1] for number in range(6))


@pytest.mark.parametrize(
    "query", ["month=9999-99", "month=%00", "day=nonsense", "month=1970-01", "month=2100-12", "day=2026-02-30"]
)
def test_the_calendar_bears_any_address(app: Flask, sign_in: SignIn, query: str) -> None:
    assert sign_in("ed").get(f"/admin/reminder/calendar/?{query}").status_code == 200


# What is due.


def test_the_bell_counts_and_lists_what_is_due(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.reminder(subject="Due thing", recipient=person("ed"), due_at=clock.now() - timedelta(hours=1))
        factories.reminder(subject="Later thing", recipient=person("ed"))
    browser = sign_in("ed")
    bell = browser.get("/admin/post/").text.split("data-bell")[1].split("</summary>")[0]
    assert re.search(r'class="bo-count">1<', bell)
    lines = browser.get("/admin/reminder/due/", headers={"X-Requested-With": "fetch"}).text
    assert "Due thing" in lines
    assert "Later thing" not in lines
    assert "<html" not in lines


def test_a_snooze_of_the_menu_moves_the_alarm_and_what_is_due_stays(app: Flask, sign_in: SignIn) -> None:
    due = clock.now().replace(microsecond=0) - timedelta(hours=1)
    with app.app_context(), unit_of_work():
        id = factories.reminder(recipient=person("ed"), due_at=due).id
    browser = sign_in("ed")
    page = browser.get("/admin/reminder/due/").text
    assert "It stays due" in page
    (until, *_more) = re.findall(r'name="until" value="([^"]+)"', page)
    answer = browser.submit(f"/admin/reminder/action/{id}", {"do": "snooze", "until": unescape(until)})
    assert answer.status_code == 302
    with app.app_context():
        reminder = the_only(app)
        assert reminder.due_at == due
        assert reminder.alarm_at == datetime.fromisoformat(until)


def test_done_on_the_page_of_what_is_due_comes_back_to_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.reminder(recipient=person("ed"), due_at=clock.now() - timedelta(hours=1)).id
    browser = sign_in("ed")
    answer = browser.submit(f"/admin/reminder/action/{id}", {"action": "done", "url": "/admin/reminder/due/"})
    assert answer.location == "/admin/reminder/due/"
    assert "Nothing is due." in browser.get(answer.location).text
    with app.app_context():
        assert the_only(app).status is ReminderStatus.DONE


@pytest.mark.parametrize(
    ("which", "found"),
    [("mine", {"Mine", "Late"}), ("overdue", {"Late"}), ("made", {"Mine", "Late", "Given"}), ("nonsense", None)],
)
def test_the_saved_views_of_the_list(app: Flask, sign_in: SignIn, which: str, found: set[str] | None) -> None:
    far = clock.now() + timedelta(days=60)
    with app.app_context(), unit_of_work():
        ed, aut = person("ed"), person("aut")
        factories.reminder(subject="Mine", recipient=ed, due_at=far)
        factories.reminder(subject="Late", recipient=ed, due_at=clock.now() - timedelta(days=1))
        factories.reminder(subject="Given", owner=ed, recipient=aut, due_at=far)
    page = sign_in("ed").get(f"/admin/reminder/?flt_which={which}").text
    shown = {name for name in ("Mine", "Late", "Given") if f"{name}</a>" in page}
    assert shown == (found or {"Mine", "Late", "Given"})


# The feed.


def made_feed(browser: Browser) -> str:
    """The address that was made, as the page shows it once."""
    page = browser.submit("/admin/reminder/calendar/feed", {"do": "make"}, follow_redirects=True).text
    found = re.search(r"/reminders/[\w-]+\.ics", page)
    assert found
    return found[0]


def test_the_feed_is_read_without_a_session_and_kept_by_nobody(app: Flask, sign_in: SignIn, client: Browser) -> None:
    with app.app_context(), unit_of_work():
        factories.reminder(subject="Call, Rita; now", recipient=person("ed"))
    answer = client.get(made_feed(sign_in("ed")))
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    assert r"SUMMARY:Call\, Rita\; now" in answer.text


def test_an_address_is_shown_once(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    secret = made_feed(browser)
    assert secret not in browser.get("/admin/reminder/calendar/").text


def test_a_new_address_ends_the_old_one_and_revoking_ends_both(app: Flask, sign_in: SignIn, client: Browser) -> None:
    browser = sign_in("ed")
    old = made_feed(browser)
    new = made_feed(browser)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    browser.submit("/admin/reminder/calendar/feed", {"do": "revoke"})
    assert client.get(new).status_code == 404


def test_the_feed_of_somebody_deactivated_is_not_here(app: Flask, sign_in: SignIn, client: Browser) -> None:
    address = made_feed(sign_in("ed"))
    with app.app_context(), unit_of_work():
        person("ed").is_active = False
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("secret", ["x", "x" * 500, "%00", "..%2f..%2fetc", "🙂"])
def test_a_guessed_address_is_not_here(app: Flask, client: Browser, secret: str) -> None:
    assert client.get(f"/reminders/{secret}.ics").status_code == 404


def test_the_feed_is_asked_for_only_so_often(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATELIMIT_ENABLED=True).test_client()
    answers = [client.get("/reminders/guess.ics").status_code for _ in range(61)]
    assert answers[-1] == 429


def test_a_day_on_which_very_much_falls_stays_a_page(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST_OF_A_DAY", 3)
    with app.app_context(), unit_of_work():
        for _number in range(5):
            factories.reminder(recipient=person("ed"), due_at=datetime(2031, 3, 5, 9, tzinfo=UTC))
    page = sign_in("ed").get("/admin/reminder/calendar/?day=2031-03-05").text.split('id="day"')[1]
    assert page.count("<li") == 3
    assert "flt_due_at_from=2031-03-05" in page


def test_the_form_of_a_saved_one_names_what_it_is_about_to_who_may_see_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        post = factories.post(title="Hidden draft")
        about = {"about_resource": "post", "about_id": post.id}
        id = factories.reminder(owner=person("ed"), recipient=person("mo"), **about).id
    address = f"/admin/reminder/edit/?id={id}"
    assert "Hidden draft" in sign_in("ed").get(address).text
    assert "Hidden draft" not in sign_in("mo").get(address).text


def test_a_program_that_knows_the_moment_by_its_former_name_is_understood(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    answer = browser.submit(
        "/admin/reminder/new/",
        {"subject": "Ferry", "recipient": "ana", "due_at": "2030-07-01T09:00", "time_zone": "Europe/Lisbon"},
    )
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Reminder)).one().due_at.isoformat() == "2030-07-01T08:00:00+00:00"
