"""The section of the profile: switches, digest, address; and roles that are given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.accounts import addresses, notices
from backoffice.accounts.giving import give_role
from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.accounts.operations import set_roles
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import EVERYTHING, System
from backoffice.notices import digests
from backoffice.notices.models import Rhythm, Weekday
from backoffice.signing import resetting
from tests import factories, people
from tests.browser import Browser
from tests.notices.post_office import mails

SignIn = Callable[[str | User], Browser]
OPERATOR = System("operator", EVERYTHING)
PROFILE = "/auth/profile"


def link_in(app: Flask, template: str = "/auth/address/") -> str:
    with app.app_context():
        text = mails()[-1].text
    return template + text.split(template, 1)[1].split()[0]


def test_switches_and_digest_are_chosen_in_the_profile(app: Flask, sign_in: SignIn) -> None:
    mo = sign_in("mo")
    page = mo.get(PROFILE).text
    assert 'value="waiting"' in page and 'name="rhythm"' in page
    asked = {"notice": ["waiting", "replies"], "rhythm": "weekly", "hour": "17", "weekday": "sunday"}
    assert mo.submit(f"{PROFILE}/mail", asked).status_code == 302
    with app.app_context():
        person = people.person("mo")
        assert {each for each in Notice if notices.wants(person, each)} == {Notice.WAITING, Notice.REPLIES}
        choice = digests.choice_of(person)
        assert (choice.rhythm, choice.hour, choice.weekday) == (Rhythm.WEEKLY, 17, Weekday.SUNDAY)


def test_an_hour_that_is_none_is_refused_and_nothing_is_changed(app: Flask, sign_in: SignIn) -> None:
    mo = sign_in("mo")
    mo.submit(f"{PROFILE}/mail", {"rhythm": "daily", "hour": "99", "weekday": "monday"})
    assert "Choose an hour" in mo.get(PROFILE).text
    with app.app_context():
        assert notices.wants(people.person("mo"), Notice.COMMENTS)
        assert digests.choice_of(people.person("mo")).rhythm is Rhythm.NONE


def test_a_new_address_counts_from_the_button_behind_its_link(app: Flask, sign_in: SignIn, client: Browser) -> None:
    mo = sign_in("mo")
    with app.app_context():
        before = people.person("mo").email
    mo.submit(f"{PROFILE}/address", {"email": "Mo.New@Example.org"})
    with app.app_context():
        person = people.person("mo")
        assert person.email == "mo.new@example.org" and person.email_doubted
        assert notices.address_of(person) is None
        assert [mail.recipient for mail in mails()] == ["mo.new@example.org", before]
        first = mails()[0].text
    link = "/auth/address/" + first.split("/auth/address/", 1)[1].split()[0]
    assert "mo.new" not in link
    assert "Nobody has confirmed" in mo.get(PROFILE).text
    assert (client.get(link).status_code, client.head(link).status_code) == (200, 200)
    with app.app_context():
        assert people.person("mo").email_doubted, "programs that look at mail open every link"
    assert client.submit(link).status_code == 200
    assert client.submit(link).status_code == 200, "pressed twice"
    with app.app_context():
        assert notices.address_of(people.person("mo")) == "mo.new@example.org"


def test_a_link_to_an_address_that_was_replaced_confirms_nothing(app: Flask, sign_in: SignIn, client: Browser) -> None:
    mo = sign_in("mo")
    mo.submit(f"{PROFILE}/address", {"email": "first@example.org"})
    with app.app_context():
        text = mails()[0].text
    link = "/auth/address/" + text.split("/auth/address/", 1)[1].split()[0]
    mo.submit(f"{PROFILE}/address", {"email": "second@example.org"})
    assert client.get(link).status_code == 404
    assert client.submit(link).status_code == 404
    assert client.get("/auth/address/made-up").status_code == 404


@pytest.mark.parametrize(
    "typed", ["no address", "a@b@c", "x\r\nBcc: y@example.org", "x" * 300 + "@example.org", "ana\x00kestrin"]
)
def test_what_is_no_address_is_refused_in_words(app: Flask, sign_in: SignIn, typed: str) -> None:
    mo = sign_in("mo")
    with app.app_context():
        before = people.person("mo").email
    assert mo.submit(f"{PROFILE}/address", {"email": typed}).status_code == 302
    assert "Give a full address" in mo.get(PROFILE).text
    with app.app_context():
        assert people.person("mo").email == before and mails() == []


def test_the_address_of_somebody_else_cannot_be_taken(app: Flask, sign_in: SignIn) -> None:
    mo = sign_in("mo")
    with app.app_context(), unit_of_work():
        other = factories.user().email
    mo.submit(f"{PROFILE}/address", {"email": other or ""})
    assert "Another account has this address" in mo.get(PROFILE).text


def test_an_address_that_an_administrator_changes_is_doubted_and_asked(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    with app.app_context(), unit_of_work():
        person = factories.user(name="Jonas")
        id, version = person.id, person.version
    fields = {"name": "Jonas", "username": "jonas", "email": "jonas@example.org", "time_zone": "UTC", "locale": ""}
    answer = ana.submit(f"/admin/user/edit/?id={id}", {**fields, "version": str(version)})
    assert answer.status_code == 302, answer.text[:3000]
    with app.app_context():
        assert db.session.get_one(User, id).email_doubted
        assert [mail.recipient for mail in mails()] == ["jonas@example.org"]


def test_who_follows_an_invitation_or_a_reset_has_confirmed_the_address(app: Flask) -> None:
    from backoffice.accounts import links, operations

    with app.app_context(), unit_of_work():
        person = factories.user(email_doubted=True)
        link = links.open_link(links.new_link(person))
        assert link is not None
        operations.accept(link, password="a long harbour word 7", rounds=4)
        assert not person.email_doubted
        person.email_doubted = True
        token = links.new_reset(person)
        reset = links.open_link(token or "", links.RESET)
        assert reset is not None
        resetting.use(reset, password="another harbour word 8", rounds=4)
        assert not person.email_doubted


def test_a_link_that_was_mailed_to_the_old_address_lets_nobody_in(app: Flask) -> None:
    from backoffice.accounts import links

    with app.app_context(), unit_of_work():
        person = factories.user(password_hash=None)
        token = links.new_link(person)
        person.email = "right@example.org"
        addresses.changed(person, actor=OPERATOR)
        assert links.open_link(token) is None


def test_who_gets_a_role_is_told_once_and_who_is_invited_is_not(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        person, invited = factories.user(roles=[]), factories.user(roles=[], password_hash=None)
        give_role(person, actor=OPERATOR, role="author")
        set_roles(invited, actor=OPERATOR, roles=[factories.find_role("author")])
        (mail,) = mails()
        assert mail.recipient == person.email and "author" in mail.subject
        set_roles(person, actor=OPERATOR, roles=[factories.find_role(name) for name in ("author", "editor")])
        assert "editor" in mails()[1].subject and "author" not in mails()[1].subject


def test_the_comment_form_asks_about_replies_by_one_mail(app: Flask, client: Browser) -> None:
    from tests.browser import token_in

    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        address = f"/blog/post/{post.id}/{post.slug}"
    said = {"name": "Harriet", "email": "harriet@example.net", "text": "Hello?", "mail_me": "1", "mail_replies": "1"}
    page = client.get(address).text
    assert client.post(address, data={"csrf_token": token_in(page), **said}).status_code == 303
    with app.app_context():
        (mail,) = mails()
        assert "when somebody replies" in mail.text and "from the moderators" in mail.text
    link = "/mail/confirm/" + mail.text.split("/mail/confirm/", 1)[1].split()[0]
    assert "replies" in client.get(link).text
    assert client.submit(link).status_code == 200
    with app.app_context():
        from backoffice.readers.models import ConfirmedAddress

        row = db.session.query(ConfirmedAddress).one()
        assert row.confirmed_at is not None and row.replies_at is not None
