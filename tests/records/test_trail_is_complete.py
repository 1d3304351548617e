"""The trail tells every change, what belongs to a record among it, and nothing that did not happen."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backoffice.accounts.models import Role, RoleGrant
from backoffice.accounts.operations import grant_exactly
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Tag
from backoffice.records.audit import AuditEntry
from tests import factories

pytestmark = pytest.mark.both_databases


def told_after(last: int) -> list[tuple[str, dict[str, Any]]]:
    """Action and changes of the entries after a number."""
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.id > last).order_by(AuditEntry.id))
    return [(entry.action, entry.changes) for entry in entries]


def last_number() -> int:
    return db.session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)) or 0


def test_a_grant_that_only_reaches_further_is_told_and_counts_as_a_change(app: Flask) -> None:
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            role = factories.role(permissions={"post.view": "own", "tag.view": "all"})
            number, version = role.id, role.version
        last = last_number()
        with unit_of_work():
            grant_exactly(db.session.get_one(Role, number), {"post.view": "all", "tag.view": "all"})
        assert told_after(last) == [("role.edit", {"grants": [["post.view (own)"], ["post.view"]]})]
        assert db.session.get_one(Role, number).version == version + 1


def test_a_grant_changed_past_its_role_is_told_as_the_change_of_the_role(app: Flask) -> None:
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            number = factories.role(permissions={"post.view": "own"}).id
        last = last_number()
        with unit_of_work():
            db.session.scalars(select(RoleGrant).where(RoleGrant.role_id == number)).one().reach = "all"
        assert told_after(last) == [("role.edit", {"grants": [["post.view (own)"], ["post.view"]]})]


def test_tags_given_and_taken_are_told_and_count_as_a_change(app: Flask) -> None:
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            one, two = factories.tag(name="One"), factories.tag(name="Two")
            post = factories.post(tags=[one])
            version, before = post.version, post.updated_at
        last = last_number()
        with unit_of_work():
            post.tags = [two]
        assert told_after(last) == [("post.edit", {"tags": [["One"], ["Two"]]})]
        assert post.version == version + 1
        assert post.updated_at > before


def test_a_deleted_record_is_told_with_what_belonged_to_it(app: Flask) -> None:
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            role = factories.role(permissions={"post.view": "own", "tag.view": "all"})
            post = factories.post(tags=[factories.tag(name="One")])
        db.session.expire_all()
        last = last_number()
        with unit_of_work():
            db.session.delete(role)
            db.session.delete(post)
        told = dict(told_after(last))
    assert told["role.delete"]["grants"] == [["post.view (own)", "tag.view"], None]
    assert told["post.delete"]["tags"] == [["One"], None]


def test_what_failed_is_not_told_with_what_follows(app: Flask) -> None:
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            tag = factories.tag(name="One", slug="one")
        last = last_number()
        with unit_of_work():
            with pytest.raises(IntegrityError), db.session.begin_nested():
                db.session.add(Tag(name="Other", slug="one"))
                db.session.flush()
            tag.name = "First"
        assert told_after(last) == [("tag.edit", {"name": ["One", "First"]})]


def test_what_stays_the_same_is_neither_told_nor_counted(app: Flask) -> None:
    with app.app_context(), acting(surface="test"):
        with unit_of_work():
            tag = factories.tag(name="One")
            post = factories.post(tags=[tag])
            role = factories.role(permissions={"post.view": "own"})
            versions = post.version, role.version
        last = last_number()
        with unit_of_work():
            post.tags, post.title = [tag], post.title
            grant_exactly(role, {"post.view": "own"})
        assert told_after(last) == []
        assert (post.version, role.version) == versions
