"""The export of every managed view, as CSV and as XLSX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String, inspect, select, update

from backoffice.admin.columns import Column
from backoffice.foundation.database import db, unit_of_work
from backoffice.records.audit import AuditEntry
from tests.browser import Browser
from tests.house.every_view import VIEWS, all_ids, every_view, live, made, shown, statements, url, varied
from tests.house.spreadsheets import csv_rows, xlsx_rows

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
READERS: dict[str, Callable[[bytes], list[list[str]]]] = {"csv": csv_rows, "xlsx": xlsx_rows}


@pytest.mark.parametrize("kind", READERS)
@every_view("export")
def test_an_export_holds_the_rows_and_columns_of_the_view(app: Flask, sign_in: SignIn, view: Any, kind: str) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 12)
    wanted = all_ids(app, view)
    answer = browser.get(url(view, f"export/{kind}/"))
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Disposition"].isascii()
    head, *rows = READERS[kind](answer.data)
    assert head[0] == "Number"
    assert len(head) == len(set(head)), "two columns are called the same"
    assert {str(Column(view.model, name).label) for name in view.column_list} <= set(head)
    assert {int(float(row[0])) for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert "<" not in head and not any("<p>" in cell or "</" in cell for row in rows for cell in row), "markup"


@every_view("export")
def test_an_export_narrows_and_sorts_like_the_list(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 12)
    name = live(app, view).sortable()[-1]
    query = f"sort={name}&desc=1"
    rows = csv_rows(browser.get(url(view, f"export/csv/?{query}")).data)[1:]
    assert [int(row[0]) for row in rows] == shown(browser, view, query)
    none = csv_rows(browser.get(url(view, "export/csv/?search=zzznobodywritesthis")).data)
    assert len(none) == (1 if live(app, view).is_searchable else len(rows) + 1)


@every_view("export")
def test_an_export_has_the_columns_that_were_chosen(app: Flask, sign_in: SignIn, view: Any) -> None:
    made(app, view)
    browser, chosen = sign_in("ana"), view.column_list[-1]
    head = csv_rows(browser.get(url(view, f"export/csv/?columns={chosen}")).data)[0]
    assert head == [str(Column(view.model, chosen).label)]
    secret = [prop.key for prop in inspect(view.model).column_attrs if prop.columns[0].info.get("secret")]
    for name in (*secret, "nothing"):
        asked = csv_rows(browser.get(url(view, f"export/csv/?columns={name}&columns={chosen}")).data)[0]
        assert asked == head, f"{name} can be asked for"


@every_view("export")
def test_an_export_is_written_in_the_trail(app: Flask, sign_in: SignIn, view: Any) -> None:
    sign_in("ana").get(url(view, "export/csv/"))
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.actor_name) == (f"{view.model.resource}.export", "ana")


@every_view("export")
def test_nothing_that_people_typed_becomes_a_formula(app: Flask, sign_in: SignIn, view: Any) -> None:
    name = next(
        name
        for name in ("text", "summary", "description", "name", "subject", *view.column_list)
        if name in inspect(view.model).column_attrs and isinstance(Column(view.model, name).type, String)
    )
    (id,) = made(app, view)
    browser = sign_in("ana")
    for start in ("=", "+", "-", "@", "＝"):
        with app.app_context(), unit_of_work():
            # Past the checks of the model: what is in a database may be older than they are.
            typed = update(view.model).where(view.model.id == id).values({name: f"{start}1+1"})
            db.session.execute(typed.execution_options(unaudited_because="arranged", synchronize_session=False))
        for kind, read in READERS.items():
            rows = read(browser.get(url(view, f"export/{kind}/?columns=id&columns={name}")).data)[1:]
            cell = next(row[1] for row in rows if int(float(row[0])) == id)
            assert cell == (f"'{start}1+1" if kind == "csv" else f"{start}1+1"), kind


@every_view("export")
def test_an_export_asks_no_question_per_row(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    made(app, view)
    browser.get(url(view, "export/csv/"))
    with statements(app) as few:
        browser.get(url(view, "export/csv/"))
    with app.app_context(), unit_of_work():
        varied(view, 40)
    with statements(app) as many:
        browser.get(url(view, "export/csv/"))
    assert len(many) <= len(few) + 2, "\n".join(many)


def test_there_is_an_export_to_test() -> None:
    assert any("export" in view.verbs for view in VIEWS)
