"""What an operation shows once to the person who did it, such as a link that lets somebody in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reveal:
    """A sentence and the address (endpoint and values) that goes with it; surfaces show it once and keep it nowhere."""

    sentence: Any
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
