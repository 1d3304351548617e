"""Create, edit, look at and delete one record: one unit of work each, refusals in words, nothing typed lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_admin.helpers import get_form_data
from sqlalchemy import inspect
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError

from backoffice.admin.columns import Cell, Column, Formatter, column_of
from backoffice.admin.converter import VersionField
from backoffice.admin.merging import Merge, choose, merge
from backoffice.admin.operating import reveal_text
from backoffice.admin.parts import Part
from backoffice.admin.undoing import say_done
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed, StaleRecord
from backoffice.foundation.html import for_reading
from backoffice.foundation.i18n import Text, _
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.foundation.reveal import Reveal
from backoffice.records.presences import leave
from backoffice.records.sent_forms import AlreadySent, new_key, spend
from backoffice.site.redirects import wanted
from backoffice.site.refusals import refused
from backoffice.site.requests import present_actor


class Saving(Part):
    """Gives a view its pages for one record.

    Overrides `create_model`, `update_model` and `delete_model`, so Flask-Admin's `on_model_*` hooks never run here:
    a rule belongs to the model or to an operation.
    """

    model: Any
    resource: str
    endpoint: str
    #: Columns of the form that change by operation: the operation gets the value under the column's name.
    via: ClassVar[Mapping[str, Operation]] = {}
    #: Columns that are set from whoever creates the record.
    owner: ClassVar[Sequence[str]] = ()
    #: Called with the new record and `actor=` before it is saved.
    on_create: ClassVar[Any] = None
    #: Called with a record that exists and `actor=` after the form was put into it, before it is saved.
    on_edit: ClassVar[Any] = None
    #: Called with `actor` and a record that exists before it is changed by the form; each may raise NotAllowed.
    refuses: ClassVar[Sequence[Callable[[Any, Any], None]]] = ()
    #: Done to a new record after it is saved, if the person may; what it reveals is shown once.
    then: ClassVar[Operation | None] = None
    #: Columns of the form that stand at the side.
    form_aside: ClassVar[Sequence[str]] = ()
    #: Further buttons of the form, beside those that save: endpoints that take it as it is typed, and their labels.
    form_buttons: ClassVar[Sequence[tuple[str, Text]]] = ()
    #: What the form of a new record holds at first: called with what the address says and the person who asks.
    begins: ClassVar[Callable[[Mapping[str, str], Any], Mapping[str, Any]] | None] = None
    #: The page of the form, where a record needs more than its fields one below the other.
    form_template: ClassVar[str] = "admin/house/form.html"
    #: Columns that only a new record takes.
    form_create_only: ClassVar[Sequence[str]] = ()
    form_columns: Any
    rich_text: ClassVar[Sequence[str]]
    in_words: ClassVar[Mapping[str, Formatter]]
    column_details_list: Any
    details_template: str

    def get_create_form(self) -> type[BaseForm]:
        """The form for a new record."""
        return self.scaffold_form()

    def get_edit_form(self) -> type[BaseForm]:
        """The form for a record that exists: it carries the version it was opened with."""
        form: Any = self.scaffold_form()
        fields: dict[str, Any] = dict.fromkeys(self.form_create_only)
        if hasattr(self.model, "version"):
            fields["version"] = VersionField()
        return type(f"{self.model.__name__}EditForm", (form,), fields)

    def create_form(self, obj: Any = None) -> Any:
        """The form for a new record, filled with what it begins with or with what was typed."""
        begins = type(self).begins
        begun = begins(request.args, present_actor()) if begins is not None else {}
        return self._create_form_class(get_form_data(), obj=obj, **begun)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """A new record."""
        form = self.create_form()
        self._drop_hidden(form)
        if request.method == "POST" and form.validate():
            try:
                record = self.create_model(form)
            except AlreadySent as sent:
                # A button pressed twice: the second answer is the one people see.
                record = self.get_one(sent.made_id)
                if record is None:
                    flash(str(sent.message), "info")
                    return redirect(url_for(f"{self.endpoint}.index_view"))
            if record is not None:
                say_done(_("Saved: %(title)s.", title=record.title_text))
                return redirect(self._following(record))
        return self._form_page(form, None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """A record that exists."""
        record = self.one_or_404(request.args.get("id"), "edit", *self._eager())
        form = self.edit_form(obj=record)
        self._drop_hidden(form)
        if request.method == "POST":
            choose(form, record)
        if request.method == "POST" and form.validate() and self.update_model(form, record):
            say_done(_saved(record, getattr(form, "merge", None)))
            return redirect(self._following(record))
        return self._form_page(form, record)

    @expose("/details/")
    def details_view(self) -> Any:
        """Everything the person may see of a record."""
        record = self.one_or_404(request.args.get("id"), "view", *self._eager())
        names = self.column_details_list or self._all_columns()
        columns = self.visible_columns(names)
        facts = [(column, self._fact(column, record)) for column in columns]
        return self.render(self.details_template, record=record, facts=facts)

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        """Remove a record; the same as the operation `delete`."""
        record = self.one_or_404(request.form.get("id") or request.args.get("id"), "delete")
        title = record.title_text
        if self.delete_model(record):
            say_done(_("Deleted: %(title)s.", title=title))
        return redirect(wanted("url") or url_for(f"{self.endpoint}.index_view"))

    def _fact(self, column: Column, record: Any) -> Cell:
        if column.name in self.rich_text:
            return Cell("rich", for_reading(getattr(record, column.name) or "", video_label=_("Video")))
        return self.in_words.get(column.name, column.cell)(record)

    def create_model(self, form: Any) -> Any:
        """Save a new record; None if it was refused, with the reason in the form."""
        actor = present_actor()
        record = self.model()

        def save() -> Any:
            sent = spend(request.form.get("once"), request.form.items(multi=True), actor=actor)
            with db.session.no_autoflush:
                for name in self.owner:
                    setattr(
                        record,
                        name,
                        actor._get_current_object() if hasattr(actor, "_get_current_object") else actor,
                    )
                self._populate(form, record)
                if self.on_create is not None:
                    type(self).on_create(record, actor=actor)
                db.session.add(record)
            # Whose it is stands in a foreign key, and that is known only after the flush; a refusal takes it back.
            db.session.flush()
            if sent is not None:
                sent.made_id = record.id
            can = Can(f"{self.resource}.create")
            if not is_allowed(actor, can, record):
                raise NotAllowed(_("You may add this only where it would be your own."), permission=can.value)
            self._operate(form, record)
            if self.then is not None and self.then.is_allowed(actor, record):
                return self.then(record, actor=actor)
            return None

        saved, revealed = self._attempt(form, save)
        if saved and isinstance(revealed, Reveal):
            flash(reveal_text(revealed), "once")
        return record if saved else None

    def update_model(self, form: Any, model: Any) -> bool:
        """Save a record that exists; False if it was refused, with the reason in the form."""

        def save() -> None:
            for refuse in self.refuses:
                refuse(present_actor(), model)
            with db.session.no_autoflush:
                self._populate(form, model)
                if self.on_edit is not None:
                    type(self).on_edit(model, actor=present_actor())
            db.session.flush()
            self._operate(form, model)
            leave(self.resource, model.id, actor=present_actor())

        id = model.id
        for is_last in (False, True):
            if "version" in form and str(form.version.data or "") != str(model.version):
                form.merge = merge(self, form, model, _number(form.version.data))
                # From here on it is a form of the version that is there now.
                form.version.data = str(model.version)
                if form.merge.conflicts:
                    form.conflict = form.merge
                    return False
            saved = self._attempt(form, save)[0]
            if saved or is_last or not hasattr(form, "conflict"):
                return saved
            # Somebody saved between reading and writing, perhaps the same person by a double click: once more.
            if db.session.get(self.model, id) is None:
                abort(404)
            del form.conflict
        return False

    def delete_model(self, model: Any) -> bool:
        """Remove a record; False if it was refused, with the reason flashed."""
        operation = self.operation_named("delete")
        try:
            with unit_of_work():
                operation(model, actor=present_actor())
        except DomainError as error:
            refused(getattr(error, "permission", None))
            flash(str(error.message), "error")
            return False
        except (IntegrityError, StaleDataError):
            flash(_("Other records stand on it, so it was not deleted."), "error")
            return False
        return True

    def _populate(self, form: Any, record: Any) -> None:
        for field in form:
            if field.name in self.via or field.name in ("csrf_token", "version"):
                continue
            if field.data != getattr(record, field.name, None) or inspect(record).transient:
                field.populate_obj(record, field.name)

    def _operate(self, form: Any, record: Any) -> None:
        for name, operation in self.via.items():
            if name in form and form[name].data is not None:
                operation(record, actor=present_actor(), **{name: form[name].data})

    def _attempt(self, form: Any, save: Any) -> tuple[bool, Any]:
        """The only place where a refused save becomes a message."""
        try:
            with unit_of_work():
                return True, save()
        except AlreadySent:
            raise
        except (StaleDataError, StaleRecord):
            form.conflict = Merge(who=None, when=None, version=0)
        except DomainError as error:
            refused(getattr(error, "permission", None))
            _complain(form, getattr(error, "field", None), str(error.message))
        except IntegrityError as error:
            _complain(
                form,
                _column_in(error, form),
                _("Another record has this already. Choose something else."),
            )
        except (DataError, OverflowError):
            _complain(form, None, _("A value is out of range. Look at the numbers and dates."))
        return False, None

    def _drop_hidden(self, form: Any) -> None:
        """A field the person may not see is not in her form; one that changes by operation needs its permission."""
        for field in list(form):
            operation = self.via.get(field.name)
            if (
                operation is not None
                and not is_allowed(present_actor(), operation.needs)
                or (field.name in inspect(self.model).attrs and not column_of(self.model, field.name).may_be_seen())
            ):
                del form[field.name]

    def _following(self, record: Any) -> str:
        here: dict[str, Any] = {"url": wanted("url")} if wanted("url") else {}
        if "_add_another" in request.form:
            return url_for(f"{self.endpoint}.create_view", **here)
        if "_continue_editing" in request.form:
            return url_for(f"{self.endpoint}.edit_view", id=record.id, **here)
        return wanted("url") or url_for(f"{self.endpoint}.index_view")

    def _form_page(self, form: Any, record: Any) -> Any:
        conflict = getattr(form, "conflict", None)
        problems = sum(len(field.errors) for field in form) + len(form.form_errors)
        page = self.render(
            self.form_template,
            form=form,
            record=record,
            attendance=self.attend(record) if record is not None else None,
            conflict=conflict,
            problems=problems,
            following=wanted("url"),
            once=None if record else request.form.get("once") or new_key(),
        )
        return page, 409 if conflict else 422 if problems else 200

    def _eager(self) -> list[Any]:
        shown = {
            *(self.form_columns or ()),
            *(self.column_details_list or self._all_columns()),
        }
        columns = (column_of(self.model, name) for name in shown if name in inspect(self.model).attrs)
        return [
            selectinload(column.attribute) if column.is_many else joinedload(column.attribute).options(*column.titles)
            for column in columns
            if column.is_relation
        ]

    def _all_columns(self) -> list[str]:
        keys = {local.key for prop in inspect(self.model).relationships for local in prop.local_columns} - {"id"}
        columns = [
            prop.key
            for prop in inspect(self.model).column_attrs
            if prop.key not in keys and not prop.columns[0].info.get("derived")
        ]
        relations = [prop.key for prop in inspect(self.model).relationships if prop.info.get("label")]
        return [*columns, *relations]

    def may_edit(self, record: Any) -> bool:
        """Whether the person may open the form of this record."""
        if "edit" not in self.verbs:
            return False
        can, actor = Can(f"{self.resource}.edit"), present_actor()
        return is_allowed(actor, can) if reach_of(actor, can) == ALL else is_allowed(actor, can, record)


def _number(text: Any) -> int:
    return int(text) if str(text).isascii() and str(text).isdecimal() and len(str(text)) < 10 else 0


def _saved(record: Any, merged: Merge | None) -> str:
    saved = _("Saved: %(title)s.", title=record.title_text)
    if merged is None or not merged.taken:
        return saved
    fields = ", ".join(str(label) for label in merged.taken)
    return f"{saved} " + _("Kept what %(name)s changed meanwhile: %(fields)s.", name=merged.who, fields=fields)


def _complain(form: Any, name: str | None, sentence: str) -> None:
    if name and name in form:
        form[name].errors = [*form[name].errors, sentence]
    else:
        form.form_errors.append(sentence)


def _column_in(error: IntegrityError, form: Any) -> str | None:
    """The field whose unique column clashed, read from the database's message, which is never shown."""
    text = str(error.orig)
    return next(
        (field.name for field in form if f".{field.name}" in text or f"({field.name})" in text),
        None,
    )
