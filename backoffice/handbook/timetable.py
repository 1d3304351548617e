"""docs/jobs.md: every job of the house, when it runs and what it may do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from backoffice.foundation.i18n import message_of

_HEAD = """# Jobs

Written by `make docs` from `backoffice/timetable.py`, where each job has its line. Jobs of one lane run one after the
other, lanes beside each other; a job that is *shared* runs in any number of processes at once, all others in one. A job
that says *when needed* looks first whether there is anything to do. After the longest time a run is asked to stop.

| Job | What it does | When | Lane | At most | May |
|---|---|---|---|---|---|
"""


def document(jobs: Iterable[Any]) -> str:
    """What docs/jobs.md should say, from the lines of the timetable."""
    return _HEAD + "".join(_row(job) for job in jobs)


def _row(job: Any) -> str:
    when = f"{job.rhythm}, when needed" if job.wanted else str(job.rhythm)
    lane = f"{job.lane}, shared" if job.at_once else job.lane
    may = ", ".join(f"`{can.value}`" for can in job.may) or "nothing of its own"
    what = message_of(job.what) if job.what else job.help
    return f"| `{job.name}` | {what} | {when} | {lane} | {_span(job.longest)} | {may} |\n"


def _span(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    return f"{minutes / 60:g} h" if minutes % 60 == 0 else f"{minutes:g} min"
