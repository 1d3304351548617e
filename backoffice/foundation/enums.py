"""Enumerations whose members carry a translatable label."""

from __future__ import annotations

from enum import StrEnum

from backoffice.foundation.i18n import Text


class LabelledEnum(StrEnum):
    """A `StrEnum` declared as `NAME = "value", _l("Label")`; stored by value, shown by label."""

    label: Text

    def __new__(cls, value: str, label: Text) -> LabelledEnum:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, Text]]:
        """Value and label of each member, in the order of declaration."""
        return [(member.value, member.label) for member in cls]
