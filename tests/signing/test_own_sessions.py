"""Where one is signed in, and how that ends: by oneself, by an administrator, and with rights that are lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import User
from backoffice.accounts.operations import set_permissions, set_roles
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import EVERYTHING, System
from backoffice.records.audit import AuditEntry
from backoffice.signing import devices
from backoffice.site.limits import network_of
from tests import factories, people
from tests.browser import Browser

SignInAs = Callable[[str | User], Browser]
KEEPER = System("keeper", EVERYTHING)


def is_in(browser: Browser) -> bool:
    return browser.get("/auth/profile").status_code == 200


def sessions_of(app: Flask, username: str) -> list[SignIn]:
    with app.app_context():
        return list(db.session.scalars(select(SignIn).join(User).where(User.username == username).order_by(SignIn.id)))


def test_the_profile_lists_where_one_is_signed_in(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ed")
    firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    other: Browser = app.test_client()  # type: ignore[assignment]
    other.environ_base |= {"HTTP_USER_AGENT": firefox, "REMOTE_ADDR": "203.0.113.9"}
    other.sign_in("ed", people.PASSWORD)
    page = browser.get("/auth/profile").text
    assert "Firefox, Windows" in page and "203.0.113.9" in page
    assert len(re.findall("this one", page)) == 1


@pytest.mark.both_databases
def test_one_session_is_ended_from_another(app: Flask, sign_in: SignInAs) -> None:
    browser, lost, third = sign_in("ed"), sign_in("ed"), sign_in("ed")
    number = sessions_of(app, "ed")[1].id
    assert browser.submit("/auth/sessions/end", {"session": str(number)}).status_code == 302
    assert is_in(browser) and is_in(third) and not is_in(lost)
    with app.app_context():
        assert db.session.scalars(select(AuditEntry.action).where(AuditEntry.action == "user.end_sessions")).one()


def test_all_others_are_ended_at_once(app: Flask, sign_in: SignInAs) -> None:
    browser, second, third, mo = sign_in("ed"), sign_in("ed"), sign_in("ed"), sign_in("mo")
    browser.submit("/auth/sessions/end", {"all": "1"})
    assert is_in(browser) and is_in(mo) and not is_in(second) and not is_in(third)


@pytest.mark.parametrize("number", ["", "0", "x", "-1", "99999999999999", "٣"])
def test_no_other_number_is_a_session(sign_in: SignInAs, number: str) -> None:
    assert sign_in("ed").submit("/auth/sessions/end", {"session": number}).status_code == 404


def test_nobody_ends_the_session_of_another_by_its_number(app: Flask, sign_in: SignInAs) -> None:
    browser, mo = sign_in("ed"), sign_in("mo")
    assert browser.submit("/auth/sessions/end", {"session": str(sessions_of(app, "mo")[0].id)}).status_code == 404
    assert is_in(mo)


@pytest.mark.both_databases
def test_an_administrator_sees_and_ends_sessions(app: Flask, sign_in: SignInAs) -> None:
    admin, browser = sign_in("ana"), sign_in("ed")
    (row,) = sessions_of(app, "ed")
    assert "Ed Marlow" in admin.get("/admin/session/").text
    admin.submit("/admin/session/action/", {"action": "end", "rowid": str(row.id)})
    assert not is_in(browser) and is_in(admin)
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "session.end")).one()
    assert (entry.actor_name, entry.changes["username"]) == ("ana", [None, "ed"])


def test_who_may_not_sees_no_sessions(sign_in: SignInAs) -> None:
    for username in ("ed", "mo", "nobody"):
        assert sign_in(username).get("/admin/session/").status_code == 403


def test_nobody_ends_the_session_of_a_person_above_her(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"session.view": "all", "session.end": "all"})
        porter = factories.user(roles=[role]).username
    admin = sign_in("ana")
    (row,) = sessions_of(app, "ana")
    sign_in(porter).submit("/admin/session/action/", {"action": "end", "rowid": str(row.id)})
    assert is_in(admin)


# With rights that are lost


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        (["administrator"], ["editor"], False),
        (["moderator"], ["editor"], False),
        (["editor"], [], True),
        (["editor"], ["editor", "moderator"], True),
        (["administrator", "moderator"], ["administrator"], True),
    ],
)
def test_sessions_end_where_a_weighty_right_is_lost(
    app: Flask, sign_in: SignInAs, before: list[str], after: list[str], stays: bool
) -> None:
    with app.app_context(), unit_of_work():
        username = factories.user(roles=before).username
    browser = sign_in(username)
    with app.app_context(), unit_of_work():
        user = db.session.scalars(select(User).where(User.username == username)).one()
        roles: Any = [factories.find_role(name) for name in after]
        set_roles(user, actor=KEEPER, roles=roles)
    assert is_in(browser) is stays


@pytest.mark.both_databases
def test_a_role_that_loses_one_ends_the_sessions_of_who_lost_it(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(name="keys", permissions={"user.view": "all", "tag.view": "all"})
        loser = factories.user(roles=[role]).username
        keeps = factories.user(roles=[role, "administrator"]).username
    lost, kept, other = sign_in(loser), sign_in(keeps), sign_in("ed")
    with app.app_context(), unit_of_work():
        set_permissions(factories.find_role("keys"), actor=KEEPER, permissions={"user.view": "all"})
    assert is_in(lost), "to lose tags ends nothing"
    with app.app_context(), unit_of_work():
        set_permissions(factories.find_role("keys"), actor=KEEPER, permissions={"tag.view": "all"})
    assert not is_in(lost) and is_in(kept) and is_in(other)


def test_a_person_is_told_of_attempts_with_her_name(app: Flask, sign_in: SignInAs) -> None:
    sign_in("ed").submit("/auth/logout")
    stranger: Browser = app.test_client()  # type: ignore[assignment]
    for _ in range(3):
        stranger.sign_in("ed", "not the password")
    assert "3 attempts with your name failed" in sign_in("ed").get("/auth/profile").text
    assert "attempts with your name" not in sign_in("ed").get("/auth/profile").text


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_throttles_count_who_shares_a_network_of_ipv6_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", "Unknown device"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/537 Chrome/140 Safari/537 Edg/140", "Edge, macOS"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/140 Mobile Safari/537", "Chrome, Android"),
        ("curl/8.0", "curl"),
    ],
)
def test_a_device_is_told_in_words(app: Flask, said: str, told: str) -> None:
    with app.test_request_context():
        assert devices.told(said) == told
