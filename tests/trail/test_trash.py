"""The trash: what was deleted is seen by whoever may, comes back whole, and goes for good after a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.permissions import System
from backoffice.posts.models import Post, Tag
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import TRASH_DAYS
from backoffice.records.trash import Trashed
from backoffice.settings.operations import set_policies
from backoffice.trail.jobs import empty_trash
from backoffice.trail.operations import purge, restore
from tests import factories
from tests.browser import Browser

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
KEEPER = System("keeper", "trash.view", "trash.restore", "trash.purge", "tag.delete")


def deleted(app: Flask, **changes: Any) -> int:
    """The number in the trash of a tag that was deleted with a post that had it."""
    with app.app_context(), acting(actor=KEEPER), unit_of_work():
        tag = factories.tag(**changes)
        factories.post(title="Ferries", tags=[tag])
        db.session.flush()
        remove(tag)
        db.session.flush()
        return db.session.scalars(select(Trashed.id).order_by(Trashed.id.desc())).first() or 0


@both_databases
def test_an_administrator_brings_a_tag_back_from_the_list(app: Flask, sign_in: SignIn) -> None:
    id = deleted(app, name="Harbour")
    browser = sign_in("ana")
    page = browser.get("/admin/trash/").text
    assert "Harbour" in page and ">Tag<" in page
    page = browser.submit(f"/admin/trash/action/{id}", {"action": "restore"}, follow_redirects=True).text
    assert "Restored: Harbour" in page
    with app.app_context():
        tag = db.session.scalars(select(Tag)).one()
        assert [post.title for post in db.session.scalars(select(Post).where(Post.tags.contains(tag)))] == ["Ferries"]
        assert db.session.scalars(select(Trashed)).all() == []


def test_bringing_back_can_be_taken_back(app: Flask, sign_in: SignIn) -> None:
    id = deleted(app)
    browser = sign_in("ana")
    fields, script = {"action": "restore", "rowid": str(id)}, {"X-Requested-With": "fetch"}
    heard = browser.submit("/admin/trash/action/", fields, headers=script).json
    assert browser.submit("/admin/undo/back/", {"batch": heard["undo"]}, headers=script).status_code == 200
    with app.app_context():
        assert db.session.scalars(select(Tag)).all() == [] and len(db.session.scalars(select(Trashed)).all()) == 1


def test_whoever_deletes_sees_what_she_deleted_and_nothing_else(app: Flask, sign_in: SignIn) -> None:
    deleted(app, name="Of somebody else")
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Hers").id
    browser = sign_in("ed")
    browser.submit("/admin/tag/delete/", {"id": str(id)})
    page = browser.get("/admin/trash/").text
    assert "Hers" in page and "Of somebody else" not in page
    assert sign_in("nobody").get("/admin/trash/").status_code == 403


def test_nobody_brings_back_what_he_may_not_delete(app: Flask) -> None:
    id = deleted(app)
    with app.app_context():
        with pytest.raises(NotAllowed):
            restore(db.session.get_one(Trashed, id), actor=System("reader", "trash.view", "trash.restore"))
        db.session.rollback()
        assert db.session.get(Trashed, id) is not None and db.session.scalars(select(Tag)).all() == []


@both_databases
def test_a_number_that_was_given_to_another_record_stays_with_that(app: Flask) -> None:
    id = deleted(app)
    with app.app_context():
        item = db.session.get_one(Trashed, id)
        db.session.add(Tag(id=item.target_id, name="In its place", slug="in-its-place"))
        db.session.commit()
        restore(item, actor=KEEPER)
        db.session.commit()
        tags = db.session.scalars(select(Tag).order_by(Tag.id)).all()
        assert tags[0].name == "In its place" and len(tags) == 2
        assert [post.title for post in db.session.scalars(select(Post).where(Post.tags.contains(tags[1])))] == [
            "Ferries"
        ]


def test_a_kind_that_is_not_known_any_more_says_so(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotApplicable, match="not known"):
        restore(factories.trash(target_type="newsletter"), actor=KEEPER)


def test_deleting_for_good_needs_a_permission_of_its_own_and_is_noted(app: Flask) -> None:
    id = deleted(app, name="Harbour")
    with app.app_context():
        item = db.session.get_one(Trashed, id)
        with pytest.raises(NotAllowed):
            purge(item, actor=System("editor", "trash.view", "trash.restore", "tag.delete"))
        purge(item, actor=KEEPER)
        db.session.commit()
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "trash.purge")).one()
        assert entry.target_title == "Harbour" and db.session.get(Trashed, id) is None


@both_databases
@pytest.mark.parametrize("days", [30, 5])
def test_after_so_many_days_it_goes_by_itself(app: Flask, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    deleted(app)
    with app.app_context(), unit_of_work():
        set_policies({TRASH_DAYS: days}, actor=System("keeper", "setting.edit"))
    with app.app_context():
        actor = empty_trash.actor
        empty_trash.function(actor)
        assert len(db.session.scalars(select(Trashed)).all()) == 1
        later = clock.now() + timedelta(days=days, minutes=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        empty_trash.function(actor)
        assert db.session.scalars(select(Trashed)).all() == []


def test_what_is_secret_is_not_kept(app: Flask) -> None:
    with app.app_context(), acting(actor=KEEPER), unit_of_work():
        user = factories.user(username="gone.soon", roles=[])
        db.session.flush()
        db.session.delete(user)
        db.session.flush()
        item = db.session.scalars(select(Trashed)).one()
        assert item.kept["row"]["username"] == "gone.soon"
        assert not {"password_hash", "session_key"} & set(item.kept["row"])
