"""Administrators look at every letter of the house, and send trials to themselves only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import LOCALES
from backoffice.mail import samples
from backoffice.records.letters import Reader
from backoffice.records.outbox import OutboxMail
from tests.browser import Browser

SignIn = Callable[[str], Browser]


def trial(browser: Browser, name: str = "reset", **more: str) -> str:
    """Press the button for a trial; the page that follows."""
    return browser.submit(f"/admin/outbox/templates/{name}/send/", more, follow_redirects=True).text


def test_every_letter_of_the_house_can_be_shown_in_every_language(app: Flask) -> None:
    with app.app_context():
        for locale in LOCALES:
            reader = Reader("ana@example.org", "Ana", locale, "Europe/Lisbon")
            for name in samples.names():
                letter = samples.letter(name, reader)
                assert letter.subject, name
                assert letter.text, name
                assert letter.html, name
                assert f'lang="{locale}"' in letter.html, name
                assert "Undefined" not in letter.text, name
                assert " at 0x" not in letter.text, name


def test_the_letters_are_listed_and_shown_as_readers_get_them(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    page = ana.get("/admin/outbox/templates/?locale=de").text
    assert "/admin/outbox/templates/reset/?locale=de" in page
    page = ana.get("/admin/outbox/templates/reset/?locale=ar").text
    assert page.count("<iframe sandbox srcdoc=") == 2
    assert "&lt;html lang=&#34;ar&#34; dir=&#34;rtl&#34;&gt;" in page
    assert ana.get("/admin/outbox/templates/nothing/").status_code == 404
    assert ana.get("/admin/outbox/templates/..%2f_letter/").status_code == 404


def test_letters_are_first_shown_in_the_language_of_the_page(app: Flask, sign_in: SignIn) -> None:
    page = sign_in("ana").get("/admin/outbox/templates/reset/", headers={"Accept-Language": "ar"}).text
    assert "&lt;html lang=&#34;ar&#34; dir=&#34;rtl&#34;&gt;" in page


def test_a_trial_goes_to_who_asks_and_to_nobody_else(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    page = trial(ana, "reset", locale="de", to="all@example.org", email="all@example.org")
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail)).one()
        address = db.session.scalar(select(User.email).where(User.username == "ana"))
    assert (mail.recipient, mail.locale) == (address, "de")
    assert str(address) in page


def test_nobody_sends_herself_more_trials_than_a_few(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    for _ in range(samples.MOST_TRIALS + 2):
        page = trial(ana)
    assert "Wait an hour" in page
    with app.app_context():
        assert len(db.session.scalars(select(OutboxMail)).all()) == samples.MOST_TRIALS


def test_who_has_no_address_is_told_so(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == "ana")).one().email = None
    assert "no e-mail address" in ana.get("/admin/outbox/templates/reset/").text
    assert "no e-mail address" in trial(ana)


@pytest.mark.parametrize("username", ["ed", "mo", "rita"])
def test_who_may_not_sends_no_trial(app: Flask, sign_in: SignIn, username: str) -> None:
    browser = sign_in(username)
    answer = browser.submit("/admin/outbox/templates/reset/send/", {})
    assert answer.status_code == 403
    seen = browser.get("/admin/outbox/templates/").status_code
    assert seen == (200 if username == "rita" else 403)
