"""Background work that stops on the way: it keeps what it needs to go on, and says what did not add up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from backoffice.accounts.models import User
from backoffice.comments import operations
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.acting import acting, present
from backoffice.foundation.database import after_commit, db, unit_of_work
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import NotApplicable
from backoffice.jobs import tasks as running
from backoffice.records import audit, batches, undoing, undoing_in_bulk
from backoffice.records.audit import AuditEntry
from backoffice.records.tasks import TaskItem, TaskState
from backoffice.records.trash import Trashed
from backoffice.records.undoing import TakenBack
from tests import factories, people
from tests.browser import Browser
from tests.records.test_tasks import ask, comments, held, the

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


@pytest.fixture
def mo(app: Flask) -> Any:
    with app.app_context():
        with unit_of_work():
            person = people.person("mo")
        yield person


def admin() -> Any:
    return db.session.scalars(select(User).where(User.username == "admin")).one()


def set_active(person: User, active: bool) -> None:
    with unit_of_work():
        db.session.get_one(User, person.id).is_active = active


def items() -> int:
    return db.session.scalar(select(func.count()).select_from(TaskItem)) or 0


def test_a_task_that_failed_keeps_what_it_works_through_and_does_the_rest_later(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn
) -> None:
    monkeypatch.setattr(batches, "MANY", 2)
    comments(5)
    id = ask(operations.approve, mo)
    claimed = running.claim()
    assert claimed is not None
    assert running._step(*claimed)
    set_active(mo, False)
    running.carry_on(*claimed)
    assert (the(id).state, the(id).done, items()) == (TaskState.FAILED, 2, 5)
    set_active(mo, True)
    with unit_of_work():
        resume(id)
    running.work(app)
    assert (the(id).state, the(id).done, the(id).skipped, items()) == (TaskState.DONE, 5, 0, 0)
    assert {values[0] for values in held().values()} == {CommentStatus.APPROVED}


def resume(id: int) -> None:
    task = the(id)
    task.state, task.finished_at = TaskState.WAITING, None


def test_a_failed_task_goes_on_by_its_button(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    with app.app_context():
        comments(3)
        person = db.session.scalars(select(User).where(User.username == "mo")).one()
        id = ask(operations.approve, person)
        set_active(person, False)
        running.work(app)
        assert the(id).state is TaskState.FAILED
        set_active(person, True)
    browser = sign_in("mo")
    browser.submit(f"/admin/jobs/{id}/resume")
    with app.app_context():
        running.work(app)
        assert (the(id).state, the(id).done) == (TaskState.DONE, 3)


def test_a_failed_task_that_was_taken_back_does_not_go_on(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("mo")
    with app.app_context():
        comments(3)
        person = db.session.scalars(select(User).where(User.username == "mo")).one()
        id = ask(operations.approve, person)
        with unit_of_work():
            task = the(id)
            task.state = TaskState.FAILED
            db.session.add(TakenBack(request_id=task.request_id, by_request_id="ANOTHER"))
    answer = browser.submit(f"/admin/jobs/{id}/resume", follow_redirects=True)
    assert "This was taken back already." in answer.text
    with app.app_context():
        assert the(id).state is TaskState.FAILED


def test_nobody_stops_or_resumes_the_work_of_others_for_being_able_to_see_it(app: Flask, sign_in: SignIn) -> None:
    sign_in("mo")
    with app.app_context():
        comments(1)
        with unit_of_work():
            role = factories.role(permissions={"job.view": "all"})
            reader = factories.user(roles=[role])
        id = ask(operations.approve, db.session.scalars(select(User).where(User.username == "mo")).one())
    browser = sign_in(reader)
    assert browser.get(f"/admin/jobs/{id}/").status_code == 200
    assert "Stop here" not in browser.get(f"/admin/jobs/{id}/").text
    assert browser.submit(f"/admin/jobs/{id}/cancel").status_code == 403
    assert browser.submit(f"/admin/jobs/{id}/resume").status_code == 403
    with app.app_context():
        assert not the(id).is_cancelled
    ana = sign_in("ana")
    assert ana.submit(f"/admin/jobs/{id}/cancel").status_code == 302


def test_what_still_goes_on_is_not_taken_back(mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MANY", 2)
    comments(5)
    id = ask(operations.approve, mo)
    claimed = running.claim()
    assert claimed is not None
    running._step(*claimed)
    with pytest.raises(NotApplicable, match="still going on"), unit_of_work(), acting(actor=mo):
        undoing.undo(the(id).request_id, actor=mo)
    with pytest.raises(NotApplicable, match="still going on"), unit_of_work():
        undoing_in_bulk.begin_taking_back(the(id).request_id, "Undo", actor=mo)
    assert not undoing.is_taken_back(the(id).request_id)


def test_an_undo_that_was_stopped_before_it_did_anything_took_nothing_back(mo: User, app: Flask) -> None:
    comments(2)
    batch = the(ask(operations.approve, mo)).request_id
    running.work(app)
    with unit_of_work(), acting(actor=mo, surface="admin"):
        for one in db.session.scalars(select(Comment)):
            operations.spam(one, actor=mo)
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=mo)
    claimed = running.claim()
    assert claimed is not None
    assert running._step(*claimed)
    with unit_of_work():
        the(undo.id).is_cancelled = True
    running.carry_on(*claimed)
    assert (the(undo.id).state, the(undo.id).done) == (TaskState.CANCELLED, 0)
    assert not undoing.is_taken_back(batch)


def test_slow_deletions_are_shared_out_so_that_others_get_their_turn(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments(6)
    id = ask(operations.delete, admin())
    monkeypatch.setattr(batches, "LONGEST_STEP", timedelta(0))
    claimed = running.claim()
    assert claimed is not None
    assert running._step(*claimed)
    assert the(id).done == 1
    running.carry_on(*claimed)
    assert (the(id).state, the(id).done, the(id).skipped) == (TaskState.DONE, 6, 0)
    monkeypatch.setattr(undoing_in_bulk, "LONGEST_STEP", timedelta(0))
    monkeypatch.setattr(undoing_in_bulk, "A_FEW", 2)
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(the(id).request_id, "Undo", actor=admin()).id
    claimed = running.claim()
    assert claimed is not None
    assert running._step(*claimed)
    assert the(undo).done == 2
    running.carry_on(*claimed)
    assert (the(undo).state, the(undo).done, the(undo).skipped) == (TaskState.DONE, 6, 0)
    assert len(held()) == 6


def somebody() -> User:
    with unit_of_work():
        return factories.user()


def test_what_was_made_and_changed_in_one_request_is_taken_back(mo: User, app: Flask) -> None:
    author = somebody()
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="ALLATONCE"):
        one = factories.comment(post=factories.post(author=author))
        db.session.flush()
        operations.approve(one, actor=admin())
    with unit_of_work(), acting(actor=admin(), surface="admin"):
        outcome = undoing.undo("ALLATONCE", actor=admin())
    assert (len(outcome.done), outcome.skipped) == (3, [])
    assert held() == {}


def test_what_was_made_changed_and_deleted_in_one_batch_is_taken_back_in_the_background(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing_in_bulk, "MANY", 2)
    before = held()
    author = somebody()
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="ALLATONCE"):
        post = factories.post(author=author)
        some = [factories.comment(post=post) for _time in range(3)]
        db.session.flush()
        for one in some:
            operations.approve(one, actor=admin())
        operations.delete(some[0], actor=admin())
        db.session.flush()
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back("ALLATONCE", "Undo", actor=admin()).id
    total = the(undo).total
    running.work(app)
    task = the(undo)
    assert (task.state, task.done, task.skipped, task.left_out) == (TaskState.DONE, total, 0, [])
    assert held() == before


def test_what_stands_on_each_other_over_many_chunks_is_tried_again_until_nothing_moves(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undoing_in_bulk, "MANY", 2)
    monkeypatch.setattr(undoing_in_bulk, "FEW", 2)
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="POSTSFIRST"):
        post = factories.post()
        some = [factories.comment(post=post) for _time in range(5)]
        db.session.flush()
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="GONE"):
        for one in some:
            operations.delete(db.session.get_one(Comment, one.id), actor=admin())
        db.session.flush()
        remove(db.session.get_one(type(post), post.id))
        db.session.flush()
    # As if they had been written in another order: the comments are tried before their post is back.
    with unit_of_work():
        table: Any = AuditEntry.__table__
        about = (table.c.request_id == "GONE", table.c.target_type == "comment")
        db.session.execute(update(table).where(*about).values(id=table.c.id + 1000))
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back("GONE", "Undo", actor=admin()).id
    running.work(app)
    task = the(undo)
    assert (task.state, task.done, task.skipped) == (TaskState.DONE, task.total, 0)
    assert len(held()) == 5


def test_refusals_of_an_undo_in_the_background_carry_the_name_of_the_person(mo: User, app: Flask) -> None:
    comments(2)
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="DELETED"):
        for one in db.session.scalars(select(Comment)):
            operations.delete(one, actor=admin())
    with unit_of_work():
        nobody = people.person("aut")
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back("DELETED", "Undo", actor=nobody).id
    running.work(app)
    assert (the(undo).done, the(undo).skipped) == (0, 2)
    refusal = db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("%.refused"))).one()
    assert (refusal.actor_id, refusal.request_id) == (nobody.id, the(undo).request_id)


def test_a_mishap_is_told_in_words_without_what_the_machine_said(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments(1)

    def broken(*_anything: Any, **_more: Any) -> Any:
        raise OSError(13, "Permission denied", "/var/lib/secret/place")

    monkeypatch.setattr(batches, "_records", broken)
    id = ask(operations.approve, mo)
    running.work(app)
    assert the(id).state is TaskState.FAILED
    assert "secret" not in the(id).error and "Error" not in the(id).error
    assert the(id).error


def test_what_could_not_be_done_after_the_commit_is_left_out_and_counted(mo: User, app: Flask) -> None:
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="KNOTS"):
        for _time in range(2):
            audit.note("tag.knot", factories.tag())
        db.session.flush()
    who: list[Any] = []

    def untie(entry: AuditEntry, *, actor: Any, too_late: Callable[[str], None]) -> None:
        def pull() -> None:
            who.append(present().actor.id)
            too_late("It is tied too tightly.")

        after_commit(pull)

    undoing.undo_noted("tag.knot", untie)
    try:
        with unit_of_work():
            table: Any = AuditEntry.__table__
            db.session.execute(update(table).where(table.c.effect == "create").values(request_id="X"))
            undo = undoing_in_bulk.begin_taking_back("KNOTS", "Undo", actor=admin()).id
        running.work(app)
    finally:
        undoing._noted.pop("tag.knot")
    task = the(undo)
    assert (task.state, task.done, task.skipped) == (TaskState.DONE, 0, 2)
    assert {reason for _title, reason in task.left_out} == {"It is tied too tightly."}
    assert who == [admin().id] * 2
    assert not undoing.is_taken_back("KNOTS")


def test_a_task_with_nothing_in_it_is_over_at_once(mo: User, app: Flask) -> None:
    id = ask(operations.approve, mo)
    running.work(app)
    assert (the(id).state, the(id).total, the(id).percent) == (TaskState.DONE, 0, 100)


def test_who_loses_the_permission_on_the_way_gets_no_further(
    mo: User, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MANY", 2)
    comments(6)
    id = ask(operations.approve, mo)
    steps: list[int] = []
    real = running._step

    def step(*given: Any) -> bool:
        going_on = real(*given)
        steps.append(1)
        if len(steps) == 1:
            with unit_of_work():
                db.session.get_one(User, mo.id).roles.clear()
            db.session.expunge_all()
        return going_on

    monkeypatch.setattr(running, "_step", step)
    running.work(app)
    assert (the(id).state, the(id).done) == (TaskState.FAILED, 2)


def test_a_lease_from_before_the_clock_was_set_back_holds_nothing_up(mo: User, app: Flask) -> None:
    comments(1)
    id = ask(operations.approve, mo)
    with unit_of_work():
        task = the(id)
        task.lease_until, task.state = clock.now() + timedelta(days=1), TaskState.RUNNING
    running.work(app)
    assert the(id).state is TaskState.DONE


def test_a_step_waits_for_whoever_takes_the_same_back_directly(mo: User, app: Flask) -> None:
    comments(2)
    batch = the(ask(operations.approve, mo)).request_id
    running.work(app)
    with unit_of_work():
        undo = undoing_in_bulk.begin_taking_back(batch, "Undo", actor=mo).id
    with unit_of_work(), acting(actor=mo, surface="admin"):
        undoing.undo(batch, actor=mo)
    running.work(app)
    assert (the(undo).state, the(undo).error) == (TaskState.FAILED, "This was taken back already.")
    assert db.session.scalar(select(func.count(TakenBack.id))) == 1
    assert db.session.scalar(select(func.count(Trashed.id))) == 0
