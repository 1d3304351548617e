"""Deactivating somebody with drafts asks what becomes of them; one undo brings everything back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.accounts.operations import deactivate
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.permissions import ALL, EVERYTHING, System
from backoffice.posts.models import Post, PostStatus
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser
from tests.terminal import refusal, run

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
OPERATOR = System("operator", EVERYTHING)


def writer(drafts: int = 2) -> User:
    """An author with so many drafts and one post that is published."""
    person = factories.user(username="wanda", name="Wanda Writer", roles=["author"])
    factories.post(published=True, author=person, title="Seen")
    for number in range(drafts):
        factories.post(author=person, title=f"Unseen {number}")
    return person


def authors() -> dict[str, str]:
    """Who wrote which post."""
    return {post.title: post.author.username for post in db.session.scalars(select(Post))}


def test_without_drafts_nothing_is_asked(app: Flask) -> None:
    with app.app_context():
        person = writer(drafts=0)
        deactivate(person, actor=OPERATOR)
        assert not person.is_active


def test_with_drafts_somebody_has_to_choose(app: Flask) -> None:
    with app.app_context():
        person = writer()
        db.session.commit()
        with pytest.raises(InvalidInput, match="has 2 drafts") as refused:
            deactivate(person, actor=OPERATOR)
        assert refused.value.field == "drafts"
        assert person.is_active
        deactivate(person, actor=OPERATOR, drafts="leave")
        assert set(authors().values()) == {"wanda"}


def test_drafts_go_to_somebody_else_and_what_was_published_stays(app: Flask) -> None:
    with app.app_context():
        factories.user(username="ed", roles=["editor"])
        deactivate(writer(), actor=OPERATOR, drafts="give", to="ed")
        assert authors() == {"Seen": "wanda", "Unseen 0": "ed", "Unseen 1": "ed"}
        handed = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "post.hand_over")).all()
        assert len(handed) == 2


def test_drafts_go_to_the_trash(app: Flask) -> None:
    with app.app_context():
        deactivate(writer(), actor=OPERATOR, drafts="trash")
        assert authors() == {"Seen": "wanda"}


@pytest.mark.parametrize("to", ["", None, "nobody.here", "wanda", "gone", "nora"])
def test_who_gets_them_is_an_active_person_who_may_change_posts(app: Flask, to: str | None) -> None:
    with app.app_context():
        person = writer()
        factories.user(username="gone", roles=["editor"], is_active=False)
        factories.user(username="nora", roles=["moderator"])
        db.session.commit()
        with pytest.raises(InvalidInput) as refused:
            deactivate(person, actor=OPERATOR, drafts="give", to=to)
        assert refused.value.field == "to"
        assert person.is_active


@pytest.mark.parametrize("choice", ["give", "trash"])
def test_who_may_not_touch_posts_can_only_leave_them(app: Flask, choice: str) -> None:
    with app.app_context():
        person = factories.user(roles=[])
        factories.post(author=person)
        factories.user(username="ed", roles=["editor"])
        keeper = factories.user(roles=[factories.role(permissions={"user.deactivate": ALL})])
        db.session.commit()
        with pytest.raises(NotAllowed):
            deactivate(person, actor=keeper, drafts=choice, to="ed")
        db.session.rollback()
        deactivate(person, actor=keeper, drafts="leave")
        assert not person.is_active


def test_what_is_no_choice_is_refused(app: Flask) -> None:
    with app.app_context():
        person = writer()
        with pytest.raises(InvalidInput):
            deactivate(person, actor=OPERATOR, drafts="burn")


def test_the_button_asks_and_one_undo_brings_all_back(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        number = writer().id
        factories.user(username="ed", roles=["editor"])
    asked = browser.submit("/admin/user/action/", {"action": "deactivate", "rowid": str(number)})
    assert asked.status_code == 422
    assert "has 2 drafts" in asked.text
    assert "Somebody else gets them" in asked.text
    wrong = browser.submit(
        "/admin/user/action/", {"action": "deactivate", "rowid": str(number), "drafts": "give", "to": ""}
    )
    assert wrong.status_code == 422
    assert "Choose an active person" in wrong.text
    with app.app_context():
        assert db.session.get_one(User, number).is_active
    done = browser.submit(
        "/admin/user/action/", {"action": "deactivate", "rowid": str(number), "drafts": "give", "to": "ed"}
    )
    assert done.status_code == 302
    with app.app_context():
        assert authors()["Unseen 0"] == "ed"
        query = select(AuditEntry.request_id).where(AuditEntry.action == "user.deactivate")
        batch = db.session.scalars(query).one()
    browser.submit("/admin/undo/back/", {"batch": batch, "url": "/admin/user/"})
    with app.app_context():
        assert db.session.get_one(User, number).is_active
        assert set(authors().values()) == {"wanda"}


def test_one_undo_brings_drafts_back_from_the_trash(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        number = writer().id
    browser.submit("/admin/user/action/", {"action": "deactivate", "rowid": str(number), "drafts": "trash"})
    with app.app_context():
        query = select(AuditEntry.request_id).where(AuditEntry.action == "user.deactivate")
        batch = db.session.scalars(query).one()
    browser.submit("/admin/undo/back/", {"batch": batch, "url": "/admin/user/"})
    with app.app_context():
        assert db.session.get_one(User, number).is_active
        assert authors() == {"Seen": "wanda", "Unseen 0": "wanda", "Unseen 1": "wanda"}
        assert {post.status for post in db.session.scalars(select(Post))} == {PostStatus.DRAFT, PostStatus.PUBLISHED}


def test_several_are_deactivated_with_an_entry_each_and_one_undo(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        numbers = [factories.user(roles=["author"]).id for _ in range(3)]
    rows = [str(number) for number in numbers]
    done = browser.submit("/admin/user/action/", {"action": "deactivate", "rowid": rows}, follow_redirects=True)
    assert "Deactivated: 3." in done.text
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.deactivate")).all()
        assert sorted(entry.target_id for entry in entries) == sorted(numbers)
        (batch,) = {entry.request_id for entry in entries}
    browser.submit("/admin/undo/back/", {"batch": batch, "url": "/admin/user/"})
    with app.app_context():
        assert all(db.session.get_one(User, number).is_active for number in numbers)


def test_the_command_line_asks_the_same(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        writer()
        factories.user(username="ed", roles=["editor"])
    assert "has 2 drafts" in refusal(run(app, "accounts", "deactivate", "wanda"))
    assert run(app, "accounts", "deactivate", "wanda", "--drafts", "give", "--to", "ed").exit_code == 0
    with app.app_context():
        assert authors()["Unseen 1"] == "ed"
    assert run(app, "accounts", "reactivate", "wanda").exit_code == 0
    assert "without an end" in refusal(run(app, "accounts", "deactivate", "admin"))
