"""Every operation: who may do it, when it applies, what the trail says, and that many at once differ in nothing."""

from __future__ import annotations

import inspect as introspection
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Boolean, inspect
from wtforms import BooleanField, IntegerField, StringField

from backoffice.accounts.seeding import default_role
from backoffice.foundation import clock
from backoffice.foundation.database import EnumText, db, unit_of_work
from backoffice.foundation.errors import NotAllowed, NotApplicable, StaleRecord
from backoffice.foundation.fields import MomentField
from backoffice.foundation.forms import AskedField
from backoffice.foundation.operations import Operation, operation
from backoffice.foundation.permissions import OWN, System
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser
from tests.house.every_view import VIEWS, columns_of, entries, is_owned, last_entry_id, live, make, record, url

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
#: Inputs of operations that are done by saving a form, and so have no form of their own.
INPUTS: dict[str, Callable[[], dict[str, Any]]] = {
    "comment.ban": lambda: {"by": "email", "lasting": "24h", "reason": "Some words"},
    "comment.warn": lambda: {"by": "email", "reason": "Some words"},
    "comment.hold": lambda: {"by": "network", "lasting": "7d"},
    "comment.reject": lambda: {"reason": "Some words"},
    "user.set_roles": lambda: {"roles": [factories.role(permissions={"tag.view": "all"})]},
    "user.deactivate": lambda: {"drafts": "leave"},
    "user.give_role": lambda: {"role": "moderator"},
    "user.take_role": lambda: {"role": "moderator"},
    "reminder.assign": lambda: {"person": "admin"},
    "mail.redirect": lambda: {"email": "ana@example.net"},
    "role.set_permissions": lambda: {"permissions": {"tag.view": "all", "post.view": "own"}},
}
#: What a record holds to which an operation does not apply, where no choice or truth of it says that.
UNFIT: dict[str, dict[str, Any]] = {
    "role.restore_default": {"began_as": None},
    "audit.erase": {"erased_by": 1},
    "user.erase": {"username": "erased-1"},
    "restriction.lift": {"until": datetime(2026, 1, 1, tzinfo=UTC)},
}
#: What has to stand beside a record before an operation applies to it.
PREPARED: dict[str, Callable[[Any], Any]] = {
    "comment.dispute": lambda one: factories.finding(comment=one),
    "user.take_role": lambda one: setattr(one, "roles", [*one.roles, factories.find_role("moderator")]),
    "comment.withdraw_dispute": lambda one: factories.finding(comment=one, disputed_at=clock.now()),
    "role.restore_default": lambda one: _as_editor(one),
    "reminder.skip": lambda one: setattr(one, "rule", "FREQ=DAILY"),
    "user.invite": lambda one: setattr(one, "password_hash", None),
    "user.remove_second_factor": lambda one: factories.second_factor(user=one),
}
ALWAYS = operation.__kwdefaults__["when"]


def _as_editor(role: Any) -> None:
    """Let the role stand in the place of a built-in one."""
    default_role("editor").began_as = None
    db.session.flush()
    role.began_as, role.is_built_in = "editor", True
    db.session.flush()


def all_operations() -> Iterator[tuple[Any, Operation]]:
    """Each operation with the view that offers it; deletion is one wherever there is the verb."""
    for view in VIEWS:
        yield from ((view, each) for each in (*view.operations, *view.via.values()))


def every_operation(where: Callable[[Any, Operation], bool] = lambda view, each: True) -> pytest.MarkDecorator:
    """The test runs for each operation of each view."""
    found = [(view, each) for view, each in all_operations() if where(view, each)]
    return pytest.mark.parametrize(("view", "each"), found, ids=[each.action for _view, each in found])


def inputs_of(each: Operation) -> dict[str, Any]:
    """Good inputs for an operation."""
    if each.action in INPUTS:
        return INPUTS[each.action]()
    values: dict[str, Any] = {}
    for field in each.takes() if each.takes else ():
        if isinstance(field, IntegerField):
            continue  # which of several; the first that fits where nobody says
        if isinstance(field, MomentField):
            values[field.name] = (clock.now() + timedelta(days=3)).replace(microsecond=0)
        elif isinstance(field, AskedField | BooleanField):
            continue  # nothing, until it turns out to be needed or wanted
        elif isinstance(field, StringField):
            values[field.name] = "Some words"
        else:
            pytest.fail(f"say in INPUTS what {each.action} takes")
    return values


def in_state(view: Any, each: Operation, *, fitting: bool) -> Any:
    """A record to which the operation applies, or one to which it does not."""
    choices: dict[str, list[Any]] = {}
    for prop in inspect(view.model).column_attrs:
        if isinstance(prop.columns[0].type, EnumText):
            choices[prop.key] = list(prop.columns[0].type.enum)
        elif isinstance(prop.columns[0].type, Boolean):
            choices[prop.key] = [True, False]
    one = make(view)
    PREPARED.get(each.action, lambda one: None)(one)
    if each.fits(one) == fitting:
        return one
    for name, value in UNFIT.get(each.action, {}).items():
        setattr(one, name, value)
    for values in product(*choices.values()):
        for name, value in zip(choices, values, strict=True):
            setattr(one, name, value)
        if each.fits(one) == fitting:
            db.session.flush()
            return one
    raise LookupError(f"no record is in a state for {each.action}")


def ana() -> Any:
    """Somebody who may do everything."""
    return factories.user(roles=["administrator"])


def refused(app: Flask, view: Any, error: type[Exception], call: Callable[[Any], Any], one: Any) -> None:
    """The call is refused with this error and leaves the record and its trail as they were."""
    before, trail = columns_of(one), last_entry_id()
    with pytest.raises(error):
        call(one)
    assert columns_of(one) == before
    assert [entry.id for entry in entries(view, one.id) if entry.id > trail] == []


@every_operation()
def test_who_lacks_the_permission_is_refused(app: Flask, view: Any, each: Operation) -> None:
    with app.app_context():
        one, inputs = in_state(view, each, fitting=True), inputs_of(each)
        for actor in (System("nobody"), factories.user(), factories.user(roles=[])):
            refused(app, view, NotAllowed, lambda one, actor=actor: each(one, actor=actor, **inputs), one)


@every_operation(lambda view, each: is_owned(view))
def test_who_may_do_it_to_her_own_is_refused_at_another_s(app: Flask, view: Any, each: Operation) -> None:
    with app.app_context():
        one, inputs = in_state(view, each, fitting=True), inputs_of(each)
        actor = factories.user(roles=[factories.role(permissions={each.needs.value: OWN})])
        refused(app, view, NotAllowed, lambda one: each(one, actor=actor, **inputs), one)


@every_operation(lambda view, each: each.when is not ALWAYS)
def test_what_does_not_apply_is_refused(app: Flask, view: Any, each: Operation) -> None:
    with app.app_context():
        one, inputs, actor = in_state(view, each, fitting=False), inputs_of(each), ana()
        refused(app, view, NotApplicable, lambda one: each(one, actor=actor, **inputs), one)


@every_operation(lambda view, each: hasattr(view.model, "version"))
def test_a_record_that_has_moved_on_is_refused(app: Flask, view: Any, each: Operation) -> None:
    with app.app_context():
        one, inputs, actor = in_state(view, each, fitting=True), inputs_of(each), ana()
        stale = one.version - 1
        refused(app, view, StaleRecord, lambda one: each(one, actor=actor, expected_version=stale, **inputs), one)


@every_operation()
def test_the_trail_has_it_under_its_own_name(app: Flask, view: Any, each: Operation) -> None:
    with app.app_context():
        one, inputs, actor = in_state(view, each, fitting=True), inputs_of(each), ana()
        id, trail = one.id, last_entry_id()
        each(one, actor=actor, **inputs)
        new = [entry for entry in entries(view, id) if entry.id > trail]
        assert [entry.action for entry in new] == [each.action]
        assert new[0].actor_name == actor.username
        assert each.action == f"{view.model.resource}.{each.name}"


@every_operation()
def test_it_does_not_end_the_transaction(app: Flask, view: Any, each: Operation) -> None:
    with app.app_context(), unit_of_work():
        id = in_state(view, each, fitting=True).id
        actor, inputs = ana(), inputs_of(each)
    with app.app_context():
        one = record(view, id)
        before, trail = columns_of(one), last_entry_id()
        each(one, actor=db.session.merge(actor), **inputs)
        db.session.rollback()
    with app.app_context():
        assert columns_of(record(view, id)) == before
        assert last_entry_id() == trail


def outcome(view: Any, id: int, since: int, inputs: dict[str, Any]) -> Any:
    """What became of a record, as far as two of them can agree, and what the trail says changed."""
    one = db.session.get(view.model, id)
    told = [(entry.action, sorted(entry.changes)) for entry in entries(view, id) if entry.id > since]
    if one is None:
        return "gone", told
    kinds = {prop.key: prop.columns[0].type for prop in inspect(view.model).column_attrs}
    names = {name for name, kind in kinds.items() if isinstance(kind, EnumText | Boolean)} | (
        inputs.keys() & kinds.keys()
    )
    return {name: getattr(one, name) for name in names}, getattr(one, "version", None), told


@every_operation(lambda view, each: each.in_lists and each in view.operations)
def test_many_at_once_is_the_same_as_one_after_the_other(
    app: Flask, sign_in: SignIn, view: Any, each: Operation
) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        ids = [in_state(view, each, fitting=True).id for _ in range(4)]
        unfit = [in_state(view, each, fitting=False).id] if each.when is not ALWAYS else []
        trail = last_entry_id()
    inputs = {name: _typed(value) for name, value in inputs_of(each).items()}
    for id in ids[:2]:
        with app.app_context():
            name = record(view, id).title_text if each.is_final else ""
        answer = browser.submit(
            url(view, "action/"), {"action": each.name, "rowid": str(id), "confirm": name, **inputs}
        )
        assert answer.status_code == 302
    bulk = browser.submit(
        url(view, "action/"),
        {
            "action": each.name,
            "rowid": [str(id) for id in (*ids[2:], *unfit)],
            "confirm": str(len(ids[2:]) + len(unfit)),
            **inputs,
        },
        follow_redirects=True,
    )
    assert ("1 skipped" in bulk.text or "Skipped" in bulk.text) == bool(unfit)
    with app.app_context():
        outcomes = [outcome(view, id, trail, inputs) for id in ids]
        assert outcomes == [outcomes[0]] * 4
        assert [action for action, _changes in outcomes[0][-1]] == [each.action]
        assert not unfit or [entry for entry in entries(view, unfit[0]) if entry.id > trail] == []


def _typed(value: Any) -> str:
    return str(value) if isinstance(value, str) else value.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("view", VIEWS, ids=[view.model.resource for view in VIEWS])
def test_operations_of_a_view_have_names_of_their_own(app: Flask, view: Any) -> None:
    names = [each.name for each in live(app, view).all_operations]
    assert len(names) == len(set(names))
    assert ("delete" in names) == ("delete" in view.verbs)
    for each in live(app, view).all_operations:
        assert each.model is view.model
        parameters = list(introspection.signature(each.function).parameters.values())
        assert [one.name for one in parameters[1:2]] == ["actor"], f"{each.action} does not say who acts"
        assert all(one.kind is one.KEYWORD_ONLY for one in parameters[1:]), f"{each.action} takes more than a target"
        taken = set(each.takes.input_names()) if each.takes else set()
        assert taken <= {one.name for one in parameters[2:]}, f"{each.action} does not take what its form asks for"


def test_the_trail_names_only_operations_and_plain_changes(app: Flask) -> None:
    with app.app_context():
        assert db.session.query(AuditEntry).count() > 0
        for entry in db.session.query(AuditEntry):
            assert entry.action.split(".")[0] == entry.target_type
