"""The parts of `benchmarks.mail` that run inside the application, each in a process of its own.

`python -m benchmarks.mail_worker fill|work|direct|pick …`; for Celery this module is what `-A` names. Two variables say
how: MAIL_JOBS names the jobs that run, and MAIL_KILLS a folder with the kills that are left, a file for each: whoever
passes a marked point may take one away and kills itself. The marks are set here; the product knows nothing of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import smtplib
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text

from backoffice import create_app
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import System
from backoffice.jobs import init_jobs, workers
from backoffice.jobs.scheduler import start_scheduler
from backoffice.mail import claiming, deliveries, message
from backoffice.records.outbox import OutboxMail
from backoffice.reminders import firing
from backoffice.reminders.models import Reminder

PEOPLE = 20
#: Points at which a process dies: name, and about how many mails pass by for each time somebody passes there.
POINTS = {"claimed": 20, "before": 1, "taken": 1, "recorded": 1, "firing": 250}


def fill(count: int) -> None:
    """Make reminders that are due, for some people."""
    app = create_app()
    with app.app_context():
        with acting(actor=System("benchmark"), surface="job"), unit_of_work():
            people = [
                User(username=f"reader{n}", name=f"Reader {n}", email=f"reader{n}@example.org", password_hash="-")
                for n in range(PEOPLE)
            ]
            db.session.add_all(people)
        owner, readers = people[0].id, [person.id for person in people]
        now = clock.now()
        common = {
            "body": "Bring the proofs of the front page, and ask Rita about the tide tables.",
            "owner_id": owner,
            "local_at": now.replace(tzinfo=None),
            "time_zone": "UTC",
            "rule": "",
            "due_at": now,
            "alarm_at": now,
            "waits_at": now,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        rows = [{**common, "subject": f"Number {n}", "recipient_id": readers[n % PEOPLE]} for n in range(count)]
        with db.engine.begin() as connection:
            for start in range(0, count, 1000):
                connection.execute(insert(Reminder.__table__), rows[start : start + 1000])


def work() -> None:
    """The embedded runner, as in a server: begins at a line from outside and goes on until it is stopped."""
    app = create_app()
    restrict(app)
    mark()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    print("ready", flush=True)
    sys.stdin.readline()
    scheduler = start_scheduler(app)
    stop.wait()
    scheduler.stop()


def direct(host: str, port: str, count: int) -> None:
    """A plain loop of smtplib over one connection with messages of the house, the figure to be compared with."""
    app = create_app()
    with app.app_context():
        mail = db.session.scalars(select(OutboxMail).limit(1)).one()
        made, to = message.message_of(mail), mail.recipient
        content: Any = made if isinstance(made, bytes) else bytes(made)
    if not content.endswith(b"\r\n"):
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    print("ready", flush=True)
    sys.stdin.readline()
    with smtplib.SMTP(host, int(port), local_hostname="desk.example.org") as server:
        for _number in range(count):
            server.sendmail("desk@example.org", [to], content)
    print("done", flush=True)


def pick(rows: int, times: int) -> None:
    """Median milliseconds of finding what is due among so many, with 0, 1 and 10,000 due; prints JSON."""
    app = create_app()
    with app.app_context():
        _many(rows)
        found: dict[str, dict[str, float]] = {}
        for due in (0, 1, 10_000):
            _let_be_due(due)
            found[str(due)] = {
                "is_due": _median(firing.is_due, times),
                "due_ids": _median(lambda: firing._due_ids(clock.now()), times),
            }
        print(json.dumps(found))


def _many(rows: int) -> None:
    """Reminders of every kind: half to come, the others told, done or cancelled."""
    postgresql = db.engine.dialect.name == "postgresql"
    later = (
        "now() + (n % 1000 + 1) * interval '1 hour'"
        if postgresql
        else "datetime('now', '+' || (n % 1000 + 1) || ' hours')"
    )
    numbers = (
        f"generate_series(1, {rows}) AS s(n)"
        if postgresql
        else f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) SELECT n FROM s)"
    )
    with unit_of_work():
        owner = db.session.scalars(select(User.id).order_by(User.id).limit(1)).one()
    state = "CASE n % 4 WHEN 0 THEN 'sent' WHEN 1 THEN 'done' ELSE 'scheduled' END"
    coming = f"CASE WHEN n % 4 > 1 THEN {later} END"
    statement = f"""
        INSERT INTO reminders (subject, body, owner_id, recipient_id, local_at, time_zone, rule, due_at, alarm_at,
            waits_at, status, created_at, updated_at, version)
        SELECT 'Number ' || n, '', {owner}, {owner}, {later}, 'UTC', '', {later}, {coming}, {coming}, {state},
            {later}, {later}, 1
        FROM {numbers}"""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if postgresql:
            connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(statement))
        connection.execute(text("ANALYZE"))


def _let_be_due(count: int) -> None:
    with db.engine.begin() as connection:
        past = (
            "now() - interval '1 minute'" if db.engine.dialect.name == "postgresql" else "datetime('now', '-1 minute')"
        )
        chosen = f"(SELECT id FROM reminders WHERE status = 'scheduled' ORDER BY id LIMIT {count})"
        connection.execute(text(f"UPDATE reminders SET alarm_at = {past} WHERE id IN {chosen}"))


def _median(do: Callable[[], object], times: int) -> float:
    took = []
    for _time in range(times):
        before = time.perf_counter()
        do()
        took.append((time.perf_counter() - before) * 1000)
        db.session.rollback()
    return statistics.median(took)


def restrict(app: Any) -> None:
    """Leave only the jobs that are measured."""
    if names := os.environ.get("MAIL_JOBS"):
        jobs = app.extensions["jobs"]
        init_jobs(app, [jobs[name] for name in names.split(",")])


def mark() -> None:
    """Set the marks, where there are kills."""
    if not (place := os.environ.get("MAIL_KILLS")):
        return
    kills = Kills(Path(place), int(os.environ["MAIL_COUNT"]))
    _after(claiming.Claims, "take", lambda found: found and kills.maybe("claimed"))
    deliver = deliveries.ServerDelivery.deliver

    def dangerous(*args: Any, **kwargs: Any) -> Any:
        kills.maybe("before")
        answer = deliver(*args, **kwargs)
        kills.maybe("taken")
        return answer

    deliveries.ServerDelivery.deliver = dangerous  # type: ignore[method-assign]
    _after(claiming.Claims, "sent", lambda _found: kills.maybe("recorded"))
    _after(firing, "_promise", lambda _found: kills.maybe("firing"))


def _after(place: Any, name: str, then: Callable[[Any], object]) -> None:
    original = getattr(place, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        then(found)
        return found

    setattr(place, name, wrapped)


class Kills:
    """The kills that are left. Those of one point are spread over the first half of the run."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self._chance: dict[str, float] = {}
        for point, mails in POINTS.items():
            passes = max(count / mails / 2, 1)
            self._chance[point] = min(len(list(folder.glob(f"{point}-*"))) / passes * 2, 1)
        self._random = random.Random()

    def maybe(self, point: str) -> None:
        """Perhaps die here."""
        if self._random.random() < self._chance[point]:
            for path in self.folder.glob(f"{point}-*"):
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
                    os.kill(os.getpid(), signal.SIGKILL)


def _celery() -> Any:
    house = create_app()
    restrict(house)
    mark()
    return workers.equip(house)


if __name__ == "__main__":
    part, *words = sys.argv[1:]
    {"fill": fill, "work": work, "direct": direct, "pick": pick}[part](  # type: ignore[operator]
        *(
            int(word) if word.isdecimal() and part != "direct" or index == 2 else word
            for index, word in enumerate(words)
        )
    )
elif os.environ.get("MAIL_JOBS"):
    app = _celery()
