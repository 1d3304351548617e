"""An administrator gives a role for some days, sends somebody away, and takes both back, in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from selenium.webdriver.support.ui import Select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from tests import factories
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")
FILL = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));"


def test_a_role_is_given_until_a_day_and_the_gift_taken_back(gazette: Screen) -> None:
    with gazette.house.opened():
        person = factories.user(username=stock.word(), name="Nils Temporary", roles=["author"])
        number = person.id
    until = f"{clock.now() + timedelta(days=9):%Y-%m-%dT%H:%M}"
    gazette.is_signed_in("mira").goes(f"/admin/user/details/?id={number}").presses("Give a role")
    Select(gazette.field("role")).select_by_visible_text("moderator")
    gazette.runs(FILL, gazette.field("until"), until)
    gazette.presses("Give a role")
    gazette.hears("Role given")
    gazette.sees("moderator until")
    gazette.presses("Undo")
    gazette.hears("Taken back")
    with gazette.house.opened():
        found = db.session.get_one(User, number)
        assert ([role.name for role in found.roles], found.terms) == (["author"], [])


def test_who_has_drafts_is_sent_away_once_somebody_has_said_what_becomes_of_them(gazette: Screen) -> None:
    with gazette.house.opened():
        person = factories.user(username=stock.word(), name="Nils Leaving", roles=["author"])
        factories.post(author=person)
        number = person.id
    gazette.is_signed_in("mira").goes(f"/admin/user/details/?id={number}").presses("Deactivate")
    gazette.expected.append("422")
    gazette.sees("has 1 draft")
    gazette.one("input[name=drafts][value=trash]").click()
    gazette.presses("Deactivate")
    gazette.hears("Deactivated")
