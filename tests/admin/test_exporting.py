"""Exports: how many lines, what a spreadsheet may make of them, and whose eyes they are for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from backoffice.accounts.models import User
from backoffice.admin.exporting import FORMULA_STARTS, MOST_ROWS, harmless
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import ALL
from backoffice.posts.models import Tag
from tests import factories
from tests.browser import Browser
from tests.house.spreadsheets import csv_rows, xlsx_rows

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
BASE = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def many_tags(app: Flask, many: int) -> None:
    """So many tags, written past the session because they are so many."""
    with app.app_context(), db.engine.begin() as connection:
        moments = {"created_at": BASE, "updated_at": BASE, "version": 1}
        for start in range(0, many, 10_000):
            rows: list[dict[str, Any]] = [
                {"name": f"Tag {number}", "slug": f"tag-{number}", **moments}
                for number in range(start, min(start + 10_000, many))
            ]
            connection.execute(insert(Tag.__table__), rows)  # type: ignore[arg-type]


@both_databases
def test_fifty_thousand_lines_are_exported_at_once_and_one_more_in_the_background(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    many_tags(app, MOST_ROWS)
    data = browser.get("/admin/tag/export/csv/").data
    assert data.count(b"\r\n") == MOST_ROWS + 1
    with app.app_context(), unit_of_work():
        factories.tag(name="One more")
    answer = browser.get("/admin/tag/export/csv/?search=tag")
    assert answer.status_code == 200
    assert answer.data.count(b"\r\n") == MOST_ROWS + 1
    for kind in ("csv", "xlsx"):
        page = browser.get(f"/admin/tag/export/{kind}/?sort=name").text
        assert f"Export: {MOST_ROWS + 1:,} lines" in page
        assert f'action="/admin/tag/export/{kind}/?sort=name"' in page


def test_the_columns_are_those_that_were_ticked_in_the_order_of_the_view(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        factories.tag(name="Ferries", slug="ferries")
    rows = csv_rows(browser.get("/admin/tag/export/csv/?columns=slug&columns=name").data)
    assert rows == [["Name", "Address"], ["Ferries", "ferries"]]
    assert csv_rows(browser.get("/admin/tag/export/csv/?columns=nothing").data)[0][:3] == ["Number", "Name", "Address"]


def test_who_may_not_see_readers_addresses_exports_none(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(author_email="reader@example.net", author_address="192.0.2.44")
        grants = {"comment.view": ALL, "comment.export": ALL}
        plain = factories.user(roles=[factories.role(permissions=grants)]).username
        trusted = factories.user(roles=[factories.role(permissions={**grants, "comment.view_contact": ALL})]).username
    for query in ("", "?columns=author_email&columns=author_address&columns=text"):
        data = sign_in(plain).get(f"/admin/comment/export/csv/{query}").text
        assert "reader@example.net" not in data and "192.0.2.44" not in data
        assert "E-mail" not in data
        data = sign_in(trusted).get(f"/admin/comment/export/csv/{query}").text
        assert "reader@example.net" in data and "192.0.2.44" in data


def test_a_filter_by_address_answers_only_who_may_see_addresses(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(author_email="reader@example.net")
        plain = factories.user(
            roles=[factories.role(permissions={"comment.view": ALL, "comment.export": ALL})]
        ).username
    browser = sign_in(plain)
    for address in ("reader@example.net", "nobody@example.net"):
        assert len(csv_rows(browser.get(f"/admin/comment/export/csv/?flt_author_email={address}").data)) == 2


@pytest.mark.parametrize("start", FORMULA_STARTS, ids=repr)
def test_no_cell_begins_a_formula(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert harmless(start) == f"'{start}"
    assert harmless(f"a{start}") == f"a{start}"


def test_a_very_long_cell_is_cut_to_what_a_spreadsheet_takes(app: Flask, sign_in: SignIn) -> None:
    assert len(harmless("=" + "x" * 100_000)) <= 32_767
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        factories.comment(text="long " * 1999, author_name="=1+1", reason="http://example.org")
    for read, kind in ((csv_rows, "csv"), (xlsx_rows, "xlsx")):
        rows = read(browser.get(f"/admin/comment/export/{kind}/?columns=text&columns=author_name&columns=reason").data)
        assert len(rows) == 2


@both_databases
def test_moments_are_exact_in_csv_and_the_reader_s_in_xlsx(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == "ana")).one().time_zone = "Asia/Tokyo"
        factories.comment(created_at=BASE, decided_at=None)
    query = "columns=created_at&columns=decided_at"
    assert csv_rows(browser.get(f"/admin/comment/export/csv/?{query}").data)[1] == ["2026-03-10T09:30:00Z", ""]
    serial = float(xlsx_rows(browser.get(f"/admin/comment/export/xlsx/?{query}").data)[1][0])
    # Days since 1899-12-30, as spreadsheets count; 18:30 in Tokyo.
    assert abs(serial - ((datetime(2026, 3, 10) - datetime(1899, 12, 30)).days + 18.5 / 24)) < 1e-6  # noqa: DTZ001


def test_values_are_words_of_the_reader_and_not_markup(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        factories.comment(text='<b>bold</b> & "quoted"\nsecond line, with a comma; and ünïcödé 🚢')
    for locale, word in (("en", "Pending"), ("de", None)):
        rows = csv_rows(browser.get(f"/admin/comment/export/csv/?columns=text&columns=status&lang={locale}").data)
        assert rows[1][0] == '<b>bold</b> & "quoted"\nsecond line, with a comma; and ünïcödé 🚢'
        assert rows[1][1] == word or (locale == "de" and rows[1][1] != "pending")


def test_there_are_no_other_kinds_of_export(sign_in: SignIn) -> None:
    browser = sign_in("ana")
    for kind in ("json", "xls", "html", "yaml", "CSV", "csv.", "..", "%00"):
        assert browser.get(f"/admin/tag/export/{kind}/").status_code == 404, kind


def test_an_export_is_a_download_that_no_browser_runs(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    for kind, mimetype in (("csv", "text/csv"), ("xlsx", "application/vnd.openxmlformats")):
        answer = browser.get(f"/admin/tag/export/{kind}/")
        assert answer.mimetype.startswith(mimetype)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("attachment")
