"""What the storage refuses, in words. A path that leads nowhere, or out, is a plain `NotFound`."""

from __future__ import annotations

from typing import Any, ClassVar

from backoffice.foundation.errors import DomainError, InvalidInput, NotApplicable, StaleRecord, TooLarge
from backoffice.foundation.i18n import _l


class NameRefused(InvalidInput):
    """A file or folder cannot be called that."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="name")


class KindRefused(InvalidInput):
    """Files of this kind are not taken, or the content is not what the name promises."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="file")


class NameTaken(NotApplicable):
    """Something of that name is there already, and is never overwritten."""

    def __init__(self, name: str) -> None:
        super().__init__(_l("There is already a %(name)s here. Choose another name.", name=name))


class FileTooLarge(TooLarge):
    """The file, or the picture in it, is larger than is taken."""


class StorageFull(DomainError):
    """No room is left, on the disk or within the quota; nothing was written."""

    status: ClassVar[int] = 507

    def __init__(self) -> None:
        super().__init__(_l("There is no room left for this. Delete something, or ask an administrator."))


class FileChanged(StaleRecord):
    """Somebody else saved the file since it was read."""

    def __init__(self, name: str) -> None:
        super().__init__(_l("Somebody saved %(name)s since you opened it. Compare before you save.", name=name))


class DiskRefused(DomainError):
    """The disk does not let the house do this, for a reason only its operator can mend."""

    status: ClassVar[int] = 503

    def __init__(self) -> None:
        super().__init__(_l("The disk refused this, so it was not done. Tell an administrator."))
