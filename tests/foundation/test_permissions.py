"""Who may do what, and to which records."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_principal import ActionNeed
from sqlalchemy import select

from backoffice.foundation.database import db
from backoffice.foundation.permissions import (
    ALL,
    EVERYTHING,
    OWN,
    Can,
    System,
    identity_of,
    is_allowed,
    is_staff,
    reach_of,
    reachable_by,
)
from backoffice.posts.models import Post, Tag
from tests import factories


class Person:
    """Somebody with these grants."""

    def __init__(self, id: int | None, **granted: str) -> None:
        self.id, self.granted = id, {name.replace("__", "."): reach for name, reach in granted.items()}


def test_nobody_may_do_anything() -> None:
    for actor in (System("nobody"), Person(1), None, object()):
        assert not any(is_allowed(actor, can) for can in Can)
        assert not is_staff(actor)


def test_a_grant_allows_what_it_says_and_nothing_else() -> None:
    actor = System("job", Can.COMMENT_MODERATE)
    assert [can for can in Can if is_allowed(actor, can)] == [Can.COMMENT_MODERATE]
    assert is_staff(actor)


def test_the_star_grants_everything_present_and_future() -> None:
    actor = Person(1, **{EVERYTHING: ALL})
    assert all(is_allowed(actor, can) and reach_of(actor, can) == ALL for can in Can)
    assert identity_of(actor).provides == {ActionNeed(can.value) for can in Can}


@pytest.mark.both_databases
def test_own_reaches_what_belongs_to_the_person_and_nothing_else(app: Flask) -> None:
    with app.app_context():
        mine, foreign = factories.post(), factories.post()
        actor = Person(mine.author_id, post__edit=OWN)
        assert is_allowed(actor, Can.POST_EDIT)
        assert is_allowed(actor, Can.POST_EDIT, mine)
        assert not is_allowed(actor, Can.POST_EDIT, foreign)
        assert not is_allowed(actor, Can.POST_VIEW, mine)
        reached = db.session.scalars(select(Post).where(reachable_by(actor, Can.POST_EDIT, Post))).all()
        assert reached == [mine]


@pytest.mark.both_databases
def test_criterion_and_question_agree_for_every_reach_and_kind(app: Flask) -> None:
    with app.app_context():
        comment, reminder = factories.comment(), factories.reminder()
        post = comment.post
        records = [comment, factories.comment(), reminder, factories.reminder(), post, factories.post()]
        for owner in (post.author, reminder.owner, factories.user()):
            for reach in (ALL, OWN, "de,fr", ""):
                for one in records:
                    can = Can(f"{one.resource}.edit")
                    actor = Person(owner.id, **{can.value: reach})
                    query = select(type(one)).where(type(one).id == one.id, reachable_by(actor, can, type(one)))
                    found = db.session.scalars(query).one_or_none() is not None
                    assert found == is_allowed(actor, can, one), (reach, one.resource)


def test_own_of_a_kind_that_nobody_owns_reaches_nothing(app: Flask) -> None:
    with app.app_context():
        tag = factories.tag()
        actor = Person(1, tag__edit=OWN)
        assert not is_allowed(actor, Can.TAG_EDIT, tag)
        assert db.session.scalars(select(Tag).where(reachable_by(actor, Can.TAG_EDIT, Tag))).all() == []


def test_a_system_without_a_number_owns_nothing(app: Flask) -> None:
    with app.app_context():
        actor = Person(None, post__edit=OWN)
        assert not is_allowed(actor, Can.POST_EDIT, factories.post())
        assert db.session.scalars(select(Post).where(reachable_by(actor, Can.POST_EDIT, Post))).all() == []


def test_the_permission_of_principal_and_our_question_agree() -> None:
    for actor in (System("a"), System("b", Can.TAG_EDIT), Person(1, **{EVERYTHING: ALL})):
        for can in Can:
            assert can.permission.allows(identity_of(actor)) == is_allowed(actor, can)
            assert len(can.permission.needs) == 1
