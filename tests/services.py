"""A private Redis and a private RabbitMQ for the tests: on free ports of this machine, in temporary folders.

Nothing that runs already is touched, and each is ended by its number. Both can be stopped and started again in between
at the same address, with what they had kept, as an administrator would do it. RabbitMQ gets a name, a cookie and a port
mapper (epmd) of its own, so that several runs do not meet.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.postgres import fast_folder

#: Distributions keep the script that does not insist on an account of its own here.
RABBITMQ_PLACES = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server")
_PR_SET_PDEATHSIG = 1


class Unavailable(RuntimeError):
    """No such server can be started here; the message says why."""


class Broker:
    """A server that can be stopped and started again; `url` is what `BACKOFFICE_BROKER_URL` takes."""

    url: str
    #: Seconds that it may take to be there.
    patience = 20.0

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bo-broker-", dir=fast_folder()))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises Unavailable."""
        self._process = self._begin()
        end = time.monotonic() + self.patience
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError):
                if self._answers():
                    return
            time.sleep(0.05)
        said = (self.folder / "log").read_text(errors="replace").strip()[-500:]
        self.stop()
        raise Unavailable(f"{type(self).__name__} did not start: {said}")

    def stop(self) -> None:
        """End it as an administrator would; what is durable stays for the next start."""
        process, self._process = self._process, None
        if process is not None:
            end_group(process)

    def close(self) -> None:
        """End it for good and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    def _popen(self, *command: Any, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                env=dict(environment) if environment is not None else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )


class Redis(Broker):
    """A Redis that writes down what it is given."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Unavailable("redis-server is not installed")
        super().__init__()
        self._program = program
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def _begin(self) -> subprocess.Popen[bytes]:
        return self._popen(
            self._program, "--bind", "127.0.0.1", "--port", self.port, "--dir", self.folder, "--appendonly", "yes",
            "--save", "", "--daemonize", "no",
        )  # fmt: skip

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1) as door:
            door.sendall(b"PING\r\n")
            return door.recv(16).startswith(b"+PONG")


class RabbitMQ(Broker):
    """A RabbitMQ node with the account `guest`, its data and its port mapper to itself."""

    patience = 90.0

    def __init__(self) -> None:
        programs = [place for place in RABBITMQ_PLACES if os.access(place, os.X_OK)]
        if not programs:
            raise Unavailable("rabbitmq-server is not installed")
        mapper = shutil.which("epmd")
        if mapper is None:
            raise Unavailable("epmd, which belongs to Erlang, is not installed")
        super().__init__()
        self._program, self._epmd = programs[0], mapper
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        names, between = free_port(), free_port()
        (self.folder / "plugins").write_text("[].")
        (self.folder / "rabbitmq.conf").write_text(
            "loopback_users = none\nlog.console = true\nlog.console.level = error\nlog.file = false\n"
            "disk_free_limit.absolute = 10MB\nvm_memory_high_watermark.absolute = 256MB\n"
        )
        self._environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin:/usr/sbin:/sbin"),
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"bo{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(between),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "nothing"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            # One scheduler and no busy waiting: it shares the processors with what is tested.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
            " -kernel inet_dist_use_interface {127,0,0,1}",
        }
        # Erlang would start one that outlives the run.
        self._mapper = self._popen(self._epmd, "-port", names, "-address", "127.0.0.1", environment=self._environment)
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the node and its port mapper, and remove the folder."""
        self.stop()
        end_group(self._mapper)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self) -> subprocess.Popen[bytes]:
        return self._popen(self._program, environment=self._environment)

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1) as door:
            door.settimeout(2)
            door.sendall(b"AMQP\x00\x00\x09\x01")
            return door.recv(1) == b"\x01"


#: What the tests call them.
BROKERS: dict[str, Callable[[], Broker]] = {"redis": Redis, "rabbitmq": RabbitMQ}


def free_port() -> int:
    """A port of this machine on which nothing listens at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def end_group(process: subprocess.Popen[bytes], patience: float = 20) -> None:
    """Ask a process that leads a group of its own to end, then the whole group, in the way nothing survives."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def die_with_parent() -> None:
    """Let the kernel stop a process when the run of the tests is killed and can stop nothing itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
