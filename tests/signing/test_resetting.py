"""A forgotten password: a link by mail, once, for an hour, and nobody learns which names are known."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts import links
from backoffice.accounts.entering import AccessLink
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from tests import factories, people
from tests.browser import Browser, fields_in, token_in
from tests.signing.authenticator import set_up

SignInAs = Callable[[str | User], Browser]
NEW = "harbour wind salt"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Waiting for nothing is looked at in one test only."""
    if "wait" not in request.node.name:
        monkeypatch.setattr("backoffice.signing.site.RESET_SECONDS", 0.0)


def ask(browser: Browser, typed: str) -> str:
    """Ask for a link; the page that answers."""
    token = token_in(browser.get("/auth/forgotten").text)
    answer = browser.post("/auth/forgotten", data={"csrf_token": token, "username": typed})
    assert answer.status_code == 200, answer.text[-800:]
    return answer.text


def mails(app: Flask) -> list[OutboxMail]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def path_in(mail: OutboxMail) -> str:
    """The link of a mail, without its host."""
    found = re.search(r"(/auth/reset/\S+)", mail.text)
    assert found
    return found.group(1)


def use(browser: Browser, path: str, password: str = NEW) -> int:
    form = fields_in(browser.get(path).text, holding="password") | {"password": password, "again": password}
    return browser.post(path, data=form).status_code


def ed(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        people.person("ed")


@pytest.mark.both_databases
def test_a_person_sets_a_new_password_by_a_link_in_a_mail(app: Flask, sign_in: SignInAs, client: Browser) -> None:
    open_session = sign_in("ed")
    ask(client, "ed@example.org")
    (mail,) = mails(app)
    assert (mail.recipient, mail.is_secret) == ("ed@example.org", True)
    assert use(client, path_in(mail)) == 302
    assert open_session.get("/auth/profile").status_code == 302, "every session ends"
    assert client.sign_in("ed", people.PASSWORD).status_code == 422
    assert client.sign_in("ed", NEW).status_code == 302
    assert "your password was changed" in mails(app)[-1].subject
    assert client.get(path_in(mail)).status_code == 404, "it works once"
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [each for each in actions if "reset" in each or "password" in each] == [
        "user.ask_reset",
        "user.set_password",
    ]


def test_known_and_unknown_names_hear_the_same_words(app: Flask, client: Browser) -> None:
    ed(app)
    with app.app_context(), unit_of_work():
        factories.user(username="gone", is_active=False)
        factories.user(username="silent", email=None)
    pages = {
        ask(client, typed) for typed in ("ed", " ED ", "ed@example.org", "gone", "silent", "nobody-here", "a\x00b")
    }
    plain = {re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page) for page in pages}
    assert len(plain) == 1
    assert {mail.recipient for mail in mails(app)} == {"ed@example.org"}


def test_known_and_unknown_names_wait_the_same_time(app: Flask, client: Browser) -> None:
    ed(app)
    token = token_in(client.get("/auth/forgotten").text)

    def seconds(typed: str) -> float:
        begun = time.monotonic()
        client.post("/auth/forgotten", data={"csrf_token": token, "username": typed})
        return time.monotonic() - begun

    known, unknown = (median(seconds(typed) for _ in range(3)) for typed in ("ed", "nobody-here"))
    assert min(known, unknown) >= 0.4
    assert abs(known - unknown) < 0.15


@pytest.mark.parametrize(
    ("base", "begins"), [("", None), ("https://paper.example", "https://paper.example/auth/reset/")]
)
def test_nobody_makes_a_link_lead_to_a_host_of_his_own(
    make_app: Callable[..., Flask], base: str, begins: str | None
) -> None:
    app = make_app(BASE_URL=base)
    ed(app)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    token = token_in(browser.get("/auth/forgotten", base_url="http://evil.example").text)
    data = {"csrf_token": token, "username": "ed"}
    answer = browser.post("/auth/forgotten", data=data, base_url="http://evil.example")
    assert answer.status_code == 200 and "a link is on its way" in answer.text
    sent = [mail.text for mail in mails(app)]
    assert sent == [] if begins is None else begins in sent[0]


def test_a_link_works_for_an_hour(app: Flask, client: Browser) -> None:
    ed(app)
    ask(client, "ed")
    (mail,) = mails(app)
    with app.app_context(), unit_of_work():
        link = db.session.scalars(select(AccessLink)).one()
        assert timedelta(minutes=59) < link.expires_at - clock.now() <= timedelta(hours=1)
        link.expires_at = clock.now() - timedelta(seconds=1)
    answer = client.get(path_in(mail))
    assert answer.status_code == 404 and "Ask for another one" in answer.text


def test_whoever_asks_in_the_name_of_another_floods_no_mailbox(app: Flask, client: Browser) -> None:
    ed(app)
    for _ in range(8):
        ask(client, "ed")
    assert len(mails(app)) == links.MOST_OPEN
    assert use(client, path_in(mails(app)[0])) == 302, "nor does asking again put the first link out of use"
    assert client.get(path_in(mails(app)[1])).status_code == 404, "one that was used closes all"


def test_asking_leaves_an_invitation_open(app: Flask, client: Browser) -> None:
    with app.app_context(), unit_of_work():
        token = links.new_link(factories.user(username="mira", password_hash=None))
    ask(client, "mira")
    assert client.get(f"/auth/invite/{token}").status_code == 200
    assert client.get(f"/auth/reset/{token}").status_code == 404, "one kind of link is not the other"


@pytest.mark.parametrize(
    "password", ["short", "password1", "Trustno1!", "ed@example.org", "ed.marlow", people.PASSWORD]
)
def test_a_password_that_will_not_do_leaves_the_link_open(app: Flask, client: Browser, password: str) -> None:
    with app.app_context(), unit_of_work():
        factories.user(username="ed.marlow", email="ed@example.org")
    ask(client, "ed.marlow")
    path = path_in(mails(app)[0])
    assert use(client, path, password) == 422
    assert use(client, path) == 302


def test_a_reset_does_not_open_what_the_second_factor_closes(app: Flask, sign_in: SignInAs, client: Browser) -> None:
    set_up(sign_in("ed"))
    ask(client, "ed")
    use(client, path_in(mails(app)[-1]))
    answer = client.sign_in("ed", NEW)
    assert answer.status_code == 200 and 'name="code"' in answer.text


@pytest.mark.parametrize("typed", ["", "   ", "x" * 300])
def test_nothing_typed_is_told_so(client: Browser, typed: str) -> None:
    token = token_in(client.get("/auth/forgotten").text)
    answer = client.post("/auth/forgotten", data={"csrf_token": token, "username": typed})
    assert answer.status_code == 422 and "Type your name or your address." in answer.text


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "%00", "ä"])
def test_no_other_address_is_a_link(client: Browser, token: str) -> None:
    assert client.get(f"/auth/reset/{token}").status_code == 404


# By an administrator


def of(app: Flask, username: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()


def does(browser: Browser, action: str, user: User) -> str:
    form = {"action": action, "rowid": str(user.id)}
    return browser.submit("/admin/user/action/", form, follow_redirects=True).text


@pytest.mark.both_databases
def test_an_administrator_starts_a_reset_and_sees_no_link(app: Flask, sign_in: SignInAs) -> None:
    admin = sign_in("ana")
    ed(app)
    page = does(admin, "start_reset", of(app, "ed"))
    (mail,) = mails(app)
    assert "Reset link sent" in page and "/auth/reset/" not in page
    assert path_in(mail) not in admin.get(f"/admin/mail/details/?id={mail.id}").text
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.start_reset")).one()
    assert entry.actor_name == "ana"


def test_nobody_makes_a_link_for_who_has_a_password_and_an_address(app: Flask, sign_in: SignInAs) -> None:
    ed(app)
    page = does(sign_in("ana"), "invite", of(app, "ed"))
    assert "/auth/invite/" not in page
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AccessLink)) == 0


@pytest.mark.both_databases
def test_whoever_has_to_choose_another_password_does_nothing_before(app: Flask, sign_in: SignInAs) -> None:
    browser, admin = sign_in("ed"), sign_in("ana")
    does(admin, "demand_new_password", of(app, "ed"))
    assert browser.get("/admin/post/").status_code == 302
    assert browser.get("/auth/session").get_json()["username"] is None
    fresh: Browser = app.test_client()  # type: ignore[assignment]
    answer = fresh.sign_in("ed", people.PASSWORD, next="/admin/post/")
    assert answer.headers["Location"] == "/auth/new-password?next=/admin/post/"
    page = fresh.get(answer.headers["Location"]).text
    form = fields_in(page, holding="present")
    same = form | {"present": people.PASSWORD, "password": people.PASSWORD, "again": people.PASSWORD}
    assert fresh.post("/auth/new-password", data=same).status_code == 422
    good = form | {"present": people.PASSWORD, "password": NEW, "again": NEW}
    assert fresh.post("/auth/new-password", data=good).headers["Location"] == "/admin/post/"
    assert fresh.get("/admin/post/").status_code == 200
    assert not of(app, "ed").must_change_password


def test_the_demand_can_be_taken_back(app: Flask, sign_in: SignInAs) -> None:
    browser, admin = sign_in("ed"), sign_in("ana")
    does(admin, "demand_new_password", of(app, "ed"))
    does(admin, "demand_no_new_password", of(app, "ed"))
    assert browser.get("/admin/post/").status_code == 200
