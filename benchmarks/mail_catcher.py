"""A mail server in a process of its own that takes everything and notes it: `python -m benchmarks.mail_catcher FILE`.

Prints its port. Each message becomes a line of FILE: moment, Message-ID, reader, subject.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any, TextIO

from aiosmtpd.smtp import SMTP, Envelope, Session

ID = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
SUBJECT = re.compile(rb"^Subject:\s*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class Notes:
    """Takes messages, and writes each down before it says so."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by the library with each message."""
        content: Any = envelope.content
        head = bytes(content.split(b"\r\n\r\n", 1)[0])
        id, subject = ID.search(head), SUBJECT.search(head)
        name, about = (found.group(1).decode("ascii", "replace") if found else "" for found in (id, subject))
        self.file.write(f"{time.time():.4f}\t{name}\t{','.join(envelope.rcpt_tos)}\t{about}\n")
        return "250 taken"


async def serve(path: str) -> None:
    """Listen until the process is ended."""
    with open(path, "a", buffering=1) as file:
        notes = Notes(file)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(notes, hostname="catcher"), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
