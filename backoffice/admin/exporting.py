"""Export of a list as CSV or XLSX: the reader's columns, values not markup, never a formula, bounded memory."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from flask import (
    Response,
    abort,
    flash,
    redirect,
    request,
    send_file,
)
from flask_admin import expose
from flask_babel import get_timezone

from backoffice.admin.columns import Column
from backoffice.admin.paging import capped_count
from backoffice.admin.parts import Part
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.records import audit
from backoffice.site.requests import present_actor

MOST_ROWS = 50_000
#: Rows fetched from the cursor at a time.
BATCH = 500
#: What a spreadsheet takes for the beginning of a formula, full-width twins included (OWASP "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
LONGEST_CELL = 32_000
TYPES = ("csv", "xlsx")


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

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        """The list as it is filtered now, as a file; above the limit a sentence offers narrowing it."""
        if export_type not in TYPES:
            abort(404)
        query = self.scope(self.narrowed(request.args), "export")
        if capped_count(query, MOST_ROWS) > MOST_ROWS:
            flash(
                _(
                    "More than %(num)s lines. Narrow the list by a filter or a search, then export it.",
                    num=MOST_ROWS,
                ),
                "info",
            )
            return redirect(self.present_address())
        wanted = request.args.getlist("columns")
        columns = [
            column for column in self.export_columns() if not wanted or column.name in wanted
        ] or self.export_columns()
        order, _name = self.order_for(request.args)
        name = f"{self.model.resource}-{clock.now():%Y%m%d-%H%M%S}.{export_type}"
        with unit_of_work():
            audit.note(
                f"{self.model.resource}.export",
                kind=export_type,
                columns=[column.name for column in columns],
            )
        rows = self._rows(order.applied(query), columns)
        titles = [str(column.label) for column in columns]
        return _csv(titles, rows, name) if export_type == "csv" else _xlsx(titles, rows, name)

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


def _csv(titles: Sequence[str], rows: Iterator[list[Any]], name: str) -> Response:
    """Through a file on disk: memory stays small, and an error on the way is a page rather than half a file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([harmless(title) for title in titles])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
    text.flush()
    text.detach()
    file.seek(0)
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name=name)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return harmless(value) if isinstance(value, str) else value


def _xlsx(titles: Sequence[str], rows: Iterator[list[Any]], name: str) -> Response:
    file = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
    # A row goes to disk as soon as the next begins, so memory does not grow with the length of the list.
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
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
    book.close()
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return send_file(file, mimetype=kind, as_attachment=True, download_name=name)
