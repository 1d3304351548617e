"""What rules may ask about a comment. Each question is answered when it is first asked, and then remembered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from backoffice.rules.folding import Folded, folded
from backoffice.rules.links import Link, links_in

#: So many earlier comments of an author are looked at, the newest.
MOST_EARLIER = 100


@dataclass(frozen=True, slots=True)
class Earlier:
    """What had been decided about an earlier comment of the same author."""

    is_approved: bool = False
    is_refused: bool = False


class Facts(ABC):
    """A comment as rules see it. What only the database knows is added by whoever has the comments."""

    def __init__(self, *, text: str, name: str, email: str | None) -> None:
        self.text, self.name, self.email = text, name, email

    @cached_property
    def folded_text(self) -> Folded:
        """The text as words are looked for in it."""
        return folded(self.text)

    @cached_property
    def links(self) -> list[Link]:
        """The links of the text, each once."""
        return links_in(self.text)

    @abstractmethod
    def history(self) -> Sequence[Earlier]:
        """The earlier comments of the author, at most `MOST_EARLIER`, the newest first."""

    @abstractmethod
    def copies(self, days: int) -> int:
        """How often the same text came in the days before."""

    @abstractmethod
    def recent(self, minutes: int) -> int:
        """How many comments the same author or the same address sent in the minutes before."""

    @abstractmethod
    def post_age(self) -> timedelta | None:
        """How long ago the post was published; None where nobody knows."""

    @abstractmethod
    def flags(self) -> int:
        """How many readers reported it."""

    @abstractmethod
    def score(self) -> float | None:
        """The spam score from 0 to 1; None without a model."""
