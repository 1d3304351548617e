"""Who may give what to whom: nobody gives or takes what he does not hold, and somebody always holds the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.guards import covers
from backoffice.accounts.models import Role, User
from backoffice.accounts.operations import deactivate, delete, invite, reactivate, set_permissions, set_roles
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed, NotApplicable
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN
from tests import factories
from tests.browser import Browser, fields_in

SignIn = Callable[[str], Browser]
#: A person who cares for accounts and holds nothing of the paper.
KEEPER = {
    "user.view": ALL, "user.edit": ALL, "user.invite": ALL, "user.deactivate": ALL, "user.create": ALL,
    "role.view": ALL, "role.grant": ALL, "role.edit": ALL, "role.create": ALL, "role.delete": ALL,
    "post.view": OWN, "translation.view": "de,fr",
}  # fmt: skip


def keeper() -> User:
    """Somebody with the rights of KEEPER."""
    return factories.user(roles=[factories.role(permissions=KEEPER)])


@pytest.mark.parametrize(
    ("held", "wanted", "does"),
    [
        ({EVERYTHING: ALL}, ("post.view", ALL), True),
        ({EVERYTHING: ALL}, (EVERYTHING, ALL), True),
        ({"post.view": ALL}, ("post.view", OWN), True),
        ({"post.view": ALL}, ("post.view", "de"), True),
        ({"post.view": OWN}, ("post.view", OWN), True),
        ({"post.view": OWN}, ("post.view", ALL), False),
        ({"post.view": OWN}, ("post.view", "de"), False),
        ({"post.view": "de,fr"}, ("post.view", "fr"), True),
        ({"post.view": "de,fr"}, ("post.view", "fr,de"), True),
        ({"post.view": "de,fr"}, ("post.view", "es"), False),
        ({"post.view": "de,fr"}, ("post.view", ALL), False),
        ({"post.view": "de,fr"}, ("post.view", OWN), False),
        ({"post.view": ALL}, ("post.edit", OWN), False),
        ({"post.view": ALL}, (EVERYTHING, ALL), False),
        ({}, ("post.view", OWN), False),
    ],
)
def test_a_grant_covers_what_lies_within_its_reach(held: dict[str, str], wanted: tuple[str, str], does: bool) -> None:
    assert covers(held, *wanted) is does


@pytest.mark.both_databases
def test_of_all_roles_of_a_person_the_widest_reach_counts(app: Flask) -> None:
    with app.app_context():
        roles = [
            factories.role(permissions={"post.view": OWN, "translation.view": "de", "tag.view": ALL}),
            factories.role(permissions={"post.view": ALL, "translation.view": "fr,de", "tag.view": OWN}),
        ]
        assert factories.user(roles=roles).granted == {"post.view": ALL, "translation.view": "de,fr", "tag.view": ALL}
        assert factories.user(roles=[]).granted == {}
        assert factories.user(roles=["administrator", "editor"]).granted[EVERYTHING] == ALL


@pytest.mark.both_databases
def test_a_role_is_given_by_who_holds_all_it_grants(app: Flask) -> None:
    with app.app_context():
        actor, person = keeper(), factories.user(roles=[])
        small = factories.role(permissions={"user.view": ALL, "post.view": OWN, "translation.view": "fr"})
        set_roles(person, actor=actor, roles=[small])
        assert person.roles == [small]
        for beyond in (
            {"post.view": ALL},
            {"tag.view": OWN},
            {"translation.view": "es"},
            {"user.view": ALL, "tag.edit": ALL},
        ):
            with pytest.raises(NotAllowed):
                set_roles(person, actor=actor, roles=[small, factories.role(permissions=beyond)])
        with pytest.raises(NotAllowed):
            set_roles(person, actor=actor, roles=[factories.find_role("administrator")])
        assert person.roles == [small]


def test_a_role_is_taken_only_by_who_could_have_given_it(app: Flask) -> None:
    with app.app_context():
        actor, editor = keeper(), factories.user(roles=["editor"])
        with pytest.raises(NotAllowed):
            set_roles(editor, actor=actor, roles=[])
        assert [role.name for role in editor.roles] == ["editor"]


def test_nobody_gives_himself_more(app: Flask) -> None:
    with app.app_context():
        actor = keeper()
        for role in ("administrator", "editor", "moderator"):
            with pytest.raises(NotAllowed):
                set_roles(actor, actor=actor, roles=[*actor.roles, factories.find_role(role)])


@pytest.mark.parametrize("each", [invite, deactivate], ids=lambda each: each.name)
def test_nobody_acts_on_a_person_above_him(app: Flask, each: Any) -> None:
    with app.app_context():
        actor = keeper()
        for above in ("administrator", "editor"):
            person = factories.user(roles=[above], password_hash=None)
            with pytest.raises(NotAllowed):
                each(person, actor=actor)
            assert person.is_active
        each(factories.user(roles=[], password_hash=None), actor=actor)


def test_nobody_reactivates_a_person_above_him(app: Flask) -> None:
    with app.app_context():
        above = factories.user(roles=["administrator"], is_active=False)
        with pytest.raises(NotAllowed):
            reactivate(above, actor=keeper())
        assert not above.is_active


@pytest.mark.both_databases
def test_the_last_administrator_stays_one(app: Flask) -> None:
    with app.app_context():
        last = db.session.scalars(select(User).where(User.username == "admin")).one()
        with pytest.raises(DomainError):
            deactivate(last, actor=last)
        with pytest.raises(NotApplicable):
            set_roles(last, actor=last, roles=[factories.find_role("editor")])
        db.session.rollback()
        second = factories.user(roles=["administrator"])
        deactivate(last, actor=second)
        with pytest.raises(DomainError):
            set_roles(second, actor=second, roles=[])


def test_one_administrator_may_not_take_the_keys_of_the_other_and_lose_his_own(app: Flask) -> None:
    with app.app_context():
        first = db.session.scalars(select(User).where(User.username == "admin")).one()
        second = factories.user(roles=["administrator"], is_active=False)
        with pytest.raises(NotApplicable):
            set_roles(first, actor=first, roles=[])
        assert not second.is_active


@pytest.mark.both_databases
def test_permissions_are_given_by_who_holds_them(app: Flask) -> None:
    with app.app_context():
        actor, role = keeper(), factories.role(permissions={"user.view": ALL})
        set_permissions(role, actor=actor, permissions={"user.view": ALL, "post.view": OWN, "translation.view": "de"})
        assert role.granted == {"user.view": ALL, "post.view": OWN, "translation.view": "de"}
        for beyond in ({"post.view": ALL}, {"translation.view": "de,es"}, {"tag.view": OWN}):
            with pytest.raises(NotAllowed):
                set_permissions(role, actor=actor, permissions={"user.view": ALL, **beyond})
        with pytest.raises(NotApplicable):
            set_permissions(role, actor=actor, permissions={EVERYTHING: ALL})


def test_permissions_are_taken_only_by_who_holds_them(app: Flask) -> None:
    with app.app_context():
        editor = factories.find_role("editor")
        before = editor.granted
        with pytest.raises(NotAllowed):
            set_permissions(editor, actor=keeper(), permissions={})
        narrower = {name: OWN if name == "post.view" else reach for name, reach in before.items()}
        with pytest.raises(NotAllowed):
            set_permissions(editor, actor=keeper(), permissions=narrower)
        assert editor.granted == before


def test_the_role_that_holds_everything_cannot_be_changed_or_deleted(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context():
        role = factories.find_role("administrator")
        actor = db.session.scalars(select(User).where(User.username == "ana")).one()
        with pytest.raises(NotApplicable):
            set_permissions(role, actor=actor, permissions={"user.view": ALL})
        with pytest.raises(NotApplicable):
            delete(role, actor=actor)
        db.session.rollback()
        id = role.id
    page = browser.get(f"/admin/role/edit/?id={id}")
    if page.status_code == 200:
        fields = {**fields_in(page.text, holding="name"), "name": "somebody else"}
        browser.submit(f"/admin/role/edit/?id={id}", fields)
    with app.app_context():
        role = db.session.get_one(Role, id)
        assert (role.name, role.granted) == ("administrator", {EVERYTHING: ALL})


def test_a_built_in_role_stays(app: Flask) -> None:
    with app.app_context():
        actor = factories.user(roles=["administrator"])
        for name in ("editor", "default"):
            with pytest.raises(NotApplicable):
                delete(factories.find_role(name), actor=actor)


def test_a_role_that_somebody_has_stays(app: Flask) -> None:
    with app.app_context():
        actor, role = factories.user(roles=["administrator"]), factories.role()
        person = factories.user(roles=[role])
        with pytest.raises(NotApplicable):
            delete(role, actor=actor)
        set_roles(person, actor=actor, roles=[])
        delete(role, actor=actor)
        assert factories.find_role(role.name) is None


def test_roles_are_given_on_the_page_of_a_person(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.user(roles=["default"]).id
    page = browser.get(f"/admin/user/edit/?id={id}").text
    fields = {**fields_in(page, holding="roles"), "roles": "editor, moderator"}
    assert browser.submit(f"/admin/user/edit/?id={id}", fields).status_code == 302
    with app.app_context():
        assert sorted(role.name for role in db.session.get_one(User, id).roles) == ["editor", "moderator"]


def test_who_may_not_give_roles_sees_no_field_for_them(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        clerk = factories.user(roles=[factories.role(permissions={"user.view": ALL, "user.edit": ALL})]).username
        id = factories.user(roles=[]).id
    browser = sign_in(clerk)
    page = browser.get(f"/admin/user/edit/?id={id}").text
    assert 'name="roles"' not in page
    fields = {**fields_in(page, holding="username"), "roles": "administrator"}
    assert browser.submit(f"/admin/user/edit/?id={id}", fields).status_code == 302
    with app.app_context():
        assert db.session.get_one(User, id).roles == []


def test_a_keeper_is_refused_in_words_when_he_gives_too_much(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        username, id = keeper().username, factories.user(roles=[]).id
    browser = sign_in(username)
    fields = fields_in(browser.get(f"/admin/user/edit/?id={id}").text, holding="roles")
    answer = browser.submit(f"/admin/user/edit/?id={id}", {**fields, "roles": "administrator", "name": "Other"})
    assert answer.status_code == 422
    assert "you cannot give or take it" in answer.text
    with app.app_context():
        person = db.session.get_one(User, id)
        assert person.roles == []
        assert person.name != "Other", "half of the form was saved"


def test_permissions_are_ticked_in_the_form_of_a_role(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.role(permissions={"tag.view": ALL, "post.view": OWN}).id
    page = browser.get(f"/admin/role/edit/?id={id}").text
    fields = fields_in(page, holding="name")
    boxes = {name: values for name, values in fields.items() if name.startswith("permissions.") and "." in name[12:]}
    assert boxes["permissions.tag.view"] == ["all"]
    assert boxes["permissions.post.view"] == ["own"]
    assert boxes["permissions.tag.edit"] == [""]
    changes = {"permissions.tag.view": "", "permissions.tag.edit": "all"}
    assert browser.submit(f"/admin/role/edit/?id={id}", {**fields, **changes}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Role, id).granted == {"tag.edit": ALL, "post.view": OWN}


def test_a_reach_that_does_not_exist_is_refused(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.role().id
    fields = fields_in(browser.get(f"/admin/role/edit/?id={id}").text, holding="name")
    for reach in ("everything", "own,all", "xx", "de,xx", "*"):
        answer = browser.submit(f"/admin/role/edit/?id={id}", {**fields, "permissions.tag.view": reach})
        assert answer.status_code == 422, reach
    browser.submit(f"/admin/role/edit/?id={id}", {**fields, "permissions.*": "all", "permissions.made.up": "all"})
    with app.app_context():
        assert db.session.get_one(Role, id).granted == {}
