"""A server that keeps to a script: what it says, and how fast; for what a decent library cannot be made to do."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

GREETING, FINE = "220 here", "250 fine"
#: What it says to each command in turn if nothing else was ordered.
MANNERS = {"EHLO": FINE, "MAIL": FINE, "RCPT": FINE, "DATA": "354 go on", ".": "250 taken", "RSET": FINE, "QUIT": "221"}


class RudeServer:
    """`answers` replaces what it says to a command; None says nothing at all. It sends a byte now and then
    instead of the answer to the command `drips_at`, and it hangs up after answering the command `hangs_up_after`."""

    def __init__(self, answers: dict[str, str | None] | None = None, greeting: str | None = GREETING) -> None:
        self.answers: dict[str, str | None] = {**MANNERS, **(answers or {})}
        self.greeting, self.drips_at, self.hangs_up_after = greeting, "", ""
        self.heard: list[str] = []
        self._stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopping.set()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._socket.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            self._say(connection, "", self.greeting)
            in_data = False
            for raw in lines:
                line = raw.decode("latin-1").strip()
                if in_data and line != ".":
                    continue
                verb = "." if in_data else line.split(" ", 1)[0].upper().split(":")[0]
                self.heard.append(verb)
                answer = self.answers.get(verb, "500 what?")
                in_data = bool(answer and answer.startswith("354"))
                self._say(connection, verb, answer)
                if verb == self.hangs_up_after or (answer and answer.startswith("421")):
                    return

    def _say(self, connection: socket.socket, verb: str, answer: str | None) -> None:
        if self.drips_at and verb == self.drips_at:
            while not self._stopping.wait(0.1):
                connection.sendall(b"2")
        if answer is None:
            self._stopping.wait(30)
            return
        connection.sendall(f"{answer}\r\n".encode())


def took(begun: float) -> float:
    """Seconds since."""
    return time.monotonic() - begun
