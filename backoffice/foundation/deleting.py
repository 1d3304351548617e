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
        for kind, count in standing_on(record):
            raise NotApplicable(
                _l(
                    "%(kind)s still belong to it: %(num)s. Move or delete them first.",
                    kind=kind,
                    num=count,
                )
            )
        db.session.delete(record)

    return delete


def standing_on(record: Any) -> Iterator[tuple[Any, int]]:
    """What refers to the record by a key that refuses to be left alone: the plural of the kind, and how many."""
    table = inspect(type(record)).local_table
    for mapper in Model.registry.mappers:
        for column in mapper.local_table.columns:
            for key in column.foreign_keys:
                if key.column.table is table and key.ondelete == "RESTRICT":
                    count = db.session.scalar(select(func.count()).where(column == record.id))
                    if count:
                        yield mapper.class_.plural, count
