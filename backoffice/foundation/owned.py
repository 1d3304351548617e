"""What belongs to a record besides its columns: its pairs with other records, and the parts that live and die with it.

A change of these is a change of the record: it has an entry in the trail and counts the version up, so that nobody's
choice of tags, roles or permissions is overwritten in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import PassiveFlag, RelationshipProperty, Session, attributes
from sqlalchemy.orm.base import NO_VALUE

#: Name of the collection, what it held before and what it holds now, as sorted titles; what stayed is left out.
Change = tuple[str, list[str], list[str]]


def touched(session: Session) -> list[Any]:
    """The records that the session is about to change, and those of which it is about to change a part."""
    found: dict[int, Any] = {}
    for record in session.dirty:
        for each in (record, *_wholes(record)):
            if each not in session.new and each not in session.deleted:
                found.setdefault(id(each), each)
    return list(found.values())


def changes(record: Any) -> Iterator[Change]:
    """How each collection of the record differs from what the database holds."""
    state = inspect(record)
    for prop in collections(type(record)):
        if prop.key in state.unloaded:
            if not prop.cascade.delete_orphan:
                continue
            getattr(record, prop.key)  # A part may have changed all the same.
        history = attributes.get_history(record, prop.key, passive=PassiveFlag.PASSIVE_NO_INITIALIZE)
        before, after = _titles(history.deleted), _titles(history.added)
        if prop.cascade.delete_orphan:
            for part in history.unchanged or ():
                if inspect(part).modified and (old := _title_before(part)) != _title(part):
                    before.append(old)
                    after.append(_title(part))
        if before or after:
            yield prop.key, sorted(before), sorted(after)


def contents(record: Any) -> Iterator[tuple[str, list[str]]]:
    """What each collection of the record holds; none that is empty."""
    for prop in collections(type(record)):
        if titles := _titles(getattr(record, prop.key)):
            yield prop.key, sorted(titles)


def collections(model: type[Any]) -> Iterator[RelationshipProperty[Any]]:
    """The relations of a model that belong to its records: many to many, and those it owns altogether."""
    for prop in inspect(model).relationships:
        if (prop.secondary is not None or prop.cascade.delete_orphan) and not prop.viewonly:
            yield prop


def _wholes(part: Any) -> Iterator[Any]:
    """The records that own this one altogether."""
    for prop in inspect(type(part)).relationships:
        back = inspect(prop.mapper.class_).relationships.get(prop.back_populates or "")
        if back is not None and back.cascade.delete_orphan and (whole := getattr(part, prop.key)) is not None:
            yield whole


def _titles(items: Iterable[Any] | None) -> list[str]:
    return [_title(item) for item in items or ()]


def _title(item: Any) -> str:
    return str(getattr(item, "title_text", item))


def _title_before(part: Any) -> str:
    """What a part was called before it was changed; a part that changed its name needs both for the trail."""
    state = inspect(part)
    held = {
        prop.key: state.committed_state.get(prop.key, state.dict.get(prop.key)) for prop in state.mapper.column_attrs
    }
    return _title(type(part)(**{name: value for name, value in held.items() if value is not NO_VALUE}))
