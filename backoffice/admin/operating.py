"""Operations in the back office: row buttons, buttons for many rows, and the page that asks for inputs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from flask import abort, current_app, flash, g, jsonify, redirect, request, url_for
from flask_admin import expose
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backoffice.admin.guard import refuse
from backoffice.admin.parts import Part
from backoffice.admin.seen import changed_since, seen_at
from backoffice.admin.undoing import present_batch, say_done
from backoffice.foundation.database import db, forget_promises, unit_of_work
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.errors import AsksFor, DomainError, InvalidInput, StaleRecord
from backoffice.foundation.i18n import Text, _, _n
from backoffice.foundation.operations import Operation
from backoffice.foundation.permissions import ALL, reach_of
from backoffice.foundation.reveal import Reveal
from backoffice.foundation.text import clean_line
from backoffice.records import journal
from backoffice.site.redirects import came_from, wanted
from backoffice.site.refusals import refused
from backoffice.site.requests import is_script, present_actor

#: One request works through this many records at most.
MOST_ROWS = 1000
#: Of what was left out so many are named in one sentence.
MOST_NAMED = 5
#: A name that is longer than this nobody should have to type.
LONGEST_NAME = 40


class Operable(Part):
    """Gives a view its operations at `/action/`."""

    model: Any
    operations: ClassVar[Sequence[Operation]] = ()
    resource: str

    @property
    def all_operations(self) -> tuple[Operation, ...]:
        """The operations of the view; deletion belongs to every view with the verb `delete`."""
        listed = tuple(self.operations)
        if "delete" in getattr(self, "verbs", ()) and not any(operation.name == "delete" for operation in listed):
            listed = (*listed, self._deletion())
        return listed

    def _deletion(self) -> Operation:
        cls: Any = type(self)
        if "_made_deletion" not in cls.__dict__:
            cls._made_deletion = deletion_of(self.model)
        made: Operation = cls._made_deletion
        return made

    def offered(self) -> list[Operation]:
        """The operations the person may do to some records; worked out once in a request, as each card asks."""
        actor = present_actor()
        known = g.setdefault("offered", {})
        if known.get(type(self), (None,))[0] is not actor:
            known[type(self)] = actor, [each for each in self.all_operations if each.is_allowed(actor)]
        return list(known[type(self)][1])

    def offered_for(self, record: Any) -> list[Operation]:
        """The operations the person may do to this record in its present state."""
        actor = present_actor()
        return [
            operation
            for operation in self.offered()
            if operation.is_offered(actor, record)
            and (reach_of(actor, operation.needs) == ALL or operation.is_allowed(actor, record))
        ]

    def operation_named(self, name: str | None) -> Operation | None:
        """The operation of this view with this name."""
        return next(
            (operation for operation in self.all_operations if operation.name == name),
            None,
        )

    @expose("/action/", methods=("POST",))
    @expose("/action/<int:rowid>", methods=("POST",))
    def action_view(self, rowid: int | None = None) -> Any:
        """Do an operation to one or more records, asking for inputs first where one is required and missing.

        The buttons of a line have its number in their path, which keeps long lists small.
        """
        # Where the button itself says something else, such as one of several moments, the form says what to do.
        operation = self.operation_named(request.form.get("action") or request.form.get("do"))
        if operation is None:
            abort(400)
        if not operation.is_allowed(present_actor()):
            refuse(operation.needs.value)
        if request.form.get("all") and rowid is None:
            return self.ask_for_all(operation)
        # A button of one row carries its row in its address; ticked rows of the same page do not count then.
        ids = [str(rowid)] if rowid is not None else request.args.getlist("rowid") or request.form.getlist("rowid")
        most = MOST_ROWS if operation.in_lists else 1
        ids = list(dict.fromkeys(ids))[: most + 1]
        following = wanted("url") or came_from() or url_for(f"{self.endpoint}.index_view")
        if not ids:
            return self._answer(following, "info", _("Tick at least one line first."), 422)
        if len(ids) > most:
            return self._answer(following, "error", _("At most %(num)s at once. Tick fewer.", num=most), 422)
        takes = operation.takes
        form = takes(request.form) if takes else None
        if takes is not None and "ask" in request.values:
            return self._ask(operation, ids, None, following, 200)
        if takes is not None and form is not None:
            given = any(name in request.form for name in takes.input_names())
            if (takes.has_required() or given) and not (given and form.validate()):
                return self._ask(operation, ids, form if given else None, following, 422 if given else 200)
        if operation.is_final and clean_line(request.form.get("confirm")) != self._to_be_typed(ids):
            return self._ask(operation, ids, form, following, 422 if "confirm" in request.form else 200)
        inputs = dict(form.data) if form is not None and given else self.unasked(operation)
        return self._perform(operation, ids, inputs, form, following)

    def unasked(self, operation: Operation) -> dict[str, Any]:
        """What an operation gets where nobody typed anything."""
        return {}

    def hindrance(self, record: Any, seen: datetime | None) -> str | None:
        """Why nothing may be done to the record on the sight of things the person has; None if it may."""
        return changed_since(record, seen)

    def faster(self, id: str) -> str | None:
        """Who was faster, in words, where an operation found another version than the person saw."""
        return None

    def did(self, operation: Operation, records: Sequence[Any]) -> str | None:
        """Called in the transaction in which an operation was done to these; what it returns is told as well."""
        return None

    def _to_be_typed(self, ids: Sequence[str]) -> str:
        """What a person types before something that nothing brings back: a short name, a number, or how many."""
        if len(ids) > 1:
            return str(len(ids))
        record = self.get_one(ids[0])
        name = clean_line(record.title_text) if record is not None else ""
        return name if len(name) <= LONGEST_NAME else ids[0]

    def _ask(
        self,
        operation: Operation,
        ids: list[str],
        form: Any,
        following: str,
        status: int,
    ) -> Any:
        records = [record for record in (self.get_one(id) for id in ids[:5]) if record is not None]
        if not records:
            abort(404)
        version = request.args.get("version") or request.form.get("version")
        if operation.takes is not None and form is None:
            form = operation.takes(data=operation.takes.begun(records[0]) if len(records) == 1 else None)
        if form is not None:
            form.about(records, present_actor(), len(ids))
        page = self.render(
            "admin/house/operation.html",
            operation=operation,
            ids=ids,
            form=form,
            records=records,
            following=following,
            version=version,
            to_be_typed=self._to_be_typed(ids) if operation.is_final else None,
        )
        return page, status

    def _perform(
        self,
        operation: Operation,
        ids: list[str],
        inputs: dict[str, Any],
        form: Any,
        following: str,
    ) -> Any:
        seen = seen_at()
        expected = _version(request.args.get("version") or request.form.get("version")) if len(ids) == 1 else None
        done: list[Any] = []
        skipped: list[tuple[Any, str]] = []
        reveal: Any = None
        notes: list[str] = []
        # One that fails alone takes its transaction with it; on SQLite the savepoint takes hold of the database.
        is_alone = len(ids) == 1 and db.engine.dialect.name == "postgresql"
        with unit_of_work():
            for id in ids:
                record = self.get_one(id)
                if record is None:
                    skipped.append((None, _("it is not here, or you may not see it")))
                    continue
                title = record.title_text
                if hindrance := self.hindrance(record, seen):
                    skipped.append((title, hindrance))
                    continue
                try:
                    with nullcontext() if is_alone else db.session.begin_nested():
                        reveal = operation(
                            record,
                            actor=present_actor(),
                            expected_version=expected,
                            **inputs,
                        )
                    done.append((record, title))
                    if isinstance(reveal, Text | str):
                        notes.append(str(reveal))
                except InvalidInput as error:
                    # What turns out to be needed for one record cannot be asked for many.
                    is_askable = len(ids) == 1 or not isinstance(error, AsksFor)
                    if form is not None and error.field in form and is_askable:
                        _show(form[error.field], error)
                        # Nothing was done, so nothing that was promised for the rows before is kept.
                        db.session.rollback()
                        forget_promises(0)
                        return self._ask(operation, ids, form, following, 422)
                    skipped.append((title, str(error.message)))
                    _give_up(is_alone)
                except DomainError as error:
                    _give_up(is_alone)
                    refused(getattr(error, "permission", None))
                    faster = self.faster(id) if isinstance(error, StaleRecord) else None
                    skipped.append((title, faster or str(error.message)))
                except (IntegrityError, StaleDataError):
                    _give_up(is_alone)
                    skipped.append((title, _("other records stand on it, or somebody was faster")))
            if done and (further := self.did(operation, [record for record, _title in done])):
                notes.append(further)
            if done:
                present_batch()
        for title, reason in journal.late_refusals():
            done = [each for each in done if each[1] != title]
            skipped.append((title, reason))
        if not done and len(ids) == 1 and skipped[0][0] is None:
            abort(404)
        if isinstance(reveal, Reveal):
            flash(reveal_text(reveal), "once")
        tone = "success" if done else "error"
        return self._answer(
            following,
            tone,
            " ".join([told(operation, done, skipped), *notes]),
            200 if done else 409,
            done,
            skipped,
        )

    def _answer(
        self,
        following: str,
        tone: str,
        sentence: str,
        status: int,
        done: Sequence[Any] = (),
        skipped: Sequence[Any] = (),
    ) -> Any:
        if is_script():
            rows = [
                {
                    "id": record.id,
                    "status": str(getattr(record, "status", "")),
                    "version": getattr(record, "version", None),
                }
                for record, _title in done
            ]
            undo = present_batch() if done else None
            return jsonify(message=sentence, done=rows, skipped=len(skipped), undo=undo), status
        if tone == "success":
            say_done(sentence)
        else:
            flash(sentence, tone)
        return redirect(following)


def _give_up(is_alone: bool) -> None:
    if is_alone:
        db.session.rollback()


class Button(NamedTuple):
    """An operation as a row shows it: its name, and its label in the reader's language."""

    name: str
    label: str


class Buttons:
    """The buttons a list offers, worked out once for the person and then asked for each row."""

    def __init__(self, view: Any) -> None:
        self.actor = present_actor()
        self.offered = [
            (operation, Button(operation.name, str(operation.label)), reach_of(self.actor, operation.needs) == ALL)
            for operation in view.offered()
            if operation.in_lists and operation.as_button
        ]

    def of(self, record: Any) -> tuple[Button, ...]:
        """Those that fit the record and that the person may use on it."""
        return tuple(
            [
                button
                for operation, button, everywhere in self.offered
                if operation.is_offered(self.actor, record) and (everywhere or operation.is_allowed(self.actor, record))
            ]
        )


def told(operation: Operation, done: Sequence[Any], skipped: Sequence[tuple[Any, str]]) -> str:
    """What happened, numbers first, and why anything was left out."""
    parts = []
    if len(done) == 1:
        parts.append(_("%(verb)s: %(title)s.", verb=operation.done, title=done[0][1]))
    elif done:
        parts.append(_("%(verb)s: %(num)s.", verb=operation.done, num=len(done)))
    if len(skipped) == 1 and skipped[0][0]:
        title, reason = skipped[0]
        parts.append(_("Skipped %(title)s: %(reason)s.", title=title, reason=reason.rstrip(".")))
    elif skipped:
        named = [f"{title} ({reason.rstrip('.')})" if title else reason.rstrip(".") for title, reason in skipped]
        some = list(dict.fromkeys(named))
        listed = "; ".join([*some[:MOST_NAMED], *(["…"] if len(some) > MOST_NAMED else [])])
        parts.append(
            _n(
                "%(num)s skipped: %(reason)s.",
                "%(num)s skipped: %(reason)s.",
                len(skipped),
                reason=listed,
            )
        )
    return " ".join(parts)


def reveal_text(reveal: Reveal) -> str:
    """The sentence and the address on two lines; shown once. The address is of the site, whatever the request said."""
    site = current_app.config["BASE_URL"] or request.url_root.rstrip("/")
    return f"{reveal.sentence}\n{site}{url_for(reveal.endpoint, **reveal.values)}"


def _show(field: Any, error: InvalidInput) -> None:
    if isinstance(error, AsksFor):
        field.ask(error.asked)
    else:
        field.errors = [str(error.message)]


def _version(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None
