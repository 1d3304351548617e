"""The form of all policies: read as typed, merged with what others set meanwhile, refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.foundation.errors import InvalidInput
from backoffice.records.policies import POLICIES, Kind, Policy, Setting

#: More digits than any policy takes are no number.
MOST_DIGITS = 9


@dataclass
class Line:
    """One policy in the form."""

    policy: Policy
    #: What is set now, and the version of its record; 0 while it was never changed.
    held: Any
    version: int
    #: What the control holds; for a box, `y` or nothing.
    text: str
    record: Setting | None = None
    error: str = ""

    @property
    def value(self) -> Any:
        """What the control means. Raises InvalidInput, in words."""
        value: Any = self.text
        if self.policy.kind is Kind.BOOL:
            value = bool(self.text)
        elif self.policy.kind is Kind.INT:
            digits = self.text.strip()
            value = int(digits) if digits.isdecimal() and len(digits) <= MOST_DIGITS else None
        self.policy.check(value)
        return value

    @property
    def is_default(self) -> bool:
        """Whether the control holds the default."""
        return self.text == typed(self.policy, self.policy.default)

    def put(self, value: Any) -> None:
        """Put a value into the control."""
        self.text, self.error = typed(self.policy, value), ""

    def checked(self) -> bool:
        """Whether what was typed can be set; the reason is kept in `error` if not."""
        try:
            _value = self.value
        except InvalidInput as refusal:
            self.error = str(refusal.message)
        return not self.error


def lines_of(rows: Mapping[str, Setting], form: Mapping[str, str] | None = None) -> list[Line]:
    """The form with what is set, or with what was typed if that is given."""
    return [_line(policy, rows.get(policy.name), form) for policy in POLICIES]


def versions_told(lines: list[Line]) -> str:
    """The versions that the form was opened with, for a hidden field."""
    return " ".join(f"{line.policy.name}={line.version}" for line in lines)


def versions_read(text: str) -> dict[str, int]:
    """What `versions_told` wrote; what is no version is left out."""
    parts = (part.partition("=") for part in text.split()[: len(POLICIES)])
    return {name: int(digits) for name, _sign, digits in parts if digits.isdecimal() and len(digits) <= MOST_DIGITS}


def typed(policy: Policy, value: Any) -> str:
    """The value as its control holds it."""
    if policy.kind is Kind.BOOL:
        return "y" if value else ""
    return str(value)


def _line(policy: Policy, row: Setting | None, form: Mapping[str, str] | None) -> Line:
    held = policy.or_default(row.value if row is not None else None)
    text = typed(policy, held) if form is None else form.get(policy.name, "")
    return Line(policy, held, row.version if row is not None else 0, text[:200], row)
