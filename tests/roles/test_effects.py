"""Who would gain and lose what is told before it is done, and told rightly."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from backoffice.accounts.models import RoleTerm, User
from backoffice.accounts.operations import set_permissions
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, System
from backoffice.roles.differences import changes_between
from backoffice.roles.effects import effects_of
from tests import factories


@pytest.mark.parametrize(
    ("before", "after", "gains", "loses"),
    [
        (None, ALL, True, False),
        (ALL, None, False, True),
        (OWN, ALL, True, False),
        (ALL, OWN, False, True),
        ("de,fr", ALL, True, False),
        ("de,fr", "de", False, True),
        ("de", "de,fr", True, False),
        ("de", "fr", True, True),
        (OWN, "de", True, True),
    ],
)
def test_a_wider_reach_is_a_gain_and_a_narrower_one_a_loss(
    before: str | None, after: str | None, gains: bool, loses: bool
) -> None:
    granted = [{} if reach is None else {"translation.view": reach} for reach in (before, after)]
    (change,) = changes_between(*granted)
    assert (change.is_gain, change.is_loss) == (gains, loses)


def test_beside_every_permission_a_single_one_says_nothing() -> None:
    assert not changes_between({EVERYTHING: ALL}, {EVERYTHING: ALL, "post.view": OWN})


@pytest.mark.both_databases
def test_people_are_told_what_they_gain_and_lose(app: Flask) -> None:
    with app.app_context():
        role = factories.role(name="desk", permissions={"post.view": ALL, "tag.view": ALL})
        person = factories.user(roles=[role])
        effects = effects_of({"desk": {"post.view": OWN, "rule.view": ALL}})
        assert [(each.permission, each.before, each.after) for each in effects.roles["desk"]] == [
            ("post.view", ALL, OWN),
            ("rule.view", None, ALL),
            ("tag.view", ALL, None),
        ]
        (group,) = effects.groups
        assert (list(group.people), group.count) == ([person], 1)
        assert list(group.changes) == list(effects.roles["desk"])


@pytest.mark.both_databases
def test_who_has_the_same_from_another_role_loses_nothing(app: Flask) -> None:
    with app.app_context():
        one = factories.role(name="one", permissions={"post.view": ALL})
        other = factories.role(permissions={"post.view": ALL})
        factories.user(roles=[one, other])
        factories.user(roles=[one, "administrator"])
        loser = factories.user(roles=[one])
        factories.user(roles=[one], is_active=False)
        effects = effects_of({"one": {}})
        assert [list(group.people) for group in effects.groups] == [[loser]]
        assert effects.untouched == 2


@pytest.mark.both_databases
def test_a_role_that_has_ended_is_no_loss(app: Flask) -> None:
    with app.app_context():
        role = factories.role(name="one", permissions={"post.view": ALL})
        person = factories.user(roles=[role])
        person.terms.append(RoleTerm(role_id=role.id, until=clock.now() - timedelta(minutes=1)))
        db.session.flush()
        assert effects_of({"one": {}}).groups == []


def test_a_role_that_changes_in_nothing_is_not_told(app: Flask) -> None:
    with app.app_context():
        factories.role(name="one", permissions={"post.view": ALL})
        assert effects_of({"one": {"post.view": ALL}}).roles == {}


@pytest.mark.both_databases
def test_what_was_told_is_what_becomes_of_each_person(app: Flask) -> None:
    """Every person is asked before and after; the difference is what the preview said."""
    with app.app_context():
        roles = [
            factories.role(name="a", permissions={"post.view": OWN, "tag.view": ALL, "translation.view": "de"}),
            factories.role(name="b", permissions={"post.view": ALL, "translation.view": "fr"}),
            factories.role(name="c", permissions={"rule.view": ALL}),
        ]
        people = [
            factories.user(roles=[role for bit, role in enumerate(roles) if mask & 1 << bit]) for mask in range(1, 8)
        ]
        wanted = {"a": {"post.view": ALL, "translation.view": "de,fr"}, "b": {"rule.view": ALL}}
        told = {person.id: list(group.changes) for group in effects_of(wanted).groups for person in group.people}
        before = {person.id: dict(person.granted) for person in people}
        for name, permissions in wanted.items():
            role = factories.find_role(name)
            assert role is not None
            set_permissions(role, actor=System("test", EVERYTHING), permissions=permissions)
        for person in people:
            after = db.session.get_one(User, person.id).granted
            assert told.get(person.id, []) == changes_between(before[person.id], after)
