"""The forms of every managed view: create, edit, two people at once, delete, and what may not be set."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import Boolean, Integer, UniqueConstraint, inspect

from backoffice.admin.columns import Column
from backoffice.foundation.database import EnumText, UTCDateTime, unit_of_work
from tests.browser import Browser, fields_in
from tests.house.every_view import (
    all_ids,
    columns_of,
    entries,
    every_view,
    form_values,
    last_entry_id,
    live,
    made,
    make,
    record,
    relations_of,
    text_field,
    url,
)

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
Fields = dict[str, Any]


def new_form(app: Flask, browser: Browser, view: Any, suffix: str = "-new") -> Fields:
    """The form for a new record, filled in like a record of the factory; unique texts get a suffix."""
    fields: Fields = fields_in(browser.get(url(view, "new/")).text, holding=text_field(view))
    with app.app_context(), unit_of_work():
        values = form_values(app, view, make(view), list(view.form_columns))
    for name, value in values.items():
        if tells_apart(view, name) and value:
            local, at, domain = value.partition("@")
            values[name] = f"{local}{suffix}{at}{domain}"
    return {**fields, **{name: value for name, value in values.items() if name in fields or value}}


def tells_apart(view: Any, name: str) -> bool:
    """Whether no two records share the column, or its words tell records apart that share others."""
    prop = inspect(view.model).column_attrs.get(name)
    if prop is None:
        return False
    together = (each for each in view.model.__table__.constraints if isinstance(each, UniqueConstraint))
    is_shared = any(len(each.columns) > 1 and name in each.columns for each in together)
    return bool(prop.columns[0].unique) or (is_shared and name == text_field(view))


def opened(browser: Browser, view: Any, id: int) -> Fields:
    """The edit form of a record as the browser has it."""
    page = browser.get(url(view, f"edit/?id={id}"))
    assert page.status_code == 200
    return {**fields_in(page.text, holding=text_field(view))}


def save(browser: Browser, view: Any, id: int, fields: Fields, **changes: str) -> Any:
    """Post the edit form."""
    return browser.submit(url(view, f"edit/?id={id}"), {**fields, **changes})


def unique_columns(view: Any) -> list[str]:
    """The columns of the form that no two records share."""
    attrs = inspect(view.model).column_attrs
    return [name for name in view.form_columns if name in attrs and attrs[name].columns[0].unique]


def _first(value: str | list[str]) -> str:
    return value if isinstance(value, str) else value[0]


def changed(value: str) -> str:
    """Other words that every text column takes."""
    return re.sub(r"(\w)(?=\W*$)", r"\1q", value, count=1)


@every_view("create")
def test_a_new_record_is_saved_as_typed_with_an_entry_in_the_trail(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    fields = new_form(app, browser, view)
    before = all_ids(app, view)
    answer = browser.submit(url(view, "new/"), fields)
    assert answer.status_code == 302, re.findall(r'class="bo-error".*?</p>', answer.text)
    (id,) = all_ids(app, view) - before
    with app.app_context():
        saved = record(view, id)
        typed = {
            name: fields[name] for name in form_values(app, view, saved, list(view.form_columns)) if name in fields
        }
        now = form_values(app, view, saved, list(typed))
        assert now == {name: value if isinstance(value, str) else value[0] for name, value in typed.items()}
        trail = entries(view, id)
    assert trail[0].action == f"{view.model.resource}.create"
    assert {entry.actor_name for entry in trail} == {"ana"}
    assert {entry.surface for entry in trail} == {"admin"}
    assert trail[0].changes[text_field(view)][1] == now[text_field(view)]
    assert "Saved" in browser.get(answer.headers["Location"]).text


@every_view("create")
def test_an_empty_form_is_sent_back_with_what_was_typed(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    fields, missing = new_form(app, browser, view), text_field(view)
    before = all_ids(app, view)
    answer = browser.submit(url(view, "new/"), {**fields, missing: ""})
    assert answer.status_code == 422
    assert 'class="bo-error"' in answer.text
    again = fields_in(answer.text, holding=missing)
    for name, value in fields.items():
        if name not in ("csrf_token", missing):
            assert again[name][0] == _first(value), name
    assert all_ids(app, view) == before


@every_view("create", where=lambda view: bool(unique_columns(view)))
def test_a_name_that_is_taken_is_refused_beside_its_field(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    fields = new_form(app, browser, view)
    assert browser.submit(url(view, "new/"), fields).status_code == 302
    before = all_ids(app, view)
    fresh = fields_in(browser.get(url(view, "new/")).text, holding=text_field(view))
    typed = {name: fields[name] for name in view.form_columns if name in fields}
    answer = browser.submit(url(view, "new/"), {**fresh, **typed})
    assert answer.status_code == 422
    assert any(f'id="{name}-e"' in answer.text for name in unique_columns(view)), "no word beside the field"
    assert "constraint" not in answer.text.lower()
    assert all_ids(app, view) == before


@every_view("edit")
def test_an_edit_changes_what_was_typed_and_nothing_else(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        before = (columns_of(record(view, id)), relations_of(record(view, id)), record(view, id).version)
        last = last_entry_id()
    fields, name = opened(browser, view, id), text_field(view)
    word = changed(before[0][name])
    assert save(browser, view, id, fields, **{name: word}).status_code == 302
    with app.app_context():
        after = record(view, id)
        columns, derived = columns_of(after), {name}
        derived |= {prop.key for prop in inspect(view.model).column_attrs if prop.columns[0].info.get("derived")}
        assert columns[name] == word
        assert {key: value for key, value in columns.items() if key not in derived} == {
            key: value for key, value in before[0].items() if key not in derived
        }
        assert relations_of(after) == before[1]
        assert after.version == before[2] + 1
        (entry,) = [entry for entry in entries(view, id) if entry.id > last]
    assert (entry.action, entry.actor_name, entry.surface) == (f"{view.model.resource}.edit", "ana", "admin")
    assert entry.changes == {name: [before[0][name], word]}


@every_view("edit")
def test_saving_an_untouched_form_changes_nothing(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        before = (columns_of(record(view, id)), relations_of(record(view, id)), record(view, id).version)
        last = last_entry_id()
    assert save(browser, view, id, opened(browser, view, id)).status_code == 302
    with app.app_context():
        assert (columns_of(record(view, id)), relations_of(record(view, id)), record(view, id).version) == before
        assert [entry.action for entry in entries(view, id) if entry.id > last] == []


@every_view("edit")
def test_whoever_saves_second_sees_both_texts_and_overwrites_nothing(app: Flask, sign_in: SignIn, view: Any) -> None:
    first, second, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    name = text_field(view)
    mine, theirs = opened(first, view, id), opened(second, view, id)
    old = mine[name][0]
    one, two = changed(old), changed(changed(old))
    assert save(first, view, id, mine, **{name: one}).status_code == 302
    answer = save(second, view, id, theirs, **{name: two})
    assert answer.status_code == 409
    assert "ana saved version" in answer.text
    assert str(escape(one)) in re.sub("<del>.*?</del>|</?ins>", "", answer.text), "what is saved now is not shown"
    kept = fields_in(answer.text, holding=name)
    assert kept[name] == [two], "what was typed is lost"
    with app.app_context():
        assert getattr(record(view, id), name) == one, "somebody's work was overwritten"
    assert save(second, view, id, {**kept}).status_code == 302
    with app.app_context():
        assert getattr(record(view, id), name) == two


@every_view("edit")
def test_choosing_mine_asks_again_when_a_third_person_saved(app: Flask, sign_in: SignIn, view: Any) -> None:
    first, second, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    name = text_field(view)
    mine = opened(first, view, id)
    words = [changed(mine[name][0])]
    assert save(second, view, id, opened(second, view, id), **{name: words[0]}).status_code == 302
    conflict = save(first, view, id, mine, **{name: changed(words[0])})
    words.append(changed(changed(words[0])))
    assert save(second, view, id, opened(second, view, id), **{name: words[1]}).status_code == 302
    again = save(first, view, id, {**fields_in(conflict.text, holding=name)})
    assert again.status_code == 409
    with app.app_context():
        assert getattr(record(view, id), name) == words[1]


@every_view("delete")
def test_a_deleted_record_is_gone_and_the_trail_keeps_what_it_was(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        title = record(view, id).title_text
    assert browser.get(url(view, f"delete/?id={id}")).status_code == 405
    answer = browser.submit(url(view, "delete/"), {"id": str(id)})
    assert answer.status_code == 302
    assert "Deleted" in browser.get(answer.headers["Location"]).text
    assert id not in all_ids(app, view)
    with app.app_context():
        entry = entries(view, id)[-1]
    assert (entry.action, entry.actor_name, entry.target_title) == (f"{view.model.resource}.delete", "ana", title)
    assert browser.get(url(view, f"details/?id={id}")).status_code == 404


@every_view("edit")
def test_an_edit_sets_no_column_that_is_not_in_the_form(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    with app.app_context():
        before = (columns_of(record(view, id)), relations_of(record(view, id)))
    foreign = _everything_but(app, view, {*view.form_columns} - {*view.form_create_only})
    assert foreign
    assert save(browser, view, id, {**opened(browser, view, id), **foreign}).status_code == 302
    with app.app_context():
        assert (columns_of(record(view, id)), relations_of(record(view, id))) == before


@every_view("create")
def test_a_new_record_takes_no_column_that_is_not_in_the_form(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    fields, other = (new_form(app, browser, view, suffix) for suffix in ("-one", "-two"))
    before, slipped = all_ids(app, view), _everything_but(app, view, set(view.form_columns))
    assert browser.submit(url(view, "new/"), fields).status_code == 302
    (plain,) = all_ids(app, view) - before
    assert browser.submit(url(view, "new/"), {**other, **slipped}).status_code == 302
    (loaded,) = all_ids(app, view) - before - {plain}
    with app.app_context():
        left, right = columns_of(record(view, plain)), columns_of(record(view, loaded))
        asked_for = {*view.form_columns, *(f"{name}_id" for name in view.form_columns)}
        for name in left.keys() - asked_for - {"id"}:
            column = Column(view.model, name)
            if isinstance(column.type, UTCDateTime):
                assert right[name] is None or right[name].year < 2031, name
            elif column.is_secret or column.info.get("derived"):
                assert right[name] != "slipped in", name
            elif name == "position":
                assert right[name] > left[name], "a new record stands last, whatever was asked for"
            else:
                assert left[name] == right[name], name


def _everything_but(app: Flask, view: Any, names: set[str]) -> dict[str, str]:
    """Values somebody might slip in for every column and relation that the form does not have."""
    slipped: dict[str, str] = {}
    for prop in inspect(view.model).attrs:
        if prop.key in names or prop.key == "version":
            continue
        column = Column(view.model, prop.key)
        if column.is_relation:
            slipped[prop.key] = "admin"
        elif isinstance(column.type, UTCDateTime):
            slipped[prop.key] = "2031-01-01T00:00"
        elif isinstance(column.type, EnumText):
            slipped[prop.key] = list(column.type.enum)[-1].value
        elif isinstance(column.type, Boolean):
            slipped[prop.key] = "y"
        elif isinstance(column.type, Integer):
            slipped[prop.key] = "1"
        else:
            slipped[prop.key] = "slipped in"
    return slipped


@every_view("edit")
def test_the_form_of_an_unknown_record_is_not_here(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    for id in (
        "",
        "0",
        "-1",
        "abc",
        "1,2",
        "99999999",
        str(2**31),
        str(2**63),
        "9" * 30,
        "1.0",
        "1 or 1=1",
        "%00",
        "٣",
    ):
        for page in ("edit", "details"):
            assert browser.get(url(view, f"{page}/?id={id}")).status_code == 404, (page, id)
    assert live(app, view).resource == view.model.resource
