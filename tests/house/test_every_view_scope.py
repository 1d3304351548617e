"""What is outside a person's reach does not exist for her: list, id, bulk, export and lookup ask the same question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import ALL, OWN
from tests import factories
from tests.browser import Browser
from tests.house.every_view import (
    VIEWS,
    columns_of,
    entries,
    every_view,
    holder,
    is_owned,
    live,
    made,
    make,
    record,
    row_ids,
    text_field,
    url,
)
from tests.house.spreadsheets import csv_rows

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def hers_and_foreign(app: Flask, view: Any, username: str) -> tuple[int, int]:
    """A record of the view that belongs to the person, and one that does not."""
    with app.app_context(), unit_of_work():
        owner = db.session.scalars(select(User).where(User.username == username)).one()
        return factories.OWNED[view.model.resource](owner).id, getattr(factories, view.model.resource)().id


def test_every_kind_that_belongs_to_somebody_has_a_way_to_make_one_for_a_person() -> None:
    owned = {view.model.resource for view in VIEWS if is_owned(view)}
    assert owned <= set(factories.OWNED), "add the kind to OWNED in tests/factories.py"


@every_view("view", where=is_owned)
def test_a_list_and_an_export_hold_what_is_hers(app: Flask, sign_in: SignIn, view: Any) -> None:
    username = holder(app, view, OWN)
    mine, foreign = hers_and_foreign(app, view, username)
    browser = sign_in(username)
    page = browser.get(url(view, "?page_size=100"))
    assert mine in row_ids(page.text)
    assert foreign not in row_ids(page.text)
    assert f"id={foreign}" not in page.text
    if "export" in view.verbs:
        numbers = [row[0] for row in csv_rows(browser.get(url(view, "export/csv/")).data)[1:]]
        assert str(mine) in numbers
        assert str(foreign) not in numbers


@every_view("view", where=is_owned)
def test_a_foreign_record_is_not_here(app: Flask, sign_in: SignIn, view: Any) -> None:
    username = holder(app, view, OWN)
    mine, foreign = hers_and_foreign(app, view, username)
    browser = sign_in(username)
    with app.app_context():
        before = columns_of(record(view, foreign))
        trail = len(entries(view, foreign))
    assert browser.get(url(view, f"details/?id={mine}")).status_code == 200
    assert browser.get(url(view, f"details/?id={foreign}")).status_code == 404
    if "edit" in view.verbs:
        assert browser.get(url(view, f"edit/?id={mine}")).status_code == 200
        assert browser.get(url(view, f"edit/?id={foreign}")).status_code == 404
        answer = browser.submit(url(view, f"edit/?id={foreign}"), {text_field(view): "Taken over", "version": "1"})
        assert answer.status_code == 404
    if "delete" in view.verbs:
        assert browser.submit(url(view, "delete/"), {"id": str(foreign)}).status_code == 404
        assert browser.submit(url(view, f"delete/?id={foreign}"), {}).status_code == 404
    for operation in live(app, view).all_operations:
        assert (
            browser.submit(url(view, "action/"), {"action": operation.name, "rowid": str(foreign)}).status_code == 404
        )
    with app.app_context():
        assert columns_of(record(view, foreign)) == before
        assert len(entries(view, foreign)) == trail


@every_view("view", "delete", where=is_owned)
def test_a_foreign_record_among_hers_is_left_out(app: Flask, sign_in: SignIn, view: Any) -> None:
    username = holder(app, view, OWN)
    mine, foreign = hers_and_foreign(app, view, username)
    browser = sign_in(username)
    answer = browser.submit(
        url(view, "action/"), {"action": "delete", "rowid": [str(foreign), str(mine)]}, follow_redirects=True
    )
    assert "1 skipped" in answer.text
    with app.app_context():
        assert record(view, foreign)
        assert db.session.get(view.model, mine) is None


@every_view("view", "edit", where=is_owned)
def test_seeing_everything_does_not_mean_changing_it(app: Flask, sign_in: SignIn, view: Any) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={f"{view.model.resource}.view": ALL, f"{view.model.resource}.edit": OWN})
        username = factories.user(roles=[role]).username
    mine, foreign = hers_and_foreign(app, view, username)
    browser = sign_in(username)
    assert {mine, foreign} <= set(row_ids(browser.get(url(view, "?page_size=100")).text))
    assert browser.get(url(view, f"edit/?id={mine}")).status_code == 200
    assert browser.get(url(view, f"details/?id={foreign}")).status_code == 200
    assert browser.get(url(view, f"edit/?id={foreign}")).status_code == 404
    assert f"edit/?id={foreign}" not in browser.get(url(view, f"details/?id={foreign}")).text


@every_view("view", "export", where=is_owned)
def test_an_export_reaches_no_further_than_its_own_grant(app: Flask, sign_in: SignIn, view: Any) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={f"{view.model.resource}.view": ALL, f"{view.model.resource}.export": OWN})
        username = factories.user(roles=[role]).username
    mine, foreign = hers_and_foreign(app, view, username)
    numbers = {row[0] for row in csv_rows(sign_in(username).get(url(view, "export/csv/")).data)[1:]}
    assert str(mine) in numbers
    assert str(foreign) not in numbers


@every_view("view", where=lambda view: bool(view.choosing) and bool({"create", "edit"} & set(view.verbs)))
def test_a_lookup_answers_who_may_write_and_nobody_else(app: Flask, sign_in: SignIn, view: Any) -> None:
    reader, writer = sign_in(holder(app, view, ALL, "view")), sign_in(holder(app, view, ALL, "view", "create"))
    for name in view.choosing:
        target = live(app, view).pickers[name].model.resource
        with app.app_context(), unit_of_work():
            for _ in range(25):
                make(view)
                getattr(factories, target)()
        assert reader.get(url(view, f"ajax/lookup/?name={name}&query=a")).status_code == 403
        for query in ("", "a", "%", "_", "limit=-1&offset=-1&query=", "\x00", "#1", "#" + "9" * 30, "'" * 300):
            answer = writer.get(url(view, "ajax/lookup/"), query_string=f"name={name}&query={query}")
            assert answer.status_code == 200, query
            assert len(answer.json) <= 20
            assert not [item["text"] for item in answer.json if "@" in item["text"]], "an address shows"
        assert writer.get(url(view, f"ajax/lookup/?name={name}")).json, "nothing is found"
    assert writer.get(url(view, "ajax/lookup/?name=nothing")).status_code == 404


@every_view("view")
def test_who_may_only_look_is_offered_nothing_else(app: Flask, sign_in: SignIn, view: Any) -> None:
    (id,) = made(app, view)
    browser = sign_in(holder(app, view, ALL, "view"))
    for page in ("", f"details/?id={id}"):
        answer = browser.get(url(view, page))
        assert answer.status_code == 200
        body = answer.text.partition("<main")[2]
        for offer in ("/new/", "/edit/", "edit/?id", "/export/", 'name="action"', "name=action", "/delete/"):
            assert offer not in body, f"{page} offers {offer}"
