"""What the form of a rule demands: what its kind needs is there and can be asked; everything else may stay empty."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from wtforms.validators import StopValidation

from backoffice.rules.kinds import LooksAt, RuleKind
from backoffice.rules.matching import complaint_about

_NUMBERS = ("number", "of_last", "minutes", "days")


def fits_its_kind(column: str) -> Callable[[Any, Any], None]:
    """A validator for one field: complains where the kind that was chosen cannot do with what was typed here."""

    def check(form: Any, field: Any) -> None:
        is_blank = not field.raw_data or not str(field.raw_data[0]).strip()
        if field.errors and not is_blank:
            return
        rule = as_typed(form)
        refusal = complaint_about(rule) if rule is not None else None
        if refusal is not None and refusal.field == column:
            # A number that is missing would be called no number first.
            field.errors = []
            raise StopValidation(str(refusal.message))

    return check


def as_typed(form: Any) -> Any | None:
    """The columns of a rule as they stand in its form; None where the kind is none of ours."""
    values: dict[str, Any] = {name: field.data for name, field in form._fields.items()}
    try:
        kind = RuleKind.of(str(values.get("kind")))
        looks_at = LooksAt.of(str(values.get("looks_at") or LooksAt.TEXT))
    except ValueError:
        return None
    numbers = {name: values.get(name) for name in _NUMBERS}
    return SimpleNamespace(
        **{
            **values,
            **numbers,
            "id": None,
            "kind": kind,
            "looks_at": looks_at,
            "lines": (values.get("lines") or "").strip(),
        }
    )


#: For the form of a view, by column.
CHECKS: dict[str, dict[str, Any]] = {column: {"validators": [fits_its_kind(column)]} for column in ("lines", *_NUMBERS)}
