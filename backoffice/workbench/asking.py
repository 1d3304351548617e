"""What the address of a list asks for, as text, and as what queries understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from backoffice.catalogs.checks import REGISTRY
from backoffice.foundation import clock
from backoffice.workbench.queries import STATES, Wanted

LONGEST_QUERY = 200


@dataclass(frozen=True)
class Asked:
    """The filters of a list; what is empty does not narrow it."""

    state: str = ""
    check: str = ""
    q: str = ""
    file: str = ""
    #: A day, `2026-11-21`.
    since: str = ""
    #: The number of a person.
    by: str = ""
    #: `1` for what the person who asks changed.
    mine: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Asked:
        """What an address says; whatever makes no sense is left out."""
        state, check, by = (args.get(name, "") for name in ("state", "check", "by"))
        return cls(
            state if state in STATES else "",
            check if check in REGISTRY else "",
            args.get("q", "").replace("\x00", "")[:LONGEST_QUERY],
            args.get("file", "").replace("\x00", "")[:LONGEST_QUERY],
            args.get("since", "") if _day(args.get("since", "")) else "",
            by if by.isascii() and by.isdecimal() and len(by) < 10 else "",
            "1" if args.get("mine") else "",
        )

    def args(self, **changes: str) -> dict[str, str]:
        """The same as parts of an address, with some of it changed."""
        return {name: value for name, value in {**vars(self), **changes}.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether more than a state is asked for."""
        return bool(self.args(state=""))

    def wanted(self, actor: Any) -> Wanted:
        """What is looked for on behalf of this person."""
        day = _day(self.since)
        return Wanted(
            state=self.state or "all",
            check=self.check,
            q=self.q,
            file=self.file,
            since=datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None,
            by=actor.id if self.mine else int(self.by) if self.by else None,
        )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if clock.EARLIEST.date() <= day <= clock.LATEST.date() else None
