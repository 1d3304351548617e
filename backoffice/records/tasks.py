"""Tasks: work that people ask for and that takes longer than they should wait, done in the background in small steps.

A task is a row, so that any process can carry it on. Each step is one transaction in which its changes and its progress
are committed together: after a crash the next process goes on exactly there. A lease says who is at it; the token of
the lease is checked in every step, so that a process that was thought dead cannot do a step twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, delete, insert, literal, null
from sqlalchemy.orm import Mapped, relationship

from backoffice.foundation import clock
from backoffice.foundation.acting import new_request_id, present
from backoffice.foundation.database import EnumText, Model, UTCDateTime, Versioned, after_commit, db, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.i18n import Text, _l

LONGEST_TITLE = 200
#: What was left out is named up to this number, and counted beyond.
MOST_NAMED = 100


class TaskState(LabelledEnum):
    """How far a task is."""

    WAITING = "waiting", _l("Waiting")
    RUNNING = "running", _l("Running")
    DONE = "done", _l("Done")
    CANCELLED = "cancelled", _l("Cancelled")
    FAILED = "failed", _l("Failed")


class Task(Model):
    """One piece of background work, its progress and what came of it."""

    __tablename__ = "tasks"
    resource = "task"
    singular = _l("Task")
    plural = _l("Tasks")
    named_by = ("title",)

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    kind: Mapped[str] = labelled(_l("Kind"), String(20))
    title: Mapped[str] = labelled(_l("Title"), String(LONGEST_TITLE))
    actor_id: Mapped[int] = labelled(_l("Person"), ForeignKey("users.id", ondelete="CASCADE"))
    #: The batch in the trail: what the task changes can be taken back under this name.
    request_id: Mapped[str] = labelled(_l("Request"), String(20), index=True)
    given: Mapped[dict[str, Any]] = labelled(_l("Input"), JSON, default=dict)
    state: Mapped[TaskState] = labelled(_l("State"), EnumText(TaskState), default=TaskState.WAITING)
    total: Mapped[int] = labelled(_l("Records"), default=0)
    done: Mapped[int] = labelled(_l("Done"), default=0)
    skipped: Mapped[int] = labelled(_l("Left out"), default=0)
    #: Where the next step begins; what it counts is the matter of the kind.
    place: Mapped[int] = labelled(_l("Place"), BigInteger, default=0)
    #: Title and reason of what was left out.
    left_out: Mapped[list[list[str]]] = labelled(_l("Left out"), JSON, default=list)
    outcome: Mapped[dict[str, Any]] = labelled(_l("Outcome"), JSON, default=dict)
    error: Mapped[str] = labelled(_l("Error"), String(500), default="")
    failures: Mapped[int] = labelled(_l("Failures"), default=0)
    is_cancelled: Mapped[bool] = labelled(_l("Cancelled"), default=False)
    lease_until: Mapped[datetime | None] = labelled(_l("Reserved until"), UTCDateTime)
    lease_token: Mapped[str] = labelled(_l("Reserved by"), String(20), default="")
    created_at: Mapped[datetime] = labelled(_l("Created"), UTCDateTime, default=clock.now)
    started_at: Mapped[datetime | None] = labelled(_l("Start"), UTCDateTime)
    finished_at: Mapped[datetime | None] = labelled(_l("End"), UTCDateTime)

    actor: Mapped[Any] = relationship("User")

    __table_args__ = (
        Index("ix_tasks_state_id", "state", "id"),
        Index("ix_tasks_actor_id_id", "actor_id", "id"),
        Index("ix_tasks_finished_at_id", "finished_at", "id"),
    )

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED)

    @property
    def percent(self) -> int:
        """How much of it is behind, in hundredths."""
        if self.state is TaskState.DONE:
            return 100
        return min(99, 100 * (self.done + self.skipped) // self.total) if self.total else 0

    def leave_out(self, title: str, reason: str) -> None:
        """Count a record that was left out, and name it while the list is short."""
        self.skipped += 1
        self.name(title, reason)

    def name(self, title: str, reason: str) -> None:
        """Say what of a record was left as it is."""
        if len(self.left_out) < MOST_NAMED:
            self.left_out = [*self.left_out, [title[:LONGEST_TITLE], reason[:500]]]

    @classmethod
    def owned_by(cls, user_id: int) -> Any:
        """A task belongs to whoever asked for it."""
        return cls.actor_id == user_id

    def is_owned_by(self, user_id: int) -> bool:
        """A task belongs to whoever asked for it."""
        return self.actor_id == user_id


class TaskItem(Model):
    """A record that a task works through, by number."""

    __tablename__ = "task_items"

    task_id: Mapped[int] = labelled(_l("Task"), ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = labelled(
        _l("Number of the record"), BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    #: The version it had when it was chosen: what somebody changes meanwhile is left out.
    version: Mapped[int | None] = labelled(_l("Version"))


#: Takes how much is behind and how much there is; False says that the work is to be dropped.
Report = Callable[[int, int], bool]


@dataclass(frozen=True)
class TaskKind:
    """How tasks of one kind go on: `step` does a little, counts it in the task, and tells whether that was all.

    It runs in a unit of work of its own, as the person who asked, under the batch of the task. Work that only reads and
    cannot be cut into steps has `whole` instead: it runs outside any transaction, reports often, and begins anew after
    a crash; what it returns is the outcome, None if it dropped the work.
    """

    name: str
    label: Text
    step: Callable[[Task], bool] | None = None
    whole: Callable[[Task, Report], dict[str, Any] | None] | None = None
    #: Called once the task is over, whatever came of it, in the transaction that says so.
    tidy: Callable[[Task], Any] = lambda task: None


_kinds: dict[str, TaskKind] = {}


def task_kind(
    name: str, label: Text, tidy: Callable[[Task], Any] = lambda task: None
) -> Callable[[Callable[[Task], bool]], TaskKind]:
    """Declare a kind of task by its step."""

    def declare(step: Callable[[Task], bool]) -> TaskKind:
        _kinds[name] = TaskKind(name, label, step=step, tidy=tidy)
        return _kinds[name]

    return declare


def whole_task_kind(name: str, label: Text) -> Callable[[Callable[[Task, Report], dict[str, Any] | None]], TaskKind]:
    """Declare a kind of task that is done as a whole."""

    def declare(whole: Callable[[Task, Report], dict[str, Any] | None]) -> TaskKind:
        _kinds[name] = TaskKind(name, label, whole=whole)
        return _kinds[name]

    return declare


def kind_of(task: Task) -> TaskKind | None:
    """The kind of a task; None if the house does not know it any more."""
    return _kinds.get(task.kind)


def begin(kind: TaskKind, title: str, *, actor: Any, total: int = 0, **given: Any) -> Task:
    """Ask for work in the background. Never commits; the runner is woken once it is committed."""
    task = Task(
        kind=kind.name,
        title=title[:LONGEST_TITLE],
        actor_id=actor.id,
        request_id=new_request_id(),
        given={**given, "surface": present().surface},
        total=total,
    )
    db.session.add(task)
    db.session.flush()
    after_commit(wake)
    return task


def give_items(task: Task, query: Any, model: Any) -> int:
    """Write down the records a query finds as what the task works through; how many. Never commits."""
    version = model.version if issubclass(model, Versioned) else null()
    numbers = query.order_by(None).with_only_columns(literal(task.id), model.id, version, maintain_column_froms=True)
    table: Any = TaskItem.__table__
    statement = insert(table).from_select(["task_id", "id", "version"], numbers)
    result = db.session.connection().execute(statement, execution_options={"preserve_rowcount": True})
    task.total = result.rowcount
    db.session.flush()
    return task.total


def file_of(task: Task) -> Path:
    """Where the file a task makes is kept: beside nothing that is served, under a name that only the task knows."""
    return exports() / f"{task.id}-{task.request_id}"


def exports() -> Path:
    """The folder of such files."""
    return Path(current_app.instance_path) / "exports"


def forget_items(task: Task) -> None:
    """Delete what the task worked through."""
    db.session.execute(delete(TaskItem).where(TaskItem.task_id == task.id))


def wake() -> None:
    """Let the runner of this process look for work now; another process finds it within a second or two."""
    if (scheduler := current_app.extensions.get("scheduler")) is not None:
        scheduler.wake("tasks")
