"""A telephone besides the password, and a proof in between, in a real browser."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import select, update

from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import User
from backoffice.accounts.seeding import DEMO_PASSWORD
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.signing import second_factor
from tests import factories
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")

SEND = """
window.told = null;
house.send("/auth/second-factor/codes", {csrf_token: document.querySelector("meta[name=csrf-token]").content})
  .then((reply) => { window.told = reply.status; });
"""


def long_ago(screen: Screen) -> None:
    """Everybody proved herself long ago."""
    with screen.house.opened(), unit_of_work():
        db.session.execute(update(SignIn).values(confirmed_at=clock.now().replace(year=2025)))


def test_a_person_sets_up_her_telephone_signs_in_with_it_and_proves_herself_again(gazette: Screen) -> None:
    gazette.signs_in("dara", DEMO_PASSWORD)
    gazette.goes("/auth/second-factor")
    found = re.search(r"secret=([A-Z2-7]{32})", gazette.driver.page_source)
    assert found
    telephone = pyotp.TOTP(found.group(1))
    gazette.fills("code", telephone.now()).presses("Set up")
    gazette.sees("Recovery codes")
    codes = [each.text for each in gazette.all(".bo-codes code")]
    assert len(codes) == 10
    gazette.presses("Go on").sees("10 recovery codes are left")
    gazette.goes("/auth/profile").presses("Sign out")
    gazette.goes("/auth/login").fills("username", "dara").fills("password", DEMO_PASSWORD).presses("Sign in")
    gazette.sees("Type the code that your authenticator shows now.")
    gazette.fills("code", codes[0]).presses("Sign in")
    gazette.goes("/auth/second-factor").sees("9 recovery codes are left")
    long_ago(gazette)
    gazette.expected.append("403 (FORBIDDEN)")
    gazette.presses("New recovery codes").sees("Confirm that it is you")
    gazette.fills("password", DEMO_PASSWORD).fills("code", codes[1]).presses("Confirm")
    gazette.sees("Each lets you in once")
    new = [each.text for each in gazette.all(".bo-codes code")]
    assert len(new) == 10 and not set(new) & set(codes)


def test_a_script_asks_for_the_proof_in_a_dialog(gazette: Screen) -> None:
    gazette.is_signed_in("mira").goes("/admin/user/")
    with gazette.house.opened(), unit_of_work():
        user = db.session.scalars(select(User).where(User.username == "mira")).one()
        factories.second_factor(user=user)
        codes = second_factor.new_codes(user)
    long_ago(gazette)
    gazette.expected += ["403 (FORBIDDEN)", "422 (UNPROCESSABLE ENTITY)"]
    gazette.runs(SEND)
    gazette.waits(lambda: gazette.all("dialog[open] [name=password]"), "the dialog")
    gazette.fills("password", "not the password").presses("Confirm")
    gazette.sees("That is not your password.")
    gazette.fills("password", DEMO_PASSWORD).fills("code", codes[0]).presses("Confirm")
    gazette.waits(lambda: gazette.runs("return window.told") == 200, "the answer")
    assert not gazette.all("dialog[open]")
    with gazette.house.opened(), unit_of_work():
        user = db.session.scalars(select(User).where(User.username == "mira")).one()
        second_factor.remove(user)
