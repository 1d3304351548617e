"""What every managed view says and never says: labels in the reader's language, no secret in any answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import LargeBinary, inspect

from backoffice.admin.columns import Column
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import LOCALES, Text
from backoffice.foundation.permissions import ALL
from tests.browser import Browser
from tests.house.every_view import every_view, holder, made, make, record, url

SignIn = Callable[[str], Browser]
#: Stands in a secret column; it must not come out anywhere.
MARK = "S3CR3T-" + "m" * 30


def pages_of(view: Any, id: int) -> Iterator[str]:
    """Every address that shows something of a record."""
    yield url(view, "?page_size=100")
    yield url(view, f"?search={MARK[:6]}")
    yield url(view, f"details/?id={id}")
    if "create" in view.verbs:
        yield url(view, "new/")
    if "edit" in view.verbs:
        yield url(view, f"edit/?id={id}")
    if "export" in view.verbs:
        yield url(view, "export/csv/")
    for name in view.choosing:
        yield url(view, f"ajax/lookup/?name={name}&query=")
    yield "/admin/audit/?page_size=100"
    yield "/admin/"


def named_columns(view: Any) -> set[str]:
    """Every column the view names anywhere."""
    lists = (view.column_list, view.column_filters, view.form_columns, view.column_details_list)
    return {name for names in lists for name in names or ()} & set(inspect(view.model).attrs.keys())


def marked(view: Any, mark: str) -> list[str]:
    """The columns of the model that carry this mark: `secret`, or `needs` for a permission of their own."""
    return [prop.key for prop in inspect(view.model).column_attrs if prop.columns[0].info.get(mark)]


@every_view("view")
def test_every_label_can_be_translated(app: Flask, view: Any) -> None:
    for name in named_columns(view):
        assert isinstance(Column(view.model, name).label, Text), f"{view.model.__name__}.{name} has no label in _l()"
    for word in ("singular", "plural"):
        assert isinstance(getattr(view.model, word), Text), f"{view.model.__name__}.{word} is not in _l()"
    for word in ("title", "lede", "empty"):
        assert getattr(view, word) is None or isinstance(getattr(view, word), Text), f"{view.__name__}.{word}"
    for operation in view.operations:
        assert isinstance(operation.label, Text)
        assert isinstance(operation.done, Text)
        assert operation.help, f"{operation.name} has no docstring"


@pytest.mark.parametrize("locale", LOCALES)
@every_view("view")
def test_a_list_speaks_the_language_of_the_reader(app: Flask, sign_in: SignIn, view: Any, locale: str) -> None:
    made(app, view)
    browser = sign_in("ana")
    page = browser.get(url(view, f"?lang={locale}")).text
    assert f'lang="{locale}"' in page
    assert f'dir="{"rtl" if locale == "ar" else "ltr"}"' in page
    with app.test_request_context(f"/?lang={locale}"):
        words = [view.title or view.model.plural, *(Column(view.model, name).label for name in view.column_list)]
        missing = [str(word) for word in words if str(escape(str(word))) not in page]
    assert not missing


@every_view("view", where=lambda view: bool(marked(view, "secret")))
def test_a_secret_column_comes_out_nowhere(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    secret = marked(view, "secret")
    (id,) = made(app, view)
    with app.app_context(), unit_of_work():
        for name in secret:
            keeps_bytes = isinstance(view.model.__table__.c[name].type, LargeBinary)
            setattr(record(view, id), name, MARK.encode() if keeps_bytes else MARK)
    for address in pages_of(view, id):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "S3CR3T" not in answer.text.replace(f"search={MARK[:6]}", "").replace(f'value="{MARK[:6]}"', ""), address
    for name in secret:
        assert f"<tr data-id={id}" in browser.get(url(view, f"?flt_{name}=other&page_size=100")).text, (
            "the filter answers"
        )


@every_view("view", where=lambda view: bool(marked(view, "secret")))
def test_a_secret_column_can_be_neither_searched_sorted_nor_filtered(app: Flask, view: Any) -> None:
    secret = set(marked(view, "secret"))
    used = {*view.column_list, *(view.column_filters or ()), *(view.column_searchable_list or ()), *(view.reads or ())}
    assert not secret & {*used, *(view.form_columns or ()), *(view.column_details_list or ())}
    assert not secret & {*getattr(view.model, "searched", ()), *view.model.named_by}


@every_view("view", where=lambda view: bool(marked(view, "needs")))
def test_a_column_with_a_permission_of_its_own_is_shown_to_its_holders_only(
    app: Flask, sign_in: SignIn, view: Any
) -> None:
    guarded = marked(view, "needs")
    with app.app_context(), unit_of_work():
        one = make(view)
        values = [str(getattr(one, name)) for name in guarded]
        id = one.id
        db.session.flush()
    plain = sign_in(holder(app, view, ALL, *({"view", "create", "edit", "export", "delete"} & set(view.verbs))))
    for address in pages_of(view, id):
        if not address.startswith("/admin/audit"):
            page = plain.get(address).text
            assert not [value for value in values if value in page], address
    for name, value in zip(guarded, values, strict=True):
        assert f"<tr data-id={id}" in plain.get(url(view, f"?flt_{name}=nobody@example.com")).text, "the filter answers"
        if not hasattr(view.model, "searched"):
            assert f"<tr data-id={id}" not in plain.get(url(view, f"?search={value}")).text, "the search answers"
    holder_of_all = sign_in(holder(app, view, ALL))
    assert all(value in holder_of_all.get(url(view, f"details/?id={id}")).text for value in values)
