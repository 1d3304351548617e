"""Workers: the same jobs on processes of their own, by Celery.

Celery carries wake-ups and starts and limits processes, nothing else: it keeps no results, retries nothing and knows no
state. Each job is one Celery task without arguments.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import ssl
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import kombu
from celery import Celery, signals
from celery.app.amqp import AMQP
from celery.exceptions import CPendingDeprecationWarning
from flask import Flask
from flask.logging import default_handler
from sqlalchemy.exc import SQLAlchemyError

from backoffice.foundation.database import db
from backoffice.jobs import tasks
from backoffice.jobs.broker import (
    HOUSE_QUEUE,
    QUEUES,
    TASKS,
    TASKS_MESSAGE,
    TASKS_QUEUE,
    Waker,
    message_of,
    queue_of,
)
from backoffice.jobs.running import run
from backoffice.jobs.schedule import Job

#: Processes of a worker, unless it is started with another number.
CHILDREN = 4
#: A job is asked to stop after its longest time. One that does not hear is interrupted so much later, and one that
#: ignores that is killed; what it had claimed is free again as soon as its lease has run out.
UNTIL_INTERRUPTED, UNTIL_KILLED = timedelta(seconds=30), timedelta(seconds=90)
#: Tasks are carried on for so long, then others have their turn. What cannot be cut into steps takes what it needs.
SLICE = timedelta(seconds=30)
LONGEST_TASK = timedelta(hours=6)
#: RabbitMQ takes a message back from who has not acknowledged it for 30 minutes. What may take longer acknowledges
#: first: the beat asks again anyway.
LONGEST_UNACKNOWLEDGED = timedelta(minutes=25)
#: Redis hands a message that nobody acknowledged to another worker after so long: longer than any may take.
VISIBILITY = timedelta(hours=1)
#: While the broker is away a worker calls it at least so often.
LONGEST_PAUSE = 5
#: A process is replaced after so many messages, so that what leaks does not add up.
MESSAGES_OF_A_CHILD = 5000


class _Connection(kombu.Connection):
    """A connection that is not long in coming back."""

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """As the library does, with shorter pauses."""
        kwargs.setdefault("interval_max", LONGEST_PAUSE)
        return super().ensure_connection(*args, **kwargs)


class _Amqp(AMQP):
    Connection = _Connection


class Crew:
    """What the processes of one worker share: whether it is coming to an end, and how many are at which work.

    Made before they are forked; what one of them held is free as soon as it is gone, however it went.
    """

    def __init__(self) -> None:
        self._flag = mmap.mmap(-1, 1)
        # Locks on its bytes are the places; the system gives them back when a process is gone.
        self._places, name = tempfile.mkstemp(prefix="backoffice-worker-")
        os.unlink(name)
        self.children = CHILDREN
        self.queues = frozenset(QUEUES)

    def stop(self, **_signal: Any) -> None:
        """Begin nothing else."""
        self._flag[0] = 1

    def is_stopping(self) -> bool:
        """Whether the worker is coming to an end."""
        return self._flag[0] == 1

    def most(self, queue: str) -> int:
        """How many may work for this queue at once: never all, unless the worker is there for nothing else."""
        if self.queues == {queue}:
            return self.children
        return max(1, self.children // 2 if queue == TASKS_QUEUE else self.children - 1)

    @contextmanager
    def place(self, queue: str) -> Iterator[bool]:
        """Inside, one of the places for work of this queue is taken; False if there is none."""
        first = QUEUES.index(queue) * 1000
        for number in range(first, first + self.most(queue)):
            try:
                fcntl.lockf(self._places, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            except OSError:
                continue
            try:
                yield True
            finally:
                fcntl.lockf(self._places, fcntl.LOCK_UN, 1, number)
            return
        yield False


def celery_of(app: Flask) -> Celery:
    """The Celery application of this one, which can send messages; made once. Making it connects to nothing."""
    if (made := app.extensions.get("celery")) is None:
        made = app.extensions["celery"] = _make(app)
    return made


def equip(app: Flask) -> Celery:
    """The same for a worker or the beat: it knows the jobs, and logs, limits and forks are seen to."""
    crew = Crew()
    celery = celery_of(app)
    jobs: dict[str, Job] = app.extensions["jobs"]
    for job in jobs.values():
        _add(celery, message_of(job), job.longest, _looks_at(app, crew, job))
    _add(celery, TASKS_MESSAGE, LONGEST_TASK, _carries_on(app, crew))
    celery.set_current()
    celery.set_default()

    def know_crew(options: Any = None, conf: Any = None, **_rest: Any) -> None:
        given = (options or {}).get("concurrency")
        crew.children = int(given or os.environ.get("CELERYD_CONCURRENCY") or CHILDREN)
        if chosen := (options or {}).get("queues"):
            crew.queues = frozenset(chosen.split(",") if isinstance(chosen, str) else chosen)

    def begin_child(**_rest: Any) -> None:
        # A connection of the parent must not be spoken on by two.
        with app.app_context():
            db.session.remove()
            db.engine.dispose(close=False)
        app.extensions["scheduler"] = Waker(app)

    def log(loglevel: Any = None, **_rest: Any) -> None:
        app.logger.removeHandler(default_handler)
        level = app.config["LOG_LEVEL"]
        logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(processName)s %(message)s")
        # Every look would be two lines.
        for name in ("celery.worker.strategy", "celery.app.trace", "kombu", "amqp"):
            logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))

    def be_quiet(**_rest: Any) -> None:
        # With each lost connection it would explain a setting that stands below as it should be.
        warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)

    signals.celeryd_init.connect(know_crew, weak=False)
    signals.worker_process_init.connect(begin_child, weak=False)
    signals.worker_shutting_down.connect(crew.stop, weak=False)
    signals.worker_ready.connect(be_quiet, weak=False)
    signals.setup_logging.connect(log, weak=False)
    return celery


def _make(app: Flask) -> Celery:
    url = app.config["BROKER_URL"]
    celery = Celery("backoffice", set_as_current=False, amqp=_Amqp)
    celery.house = app
    celery.conf.update(
        broker_url=url,
        broker_use_ssl=_tls(url),
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        broker_heartbeat=20,
        broker_transport_options=_transport(url),
        task_queues=[kombu.Queue(name, kombu.Exchange("backoffice", "direct"), routing_key=name) for name in QUEUES],
        task_default_queue=HOUSE_QUEUE,
        task_default_exchange="backoffice",
        task_default_exchange_type="direct",
        task_default_routing_key=HOUSE_QUEUE,
        task_create_missing_queues=False,
        # A wake-up is not worth a write to the broker's disk.
        task_default_delivery_mode=1,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        result_backend=None,
        task_serializer="json",
        accept_content=["json"],
        event_serializer="json",
        enable_utc=True,
        worker_concurrency=CHILDREN,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=MESSAGES_OF_A_CHILD,
        # Whoever can reach the broker must not be able to command workers.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_detect_quorum_queues=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        beat_scheduler="backoffice.jobs.beat:Beat",
    )
    return celery


def _add(celery: Celery, name: str, longest: timedelta, work: Callable[[], None]) -> None:
    celery.task(
        work,
        name=name,
        shared=False,
        acks_late=longest + UNTIL_KILLED <= LONGEST_UNACKNOWLEDGED,
        soft_time_limit=(longest + UNTIL_INTERRUPTED).total_seconds(),
        time_limit=(longest + UNTIL_KILLED).total_seconds(),
    )


def _looks_at(app: Flask, crew: Crew, job: Job) -> Callable[[], None]:
    def look() -> None:
        with crew.place(queue_of(job)) as is_free, _patiently(app):
            if is_free and not crew.is_stopping():
                with app.app_context():
                    run(job, only_if_due=True, is_stopping=crew.is_stopping)

    return look


def _carries_on(app: Flask, crew: Crew) -> Callable[[], None]:
    def carry_on() -> None:
        until = time.monotonic() + SLICE.total_seconds()
        with crew.place(TASKS_QUEUE) as is_free, _patiently(app):
            if is_free:
                tasks.work(app, lambda: crew.is_stopping() or time.monotonic() > until)
        if is_free and time.monotonic() > until and (scheduler := app.extensions.get("scheduler")):
            scheduler.wake(TASKS)

    return carry_on


@contextmanager
def _patiently(app: Flask) -> Iterator[None]:
    """A database that does not answer is no failure of the message: the beat asks again."""
    try:
        yield
    except SQLAlchemyError as failure:
        app.logger.warning("the jobs have to wait: %s", type(failure).__name__)


def _transport(url: str) -> dict[str, Any]:
    if url.startswith("amqp"):
        return {}
    return {
        "visibility_timeout": int(VISIBILITY.total_seconds()),
        "socket_connect_timeout": 4,
        "socket_timeout": 20,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }


def _tls(url: str) -> Any:
    """For the ways with TLS: the certificate has to be good and the host's own, which the libraries leave open."""
    parts = urlsplit(url)
    if parts.scheme == "rediss":
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    if parts.scheme == "amqps":
        return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname}
    return False
