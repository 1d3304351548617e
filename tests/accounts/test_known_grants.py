"""What the person who is signed in may do is found with her, and never outlives a change of her roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import known_grants
from backoffice.accounts.models import KNOWN_GRANTS, Role, RoleGrant, User
from backoffice.foundation.database import db
from tests import factories


def signed_in(username: str) -> User:
    """The person as a request finds her."""
    found = db.session.execute(
        select(User, known_grants.as_text().label("grants")).where(User.username == username)
    ).one()
    known_grants.remember(found.User, found.grants)
    user: User = found.User
    return user


@pytest.fixture
def rita(app: Flask) -> Iterator[User]:
    """Somebody with two roles whose grants overlap, known as a request knows her."""
    with app.app_context():
        own = factories.role(name="scribe", permissions={"post.edit": "own", "tag.view": "all"})
        local = factories.role(name="wordsmith", permissions={"post.edit": "all", "translation.view": "de,fr"})
        factories.user(username="rita.two", roles=[own, local])
        db.session.commit()
        yield signed_in("rita.two")


def test_what_the_query_finds_is_what_the_roles_grant(rita: User) -> None:
    assert rita.__dict__[KNOWN_GRANTS] == {"post.edit": "all", "tag.view": "all", "translation.view": "de,fr"}
    known = dict(rita.granted)
    del rita.__dict__[KNOWN_GRANTS]
    assert rita.granted == known


def test_whoever_has_no_role_may_nothing(app: Flask) -> None:
    with app.app_context():
        factories.user(username="none.yet", roles=[])
        db.session.commit()
        assert signed_in("none.yet").granted == {}


def _lose(user: User) -> None:
    user.roles.remove(next(role for role in user.roles if role.name == "wordsmith"))


def _replace(user: User) -> None:
    user.roles = [role for role in user.roles if role.name == "scribe"]


def _revoke(user: User) -> None:
    role = db.session.scalars(select(Role).where(Role.name == "wordsmith")).one()
    role.grants = []
    db.session.flush()


def _delete(user: User) -> None:
    role = db.session.scalars(select(Role).where(Role.name == "wordsmith")).one()
    for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.role_id == role.id)):
        role.grants.remove(grant)
    db.session.commit()


@pytest.mark.parametrize("change", [_lose, _replace, _revoke, _delete])
def test_a_role_that_is_lost_counts_no_longer_in_the_same_moment(rita: User, change: Callable[[User], None]) -> None:
    change(rita)
    assert rita.granted == {"post.edit": "own", "tag.view": "all"}


def test_a_role_that_is_given_counts_at_once(rita: User) -> None:
    rita.roles.append(factories.role(name="archivist", permissions={"audit.view": "all"}))
    assert rita.granted["audit.view"] == "all"
