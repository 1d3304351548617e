"""Enumerations whose members carry a translatable label."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from backoffice.foundation.i18n import Text


class LabelledEnum(StrEnum):
    """A `StrEnum` declared as `NAME = "value", _l("Label")`; stored by value, shown by label."""

    label: Text

    def __new__(cls, value: str, label: Text) -> Self:
        """A member with its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """The member with this value. Raises ValueError if there is none."""
        for member in cls:
            if member.value == value:
                return member
        raise ValueError(f"{value!r} is no {cls.__name__}")

    @classmethod
    def choices(cls) -> list[tuple[str, Text]]:
        """Value and label of each member, in the order of declaration."""
        return [(member.value, member.label) for member in cls]
