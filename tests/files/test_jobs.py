"""What a crash left among the shared files goes away by itself."""

from __future__ import annotations

import time
from functools import partial

import pytest
from flask import Flask

from backoffice.files import operations
from backoffice.files.shared import the_files
from backoffice.files.writing import HIDDEN
from backoffice.foundation.permissions import Can, System
from tests.files.killing import killed_at
from tests.files.shared import Shared
from tests.terminal import run

DAY = 24 * 3600


def test_what_a_crash_left_is_swept_away_when_it_is_old(
    app: Flask, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.put("press/a.txt")
    left = shared.root / HIDDEN / "draft-left"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    before = shared.tree()
    run(app, "jobs", "run", "sweep-files")
    assert left.exists(), "somebody may still be writing it"
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 2 * DAY)
    run(app, "jobs", "run", "sweep-files")
    assert not left.exists()
    assert shared.tree() == before


def test_what_a_killed_process_left_open_is_settled_within_a_minute(app: Flask, shared: Shared) -> None:
    actor = System("editor", Can.FILE_DELETE)
    for moment in range(1, 40):
        name = shared.put(f"{moment}.txt")
        with app.app_context():
            assert killed_at(moment, partial(operations.delete, the_files(), name, actor=actor))
        if not (shared.root / name).exists():
            break
    assert shared.kept() == [b"words\n"]
    assert shared.whole_trail()[-1] == ("file.begun", name)
    run(app, "jobs", "run", "settle-files")
    assert shared.whole_trail()[-1] == ("file.delete", name)


def test_the_job_is_listed_with_its_hour(app: Flask) -> None:
    assert "sweep-files" in run(app, "jobs", "list").output
