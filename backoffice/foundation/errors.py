"""Refusals in words. A surface translates each once: a message, JSON, an exit code, a log line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from backoffice.foundation.acting import present
from backoffice.foundation.i18n import _l


class DomainError(Exception):
    """Something the domain refuses; `message` is a sentence for the person who asked."""

    status: ClassVar[int] = 422

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """A value cannot be accepted; `field` names the input it came from, where there is one."""

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Asked:
    """One value that is asked for: its name, its label, what there is, and what is wrong with that."""

    name: str
    label: Any
    value: str
    complaint: Any = ""


class AsksFor(InvalidInput):
    """It can be done with other values, as turns out only now; `asked` says which.

    A surface that can ask shows them in the input `field` of the operation; others tell the message.
    """

    def __init__(self, message: Any, *, field: str, asked: Sequence[Asked]) -> None:
        super().__init__(message, field=field)
        self.asked = asked


class NotAllowed(DomainError):
    """The actor lacks the permission; `permission` is its name where it is known, `by` says who acted."""

    status = 403

    def __init__(self, message: Any = None, permission: str | None = None) -> None:
        super().__init__(message or _l("You may not do this."))
        self.permission = permission
        self.by = present()


class NotFound(DomainError):
    """There is no such thing, or none this person may see."""

    status = 404

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or _l("There is nothing here, or nothing you may see."))


class NotApplicable(DomainError):
    """The operation does not fit the state the record is in."""

    status = 409


class StaleRecord(DomainError):
    """Somebody else saved the record since it was read."""

    status = 409


class TooLarge(DomainError):
    """More was sent than is accepted."""

    status = 413
