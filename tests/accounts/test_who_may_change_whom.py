"""Who may change whom, as a table: each way to change a person, for each way in which two people can stand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from backoffice.accounts.giving import give_role, take_role
from backoffice.accounts.jobs import end_roles
from backoffice.accounts.models import RoleTerm, User
from backoffice.accounts.operations import deactivate, reactivate, set_roles
from backoffice.foundation import clock
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed, NotApplicable
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, System
from backoffice.jobs.running import run as run_job
from backoffice.people.erasing import erase
from backoffice.people.personal_data import disclose
from backoffice.records.undoing import undo
from tests import factories
from tests.browser import Browser, fields_in

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
OPERATOR = System("operator", EVERYTHING)
#: What whoever cares for people holds, beside what the table says.
KEEPER = {
    "user.view": ALL, "user.edit": ALL, "user.deactivate": ALL, "user.erase": ALL, "user.disclose": ALL,
    "role.grant": ALL, "role.view": ALL, "tag.view": ALL, "post.edit": OWN, "translation.view": "de,fr",
}  # fmt: skip
#: What the other person holds, and whether that puts her above the keeper.
STANDS: Mapping[str, tuple[dict[str, str], bool]] = {
    "holds nothing": ({}, False),
    "holds less": ({"tag.view": ALL}, False),
    "holds the same": (KEEPER, False),
    "holds another permission": ({"audit.view": OWN}, True),
    "holds the same and one more": ({**KEEPER, "file.view": ALL}, True),
    "reaches further": ({"post.edit": ALL}, True),
    "reaches less": ({"translation.view": "fr"}, False),
    "reaches another language": ({"translation.view": "fr,es"}, True),
    "reaches all languages": ({"translation.view": ALL}, True),
    "reaches own where the keeper has languages": ({"translation.view": OWN}, True),
    "holds everything": ({EVERYTHING: ALL}, True),
}


def small() -> str:
    """The name of a role that the keeper could give."""
    return factories.role(permissions={"tag.view": ALL}).name


def keeper() -> User:
    return factories.user(username="kea", roles=[factories.role(permissions=KEEPER)])


def other(grants: Mapping[str, str], **changes: Any) -> User:
    """The person whom the keeper would change."""
    return factories.user(username="otto", name="Otto Other", roles=[factories.role(permissions=grants)], **changes)


Change = Callable[[User, User], Any]
WAYS: Mapping[str, Change] = {
    "deactivate": lambda user, actor: deactivate(user, actor=actor),
    "reactivate": lambda user, actor: reactivate(user, actor=actor),
    "set roles": lambda user, actor: set_roles(
        user, actor=actor, roles=[*user.roles, factories.role(permissions={"tag.view": ALL})]
    ),
    "give a role": lambda user, actor: give_role(user, actor=actor, role=small()),
    "give a role for a day": lambda user, actor: give_role(
        user, actor=actor, role=small(), until=clock.now() + timedelta(days=1)
    ),
    "take a role": lambda user, actor: take_role(user, actor=actor, role="extra"),
    "erase": lambda user, actor: erase(user, actor=actor, reason="Asked"),
    "disclose": lambda user, actor: disclose(user, actor=actor),
}


@pytest.mark.parametrize("stand", STANDS)
@pytest.mark.parametrize("way", WAYS)
def test_nobody_changes_a_person_above_him_and_everybody_one_beside_him(app: Flask, way: str, stand: str) -> None:
    with app.app_context():
        grants, is_above = STANDS[stand]
        actor, person = keeper(), other(grants, is_active=way != "reactivate")
        if way == "take a role":
            extra = factories.role(name="extra", permissions={"tag.view": ALL})
            person.roles = [*person.roles, extra]
        db.session.commit()
        if is_above:
            with pytest.raises(NotAllowed, match="may do more than you"):
                WAYS[way](person, actor)
        else:
            WAYS[way](person, actor)


@pytest.mark.parametrize("is_over", [False, True])
def test_a_role_that_ends_puts_above_until_its_moment(
    app: Flask, monkeypatch: pytest.MonkeyPatch, is_over: bool
) -> None:
    with app.app_context():
        actor, person = keeper(), other({})
        give_role(person, actor=OPERATOR, role="moderator", until=clock.now() + timedelta(hours=1))
        db.session.commit()
        if is_over:
            later = clock.now() + timedelta(hours=2)
            monkeypatch.setattr(clock, "now", lambda: later)
            deactivate(person, actor=actor)
        else:
            with pytest.raises(NotAllowed):
                deactivate(person, actor=actor)


def test_nobody_deactivates_or_erases_himself(app: Flask) -> None:
    with app.app_context():
        actor = keeper()
        for way in (
            lambda: deactivate(actor, actor=actor),
            lambda: erase(actor, actor=actor, reason="Because"),
        ):
            with pytest.raises(NotApplicable, match="yourself"):
                way()
        assert actor.is_active


@pytest.mark.parametrize("stand", ["holds the same", "holds the same and one more"])
def test_the_form_of_a_person_asks_the_same(app: Flask, sign_in: SignIn, stand: str) -> None:
    grants, is_above = STANDS[stand]
    with app.app_context(), unit_of_work():
        actor, person = keeper(), other(grants)
    browser = sign_in(actor)
    path = f"/admin/user/edit/?id={person.id}"
    answer = browser.submit(path, {**fields_in(browser.get(path).text), "name": "Otto Changed"})
    with app.app_context():
        name = db.session.get_one(User, person.id).name
    assert (answer.status_code, name) == ((422, "Otto Other") if is_above else (302, "Otto Changed"))


@pytest.mark.parametrize("stand", ["holds the same", "holds the same and one more"])
def test_undo_asks_the_same(app: Flask, stand: str) -> None:
    grants, is_above = STANDS[stand]
    with app.app_context():
        actor, person = keeper(), other(grants)
        db.session.commit()
        batch = new_request_id()
        with acting(actor=OPERATOR, request_id=batch), unit_of_work():
            deactivate(person, actor=OPERATOR)
        with acting(actor=actor, request_id=new_request_id()), unit_of_work():
            outcome = undo(batch, actor=actor)
        assert bool(outcome.done) is not is_above
        assert db.session.get_one(User, person.id).is_active is not is_above


def test_undo_gives_nothing_that_whoever_undoes_does_not_hold(app: Flask) -> None:
    with app.app_context():
        actor, person = keeper(), other({})
        give_role(person, actor=OPERATOR, role="moderator")
        db.session.commit()
        batch = new_request_id()
        with acting(actor=OPERATOR, request_id=batch), unit_of_work():
            take_role(person, actor=OPERATOR, role="moderator")
        with acting(actor=actor, request_id=new_request_id()), unit_of_work():
            outcome = undo(batch, actor=actor)
        assert outcome.done == []
        assert "moderator" not in [role.name for role in db.session.get_one(User, person.id).roles]


def test_redo_of_a_deactivation_leaves_the_last_administrator(app: Flask) -> None:
    with app.app_context():
        ana = factories.user(roles=["administrator"])
        admin = db.session.scalars(select(User).where(User.username == "admin")).one()
        db.session.commit()
        first, second = new_request_id(), new_request_id()
        with acting(actor=ana, request_id=first), unit_of_work():
            deactivate(admin, actor=ana)
        with acting(actor=ana, request_id=second), unit_of_work():
            assert undo(first, actor=ana).done
        with acting(actor=admin, request_id=new_request_id()), unit_of_work():
            take_role(ana, actor=admin, role="administrator")
        with acting(actor=OPERATOR, request_id=new_request_id()), unit_of_work():
            outcome = undo(second, actor=OPERATOR)
        assert outcome.done == []
        assert "without an end" in outcome.skipped[0][1]
        assert db.session.get_one(User, admin.id).is_active


def at_once(app: Flask, *acts: Callable[[User], Any], number: int) -> list[str]:
    """What became of these, each done to the person in a transaction of its own at the same moment."""
    ready = threading.Barrier(len(acts), timeout=10)
    ends: list[str] = []

    def do(act: Callable[[User], Any]) -> None:
        with app.app_context():
            person = db.session.get_one(User, number)
            [*person.roles], [*person.terms]
            ready.wait()
            try:
                with unit_of_work():
                    act(person)
            except (DomainError, OperationalError):
                ends.append("refused")
            else:
                ends.append("done")

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_of_two_who_change_the_roles_of_a_person_at_once_nobody_is_overwritten(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        number = other({}).id
    ends = at_once(
        app,
        lambda person: give_role(person, actor=OPERATOR, role="moderator", until=clock.now() + timedelta(days=1)),
        lambda person: give_role(person, actor=OPERATOR, role="author"),
        number=number,
    )
    with app.app_context():
        names = {role.name for role in db.session.get_one(User, number).roles} & {"moderator", "author"}
        assert len(names) == ends.count("done")
        assert ends.count("done") >= 1
        assert db.session.query(RoleTerm).count() == ("moderator" in names)


def test_a_role_that_is_prolonged_while_the_job_runs_is_not_taken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context(), unit_of_work():
        person = other({})
        give_role(person, actor=OPERATOR, role="moderator", until=clock.now() + timedelta(hours=1))
        number = person.id
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    with app.app_context():
        with unit_of_work():
            prolonged = db.session.get_one(User, number)
            give_role(prolonged, actor=OPERATOR, role="moderator", until=later + timedelta(days=1))
        assert run_job(end_roles) == ""
        assert "moderator" in [role.name for role in db.session.get_one(User, number).roles]
