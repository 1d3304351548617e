"""Moments, units of work, versions and what both databases have to agree on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.foundation import clock
from backoffice.foundation.database import (
    EnumText,
    UTCDateTime,
    after_commit,
    db,
    forget_promises,
    promise_count,
    unit_of_work,
)
from backoffice.posts.models import Post, PostStatus, Tag
from backoffice.reminders.models import Reminder
from tests import factories

both_databases = pytest.mark.both_databases
MOMENT = datetime(2026, 3, 10, 9, 30, 15, 123456, tzinfo=UTC)


@both_databases
def test_a_moment_comes_back_as_it_went_in_whatever_its_zone(app: Flask) -> None:
    kathmandu = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    with app.app_context(), unit_of_work():
        id = factories.reminder(due_at=kathmandu).id
    with app.app_context():
        found = db.session.get_one(Reminder, id).due_at
    assert found == MOMENT
    assert found.utcoffset() == timedelta(0)


@both_databases
def test_moments_are_compared_as_moments(app: Flask) -> None:
    with app.app_context():
        early = factories.reminder(due_at=MOMENT).id
        factories.reminder(due_at=MOMENT + timedelta(seconds=1))
        hour_later_there = MOMENT.astimezone(timezone(timedelta(hours=1)))
        assert list(db.session.scalars(select(Reminder.id).where(Reminder.due_at <= hour_later_there))) == [early]


@pytest.mark.parametrize(
    "moment",
    [MOMENT.replace(tzinfo=None), datetime(1969, 12, 31, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC),
     datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)],
)  # fmt: skip
def test_a_moment_that_cannot_be_shown_everywhere_is_not_stored(app: Flask, moment: datetime) -> None:
    with app.app_context():
        for dialect in ("sqlite", "postgresql"):
            fake = type("Dialect", (), {"name": dialect})()
            with pytest.raises(ValueError, match="cannot be stored"):
                UTCDateTime().process_bind_param(moment, fake)


def test_the_clock_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC
    assert clock.is_storable(clock.now())


def test_an_enumeration_is_stored_by_value_and_refuses_others() -> None:
    kind = EnumText(PostStatus)
    dialect = type("Dialect", (), {"name": "sqlite"})()
    assert kind.process_bind_param(PostStatus.DRAFT, dialect) == "draft"
    assert kind.process_result_value("published", dialect) is PostStatus.PUBLISHED
    with pytest.raises(ValueError, match="nonsense"):
        kind.process_bind_param("nonsense", dialect)


@both_databases
def test_a_unit_of_work_is_saved_whole_or_not_at_all(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), unit_of_work():
            factories.tag(name="Half")
            raise ZeroDivisionError
        assert db.session.scalars(select(Tag)).all() == []
        with unit_of_work():
            factories.tag(name="Whole")
        db.session.rollback()
        assert [tag.name for tag in db.session.scalars(select(Tag))] == ["Whole"]


def test_a_promise_is_kept_after_the_commit_only(app: Flask) -> None:
    kept: list[str] = []
    with app.app_context():
        with unit_of_work():
            after_commit(lambda: kept.append("one"))
            assert kept == []
        assert kept == ["one"]
        with pytest.raises(ZeroDivisionError), unit_of_work():
            after_commit(lambda: kept.append("two"))
            raise ZeroDivisionError
        with unit_of_work():
            pass
    assert kept == ["one"]


def test_a_promise_that_breaks_spoils_neither_the_change_nor_the_next_promise(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    kept: list[str] = []
    with app.app_context():
        with unit_of_work():
            id = factories.tag().id
            after_commit(lambda: 1 / 0)
            after_commit(lambda: kept.append("next"))
        assert db.session.get(Tag, id) is not None
    assert kept == ["next"]
    assert "a promise after a commit failed" in caplog.text


def test_a_step_can_take_back_its_own_promises(app: Flask) -> None:
    kept: list[str] = []
    with app.app_context(), unit_of_work():
        after_commit(lambda: kept.append("first"))
        before = promise_count()
        after_commit(lambda: kept.append("second"))
        forget_promises(before)
    assert kept == ["first"]


@both_databases
def test_who_saves_a_row_that_somebody_changed_meanwhile_is_refused(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Old").id
    with app.app_context():
        mine = db.session.get_one(Tag, id)
        with app.app_context(), unit_of_work():
            db.session.get_one(Tag, id).name = "Theirs"
        mine.name = "Mine"
        with pytest.raises(StaleDataError):
            db.session.flush()
        db.session.rollback()
    with app.app_context():
        saved = db.session.get_one(Tag, id)
        assert (saved.name, saved.version) == ("Theirs", 2)


@both_databases
def test_a_savepoint_that_is_rolled_back_takes_nothing_else_along(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            factories.tag(name="Before", slug="before")
            with pytest.raises(IntegrityError), db.session.begin_nested():
                factories.tag(name="Twin", slug="before")
            factories.tag(name="After", slug="after")
        assert [tag.name for tag in db.session.scalars(select(Tag).order_by(Tag.id))] == ["Before", "After"]


@both_databases
def test_a_savepoint_does_not_save_what_the_whole_gives_up(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), unit_of_work():
            with db.session.begin_nested():
                factories.tag()
            raise ZeroDivisionError
        assert db.session.scalars(select(Tag)).all() == []


@both_databases
def test_a_row_without_its_ground_is_refused(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(IntegrityError):
            factories.post(author_id=99_999)
        db.session.rollback()
        author = factories.post().author
        db.session.commit()
        with pytest.raises(IntegrityError), unit_of_work():
            db.session.execute(text("DELETE FROM users WHERE id = :id"), {"id": author.id})
        assert db.session.scalars(select(Post)).one().author_id == author.id


def test_every_sqlite_connection_is_prepared(app: Flask) -> None:
    wanted = {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 10_000, "synchronous": 1}
    with app.app_context():
        connections = [db.engine.connect() for _ in range(4)]
        try:
            for connection in connections:
                found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
                assert found == wanted
        finally:
            for connection in connections:
                connection.close()


@both_databases
def test_postgresql_sessions_speak_utc_and_give_up_in_time(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]["timeout"] == 10
            return
        shown = {
            name: db.session.execute(text(f"SHOW {name}")).scalar()
            for name in ("timezone", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert shown["timezone"] == "UTC"
    assert "0" not in (shown["statement_timeout"], shown["lock_timeout"], shown["idle_in_transaction_session_timeout"])


@both_databases
def test_eight_writers_at_once_all_get_through(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    troubles: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(12):
                with app.app_context(), unit_of_work():
                    db.session.scalars(select(Tag).limit(1)).all()
                    factories.tag(name=f"Tag {writer} {number}", slug=f"tag-{writer}-{number}")
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles
    with app.app_context():
        assert len(db.session.scalars(select(Tag.id)).all()) == 96
