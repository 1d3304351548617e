"""A reader subscribes by two steps and ends it by one; nobody learns who is subscribed, and nobody is pestered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.people import personal_data
from backoffice.people.erasing import erase
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.records.policies import WEEKLY_MAIL, Setting
from backoffice.subscribers import subscribing
from backoffice.subscribers.models import Subscriber
from tests import factories, people
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
HARRIET = "harriet@example.net"


def rows(app: Flask) -> list[Subscriber]:
    with app.app_context():
        return list(db.session.scalars(select(Subscriber).order_by(Subscriber.id)))


def mails(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def link(mail: OutboxMail) -> str:
    return "/blog/subscribe/" + mail.text.split("/blog/subscribe/", 1)[1].split()[0]


def stop(mail: OutboxMail) -> str:
    return "/mail/unsubscribe/" + mail.headers["List-Unsubscribe"].strip("<>").split("/mail/unsubscribe/")[1]


def ask(client: Browser, email: str = HARRIET, **more: str) -> str:
    answer = client.post("/blog/subscribe", data={"email": email, **more})
    assert answer.status_code == 303, answer.text
    return str(client.get(answer.location).text)


def test_a_reader_subscribes_by_the_button_behind_the_link(app: Flask, client: Browser) -> None:
    assert 'action="/blog/subscribe"' in client.get("/blog/").text
    ask(client, " Harriet@Example.net ")
    (mail,) = mails(app)
    assert (mail.recipient, mail.is_secret) == (HARRIET, True)
    yes = link(mail)
    assert "harriet" not in yes
    for look in (client.get, client.head):
        assert look(yes).status_code == 200
        assert rows(app)[0].confirmed_at is None, "programs that look at mail open every link"
    assert client.submit(yes).status_code == 200
    assert rows(app)[0].gets_mail
    assert client.submit(yes).status_code == 200, "pressed twice"


def test_the_answer_is_the_same_whether_the_address_is_known_or_not(app: Flask, client: Browser) -> None:
    first = ask(client)
    client.submit(link(mails(app)[0]))
    assert ask(client) == first
    assert len(mails(app)) == 1


def test_one_click_of_a_mail_program_ends_it_without_cookie_or_token(app: Flask, client: Browser) -> None:
    ask(client)
    (mail,) = mails(app)
    client.submit(link(mail))
    program = app.test_client()
    assert program.get(stop(mail)).status_code == 200
    assert rows(app)[0].gets_mail
    assert program.post(stop(mail), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not rows(app)[0].gets_mail
    assert program.post(stop(mail), data={"again": "1"}).status_code == 200
    assert rows(app)[0].gets_mail


def test_who_ended_it_is_left_in_peace_and_an_old_link_does_nothing(app: Flask, client: Browser) -> None:
    ask(client)
    (mail,) = mails(app)
    app.test_client().post(stop(mail), data={"List-Unsubscribe": "One-Click"})
    assert client.get(link(mail)).status_code == 404
    ask(client)
    assert len(mails(app)) == 1
    assert app.test_client().post(stop(mail), data={"again": "1"}).status_code == 200
    assert not rows(app)[0].gets_mail, "she never confirmed it"


def test_an_address_is_asked_once_a_day_and_a_network_asks_for_few(
    app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), unit_of_work():
        assert subscribing.ask(HARRIET, locale="en", visitor="one")
        assert not subscribing.ask(HARRIET, locale="en", visitor="two")
        asked = [subscribing.ask(f"r{number}@example.net", locale="en", visitor="one") for number in range(8)]
        assert sum(asked) == subscribing.MOST_ASKED - 1
        late = clock.now() + timedelta(days=1, minutes=1)
        monkeypatch.setattr(clock, "now", lambda: late)
        assert subscribing.ask(HARRIET, locale="en", visitor="two")


@pytest.mark.parametrize("typed", ["", "x", "a@b", "a@example.org\r\nBcc: b@example.org", "\x00", "😀", "a" * 400])
def test_what_is_no_address_is_refused_in_words_and_kept(app: Flask, client: Browser, typed: str) -> None:
    answer = client.post("/blog/subscribe", data={"email": typed})
    assert answer.status_code == 422 and "Give a full address" in answer.text
    assert rows(app) == [] and mails(app) == []


def test_a_program_that_fills_in_everything_gets_the_same_answer_and_nothing_happens(
    app: Flask, client: Browser
) -> None:
    assert "One more step" in ask(client, subject="Buy now")
    assert rows(app) == [] and mails(app) == []


def test_where_it_is_switched_off_there_is_no_box_and_no_page(app: Flask, client: Browser) -> None:
    with app.app_context(), unit_of_work():
        db.session.add(Setting(name=WEEKLY_MAIL.name, value=False))
    assert "/blog/subscribe" not in client.get("/blog/").text
    assert client.get("/blog/subscribe").status_code == 404
    assert client.post("/blog/subscribe", data={"email": HARRIET}).status_code == 404


def test_the_list_shows_addresses_only_to_who_may_see_contact_data(
    app: Flask, client: Browser, sign_in: SignIn
) -> None:
    ask(client)
    assert HARRIET in sign_in("ana").get("/admin/subscriber/").text
    rita = sign_in("rita").get("/admin/subscriber/")
    assert rita.status_code == 200 and HARRIET not in rita.text
    assert sign_in("mo").get("/admin/subscriber/").status_code == 403
    assert sign_in("ana").get("/admin/subscriber/new/").status_code in (403, 404)


def test_the_trail_tells_that_somebody_subscribed_and_not_who(app: Flask, client: Browser) -> None:
    ask(client)
    client.submit(link(mails(app)[0]))
    with app.app_context():
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "subscriber")).all()
        assert [entry.action for entry in told] == ["subscriber.ask", "subscriber.subscribe"]
        assert HARRIET not in str([(entry.changes, entry.target_title, entry.exact) for entry in told])


def test_what_nobody_confirmed_is_forgotten(app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(client)
    late = clock.now() + subscribing.FORGOTTEN + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    with app.app_context():
        with unit_of_work():
            assert subscribing.forget_unconfirmed() == 1
    assert rows(app) == []


def test_a_person_who_is_forgotten_gets_no_weekly_mail_either(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        person = factories.user(email=HARRIET)
        subscribing.ask(HARRIET, locale="en", visitor="one")
        assert "weekly_mail" in personal_data.gathered(person)
        ana = people.person("ana")
        erase(person, actor=ana, reason="asked for it")
        assert db.session.scalar(select(Subscriber)) is None
