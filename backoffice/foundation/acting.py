"""Who is acting, through which surface, under which name: a context variable that the audit trail reads."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

#: Thirty-two signs, none like another, so that five bits of chance choose one.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BYTES_TO_SIGNS = bytes(ord(_SIGNS[byte % 32]) for byte in range(256))


def new_request_id() -> str:
    """A short random name for one request or command, safe to read out on the telephone."""
    return secrets.token_bytes(12).translate(_BYTES_TO_SIGNS).decode("ascii")


@dataclass(frozen=True)
class Acting:
    """One moment of acting. `actor` is a person or a `System`; `action` names what is done, None for plain saving."""

    actor: Any = None
    surface: str = "shell"
    action: str | None = None
    #: Whether what is done is kept; False while somebody only looks, see `database.unit_of_work`.
    keeps: bool = True
    request_id: str = field(default_factory=new_request_id)


_present: ContextVar[Acting | None] = ContextVar("acting", default=None)


def present() -> Acting:
    """The acting in force; outside any block, nobody through the surface `shell`."""
    return _present.get() or Acting()


@contextmanager
def acting(**changes: Any) -> Iterator[Acting]:
    """Change what is in force inside the block: `actor`, `surface`, `action`, `keeps`, `request_id`."""
    before = _present.get()
    token = _present.set(replace(before, **changes) if before else Acting(**changes))
    try:
        yield present()
    finally:
        _present.reset(token)
