"""What became of what was read: counts by kind, and why something was left out or changed on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """The counts of one kind. Everything that was read is imported, updated, unchanged or left out."""

    read: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    #: Number by reason, in the reader's language.
    left_out: Counter[str] = field(default_factory=Counter)
    #: Remarks on what was kept, imported or updated.
    remarks: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: Any, number: int = 1) -> None:
        """Count something that was read as left out."""
        self.read += number
        self.left_out[str(reason)] += number

    def add(self, other: Tally) -> None:
        """Count what another tally counted as well."""
        self.read += other.read
        self.imported += other.imported
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.left_out.update(other.left_out)
        self.remarks.update(other.remarks)

    @property
    def why(self) -> str:
        """All reasons and remarks with their numbers, on one line."""
        told = [*self.left_out.most_common(), *self.remarks.most_common()]
        return "; ".join(f"{sentence} ({number})" for sentence, number in told)


class Outcome(dict[str, Tally]):
    """A tally for each kind, by the name of the kind in the reader's language, in the order of first use."""

    def of(self, kind: Any) -> Tally:
        """The tally of a kind, begun if there is none."""
        return self.setdefault(str(kind), Tally())

    def add(self, other: Outcome) -> None:
        """Count what another outcome counted as well."""
        for kind, tally in other.items():
            self.of(kind).add(tally)

    @property
    def changed(self) -> int:
        """How many records were made or changed."""
        return sum(tally.imported + tally.updated for tally in self.values())
