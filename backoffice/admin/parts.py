"""What the mixins of a managed view have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


class Part:
    """One concern of a managed view. What it asks of the other concerns is there once they are put together."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
