"""Every endpoint of the back office asks for a permission; what is not declared is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask import abort
from flask_login import current_user
from werkzeug.exceptions import Forbidden

from backoffice.foundation.permissions import Can, is_allowed, is_staff
from backoffice.site.requests import present_actor


class Guarded:
    """Mixed into every view: `resource` and `verbs` name its permissions, `endpoint_verbs` what each endpoint asks for.

    A verb is `view`, `create or edit` for any of several, or `enter` for whoever may open the back office at all.
    """

    is_guarded: ClassVar[bool] = True
    resource: str
    verbs: ClassVar[frozenset[str] | set[str]] = frozenset()
    endpoint_verbs: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for verb in self.verbs:
            Can(f"{self.resource}.{verb}")  # a permission that is not in the list stops the start-up
        super().__init__(*args, **kwargs)

    def permits(self, verbs: str | None, record: Any = None) -> bool:
        """Whether the person may do one of these verbs, at all or to this record."""
        if verbs == "enter":
            return is_staff(present_actor())
        return any(
            verb in self.verbs and is_allowed(present_actor(), Can(f"{self.resource}.{verb}"), record)
            for verb in (verbs or "").split(" or ")
        )

    def require(self, verbs: str, record: Any = None) -> None:
        """Refuse with 403 unless `permits`."""
        if not self.permits(verbs, record):
            refuse(self._missing(verbs))

    def is_accessible(self) -> bool:
        """Flask-Admin's question; the menu asks it too."""
        return bool(current_user.is_authenticated and self.permits(self.endpoint_verbs.get("index_view", "view")))

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            abort(401)
        verbs = self.endpoint_verbs.get(name)
        if not self.permits(verbs):
            refuse(self._missing(verbs))

    def _missing(self, verbs: str | None) -> str | None:
        """The permission to name in the refusal; None where no role could give it."""
        return next((f"{self.resource}.{verb}" for verb in (verbs or "").split(" or ") if verb in self.verbs), None)

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Theirs calls a second time with other arguments after any TypeError, which runs side effects twice.
        return fn(self, *args, **kwargs)


def refuse(permission: str | None = None) -> None:
    """Answer 403 and name the permission that is missing."""
    error = Forbidden()
    error.needed = permission  # type: ignore[attr-defined]  # read by the page for 403
    raise error
