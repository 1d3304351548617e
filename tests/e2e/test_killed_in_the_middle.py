"""The server dies by SIGKILL in the middle of work on very many records, is started again, and ends the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from backoffice.comments.models import Comment
from backoffice.foundation.database import db
from backoffice.jobs.tasks import LEASE
from backoffice.records.audit import AuditEntry
from backoffice.records.tasks import Task, TaskState
from tests.e2e.chromium import Chromium
from tests.e2e.house import ADMIN_PASSWORD, House
from tests.e2e.screen import Screen
from tests.e2e.test_all_that_match import ALL, REJECT, held

pytestmark = pytest.mark.xdist_group("e2e-people")
MANY = 12_000


@pytest.fixture
def fresh(chromium: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """Somebody in front of a back office with very many comments."""
    house = House(tmp_path_factory.mktemp("killed"))
    made = house.flask("comments", "demo", "--count", str(MANY), "--posts", "20")
    assert made.returncode == 0, made.stderr
    yield Screen(chromium.driver(), house)
    house.stop()


def test_a_batch_and_its_undo_go_on_to_the_end_and_do_nothing_twice(fresh: Screen) -> None:
    house, before = fresh.house, held(fresh.house)
    ids = sorted(id for id, row in before.items() if row["status"] == "approved")
    fresh.expected += ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"]
    fresh.is_signed_in("admin", ADMIN_PASSWORD).goes("/admin/comment/?flt_status=approved")
    fresh.ticks(fresh.ids()[0]).one(ALL).click()
    fresh.one(REJECT).click()
    fresh.presses(f"Reject: {len(ids):,}")
    task = killed_in_the_middle(house)
    assert sorted(changed_by(house, task)) == ids, "a record was forgotten, or changed twice"
    after = held(house)
    assert {id: row["status"] for id, row in after.items()} == {
        id: "rejected" if row["status"] == "approved" else row["status"] for id, row in before.items()
    }
    fresh.goes(f"/admin/jobs/{task}/").sees(f"{len(ids):,} of {len(ids):,}").types("z")
    fresh.sees("Undo: ")
    task = killed_in_the_middle(house)
    assert sorted(changed_by(house, task)) == ids, "a record was forgotten, or taken back twice"
    assert held(house) == before
    checked = house.flask("audit", "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def killed_in_the_middle(house: House) -> int:
    """Kill the server while the newest task goes on, start it again, and wait for its end; the number of the task."""
    task = waited(lambda: running(house), 30)
    house.kill()
    with house.opened():
        left = db.session.get_one(Task, task)
        assert left.state is TaskState.RUNNING and 0 < left.done < left.total, "killed too late or too early"
    house.start()
    waited(lambda: task if is_done(house, task) else None, 60 + LEASE.seconds)
    return task


def running(house: House) -> int | None:
    """The number of the newest task, if it goes on and has done something."""
    with house.opened():
        return db.session.scalar(select(Task.id).where(Task.state == TaskState.RUNNING, Task.done > 0))


def is_done(house: House, id: int) -> bool:
    """Whether the task has come to its end."""
    with house.opened():
        return db.session.scalar(select(Task.state).where(Task.id == id)) is TaskState.DONE


def changed_by(house: House, id: int) -> list[int]:
    """The comments in the entries of a task, each as often as it is there; and that it counted them all."""
    with house.opened():
        task = db.session.get_one(Task, id)
        assert (task.done, task.skipped) == (task.total, 0)
        query = select(AuditEntry.target_id).where(
            AuditEntry.request_id == task.request_id, AuditEntry.target_type == "comment"
        )
        found = [int(number or 0) for number in db.session.scalars(query)]
        assert db.session.scalar(select(func.count(Comment.id))) == MANY
        return found


def waited(condition: Callable[[], int | None], seconds: float) -> int:
    """What the condition finds, looked for again and again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (found := condition()) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} seconds")
