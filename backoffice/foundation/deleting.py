"""Deleting a record: the same operation for every model, and the refusal to leave anything without its ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, inspect, select

from backoffice.foundation.database import Model, db
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import Operation, operation
from backoffice.foundation.permissions import Can


def deletion_of(model: Any) -> Operation:
    """The operation `delete` of a model; it needs the permission `<resource>.delete`."""

    needs = Can(f"{model.resource}.delete")

    @operation(
        model,
        needs=needs,
        label=_l("Delete"),
        done=_l("Deleted"),
        icon="trash",
        as_button=False,
    )
    def delete(record: Any, *, actor: Any) -> None:
        """Remove the record; one that others stand on is refused."""
        remove(record)

    return delete


def remove(record: Any) -> None:
    """Delete the record. Raises NotApplicable, in words, while others stand on it."""
    for kind, count in standing_on(record):
        raise NotApplicable(
            _l("%(kind)s still belong to it: %(num)s. Move or delete them first.", kind=kind, num=count)
        )
    db.session.delete(record)


def standing_on(record: Any) -> Iterator[tuple[Any, int]]:
    """What refers to the record by a key that refuses to be left alone: the plural of the kind, and how many."""
    target = inspect(type(record)).local_table
    kinds = {mapper.local_table: mapper.class_.plural for mapper in Model.registry.mappers}
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table is target and key.ondelete == "RESTRICT" for key in column.foreign_keys):
                count = db.session.scalar(select(func.count()).where(column == record.id))
                if count:
                    yield kinds.get(table) or _other_side(table, target, kinds), count


def _other_side(table: Any, target: Any, kinds: dict[Any, Any]) -> Any:
    """What a table of pairs connects the target with."""
    others = [key.column.table for key in table.foreign_keys if key.column.table is not target]
    return next((kinds[other] for other in others if other in kinds), table.name)
