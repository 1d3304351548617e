"""Dangerous things ask whoever signed in a while ago to prove that it is still she, and lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select, update

from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import System
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import CONFIRM_MINUTES
from backoffice.settings.operations import set_policies
from tests import people
from tests.browser import Browser, fields_in
from tests.signing.authenticator import set_up

SignInAs = Callable[[str | User], Browser]
OURS = {"Sec-Fetch-Site": "same-origin"}


def long_ago(app: Flask, minutes: int = 31) -> None:
    """Everybody who is signed in proved herself so long ago."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(SignIn).values(confirmed_at=clock.now() - timedelta(minutes=minutes)))


def of(app: Flask, username: str) -> User:
    with app.app_context(), unit_of_work():
        return people.person(username)


def give_roles(app: Flask, browser: Browser, name: str = "Ed Marlow") -> str:
    """Make ed a moderator by the form of his account; the page that answers."""
    number = of(app, "ed").id
    form = fields_in(browser.get(f"/admin/user/edit/?id={number}").text, holding="username")
    form |= {"roles": ["moderator"], "name": name}
    return browser.submit(f"/admin/user/edit/?id={number}", form, headers=OURS, follow_redirects=True).text


def roles_of(app: Flask) -> list[str]:
    return [role.name for role in of(app, "ed").roles]


@pytest.mark.both_databases
def test_a_change_of_roles_asks_first_and_then_is_done(app: Flask, sign_in: SignInAs) -> None:
    admin = sign_in("ana")
    of(app, "ed")
    long_ago(app)
    page = give_roles(app, admin, name="Edda Marlow")
    assert "Confirm that it is you" in page
    assert roles_of(app) == ["editor"] and of(app, "ed").name == "Ed Marlow", "nothing was done yet"
    answer = admin.post("/auth/confirm", data=fields_in(page, holding="password") | {"password": people.PASSWORD})
    assert answer.status_code == 200
    form = fields_in(answer.text, holding="roles")
    admin.post(f"/admin/user/edit/?id={of(app, 'ed').id}", data=form)
    assert roles_of(app) == ["moderator"] and of(app, "ed").name == "Edda Marlow"
    assert 'action="/admin/user/edit/?id=' in unescape(answer.text)


def test_who_signed_in_a_short_while_ago_is_not_asked(app: Flask, sign_in: SignInAs) -> None:
    admin = sign_in("ana")
    of(app, "ed")
    long_ago(app, 29)
    give_roles(app, admin)
    assert roles_of(app) == ["moderator"]


def test_what_is_not_dangerous_is_not_asked_about(app: Flask, sign_in: SignInAs) -> None:
    admin = sign_in("ana")
    number = of(app, "ed").id
    long_ago(app)
    form = fields_in(admin.get(f"/admin/user/edit/?id={number}").text, holding="username") | {"name": "Edda Marlow"}
    assert admin.submit(f"/admin/user/edit/?id={number}", form, headers=OURS).status_code == 302
    assert of(app, "ed").name == "Edda Marlow"


@pytest.mark.parametrize("action", ["deactivate", "remove_second_factor"])
def test_an_operation_asks_first(app: Flask, sign_in: SignInAs, action: str) -> None:
    set_up(sign_in("ed"))
    admin = sign_in("ana")
    long_ago(app)
    form = {"action": action, "rowid": str(of(app, "ed").id), "drafts": "leave"}
    answer = admin.submit("/admin/user/action/", form, headers=OURS)
    assert answer.status_code == 403 and "Confirm that it is you" in answer.text
    assert of(app, "ed").is_active
    answer = admin.post(
        "/auth/confirm", data=fields_in(answer.text, holding="password") | {"password": people.PASSWORD}
    )
    again = fields_in(answer.text, holding="action")
    assert again["action"] == [action], "the button that was pressed is kept as well"
    assert admin.post("/admin/user/action/", data=again).status_code == 302


def test_one_s_own_second_factor_asks_first(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    long_ago(app)
    answer = browser.get("/auth/second-factor")
    assert answer.status_code == 403
    form = fields_in(answer.text, holding="password") | {"password": people.PASSWORD}
    assert browser.post("/auth/confirm", data=form).headers["Location"] == "/auth/second-factor"
    assert browser.get("/auth/second-factor").status_code == 200


def test_a_wrong_password_confirms_nothing_and_is_recorded(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    long_ago(app)
    answer = browser.submit("/auth/confirm", {"password": "not the password"})
    assert answer.status_code == 422 and "That is not your password." in answer.text
    assert browser.get("/auth/second-factor").status_code == 403
    with app.app_context():
        actions = db.session.scalars(select(AuditEntry.action)).all()
    assert "user.confirm_refused" in actions


def test_who_has_a_second_factor_gives_both(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    _telephone, codes = set_up(browser)
    long_ago(app)
    answer = browser.submit("/auth/second-factor/codes", headers=OURS)
    assert 'name="code"' in answer.text
    assert browser.submit("/auth/confirm", {"password": people.PASSWORD}).status_code == 422
    assert browser.submit("/auth/confirm", {"password": people.PASSWORD, "code": codes[0]}).status_code == 302
    assert browser.submit("/auth/second-factor/codes").status_code == 200


def test_what_one_person_typed_is_sent_by_no_other(app: Flask, sign_in: SignInAs) -> None:
    admin, other = sign_in("ana"), sign_in("admin")
    of(app, "ed")
    long_ago(app)
    kept = fields_in(give_roles(app, admin), holding="password")["kept"]
    answer = other.submit("/auth/confirm", {"password": "keeper of the harbour", "kept": kept})
    assert answer.status_code == 302, "a parcel of somebody else is no parcel"


def test_a_script_is_told_why(app: Flask, sign_in: SignInAs) -> None:
    admin = sign_in("ana")
    form = {"action": "deactivate", "rowid": str(of(app, "ed").id), "drafts": "leave"}
    long_ago(app)
    script = {"X-Requested-With": "fetch"}
    answer = admin.submit("/admin/user/action/", form, headers=script)
    assert (answer.status_code, answer.get_json()["reason"]) == (403, "confirm")
    assert admin.submit("/auth/confirm", {"password": people.PASSWORD}, headers=script).get_json()["username"] == "ana"
    assert admin.submit("/admin/user/action/", form, headers=script).status_code == 200


def test_the_house_may_never_ask(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        set_policies({CONFIRM_MINUTES: 0}, actor=System("keeper", "setting.edit"))
    admin = sign_in("ana")
    of(app, "ed")
    long_ago(app, 600)
    give_roles(app, admin)
    assert roles_of(app) == ["moderator"]
