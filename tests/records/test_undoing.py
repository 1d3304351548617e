"""What one click did is taken back: exactly, as far as nobody changed it since, and by those who may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.accounts.operations import deactivate, set_permissions, set_roles
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, reject
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import db
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.permissions import System
from backoffice.posts.models import Post, Tag
from backoffice.records.trash import Trashed
from backoffice.records.undoing import Outcome, is_taken_back, undo
from tests import factories

pytestmark = pytest.mark.both_databases


@pytest.fixture
def ana(app: Flask) -> Iterator[User]:
    """An administrator; everything happens with the application at hand."""
    with app.app_context():
        yield factories.user(username="ana.admin", roles=["administrator"])


@contextmanager
def click(actor: Any) -> Iterator[str]:
    """One request of this person; gives its id."""
    request_id = new_request_id()
    with acting(actor=actor, surface="admin", request_id=request_id):
        yield request_id
        db.session.commit()


def take_back(request_id: str, actor: Any) -> tuple[Outcome, str]:
    """Undo it in a request of its own; the outcome and the id of that request."""
    with click(actor) as mine:
        outcome = undo(request_id, actor=actor)
    return outcome, mine


def test_a_field_gets_its_value_back_and_redo_is_undo_of_undo(ana: User) -> None:
    comment = factories.comment(text="Before")
    with click(ana) as clicked:
        comment.text = "After"
    outcome, undone = take_back(clicked, ana)
    assert (outcome.done, outcome.skipped) == ([comment.title_text], [])
    assert comment.text == "Before" and is_taken_back(clicked)
    _outcome, redone = take_back(undone, ana)
    assert comment.text == "After" and not is_taken_back(clicked) and is_taken_back(undone)
    take_back(redone, ana)
    assert comment.text == "Before" and is_taken_back(clicked)


def test_a_decision_is_taken_back_with_all_it_set(ana: User) -> None:
    comments = [factories.comment() for _ in range(3)]
    with click(ana) as clicked:
        for comment in comments:
            reject(comment, actor=ana, reason="Off topic")
    outcome, _mine = take_back(clicked, ana)
    assert len(outcome.done) == 3
    for comment in comments:
        assert (comment.status, comment.reason, comment.decided_at) == (CommentStatus.PENDING, "", None)


def test_what_somebody_changed_since_stays_and_is_named(ana: User) -> None:
    one, other = factories.comment(text="One"), factories.comment(text="Other")
    with click(ana) as clicked:
        one.text, one.reason, other.text = "1", "No reason", "2"
    with click(ana):
        one.text = "later"
        other.text = "later too"
    outcome, _mine = take_back(clicked, ana)
    assert outcome.done == [one.title_text]
    assert {title for title, _reason in outcome.skipped} == {other.title_text, one.title_text}
    assert all("Comment" in reason or "Text" in reason for _title, reason in outcome.skipped), outcome.skipped
    assert (one.text, other.text) == ("later", "later too") and one.reason == ""


def test_a_long_text_comes_back_whole(ana: User) -> None:
    long = "word " * 10_000
    post = factories.post(body=f"<p>{long}</p>")
    before = post.body
    with click(ana) as clicked:
        post.body = "<p>short</p>"
    take_back(clicked, ana)
    assert post.body == before and len(post.body) > 40_000


def test_members_that_came_go_and_those_that_went_return(ana: User) -> None:
    kept, gone, came = (factories.tag(name=name) for name in ("kept", "gone", "came"))
    post = factories.post(tags=[kept, gone])
    db.session.commit()
    with click(ana) as clicked:
        post.tags = [kept, came]
    take_back(clicked, ana)
    assert {tag.name for tag in post.tags} == {"kept", "gone"}


def test_what_was_deleted_returns_under_its_number_with_its_relations(ana: User) -> None:
    tag, post = factories.tag(name="harbour"), factories.post(title="Ferries")
    post.tags = [tag]
    db.session.commit()
    number, made = tag.id, tag.created_at
    with click(ana) as clicked:
        remove(tag)
    db.session.expire_all()
    assert post.tags == [] and db.session.scalars(select(Trashed.title)).all() == ["harbour"]
    take_back(clicked, ana)
    again = db.session.get(Tag, number)
    db.session.expire_all()
    assert again is not None and (again.name, again.created_at) == ("harbour", made)
    assert post.tags == [again] and db.session.scalar(select(func.count(Trashed.id))) == 0


def test_what_stood_on_something_that_is_gone_says_so(ana: User) -> None:
    comment = factories.comment()
    post: Post = comment.post
    with click(ana) as first:
        remove(comment)
    with click(ana) as second:
        remove(post)
    outcome, _mine = take_back(first, ana)
    assert outcome.done == [] and "Bring that back first" in outcome.skipped[0][1]
    assert not is_taken_back(first)
    take_back(second, ana)
    outcome, _mine = take_back(first, ana)
    assert len(outcome.done) == 1


def test_a_role_comes_back_with_all_it_granted(ana: User) -> None:
    role = factories.role(name="desk", permissions={"post.edit": "own", "tag.view": "all"})
    number = role.id
    db.session.commit()
    with click(ana) as clicked:
        remove(role)
    factories.role(name="later", permissions={"post.view": "all"})
    db.session.commit()
    take_back(clicked, ana)
    again = factories.find_role("desk")
    assert again is not None and again.granted == {"post.edit": "own", "tag.view": "all"}
    assert factories.find_role("later").granted == {"post.view": "all"}, number


def test_several_that_stand_on_each_other_return_whatever_their_order(ana: User) -> None:
    comment = factories.comment()
    post: Post = comment.post
    with click(ana) as clicked:
        db.session.delete(comment)
        db.session.delete(post)
    outcome, _mine = take_back(clicked, ana)
    assert sorted(outcome.done) == sorted([comment.title_text, post.title_text]) and outcome.skipped == []


def test_an_address_that_is_taken_meanwhile_is_not_taken_away(ana: User) -> None:
    tag = factories.tag(name="Harbour", slug="harbour")
    with click(ana) as clicked:
        remove(tag)
    factories.tag(name="Another", slug="harbour")
    db.session.commit()
    outcome, _mine = take_back(clicked, ana)
    assert outcome.done == [] and "Address" in outcome.skipped[0][1] and "harbour" in outcome.skipped[0][1]
    assert db.session.scalars(select(Trashed.title)).all() == ["Harbour"]


def test_what_was_added_goes_unless_somebody_touched_it(ana: User) -> None:
    with click(ana) as clicked:
        tags = [factories.tag(name=name) for name in ("one", "two")]
    with click(ana):
        tags[1].name = "two and a half"
    outcome, undone = take_back(clicked, ana)
    assert outcome.done == ["one"] and outcome.skipped[0][0] == "two"
    assert db.session.scalars(select(Tag.name)).all() == ["two and a half"]
    take_back(undone, ana)
    assert set(db.session.scalars(select(Tag.name))) == {"one", "two and a half"}


def test_nobody_takes_back_what_he_may_not_do(ana: User) -> None:
    comment = factories.comment()
    with click(ana) as clicked:
        approve(comment, actor=ana)
    reader = System("reader", "comment.view", "comment.edit")
    outcome, _mine = take_back(clicked, reader)
    assert outcome.done == [] and len(outcome.skipped) == 1
    assert comment.status is CommentStatus.APPROVED
    outcome, _mine = take_back(clicked, System("moderator", "comment.moderate"))
    assert outcome.done == [comment.title_text]


def test_roles_come_back_only_from_who_could_give_them(ana: User) -> None:
    user = factories.user(username="rita.two", roles=["editor"])
    with click(ana) as clicked:
        set_roles(user, actor=ana, roles=[factories.find_role("moderator")])
    weak = factories.user(
        username="weak", roles=[factories.role(name="granter", permissions={"role.grant": "all", "user.edit": "all"})]
    )
    db.session.commit()
    outcome, _mine = take_back(clicked, weak)
    assert outcome.done == [] and outcome.skipped
    assert [role.name for role in user.roles] == ["moderator"]
    take_back(clicked, ana)
    assert [role.name for role in user.roles] == ["editor"]


def test_permissions_of_a_role_come_back_with_their_reach(ana: User) -> None:
    role = factories.role(name="desk", permissions={"post.edit": "own", "tag.view": "all"})
    db.session.commit()
    with click(ana) as clicked:
        set_permissions(role, actor=ana, permissions={"post.edit": "all", "tag.edit": "all"})
    take_back(clicked, ana)
    assert role.granted == {"post.edit": "own", "tag.view": "all"}


def test_somebody_who_was_shut_out_comes_back_with_another_key(ana: User) -> None:
    user = factories.user(username="rita.two", roles=["editor"])
    key = user.session_key
    db.session.commit()
    with click(ana) as clicked:
        deactivate(user, actor=ana)
    take_back(clicked, ana)
    assert user.is_active and user.session_key != key, "the sessions of before would live again"


@pytest.mark.parametrize("known", [lambda: "NOTHING00000", lambda: ""])
def test_a_request_that_changed_nothing_has_nothing_to_take_back(ana: User, known: Callable[[], str]) -> None:
    with pytest.raises(NotApplicable):
        undo(known(), actor=ana)


def test_nothing_is_taken_back_twice(ana: User) -> None:
    comment = factories.comment(text="Before")
    with click(ana) as clicked:
        comment.text = "After"
    take_back(clicked, ana)
    with pytest.raises(NotApplicable, match="already"):
        undo(clicked, actor=ana)


def test_a_deleted_record_of_another_kind_can_be_restored_one_by_one(ana: User) -> None:
    number = factories.comment().id
    comment = db.session.get(Comment, number)
    with click(ana):
        remove(comment)
    item = db.session.scalars(select(Trashed)).one()
    assert (item.target_type, item.target_id, item.actor_name) == ("comment", number, "ana.admin")
