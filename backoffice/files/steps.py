"""One change of the disk, told completely enough that a later look at the disk says whether it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """The few things that are done to a disk; every action people know is one of them."""

    #: A new file at `path`.
    PUT = "put"
    #: Another content at `path`; the former one is kept.
    REPLACE = "replace"
    #: A new folder at `path`.
    MAKE = "make"
    #: From `path` to `to`.
    SHIFT = "shift"
    #: From `path` to what is kept.
    TAKE = "take"
    #: From what was kept back to `path`.
    BRING = "bring"
    #: The kept content back to `path`; what was there is kept instead.
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Step:
    """A change; `sha256` is the mark of what lies there afterwards, `sha256_before` of what lay there before.

    `kept` is the number under which something is kept by this step, `source` that from which it is taken; 0 for none.
    """

    what: What
    path: str
    to: str = ""
    sha256: str = ""
    sha256_before: str = ""
    kept: int = 0
    source: int = 0
    is_dir: bool = False
    #: Bytes, and what a folder that goes holds.
    size: int = 0
    files: int = 0
    folders: int = 0

    def facts(self) -> dict[str, Any]:
        """The same as plain JSON, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Step:
        """What `facts` told."""
        return cls(**{**facts, "what": What(facts["what"])})


#: Entered around the change, with nobody else at the disk: it writes the step down before, and its end afterwards.
Log = Callable[[Step], AbstractContextManager[None]]


@contextmanager
def unlogged(_step: Step) -> Iterator[None]:
    """Write nothing down."""
    yield
