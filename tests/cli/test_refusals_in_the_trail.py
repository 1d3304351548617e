"""What a command was refused for want of a permission stands in the trail, as what a page refuses does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.cli.groups import HouseGroup
from backoffice.cli.operating import operation_command
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import Can, System
from backoffice.posts.models import Tag
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.terminal import refusal, run

both_databases = pytest.mark.both_databases


def refusals(app: Flask) -> list[tuple[str, str, str, str]]:
    """Who was refused what, and through which surface."""
    with app.app_context():
        query = select(AuditEntry).where(AuditEntry.action.like("%.refused")).order_by(AuditEntry.id)
        return [
            (entry.actor_name, entry.action, entry.target_title, entry.surface) for entry in db.session.scalars(query)
        ]


def trial(app: Flask, action: Callable[[], Any]) -> None:
    """A command `flask trial go` that does this."""
    group = HouseGroup("trial")
    group.command("go")(action)
    app.cli.add_command(group)


def half_done() -> None:
    with acting(actor=System("keeper"), surface="cli"), unit_of_work():
        factories.tag(name="Half done")
        raise NotAllowed(permission="tag.delete")


@both_databases
def test_a_refused_command_is_written_down_once_a_minute_and_nothing_else_of_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial(app, half_done)
    for _time in range(3):
        assert refusal(run(app, "trial", "go")) == "Error: You may not do this."
    assert refusals(app) == [("keeper", "tag.refused", "tag.delete", "cli")]
    with app.app_context():
        assert db.session.scalars(select(Tag)).all() == []
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    run(app, "trial", "go")
    assert len(refusals(app)) == 2


def test_a_refusal_that_lacks_no_permission_is_not(app: Flask) -> None:
    def fail() -> None:
        raise NotApplicable(_l("The tide is out."))

    trial(app, fail)
    refusal(run(app, "trial", "go"))
    assert refusals(app) == []


def test_where_nobody_acts_it_is_the_command_line(app: Flask) -> None:
    def fail() -> None:
        raise NotAllowed(permission="tag.delete")

    trial(app, fail)
    refusal(run(app, "trial", "go"))
    assert refusals(app) == [("cli", "tag.refused", "tag.delete", "cli")]


@both_databases
def test_what_is_refused_among_many_is_written_down_and_the_rest_is_done(app: Flask) -> None:
    def mark(tag: Tag, *, actor: Any) -> None:
        if tag.name.startswith("Hers"):
            raise NotAllowed(permission="tag.edit")
        tag.name = "Marked"

    operation = Operation(mark, Tag, Can.TAG_EDIT, _l("Mark"), _l("Marked"), lambda _tag: True)
    group = HouseGroup("trial")
    group.add_command(operation_command(operation))
    app.cli.add_command(group)
    with app.app_context(), unit_of_work():
        ids = [factories.tag(name=name).id for name in ("Hers", "Other", "Hers too")]
    result = run(app, "trial", "mark", *ids)
    assert result.exit_code == 1 and "Skipped: 2" in result.output
    assert refusals(app) == [("cli", "tag.refused", "tag.edit", "cli")]
    with app.app_context():
        assert sorted(db.session.scalars(select(Tag.name))) == ["Hers", "Hers too", "Marked"]


def test_a_trail_that_cannot_be_written_changes_no_answer(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        with unit_of_work():
            db.session.connection().exec_driver_sql("ALTER TABLE audit_entries RENAME TO gone")
        raise NotAllowed(permission="tag.delete")

    trial(app, fail)
    assert refusal(run(app, "trial", "go")) == "Error: You may not do this."
    assert "could not be written into the trail" in caplog.text
