"""Choosing a related record by typing: never by loading a table, never beyond what the person may choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_admin.model.ajax import AjaxModelLoader
from flask_admin.model.fields import AjaxSelectField
from sqlalchemy import Select, func, or_
from wtforms import ValidationError
from wtforms.widgets import TextInput

from backoffice.admin.scope import key_of
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import OWN, Can, reach_of
from backoffice.foundation.text import clean_line
from backoffice.site.requests import present_actor

MOST_FOUND = 20
LONGEST_TYPED = 200


class Picker:
    """Which records may be chosen: a named query, and the columns by which people know them."""

    def __init__(self, query: Callable[[], Select[Any]]) -> None:
        self.query = query
        self.model = query().column_descriptions[0]["entity"]

    def handle(self, record: Any) -> str:
        """What stands for the record in a text box: its unique name, else its number."""
        for name in self._columns():
            if self.model.__table__.columns[name].unique:
                return str(getattr(record, name))
        return f"#{record.id}"

    def starting(self, typed: str) -> list[Any]:
        """Records one of whose names contains what is typed, at most twenty."""
        typed = clean_line(typed)[:LONGEST_TYPED].lower()
        query = self._choices().limit(MOST_FOUND)
        if typed.startswith("#"):
            return self.named(typed)
        if typed:
            pattern = "%" + typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            query = query.where(
                or_(*(func.lower(getattr(self.model, name)).like(pattern, escape="\\") for name in self._columns()))
            )
        return list(db.session.scalars(query).unique())

    def named(self, typed: str) -> list[Any]:
        """Records whose unique name, number or other name is just what is typed; the unique name decides alone."""
        typed = clean_line(typed)[:LONGEST_TYPED]
        if typed.startswith("#") and (key := key_of(typed[1:], self.model)):
            return list(db.session.scalars(self._choices().where(self.model.id == key)).unique())
        for name in sorted(
            self._columns(),
            key=lambda name: not self.model.__table__.columns[name].unique,
        ):
            column = func.lower(getattr(self.model, name))
            found = list(db.session.scalars(self._choices().where(column == typed.lower()).limit(MOST_FOUND)).unique())
            if found:
                return found
        return []

    def allows(self, record: Any) -> bool:
        """Whether the record is among those that may be chosen."""
        return db.session.scalars(self._choices().where(self.model.id == record.id)).unique().one_or_none() is not None

    def _choices(self) -> Select[Any]:
        """The named query; only one's own of it where one may see such records, but no others."""
        actor = present_actor()
        if reach_of(actor, Can(f"{self.model.resource}.view")) != OWN:
            return self.query()
        return self.query().where(self.model.owned_by(actor.id))

    def _columns(self) -> tuple[str, ...]:
        return tuple(self.model.named_by)


class Loader(AjaxModelLoader):
    """A picker in the shape Flask-Admin's lookup address asks for."""

    def __init__(self, name: str, picker: Picker) -> None:
        super().__init__(name, {})
        self.picker = picker

    def format(self, model: Any) -> Any:
        """What stands for the record, and how a person knows it."""
        return None if model is None else (self.picker.handle(model), model.title_text)

    def get_one(self, pk: Any) -> Any:
        """The one record that the text names."""
        found = self.picker.named(str(pk))
        return found[0] if len(found) == 1 else None

    def get_list(self, query: str, offset: int = 0, limit: int = MOST_FOUND) -> list[Any]:
        """Records that fit what is typed so far."""
        return self.picker.starting(query)


class LookupField(AjaxSelectField):
    """One related record, named in a text box; scripts help with a list, and without them it works all the same."""

    widget = TextInput()
    many = False
    _data: Any = None

    def __init__(self, loader: Loader, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(loader, label, validators, **kwargs)
        self.typed: str | None = None
        self.choices_found: list[tuple[str, str]] = []

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        record = self._data
        return "" if record is None else self.loader.picker.handle(record)

    @property
    def shown_title(self) -> str:
        """How a person knows the record that is chosen now."""
        return "" if self.typed is not None or self._data is None else self._data.title_text

    @property
    def data(self) -> Any:
        """What is chosen; setting it forgets what was typed."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        self._data, self.typed = value, None

    def process_formdata(self, valuelist: list[str] | None) -> None:
        """Take what was typed."""
        if valuelist is None:
            return
        self.typed = clean_line(valuelist[0] if valuelist else "")[:LONGEST_TYPED]
        self._data = None

    def pre_validate(self, form: Any) -> None:
        """Find the record that is meant; several are offered as a choice with everything typed kept."""
        if self.typed:
            self._data = self._found(self.typed)
        if self._data is None and not self.allow_blank and not self.errors:
            raise ValidationError(_("Type a name and choose one."))

    def _found(self, typed: str) -> Any:
        found = self.loader.picker.named(typed)
        if len(found) == 1:
            return found[0]
        similar = found or self.loader.picker.starting(typed)
        self.choices_found = [(self.loader.picker.handle(record), record.title_text) for record in similar]
        if similar:
            raise ValidationError(
                _(
                    "Several could be meant by %(typed)s. Choose one of the list.",
                    typed=typed,
                )
            )
        raise ValidationError(_("Nothing here is called %(typed)s.", typed=typed))


class LookupManyField(LookupField):
    """Several related records, named one after the other, separated by commas."""

    many = True

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return ", ".join(self.loader.picker.handle(record) for record in self._data or ())

    @property
    def shown_titles(self) -> list[tuple[str, str]]:
        """Handle and name of each record that is chosen now."""
        return [(self.loader.picker.handle(record), record.title_text) for record in self._data or ()]

    def process_formdata(self, valuelist: list[str] | None) -> None:
        """Take what was typed; scripts may send one value each."""
        if valuelist is None:
            return
        self.typed = ", ".join(part for part in (clean_line(value) for value in valuelist) if part)[:2000]
        self._data = []

    def pre_validate(self, form: Any) -> None:
        """Find each record that is meant."""
        if self.typed is None:
            return
        chosen: list[Any] = []
        for part in filter(None, (part.strip() for part in self.typed.split(","))):
            record = self._found(part)
            if record not in chosen:
                chosen.append(record)
        self._data = chosen
