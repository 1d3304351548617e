"""Who may see colleagues does not see their addresses with it: that is a permission of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser, fields_in

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
ADDRESS = "wren@example.org"
SEES = {"user.view": "all", "user.edit": "all", "user.export": "all", "audit.view": "all"}


def reader(sign_in: SignIn, app: Flask, **more: str) -> tuple[Browser, int]:
    """The browser of somebody who sees and changes people, and the number of one of them."""
    with app.app_context(), unit_of_work():
        factories.role(name="staff office", permissions={**SEES, **more})
        office = factories.user(username="office", roles=["staff office"])
        number = factories.user(username="wren", email=ADDRESS, roles=[]).id
    return sign_in(office), number


def shown(browser: Browser, number: int) -> list[bool]:
    """On which of the list, the page, the form, the export and the search the address stands or tells something."""
    pages = (
        "/admin/user/",
        f"/admin/user/details/?id={number}",
        f"/admin/user/edit/?id={number}",
        "/admin/user/export/csv/",
    )
    found = [ADDRESS in browser.get(address).text for address in pages]
    rows = re.findall(r'data-id="?(\d+)', browser.get(f"/admin/user/?search={ADDRESS}").text)
    return [*found, str(number) in rows]


def test_addresses_of_colleagues_are_not_shown_to_whoever_may_only_see_people(app: Flask, sign_in: SignIn) -> None:
    assert not any(shown(*reader(sign_in, app)))


def test_addresses_of_colleagues_are_shown_to_whoever_may_see_them(app: Flask, sign_in: SignIn) -> None:
    assert all(shown(*reader(sign_in, app, **{"user.view_contact": "all"})))


def test_a_form_without_the_address_leaves_it_as_it_is(app: Flask, sign_in: SignIn) -> None:
    browser, number = reader(sign_in, app)
    page = f"/admin/user/edit/?id={number}"
    fields = fields_in(browser.get(page).text, holding="version")
    answer = browser.post(page, data={**fields, "name": "Wren of the docks", "email": "other@example.org"})
    assert answer.status_code == 302
    with app.app_context():
        user = db.session.get_one(User, number)
        assert (user.name, user.email) == ("Wren of the docks", ADDRESS)
