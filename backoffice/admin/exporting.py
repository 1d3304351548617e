"""Export of a list as CSV or XLSX: the reader's columns, values not markup, never a formula, bounded memory.

A list that is too long to wait for is exported in the background, into a file that only whoever asked can download.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import xlsxwriter
from flask import abort, current_app, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import get_timezone
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from xlsxwriter.exceptions import FileCreateError

from backoffice.admin.columns import Column
from backoffice.admin.paging import capped_count
from backoffice.admin.parts import Part
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotAllowed, NotFound
from backoffice.foundation.i18n import _, _l
from backoffice.foundation.permissions import ALL, Can, is_allowed, reach_of
from backoffice.records import audit
from backoffice.records.sent_forms import AlreadySent, new_key, spend
from backoffice.records.tasks import Report, Task, begin, file_of, whole_task_kind
from backoffice.site.requests import present_actor

#: Lines that are exported while somebody waits.
MOST_ROWS = 50_000
#: A sheet holds about this many lines; more go into a table as text.
MOST_IN_A_SHEET = 1_000_000
#: Rows fetched from the cursor at a time.
BATCH = 500
#: Rows after which the progress is written down.
REPORTED = 5_000
#: What a spreadsheet takes for the beginning of a formula, full-width twins included (OWASP "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
LONGEST_CELL = 32_000
TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class _Dropped(Exception):
    """Nobody wants the file any more."""


class Exported(Part):
    """Gives a view its export."""

    model: Any
    column_list: Sequence[str]
    column_export_list: Sequence[str] | None

    def export_columns(self) -> list[Column]:
        """What may be exported: what is listed or shown in the details, as far as the person may see it."""
        names = self.column_export_list or dict.fromkeys(("id", *self.column_list, *(self.column_details_list or ())))
        return self.visible_columns(list(names))

    @property
    def can_be_exported(self) -> bool:
        """Whether the person sees the button."""
        return "export" in self.verbs and is_allowed(present_actor(), Can(f"{self.resource}.export"))

    @expose("/export/<export_type>/", methods=("GET", "POST"))
    def export(self, export_type: str) -> Any:
        """The list as it is filtered now, as a file; a very long one by a task that makes the file."""
        if export_type not in TYPES:
            abort(404)
        query = self.scope(self.narrowed(request.args, is_whole=True), "export")
        columns = self._chosen(request.args.getlist("columns"))
        if capped_count(query, MOST_ROWS) > MOST_ROWS:
            return self._in_the_background(query, export_type, columns)
        with unit_of_work():
            self._note(export_type, columns)
        file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
        _write(file, export_type, columns, self._rows(self._in_order(query, request.args), columns))
        file.seek(0)
        return send_file(file, mimetype=TYPES[export_type], as_attachment=True, download_name=self._name(export_type))

    def _in_the_background(self, query: Any, export_type: str, columns: Sequence[Column]) -> Any:
        matching = query.with_only_columns(self.model.id).subquery()
        count = db.session.scalar(select(func.count()).select_from(matching)) or 0
        if export_type == "xlsx" and count > MOST_IN_A_SHEET:
            flash(
                _("A sheet holds %(num)s lines at most. Export CSV, or narrow the list.", num=MOST_IN_A_SHEET), "info"
            )
            return redirect(self.present_address())
        if request.method != "POST":
            given: Any = request.args.to_dict(flat=False)
            address = url_for(f"{self.endpoint}.export", export_type=export_type, **given)
            once = new_key()
            return self.render("admin/house/export.html", count=count, type=export_type, address=address, once=once)
        try:
            number = self._begin(count, export_type, columns)
        except AlreadySent as sent_before:
            # A button pressed twice makes one file.
            number = sent_before.made_id or 0
        return redirect(url_for("jobs.task_view", id=number, url=self.present_address()))

    def _begin(self, count: int, export_type: str, columns: Sequence[Column]) -> int:
        with unit_of_work():
            typed = [*request.form.items(multi=True), *request.args.items(multi=True)]
            sent = spend(request.form.get("once"), typed, actor=present_actor())
            self._note(export_type, columns)
            task = begin(
                export_in_background,
                _("Export: %(num)s, %(kind)s", num=count, kind=self.name),
                actor=present_actor(),
                total=count,
                view=self.endpoint,
                type=export_type,
                args=request.args.to_dict(flat=False),
                name=self._name(export_type),
            )
            if sent is not None:
                sent.made_id = task.id
        return task.id

    def exported_by(self, task: Task, file: IO[bytes], report: Report) -> dict[str, Any]:
        """Write what the task asks for into the file; what that needs. Raises NotAllowed where she may not any more."""
        args: MultiDict[str, str] = MultiDict(task.given["args"])
        if not self.can_be_exported:
            raise NotAllowed(permission=f"{self.resource}.export")
        columns = self._chosen(args.getlist("columns"))
        needed = {"columns": [column.name for column in columns], "reach": self._reach()}
        query = self.scope(self.narrowed(args, is_whole=True), "export")
        rows = self._rows(self._in_order(query, args), columns)
        _write(file, task.given["type"], columns, _counted(rows, task.total, report))
        return needed

    def may_fetch(self, made: Mapping[str, Any]) -> bool:
        """Whether the person may still have a file that needed so much when it was made."""
        visible = {column.name for column in self.export_columns()}
        reaches = zip(self._reach(), made.get("reach", ()), strict=False)
        is_as_far = "reach" in made and all(now in (ALL, then) for now, then in reaches)
        return is_as_far and self.can_be_exported and set(made.get("columns", ())) <= visible

    def _reach(self) -> list[str | None]:
        """How far the person sees and exports."""
        return [reach_of(present_actor(), Can(f"{self.resource}.{verb}")) for verb in ("view", "export")]

    def _chosen(self, wanted: Sequence[str]) -> list[Column]:
        offered = self.export_columns()
        return [column for column in offered if not wanted or column.name in wanted] or offered

    def _in_order(self, query: Any, args: MultiDict[str, str]) -> Any:
        order, _name = self.order_for(args)
        return order.applied(query)

    def _name(self, export_type: str) -> str:
        return f"{self.model.resource}-{clock.now():%Y%m%d-%H%M%S}.{export_type}"

    def _note(self, export_type: str, columns: Sequence[Column]) -> None:
        audit.note(f"{self.model.resource}.export", kind=export_type, columns=[column.name for column in columns])

    def _rows(self, query: Any, columns: Sequence[Column]) -> Iterator[list[Any]]:
        for batch in db.session.scalars(self.lean(query, columns), execution_options={"yield_per": BATCH}).partitions():
            for record in batch:
                yield [column.exported(record) for column in columns]
            for record in batch:
                db.session.expunge(record)


def harmless(text: str) -> str:
    """Text that no spreadsheet will run: a formula gets an apostrophe before it."""
    text = text[:LONGEST_CELL]
    return "'" + text if text.startswith(FORMULA_STARTS) else text


@whole_task_kind("export", _l("Export"))
def export_in_background(task: Task, report: Report) -> dict[str, Any] | None:
    """Make the file; what the list shows and who may see it is asked again, as when it was asked for."""
    view = current_app.extensions["managed_views"].get(task.given["view"])
    if view is None:
        raise NotFound
    path = file_of(task)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    begun = path.with_suffix(".part")
    try:
        with open(begun, "wb", opener=_privately) as file:
            needed = view.exported_by(task, file, report)
        begun.replace(path)
    except _Dropped:
        return None
    finally:
        begun.unlink(missing_ok=True)
    return {"name": task.given["name"], "bytes": path.stat().st_size, **needed}


def may_fetch(task: Task) -> bool:
    """Whether the person may still have the file that the task made."""
    view = current_app.extensions["managed_views"].get(task.given.get("view"))
    return view is not None and bool(view.may_fetch(task.outcome))


def table_file(export_type: str, titles: Sequence[str], rows: Iterator[list[Any]]) -> IO[bytes]:
    """A table that is no list of records as a file of one of the `TYPES`, which the answer closes."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    write: Callable[..., None] = _csv if export_type == "csv" else _xlsx
    write(file, titles, rows)
    file.seek(0)
    return file


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _counted(rows: Iterator[list[Any]], total: int, report: Report) -> Iterator[list[Any]]:
    for number, row in enumerate(rows):
        if number % REPORTED == 0 and not report(number, max(total, number)):
            raise _Dropped
        yield row


def _write(file: IO[bytes], export_type: str, columns: Sequence[Column], rows: Iterator[list[Any]]) -> None:
    """Through a file on disk: memory stays small, and an error on the way is a page rather than half a file."""
    write: Callable[..., None] = _csv if export_type == "csv" else _xlsx
    write(file, [str(column.label) for column in columns], rows)


def _csv(file: IO[bytes], titles: Sequence[str], rows: Iterator[list[Any]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([harmless(title) for title in titles])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
    text.flush()
    text.detach()


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return harmless(value) if isinstance(value, str) else value


def _xlsx(file: IO[bytes], titles: Sequence[str], rows: Iterator[list[Any]]) -> None:
    # A row goes to disk as soon as the next begins, so memory does not grow with the length of the list.
    with tempfile.TemporaryDirectory(prefix="sheet-") as folder:
        book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "tmpdir": folder,
            },
        )
        try:
            _fill(book, titles, rows)
            book.close()
        except FileCreateError as error:
            # Theirs stands for what the disk said.
            raise error.args[0] from error
        finally:
            for sheet in book.worksheets():
                if sheet.row_data_fh is not None:
                    sheet.row_data_fh.close()


def _fill(book: Any, titles: Sequence[str], rows: Iterator[list[Any]]) -> None:
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    zone = get_timezone()
    for index, title in enumerate(titles):
        sheet.write_string(0, index, title, bold)
    for number, row in enumerate(rows, start=1):
        for index, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(number, index, value.astimezone(zone).replace(tzinfo=None), moment)
            elif isinstance(value, int | float):
                sheet.write_number(number, index, value)
            elif value is not None:
                sheet.write_string(number, index, value[:LONGEST_CELL])
    sheet.freeze_panes(1, 0)
