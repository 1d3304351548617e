"""Addresses that may be written to: asked once, confirmed by a button, taken back at any time, no use to annoy."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.readers import confirming
from backoffice.readers.models import ConfirmedAddress
from backoffice.records.outbox import OutboxMail
from tests import factories
from tests.browser import Browser, token_in
from tests.paper import kept

pytestmark = pytest.mark.both_databases
HARRIET = "harriet@example.net"
SAID = {"name": "Harriet", "email": HARRIET, "text": "Does my ticket still count?", "mail_me": "1"}


def write(app: Flask, client: Browser, **changes: str) -> int:
    """Write a comment under a new post and ask to be mailed; the status of the answer."""
    post = kept(app, factories.post, published=True)
    address = f"/blog/post/{post.id}/{post.slug}"
    page = client.get(address).text
    return client.post(address, data={"csrf_token": token_in(page), **SAID, **changes}).status_code


def mails(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def links(mail: OutboxMail) -> tuple[str, str]:
    """The link that says yes and the one that says no, from the root of the site."""
    found = re.findall(r"https?://[^/\s]+(/mail/\S+)", mail.text)
    assert [link.split("/")[2] for link in found] == ["confirm", "stop"]
    return found[0], found[1]


def is_confirmed(app: Flask, email: str = HARRIET) -> bool:
    with app.app_context():
        return confirming.recipient(email) is not None


def ask(email: str = HARRIET, visitor: str = "one") -> bool:
    with unit_of_work():
        return confirming.ask(email, locale="en", visitor=visitor)


def test_a_reader_confirms_by_the_button_and_not_by_the_link(app: Flask, client: Browser) -> None:
    assert write(app, client) == 303
    (mail,) = mails(app)
    assert (mail.recipient, mail.is_secret) == (HARRIET, True)
    yes, _no = links(mail)
    for look in (client.get, client.head):
        assert look(yes).status_code == 200
        assert not is_confirmed(app), "programs that look at mail open every link"
    assert HARRIET not in yes
    assert client.submit(yes).status_code == 200
    assert is_confirmed(app)
    assert client.submit(yes).status_code == 200, "pressed twice"


def test_a_reader_who_does_not_tick_the_box_gets_no_mail(app: Flask, client: Browser) -> None:
    assert write(app, client, mail_me="") == 303
    assert mails(app) == []


def test_a_reader_takes_it_back_and_is_left_in_peace(app: Flask, client: Browser) -> None:
    write(app, client)
    yes, no = links(mails(app)[0])
    client.submit(yes)
    assert (client.get(no).status_code, client.head(no).status_code) == (200, 200)
    assert is_confirmed(app)
    client.submit(no)
    assert not is_confirmed(app)
    assert client.submit(yes).status_code == 404, "the old link does not bring it back"
    with app.app_context():
        assert not ask()


def test_an_address_is_asked_once_a_day(app: Flask) -> None:
    with app.app_context():
        assert ask()
        assert not ask(visitor="another")
        row = db.session.scalar(select(ConfirmedAddress))
        assert row is not None
        row.asked_at = clock.now() - confirming.PAUSE
        assert ask()
        assert db.session.query(OutboxMail).count() == 2


def test_nobody_has_many_strangers_mailed(app: Flask) -> None:
    with app.app_context():
        asked = [ask(f"stranger{number}@example.net") for number in range(10)]
        assert asked == [True] * confirming.MOST_ASKED + [False] * (10 - confirming.MOST_ASKED)
        assert ask("stranger9@example.net", visitor="two")


def test_who_confirmed_is_not_asked_again(app: Flask, client: Browser) -> None:
    write(app, client)
    client.submit(links(mails(app)[0])[0])
    with app.app_context():
        row = db.session.scalar(select(ConfirmedAddress))
        assert row is not None
        row.asked_at = clock.now() - timedelta(days=30)
        assert not ask()


def test_an_account_needs_no_confirmation(app: Flask) -> None:
    with app.app_context():
        mo = factories.user(roles=["moderator"], locale="de")
        assert confirming.recipient(mo.email) == confirming.Recipient(mo.email, mo, "de")
        assert not ask(mo.email)
        mo.is_active = False
        assert confirming.recipient(mo.email) is None


def test_an_old_link_and_a_forged_one_do_nothing(app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    write(app, client)
    yes, no = links(mails(app)[0])
    for wrong in (no.replace("stop", "confirm"), yes.replace("confirm", "stop"), f"{yes[:-2]}xx", "/mail/confirm/x"):
        assert client.get(wrong).status_code == 404
        assert client.submit(wrong).status_code == 404
    monkeypatch.setattr(confirming, "LIFETIME", timedelta(seconds=-1))
    assert client.submit(yes).status_code == 404
    assert not is_confirmed(app)
    assert client.submit(no).status_code == 200, "no is always heard"


def test_the_page_is_kept_from_caches_and_tells_no_other_site_its_address(app: Flask, client: Browser) -> None:
    write(app, client)
    page = client.get(links(mails(app)[0])[0])
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
