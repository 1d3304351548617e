"""The timetable before somebody's eyes: a job is run, paused and set going again, with scripts and without."""

from __future__ import annotations

import pytest

from tests.e2e.house import ADMIN_PASSWORD
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-people")
ROW = "tr[data-job='sweep-desk']"
JOB = "/admin/jobs/timetable/sweep-desk/"


def test_a_job_is_run_and_its_end_appears_by_itself(screen: Screen) -> None:
    screen.is_signed_in("admin", ADMIN_PASSWORD).goes("/admin/jobs/")
    before = screen.runs("return performance.timeOrigin")
    screen.one(f"{ROW} [formaction$='/run']").click()
    screen.sees("Clears the desk of what is over: It starts within a few seconds.")
    screen.waits(lambda: "just now" in screen.one(ROW).text and "Starting" not in screen.one(ROW).text)
    assert screen.path == "/admin/jobs/"
    assert screen.runs("return performance.timeOrigin") > before, "the order was sent by a form"
    screen.goes(JOB).sees("Administrator")


def test_the_focus_stays_where_it_is_while_the_timetable_changes(screen: Screen) -> None:
    screen.is_signed_in("admin", ADMIN_PASSWORD).goes("/admin/jobs/")
    screen.runs("document.querySelector(arguments[0]).focus()", f"{ROW} [formaction$='/pause']")
    screen.runs("document.querySelector('[data-task]').dataset.old = 'yes'")
    screen.waits(lambda: screen.runs("return document.querySelector('[data-task]').dataset.old") is None)
    assert (screen.focused.get_attribute("formaction") or "").endswith("/sweep-desk/pause")


def test_a_job_is_paused_and_set_going_again_without_scripts(plain: Screen) -> None:
    plain.is_signed_in("admin", ADMIN_PASSWORD).goes(JOB)
    plain.presses("Pause").sees("Paused. It begins no run by itself until somebody lets it go on.")
    plain.sees("has paused this job.")
    plain.goes("/admin/").sees("has been paused for")
    plain.goes(JOB).presses("Let it go on").sees("It runs again when it is due.")
