"""Work in the background: a chunk at a time, carried on by whoever is there, done once."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from backoffice.accounts.models import User
from backoffice.comments import operations
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.operations import Operation
from backoffice.jobs import tasks as running
from backoffice.records import batches, undoing_in_bulk
from backoffice.records.audit import AuditEntry
from backoffice.records.tasks import Task, TaskItem, TaskState, begin, give_items
from tests import factories, people

pytestmark = pytest.mark.both_databases


def ask(operation: Operation, actor: Any, query: Any = None, **inputs: Any) -> int:
    """Ask for an operation on comments, all of them unless told; the number of the task."""
    with unit_of_work(), acting(actor=actor, surface="admin"):
        task = begin(batches.operate, "Batch", actor=actor, action=operation.action, inputs=inputs)
        give_items(task, select(Comment) if query is None else query, Comment)
    return task.id


def held() -> dict[int, tuple[Any, ...]]:
    db.session.expire_all()
    return {
        one.id: (one.status, one.reason, one.decided_at, one.version, one.text)
        for one in db.session.scalars(select(Comment))
    }


def the(id: int) -> Task:
    db.session.expire_all()
    return db.session.get_one(Task, id)


def comments(count: int, **values: Any) -> list[int]:
    with unit_of_work():
        post = factories.post()
        return [factories.comment(post=post, **values).id for _time in range(count)]


@pytest.fixture
def mo(app: Flask) -> Any:
    with app.app_context():
        with unit_of_work():
            person = people.person("mo")
        yield person


def test_an_operation_is_done_to_all_of_them_and_counted(mo: User, app: Flask) -> None:
    comments(7)
    id = ask(operations.approve, mo)
    running.work(app)
    task = the(id)
    assert (task.state, task.total, task.done, task.skipped, task.percent) == (TaskState.DONE, 7, 7, 0, 100)
    assert {values[0] for values in held().values()} == {CommentStatus.APPROVED}
    assert db.session.scalar(select(func.count()).select_from(TaskItem)) == 0


def test_every_record_has_its_entry_under_the_batch_and_in_the_name_of_the_person(mo: User, app: Flask) -> None:
    ids = comments(3)
    id = ask(operations.approve, mo)
    running.work(app)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.request_id == the(id).request_id)).all()
    assert sorted(entry.target_id or 0 for entry in entries) == ids
    assert {(entry.actor_id, entry.action, entry.surface) for entry in entries} == {(mo.id, "comment.approve", "admin")}
    assert all(entry.changes["status"] == ["pending", "approved"] for entry in entries)


@pytest.mark.parametrize("operation", [operations.approve, operations.reject, operations.spam, operations.restore])
def test_by_statements_comes_to_the_same_as_one_by_one(mo: User, app: Flask, operation: Operation) -> None:
    both = {}
    for way in ("alone", "at once"):
        with unit_of_work():
            post = factories.post()
            some = [factories.comment(post=post, status=status) for status in CommentStatus]
        query = select(Comment).where(Comment.post_id == post.id)
        inputs = {"reason": "Off topic"} if operation.takes else {}
        if way == "alone":
            skipped = 0
            for one in some:
                with unit_of_work(), acting(actor=mo, surface="admin"):
                    if operation.fits(one):
                        operation(one, actor=mo, **inputs)
                    else:
                        skipped += 1
        else:
            id = ask(operation, mo, query, **inputs)
            running.work(app)
            skipped = the(id).skipped
        db.session.expire_all()
        found = db.session.scalars(query.order_by(Comment.id)).all()
        numbers = [one.id for one in found]
        entries = db.session.scalars(
            select(AuditEntry).where(
                AuditEntry.target_type == "comment", AuditEntry.target_id.in_(numbers), AuditEntry.effect == "edit"
            )
        ).all()
        both[way] = (
            [(one.status, one.reason, one.decided_at is None, one.version) for one in found],
            sorted(
                (entry.action, sorted(entry.changes), entry.changes["status"], entry.target_version)
                for entry in entries
            ),
            skipped,
        )
    assert both["alone"] == both["at once"]


def test_what_somebody_decided_meanwhile_is_left_out_and_named(mo: User, app: Flask) -> None:
    first, second = comments(2)
    id = ask(operations.approve, mo)
    with unit_of_work(), acting(actor=mo, surface="admin"):
        operations.reject(db.session.get_one(Comment, first), actor=mo)
    running.work(app)
    task = the(id)
    assert (task.done, task.skipped) == (1, 1)
    assert task.left_out[0][1] == "somebody changed it meanwhile"
    assert held()[first][0] is CommentStatus.REJECTED
    assert held()[second][0] is CommentStatus.APPROVED


def test_deleting_goes_one_by_one_and_the_trash_has_them(mo: User, app: Flask) -> None:
    from backoffice.records.trash import Trashed

    comments(4)
    with unit_of_work():
        admin = db.session.scalars(select(User).where(User.username == "admin")).one()
    id = ask(operations.delete, admin)
    running.work(app)
    assert the(id).done == 4
    assert db.session.scalar(select(func.count(Trashed.id))) == 4


def test_nobody_does_in_the_background_what_he_may_not_do(mo: User, app: Flask) -> None:
    comments(2)
    with unit_of_work():
        nobody = people.person("nobody")
    id = ask(operations.approve, nobody)
    running.work(app)
    assert the(id).state is TaskState.FAILED
    assert the(id).error == "You may not do this."
    refusal = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.refused")).one()
    assert (refusal.actor_id, refusal.target_title) == (nobody.id, "comment.moderate")
    assert {values[0] for values in held().values()} == {CommentStatus.PENDING}


def test_an_author_reaches_only_the_comments_on_his_own_posts(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            author = people.person("aut")
            own = factories.comment(post=factories.post(author=author)).id
            other = factories.comment(post=factories.post()).id
        id = ask(operations.approve, author)
        running.work(app)
        assert (the(id).done, the(id).skipped) == (1, 1)
        assert the(id).left_out == [[f"#{other}", "it is not here, or you may not see it"]]
        assert held()[own][0] is CommentStatus.APPROVED


def test_a_cancelled_task_stops_at_the_next_step_and_keeps_what_it_did(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MANY", 2)
    comments(5)
    id = ask(operations.approve, mo)
    claimed = running.claim()
    assert claimed is not None
    assert running._step(*claimed)
    with unit_of_work():
        db.session.execute(update(Task).where(Task.id == id).values(is_cancelled=True))
    assert not running._step(*claimed)
    assert (the(id).state, the(id).done) == (TaskState.CANCELLED, 2)
    assert db.session.scalar(select(func.count()).select_from(TaskItem)) == 0


def test_a_task_whose_process_died_is_carried_on_when_its_lease_has_run_out(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MANY", 2)
    comments(5)
    id = ask(operations.approve, mo)
    dead = running.claim()
    assert dead is not None
    running._step(*dead)
    assert running.claim() is None
    with unit_of_work():
        db.session.execute(update(Task).where(Task.id == id).values(lease_until=clock.now() - timedelta(seconds=1)))
    running.work(app)
    assert (the(id).state, the(id).done) == (TaskState.DONE, 5)
    assert not running._step(*dead), "whoever was thought dead does nothing more"


def test_of_two_processes_one_has_the_task(mo: User) -> None:
    comments(1)
    ask(operations.approve, mo)
    assert running.claim() is not None
    assert running.claim() is None


def test_a_stopping_server_hands_its_task_over_at_once(mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MANY", 1)
    comments(3)
    ask(operations.approve, mo)
    answers = iter([False, False, True, True])
    running.work(app, lambda: next(answers))
    assert running.claim() is not None


def test_a_task_that_fails_says_why_and_lets_the_next_have_its_turn(mo: User, app: Flask) -> None:
    comments(1)
    with unit_of_work():
        broken = begin(batches.operate, "Broken", actor=mo, action="comment.unheard_of", inputs={}).id
    whole = ask(operations.approve, mo)
    running.work(app)
    assert the(broken).state is TaskState.FAILED
    assert the(broken).error
    assert the(whole).state is TaskState.DONE


def test_a_batch_is_taken_back_in_the_background_with_every_row_as_before(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing_in_bulk, "MANY", 4)
    comments(6)
    comments(3, status=CommentStatus.SPAM)
    before = {id: values[:3] + values[4:] for id, values in held().items()}
    first = the(ask(operations.reject, mo, reason="Off topic"))
    running.work(app)
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(first.request_id, "Undo", actor=mo).id
    running.work(app)
    assert (the(undo).state, the(undo).done, the(undo).skipped) == (TaskState.DONE, 9, 0)
    assert {id: values[:3] + values[4:] for id, values in held().items()} == before


def test_redo_is_taking_back_what_took_back(mo: User, app: Flask) -> None:
    comments(3)
    first = the(ask(operations.approve, mo))
    running.work(app)
    done = {id: values[:2] for id, values in held().items()}
    batch = first.request_id
    for _time in range(2):
        with unit_of_work():
            id = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=mo).id
        running.work(app)
        batch = the(id).request_id
    assert {id: values[:2] for id, values in held().items()} == done


def test_what_was_decided_again_since_stays_and_is_named(mo: User, app: Flask) -> None:
    first, second = comments(2)
    batch = the(ask(operations.approve, mo)).request_id
    running.work(app)
    with unit_of_work(), acting(actor=mo, surface="admin"):
        operations.spam(db.session.get_one(Comment, first), actor=mo)
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=mo).id
    running.work(app)
    assert (the(undo).done, the(undo).skipped) == (1, 1)
    assert "changed again since" in the(undo).left_out[0][1]
    assert held()[first][0] is CommentStatus.SPAM
    assert held()[second][0] is CommentStatus.PENDING


def test_deleted_records_of_a_batch_come_back(mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing_in_bulk, "FEW", 2)
    comments(5)
    before = held()
    with unit_of_work():
        admin = db.session.scalars(select(User).where(User.username == "admin")).one()
    batch = the(ask(operations.delete, admin)).request_id
    running.work(app)
    assert held() == {}
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=admin).id
    running.work(app)
    assert (the(undo).done, the(undo).skipped) == (5, 0)
    assert {id: values[0] for id, values in held().items()} == {id: values[0] for id, values in before.items()}


def test_nothing_is_taken_back_twice(mo: User, app: Flask) -> None:
    comments(1)
    batch = the(ask(operations.approve, mo)).request_id
    running.work(app)
    with unit_of_work():
        admin = db.session.scalars(select(User).where(User.username == "admin")).one()
        one = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=mo).id
        assert undoing_in_bulk.begin_taking_back(batch, "Undo", actor=mo).id == one, "asked for twice by a double click"
        two = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=admin).id
    running.work(app)
    assert (the(one).state, the(two).state) == (TaskState.DONE, TaskState.FAILED)
    assert the(two).error == "This was taken back already."


WORKER = """
import sys
from datetime import timedelta
from pathlib import Path
from backoffice.app import create_app
from backoffice.jobs import tasks
from backoffice.records import batches, undoing_in_bulk
from tests import databases as dbs

batches.MANY = undoing_in_bulk.MANY = 10
tasks.BREATH, tasks.LEASE = dict.fromkeys(tasks.BREATH, 2), timedelta(seconds=1)
tasks.work(create_app(dbs.settings(sys.argv[1], Path(sys.argv[2]))))
"""


def killed_in_the_middle(url: str, folder: Path, id: int) -> None:
    """Let another process work on the task, and kill it without a warning when it has done a part."""
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", WORKER, url, str(folder)], cwd=root)
    try:
        until = time.monotonic() + 60
        while the(id).done < 20:
            db.session.rollback()
            assert process.poll() is None, "it was done too early"
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        db.session.rollback()
        process.kill()
        process.wait()


def carried_on(app: Flask, id: int) -> None:
    until = time.monotonic() + 30
    while not the(id).is_over and time.monotonic() < until:
        db.session.rollback()
        running.work(app)
        time.sleep(0.1)


def test_a_batch_and_its_undo_survive_kill_9_and_do_everything_once(
    mo: User, app: Flask, database_url: str, tmp_path: Path
) -> None:
    comments(100)
    before = {id: values[:3] for id, values in held().items()}
    id = ask(operations.approve, mo)
    killed_in_the_middle(database_url, tmp_path, id)
    assert 20 <= the(id).done < 100
    carried_on(app, id)
    assert (the(id).state, the(id).done, the(id).skipped) == (TaskState.DONE, 100, 0)
    assert {values[3] for values in held().values()} == {2}
    batch = AuditEntry.request_id == the(id).request_id
    assert db.session.scalar(select(func.count(AuditEntry.target_id.distinct())).where(batch)) == 100
    assert db.session.scalar(select(func.count(AuditEntry.id)).where(batch)) == 100

    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(the(id).request_id, "Undo", actor=mo).id
    killed_in_the_middle(database_url, tmp_path, undo)
    carried_on(app, undo)
    assert (the(undo).state, the(undo).done, the(undo).skipped) == (TaskState.DONE, 100, 0)
    assert {id: values[:3] for id, values in held().items()} == before
    assert {values[3] for values in held().values()} == {3}
