"""What makes an installation unsafe, and the table of everything that is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that is unsafe: the setting (or file, or table) it is about, and what to do, in one sentence or two."""

    about: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.about}: {self.sentence}"


@dataclass(frozen=True)
class Installation:
    """What is looked at: the settings of the application, the variables they came from, and the folder of the code."""

    settings: Mapping[str, Any]
    environment: Mapping[str, str]
    root: Path


#: Looks at one thing; yields nothing where that is safe.
Check = Callable[[Installation], Iterator[Finding]]
