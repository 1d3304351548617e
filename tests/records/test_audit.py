"""The trail: every change has its entry, every entry its change, and neither can be had without the other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from backoffice.accounts.entering import LastSeen
from backoffice.accounts.models import User
from backoffice.accounts.operations import grant_exactly
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.acting import acting
from backoffice.foundation.database import Audited, Model, db, unit_of_work
from backoffice.foundation.permissions import Can, System
from backoffice.posts.models import Post, Tag
from backoffice.records import audit
from backoffice.records.audit import AuditEntry, BulkChangeRefused
from tests import factories

pytestmark = pytest.mark.both_databases
KEEPER = System("keeper")


def trail(one: Any, since: int = 0) -> list[AuditEntry]:
    """The entries about a record, oldest first."""
    query = select(AuditEntry).where(
        AuditEntry.target_type == one.resource, AuditEntry.target_id == one.id, AuditEntry.id > since
    )
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


def newest() -> int:
    """The number of the newest entry."""
    return db.session.scalar(select(func.max(AuditEntry.id))) or 0


def test_a_new_record_is_told_with_what_it_holds(app: Flask) -> None:
    with app.app_context(), acting(actor=KEEPER, surface="shell"):
        db.session.add(Tag(name="Ferries", slug="ferries"))
        db.session.flush()
        tag = db.session.scalars(select(Tag)).one()
        (entry,) = trail(tag)
        assert (entry.action, entry.actor_name, entry.surface) == ("tag.create", "keeper", "shell")
        assert (entry.target_type, entry.target_id, entry.target_title) == ("tag", tag.id, "Ferries")
        assert entry.changes == {"name": [None, "Ferries"], "slug": [None, "ferries"]}


def test_a_change_is_told_with_before_and_after_and_nothing_else(app: Flask) -> None:
    with app.app_context():
        comment, since = factories.comment(text="Before"), newest()
        comment.text, comment.status = "After", CommentStatus.APPROVED
        db.session.flush()
        (entry,) = trail(comment, since)
        assert entry.changes == {"text": ["Before", "After"], "status": ["pending", "approved"]}


def test_a_value_that_is_set_to_itself_is_no_change(app: Flask) -> None:
    with app.app_context():
        tag = factories.tag(name="Same")
        db.session.commit()
        since = newest()
        tag.name = "Same"
        db.session.commit()
        assert trail(tag, since) == []
        assert tag.version == 1


def test_a_deleted_record_is_told_with_what_it_was(app: Flask) -> None:
    with app.app_context():
        tag, since = factories.tag(name="Gone", slug="gone"), newest()
        db.session.delete(tag)
        db.session.flush()
        (entry,) = trail(tag, since)
        assert (entry.action, entry.target_title) == ("tag.delete", "Gone")
        assert entry.changes == {"name": ["Gone", None], "slug": ["gone", None]}


def test_a_relation_is_told_by_names(app: Flask) -> None:
    with app.app_context():
        one, two = factories.tag(name="One"), factories.tag(name="Two")
        post = factories.post(tags=[one])
        db.session.commit()
        since = newest()
        post.tags = [two]
        db.session.flush()
        (entry,) = trail(post, since)
        assert entry.changes == {"tags": [["One"], ["Two"]]}


def test_the_grants_of_a_role_are_told(app: Flask) -> None:
    with app.app_context():
        role = factories.role(permissions={"tag.view": "all", "tag.edit": "all"})
        db.session.commit()
        since, version = newest(), role.version
        grant_exactly(role, {"tag.view": "own", "post.view": "all"})
        db.session.commit()
        (entry,) = trail(role, since)
        before, after = entry.changes["grants"]
        assert set(after) >= {"post.view", "tag.view (own)"}
        assert "tag.edit" in before
        assert role.version == version + 1


def test_the_roles_of_a_person_are_told(app: Flask) -> None:
    with app.app_context():
        person = factories.user(roles=["editor"])
        db.session.commit()
        since = newest()
        person.roles = [factories.find_role("author")]
        db.session.flush()
        (entry,) = trail(person, since)
        assert entry.changes == {"roles": [["editor"], ["author"]]}


def test_a_secret_is_told_as_changed_and_never_shown(app: Flask) -> None:
    with app.app_context():
        person, since = factories.user(password_hash="hash-before"), 0
        db.session.commit()
        (created,) = trail(person)
        assert created.changes["password_hash"] == [None, "(secret)"]
        since = newest()
        person.password_hash = "hash-after"
        db.session.flush()
        (entry,) = trail(person, since)
        assert entry.changes == {"password_hash": ["(secret)", "(changed)"]}
        everything = str([entry.changes for entry in db.session.scalars(select(AuditEntry))])
        assert "hash-before" not in everything
        assert "hash-after" not in everything
        assert person.session_key not in everything


def test_a_rollback_takes_the_entry_along(app: Flask) -> None:
    with app.app_context():
        since = newest()
        with pytest.raises(ZeroDivisionError), unit_of_work():
            factories.tag()
            assert newest() > since
            raise ZeroDivisionError
        assert newest() == since


def test_a_refused_row_leaves_no_entry_for_the_next_one_to_write(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            factories.tag(slug="taken")
            since = newest()
            with pytest.raises(IntegrityError), db.session.begin_nested():
                factories.tag(name="Twin", slug="taken")
            other = factories.tag(name="Other", slug="other")
        found = db.session.scalars(select(AuditEntry).where(AuditEntry.id > since)).all()
        assert [(entry.action, entry.target_title) for entry in found] == [("tag.create", "Other")]
        assert found[0].target_id == other.id


def test_an_entry_that_cannot_be_written_undoes_the_change(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(Exception, match=r".+"), unit_of_work():
            tag = factories.tag()
            with acting(actor=type("Ghost", (), {"id": 2**80, "actor_name": "ghost"})()):
                tag.name = "Changed by somebody with a number that no column holds"
                db.session.flush()
        assert db.session.scalars(select(Tag)).all() == []


@pytest.mark.parametrize("model", [User, Post, Tag, Comment], ids=lambda model: model.__name__)
def test_a_bulk_statement_past_the_trail_is_refused(app: Flask, model: Any) -> None:
    with app.app_context():
        for statement in (update(model).values(version=7), delete(model), delete(model).where(model.id == 1)):
            with pytest.raises(BulkChangeRefused):
                db.session.execute(statement)
        with pytest.raises(BulkChangeRefused):
            db.session.query(model).delete()


def test_a_bulk_statement_that_says_why_is_let_through(app: Flask) -> None:
    with app.app_context():
        factories.tag()
        reason = {"unaudited_because": "the entries are written by hand"}
        db.session.execute(update(Tag).values(name="Other"), execution_options=reason)
        assert db.session.scalars(select(Tag.name)).all() == ["Other"]


def test_what_nobody_decided_is_neither_audited_nor_versioned(app: Flask) -> None:
    with app.app_context():
        person = factories.user()
        db.session.commit()
        since, version = newest(), person.version
        db.session.add(LastSeen(id=person.id))
        db.session.commit()
        db.session.execute(update(LastSeen).values(seen_at=datetime(2026, 1, 1, tzinfo=UTC)))
        db.session.commit()
        db.session.refresh(person)
        assert newest() == since
        assert person.version == version


def test_a_note_tells_what_is_no_change_of_a_row(app: Flask) -> None:
    with app.app_context(), acting(actor=KEEPER, surface="cli"):
        tag = factories.tag(name="Ferries")
        audit.note("tag.export", target=tag, rows=412)
        audit.note("file.upload", title="a" * 500)
        db.session.flush()
        note, upload = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()[::-1]
        assert (note.action, note.target_title, note.changes) == ("tag.export", "Ferries", {"rows": [None, 412]})
        assert (upload.target_type, upload.target_id, len(upload.target_title)) == ("file", None, 200)


def test_entries_of_one_request_carry_one_number(app: Flask) -> None:
    with app.app_context(), acting(actor=KEEPER, surface="shell") as present:
        one, two = factories.tag(), factories.tag()
        db.session.flush()
        numbers = {entry.request_id for each in (one, two) for entry in trail(each)}
        assert numbers == {present.request_id}


def test_a_very_long_text_is_cut_in_the_trail_and_kept_in_the_record(app: Flask) -> None:
    with app.app_context():
        text = "word " * 6000
        post = factories.post(body=f"<p>{text.strip()}</p>")
        told = trail(post)[0].changes["body"][1]
        assert len(told) == audit.LONGEST_VALUE + 1
        assert told.endswith("…")
        assert len(post.body) > len(told)


def test_listening_twice_writes_once(app: Flask) -> None:
    audit.install()
    audit.install()
    with app.app_context():
        assert [entry.action for entry in trail(factories.tag())] == ["tag.create"]


def test_a_person_who_is_gone_keeps_her_name_in_the_trail(app: Flask) -> None:
    with app.app_context():
        person = factories.user(username="leaving")
        db.session.commit()
        number = person.id
        with acting(actor=person, surface="admin"):
            db.session.add(Tag(name="Hers"))
            db.session.commit()
        db.session.delete(person)
        db.session.commit()
        tag = db.session.scalars(select(Tag)).one()
        db.session.expire_all()
        assert [(entry.actor_id, entry.actor_name) for entry in trail(tag)] == [(number, "leaving")]


def test_what_people_write_or_decide_is_audited_and_versioned() -> None:
    kept_by_machines = {"LastSeen", "AccessLink", "AuditEntry", "RoleGrant"}
    plain = {mapper.class_.__name__ for mapper in Model.registry.mappers if not issubclass(mapper.class_, Audited)}
    assert {"User", "Role", "Post", "Comment", "Tag", "Reminder"}.isdisjoint(plain)
    assert kept_by_machines <= plain
    for mapper in Model.registry.mappers:
        assert issubclass(mapper.class_, Audited) == (mapper.version_id_col is not None), mapper.class_.__name__


def test_the_trail_itself_can_be_changed_by_nobody_and_only_emptied_of_values() -> None:
    assert [can.value for can in Can if can.resource == "audit"] == ["audit.erase", "audit.view"]


def test_a_record_that_is_given_to_somebody_else_has_an_entry(app: Flask) -> None:
    with app.app_context():
        reminder, other = factories.reminder(), factories.user()
        before, version = reminder.recipient_id, reminder.version
        db.session.commit()
        reminder.recipient = other
        db.session.flush()
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.changes) == ("reminder.edit", {"recipient_id": [before, other.id]})
        assert entry.target_version == version + 1


def test_somebody_new_is_told_by_the_number_she_gets(app: Flask) -> None:
    with app.app_context():
        reminder = factories.reminder()
        db.session.commit()
        reminder.recipient = User(username="brand.new", name="Brand New")
        db.session.flush()
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()
        (told,) = [entry.changes for entry in entries if entry.target_type == "reminder"]
        assert told["recipient_id"][1] == reminder.recipient_id


@pytest.mark.parametrize("is_loaded", [True, False])
def test_the_same_record_again_is_no_change(app: Flask, is_loaded: bool) -> None:
    with app.app_context():
        reminder = factories.reminder()
        db.session.commit()
        if not is_loaded:
            db.session.expire(reminder)
            assert reminder.subject
        count = db.session.query(AuditEntry).count()
        reminder.recipient = db.session.get_one(User, reminder.recipient_id)
        db.session.flush()
        assert db.session.query(AuditEntry).count() == count
