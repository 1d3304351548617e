"""The one person whose everything does not end: no form, no command, no undo and no clock takes the keys away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import giving, queries
from backoffice.accounts.models import Role, User
from backoffice.accounts.seeding import default_role
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import ALL, EVERYTHING, Can
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser, fields_in
from tests.house.every_view import VIEWS
from tests.terminal import run

SignIn = Callable[[str], Browser]
ACTORS = ("admin", "ends", "near")
#: What is typed into the inputs of any operation, by name; anything else gets his name, which some want to be sure.
TYPED = {"role": "administrator", "until": "2099-01-01T00:00:00Z", "drafts": "leave", "to": "near"}


@pytest.fixture
def numbers(app: Flask) -> dict[str, int]:
    """Beside him: one who holds everything until tomorrow, one who was sent away, one with each permission by its name.

    The numbers of these people, and of the roles `administrator` and `default`.
    """
    with app.app_context(), unit_of_work():
        factories.user(username="ends", roles=["administrator"])
        factories.user(username="gone", roles=["administrator"], is_active=False)
        near = factories.role(name="nearly everything", permissions={can.value: ALL for can in Can})
        factories.user(username="near", roles=[near])
        limited = db.session.scalars(select(User).where(User.username == "ends")).one()
        giving.end(limited, default_role("administrator"), clock.now() + timedelta(days=1))
        found = {user.username: int(user.id) for user in db.session.scalars(select(User))}
        return found | {name: int(default_role(name).id) for name in ("administrator", "default")}


def assert_still_there(app: Flask, sign_in: SignIn) -> None:
    """He still holds everything, and his password still lets him in."""
    with app.app_context():
        assert "admin" in [user.username for user in db.session.scalars(queries.holders_of_everything())]
        assert default_role("administrator").granted == {EVERYTHING: ALL}
    sign_in("admin")


def every_operation(model: type) -> pytest.MarkDecorator:
    """The test runs for each operation on these records, whoever adds one."""
    found = [each for view in VIEWS if view.model is model for each in (*view.operations, *view.via.values())]
    return pytest.mark.parametrize("operation", found, ids=[each.name for each in found])


@pytest.mark.parametrize("actor", ACTORS)
@every_operation(User)
def test_no_operation_on_a_person_ends_the_last_one(
    app: Flask, sign_in: SignIn, numbers: dict[str, int], operation: Operation, actor: str
) -> None:
    browser = sign_in(actor)
    inputs = dict.fromkeys((field.name for field in operation.takes()) if operation.takes else (), "admin")
    form = {**inputs, **TYPED, "action": operation.name, "roles": str(numbers["default"])}
    for ids in ([numbers["admin"]], [numbers["near"], numbers["admin"]]):
        sure = "Administrator" if len(ids) == 1 else str(len(ids))
        assert browser.submit("/admin/user/action/", {**form, "rowid": ids, "confirm": sure}).status_code < 500
    assert_still_there(app, sign_in)


@pytest.mark.parametrize("actor", ACTORS)
@every_operation(Role)
def test_no_operation_on_a_role_ends_the_last_one(
    app: Flask, sign_in: SignIn, numbers: dict[str, int], operation: Operation, actor: str
) -> None:
    inputs = dict.fromkeys((field.name for field in operation.takes()) if operation.takes else (), "admin")
    form = {**inputs, "action": operation.name, "rowid": numbers["administrator"]}
    assert sign_in(actor).submit("/admin/role/action/", form).status_code < 500
    assert_still_there(app, sign_in)


@pytest.mark.parametrize("actor", ACTORS)
def test_no_change_of_a_role_ends_the_last_one(
    app: Flask, sign_in: SignIn, numbers: dict[str, int], actor: str
) -> None:
    browser, role = sign_in(actor), numbers["administrator"]
    browser.submit("/admin/role/delete/", {"id": role})
    for kept in ({}, {"permissions": "tag.view"}, {"permissions-tag.view": "all", "permissions.tag.view": "all"}):
        page = browser.get(f"/admin/role/edit/?id={role}")
        fields = fields_in(page.text, holding="version") if page.status_code == 200 else {}
        lacking = {name: value for name, value in fields.items() if "*" not in name and "*" not in value}
        browser.submit(f"/admin/role/edit/?id={role}", {**lacking, **kept, "name": "administrator"})
    for name in ("*", "tag.view", "user.view"):
        seen = json.dumps({role: {name: "all"}})
        look = browser.submit("/admin/role/desk/", {"seen": seen, "preview": "1"})
        stamp = re.search(r'name="stamp" value="([^"]*)"', look.text)
        save = {"seen": seen, "stamp": stamp.group(1) if stamp else "", "save": "1"}
        assert browser.submit("/admin/role/desk/", save).status_code in (200, 409, 422)
    assert_still_there(app, sign_in)


@pytest.mark.parametrize("actor", ACTORS)
def test_the_form_of_a_person_does_not_end_the_last_one(
    app: Flask, sign_in: SignIn, numbers: dict[str, int], actor: str
) -> None:
    browser, address = sign_in(actor), f"/admin/user/edit/?id={numbers['admin']}"
    page = browser.get(address)
    fields = fields_in(page.text, holding="version") if page.status_code == 200 else {"version": ["1"]}
    for roles in ("default", "", "nearly everything", "default, editor"):
        lacking = {name: value for name, value in fields.items() if name not in ("is_active", "roles")}
        answer = browser.submit(address, {**lacking, "roles": roles, "is_active": ""})
        assert answer.status_code < 500
    assert_still_there(app, sign_in)


def test_no_undo_ends_the_last_one(app: Flask, sign_in: SignIn, numbers: dict[str, int]) -> None:
    """He hands the keys over, and what gave them to the new one is taken back; and so is the start of the house."""
    keeper, near = sign_in("admin"), numbers["near"]
    give = {"action": "give_role", "role": "administrator", "until": ""}
    assert keeper.submit("/admin/user/action/", {**give, "rowid": near}).status_code == 302
    with app.app_context():
        batches = [db.session.scalars(select(AuditEntry.request_id).order_by(AuditEntry.id.desc())).first()]
    heir = sign_in("near")
    taken = {"action": "take_role", "role": "administrator", "rowid": numbers["admin"]}
    assert heir.submit("/admin/user/action/", taken).status_code == 302
    with app.app_context():
        assert [user.username for user in db.session.scalars(queries.holders_of_everything())] == ["near"]
        batches += db.session.scalars(select(AuditEntry.request_id).where(AuditEntry.surface == "setup").distinct())
    for browser in (heir, keeper, sign_in("ends")):
        for batch in batches:
            assert browser.submit("/admin/undo/back/", {"batch": batch}).status_code < 500
    with app.app_context():
        assert "near" in [user.username for user in db.session.scalars(queries.holders_of_everything())]


def test_no_command_ends_the_last_one(app: Flask, sign_in: SignIn, numbers: dict[str, int]) -> None:
    ways = (
        ("take", "admin", "administrator"),
        ("give", "admin", "administrator", "--until", "2099-01-01"),
        ("deactivate", "admin", "--drafts", "leave"),
        ("erase", "admin", "--reason", "Because"),
        ("erase", "admin", "--yes"),
    )
    for words in ways:
        assert run(app, "accounts", *words).exit_code != 0, words
    assert run(app, "jobs", "run", "end-roles").exit_code == 0
    assert_still_there(app, sign_in)


def test_the_last_one_goes_only_after_another_is_there_for_good(
    app: Flask, sign_in: SignIn, numbers: dict[str, int]
) -> None:
    """The same ways work once they may, so that what is refused above is refused for this alone."""
    assert run(app, "accounts", "give", "near", "administrator").exit_code == 0
    assert run(app, "accounts", "deactivate", "admin", "--drafts", "leave").exit_code == 0
    with app.app_context():
        assert [user.username for user in db.session.scalars(queries.holders_of_everything())] == ["near"]
