"""What is done outside the database is written down before and after, whatever the thing is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.permissions import System
from backoffice.records import journal
from backoffice.records.audit import AuditEntry
from backoffice.records.journal import Ending, Facts, OpenAction, Opened, written_down

pytestmark = pytest.mark.both_databases
KEEPER = System("keeper")


class Bells:
    """Something outside: a bell is rung when its file is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.followed: list[bool] = []

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield

    def found(self, opened: Opened) -> Ending:
        return Ending((self.folder / opened.facts["bell"]).exists())

    def told(self, facts: Facts) -> Facts:
        return facts

    def follow(self, opened: Opened, ending: Ending) -> None:
        self.followed.append(ending.is_done)

    def ring(self, bell: str) -> None:
        (self.folder / bell).touch()


@pytest.fixture
def bells(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bells]:
    """The bells, which the journal knows, and a keeper who acts."""
    made = Bells(tmp_path)
    monkeypatch.setattr(journal, "_witnesses", {"bell": lambda: made})
    with app.app_context(), acting(actor=KEEPER, surface="test", request_id="RINGING"):
        yield made


def told() -> list[tuple[str, str, Facts]]:
    """The entries about bells, oldest first, with their facts but the number of the beginning."""
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target_type == "bell").order_by(AuditEntry.id))
    return [
        (entry.action, entry.actor_name, {name: pair[1] for name, pair in entry.changes.items() if name != "begun"})
        for entry in entries
    ]


def open_count() -> int:
    return len(db.session.scalars(select(OpenAction)).all())


def begun(bells: Bells, bell: str, process: str | None = None) -> Opened:
    """Begin it and go away."""
    with unit_of_work():
        opened = journal.begin(bells, "bell.ring", bell, {"bell": bell})
        if process is not None:
            db.session.get_one(OpenAction, opened.id).process = process
    return opened


def test_the_beginning_is_committed_before_anything_happens_and_the_end_afterwards(bells: Bells) -> None:
    commits: list[bool] = []

    def note(_session: Any) -> None:
        commits.append((bells.folder / "noon").exists())

    event.listen(Session, "after_commit", note)
    try:
        with written_down(bells, "bell.ring", "noon", {"bell": "noon"}):
            bells.ring("noon")
    finally:
        event.remove(Session, "after_commit", note)
    assert commits == [False, True]
    assert told() == [
        ("bell.begun", "keeper", {"doing": "bell.ring", "bell": "noon"}),
        ("bell.ring", "keeper", {"bell": "noon"}),
    ]
    assert open_count() == 0 and bells.followed == [True]


def test_the_end_carries_the_number_of_the_beginning(bells: Bells) -> None:
    with written_down(bells, "bell.ring", "noon", {"bell": "noon"}):
        bells.ring("noon")
    first, last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-2:]
    assert last.changes["begun"] == [None, first.id]


def test_what_is_refused_is_written_down_as_not_done_with_the_reason(bells: Bells) -> None:
    with pytest.raises(NotApplicable), written_down(bells, "bell.ring", "noon", {"bell": "noon"}):
        raise NotApplicable("It is cracked.")
    assert told()[-1] == ("bell.not_done", "keeper", {"doing": "bell.ring", "bell": "noon", "reason": "It is cracked."})
    assert open_count() == 0


def test_what_failed_after_it_had_happened_is_done(bells: Bells) -> None:
    with pytest.raises(RuntimeError), written_down(bells, "bell.ring", "noon", {"bell": "noon"}):
        bells.ring("noon")
        raise RuntimeError("too late")
    assert told()[-1][0] == "bell.ring"


def test_a_database_that_does_not_take_the_end_takes_it_later(bells: Bells) -> None:
    def refuse(_mapper: Any, _connection: Any, entry: AuditEntry) -> None:
        if entry.action == "bell.ring":
            raise RuntimeError("the database takes nothing")

    event.listen(AuditEntry, "before_insert", refuse)
    try:
        with written_down(bells, "bell.ring", "noon", {"bell": "noon"}):
            bells.ring("noon")
    finally:
        event.remove(AuditEntry, "before_insert", refuse)
    assert open_count() == 1 and len(told()) == 1
    assert journal.settle_left(older_than=timedelta(0)) == 1
    assert told()[-1] == ("bell.ring", "keeper", {"bell": "noon", "settled": True})


@pytest.mark.parametrize(("is_rung", "action"), [(True, "bell.ring"), (False, "bell.not_done")])
def test_what_a_dead_process_left_open_is_settled_by_looking(bells: Bells, is_rung: bool, action: str) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    host = journal.process_name().split("/")[0]
    begun(bells, "noon", process=f"{host}/{ended.pid}/1")
    if is_rung:
        bells.ring("noon")
    with acting(actor=System("job"), surface="job", request_id="SETTLING"):
        assert journal.settle_left() == 1
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.actor_name, entry.request_id) == (action, "keeper", "RINGING")
    assert journal.settle_left() == 0


def test_a_later_process_of_the_same_number_is_another(bells: Bells) -> None:
    host, number, started = journal.process_name().rsplit("/", 2)
    assert not journal.is_gone(f"{host}/{number}/{started}")
    assert journal.is_gone(f"{host}/{number}/1")
    assert not journal.is_gone(f"another machine/{number}/1")
    assert int(number) == os.getpid()


def test_of_another_machine_nothing_is_known_so_it_has_a_minute(bells: Bells) -> None:
    begun(bells, "noon", process="elsewhere/1/1")
    assert journal.settle_left() == 0
    assert journal.settle_left(older_than=timedelta(0)) == 1


def test_what_was_given_up_is_not_carried_on(bells: Bells) -> None:
    opened = begun(bells, "noon")
    journal.give_up(bells, opened, "no time")
    with pytest.raises(NotApplicable, match="given up"), journal.continued(bells, opened, opened.facts):
        bells.ring("noon")
    assert not (bells.folder / "noon").exists()
    assert [action for action, _who, _facts in told()] == ["bell.begun", "bell.not_done"]


def test_one_that_cannot_be_settled_does_not_stand_in_the_way(bells: Bells, caplog: pytest.LogCaptureFixture) -> None:
    with unit_of_work():
        journal.begin(bells, "bell.ring", "broken", {})
    begun(bells, "noon")
    assert journal.settle_left(older_than=timedelta(0)) == 1
    assert open_count() == 1
    assert "cannot be settled" in caplog.text
    with written_down(bells, "bell.ring", "evening", {"bell": "evening"}):
        bells.ring("evening")
    assert told()[-1][0] == "bell.ring"


def test_a_kind_that_nobody_knows_any_more_stays_open(bells: Bells, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(bells, "noon")
    monkeypatch.setattr(journal, "_witnesses", {})
    assert journal.settle_left(older_than=timedelta(0)) == 0
    assert open_count() == 1
