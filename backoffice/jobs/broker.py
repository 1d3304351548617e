"""Waking workers: where a broker is set, the server does no jobs itself but tells workers to look for some.

A message only says "look at this job" or "carry tasks on". What there is to do, and whether somebody is at it already,
stands in the database: a message that is lost is made up for by the next one of the beat, one that comes twice finds
nothing to do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from backoffice.foundation.i18n import _
from backoffice.jobs.schedule import Job

#: The lane of what people asked for, as `wake` knows it.
TASKS = "tasks"
#: The queues of messages: mail, which has many hands and is never to wait; the other jobs; what people asked for.
MAIL_QUEUE, HOUSE_QUEUE, TASKS_QUEUE = "backoffice.mail", "backoffice.house", "backoffice.tasks"
QUEUES = (MAIL_QUEUE, HOUSE_QUEUE, TASKS_QUEUE)
#: The beat asks so often whether people asked for something.
TASKS_LOOK = timedelta(seconds=2)
#: A message that nobody took for so long is dropped: the beat has sent another since. Clocks of machines that are
#: further apart than this would have every message dropped.
EXPIRES = timedelta(minutes=2)
#: After a failure the broker is left alone for so long.
PAUSE = timedelta(seconds=3)
#: Wishes for the same lane within this time become one message.
GATHER = timedelta(milliseconds=20)
#: What a publisher waits for the broker at most, for each answer.
PATIENCE = timedelta(seconds=4)


def queue_of(job: Job) -> str:
    """The queue that messages about the job go to: jobs that have many hands at once stand apart from the others."""
    return MAIL_QUEUE if job.at_once else HOUSE_QUEUE


def message_of(job: Job) -> str:
    """What a message about the job is called."""
    return f"backoffice.{job.name}"


#: What a message about tasks is called.
TASKS_MESSAGE = "backoffice.tasks"


def whereabouts(app: Flask) -> str:
    """Where jobs of this application run, in words for people; no password in it."""
    url = app.config["BROKER_URL"]
    if not url:
        return _("in the server itself")
    kind = "RabbitMQ" if url.startswith("amqp") else "Redis"
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return _(
        "on workers, which %(broker)s at %(host)s wakes",
        broker=kind,
        host=f"{host}:{parts.port}" if parts.port else str(host),
    )


class Publisher:
    """Sends messages over one connection of its own; not for several threads at once."""

    def __init__(self, celery: Any) -> None:
        self._celery = celery
        self._connection: Any = None
        self._producer: Any = None

    def publish(self, messages: Iterable[tuple[str, str]]) -> None:
        """Send messages (name and queue). Raises whatever the broker's library does; then the connection is dropped."""
        try:
            if self._producer is None:
                self._connection = self._celery.connection_for_write(
                    heartbeat=0,
                    transport_options={**self._celery.conf.broker_transport_options, **patience(self._celery)},
                )
                self._connection.ensure_connection(max_retries=1, timeout=PATIENCE.total_seconds())
                self._producer = self._celery.amqp.Producer(self._connection, auto_declare=False)
            for name, queue in messages:
                self._celery.send_task(
                    name, queue=queue, producer=self._producer, expires=EXPIRES.total_seconds(), retry=False
                )
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection; the next message makes another."""
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.release()


def patience(celery: Any) -> dict[str, Any]:
    """Transport options with which no call waits for a broker that is gone, and a lost message is noticed."""
    seconds = PATIENCE.total_seconds()
    if celery.conf.broker_url.startswith("amqp"):
        return {"confirm_publish": True, "read_timeout": seconds, "write_timeout": seconds, "max_retries": 1}
    return {"socket_timeout": seconds, "socket_connect_timeout": seconds, "max_retries": 1}


class Waker:
    """Stands where the embedded runner does: `wake` returns at once, whatever the broker is doing."""

    def __init__(self, app: Flask) -> None:
        from backoffice.jobs.workers import celery_of  # takes half a second that only this way of running has to spend

        self._app, self._celery = app, celery_of(app)
        self._wanted: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    def wake(self, lane: str) -> None:
        """Have workers look for what there is to do in a lane; never waits, never fails."""
        with self._changed:
            self._wanted.add(lane)
            # Only now, so that a process that forks after it was set up has a thread of its own.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._go_on, name="wake", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self, timeout: timedelta = timedelta(seconds=2)) -> None:
        """Send what is still wished for, but do not wait for long."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join(timeout.total_seconds())

    def _go_on(self) -> None:
        publisher = Publisher(self._celery)
        is_failing = False
        while (lanes := self._taken()) is not None:
            try:
                publisher.publish(self._messages(lanes))
                is_failing = False
            except Exception as failure:
                if not is_failing:
                    self._app.logger.warning("the broker is away, workers are woken later: %s", type(failure).__name__)
                is_failing = True
                with self._changed:
                    if self._is_stopping:
                        break
                    self._wanted |= lanes
                    self._changed.wait(PAUSE.total_seconds())
        publisher.close()

    def _taken(self) -> set[str] | None:
        """The lanes wished for, as soon as there are any; None at the end."""
        with self._changed:
            while not self._wanted:
                if self._is_stopping:
                    return None
                self._changed.wait()
            is_stopping = self._is_stopping
        if not is_stopping:
            time.sleep(GATHER.total_seconds())
        with self._changed:
            lanes, self._wanted = self._wanted, set()
        return lanes

    def _messages(self, lanes: set[str]) -> list[tuple[str, str]]:
        jobs: dict[str, Job] = self._app.extensions["jobs"]
        messages = [(message_of(job), queue_of(job)) for job in jobs.values() if job.lane in lanes]
        if TASKS in lanes:
            messages.append((TASKS_MESSAGE, TASKS_QUEUE))
        return messages
