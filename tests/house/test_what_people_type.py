"""What people type stays text wherever it is shown: never an element, an attribute, a script or an address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from sqlalchemy import String, inspect

from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError
from tests import factories
from tests.browser import Browser
from tests.house.every_view import VIEWS, every_view, make, url

SignIn = Callable[[str], Browser]
#: Breaks out of text, of both kinds of attributes, of a script and of a comment, and calls for an element of its own.
MARK = "x'\"`><qq-mark a=1></script></style></textarea>--><img src=qq onerror=qq>{{7777*7}}${7777*7}"
SHORT = "'\"><qq-mark>"


def elements(page: str) -> Iterator[Element]:
    """Every element of a page, as a browser would make them."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield element


def assert_only_text(page: str, address: str) -> None:
    """The mark made no element, no name of an attribute, no address and no script; and no page runs a handler."""
    for element in elements(page):
        assert "qq" not in element.tag, f"{address}: the mark became <{element.tag}>"
        if element.tag in ("script", "style"):
            assert "qq-mark" not in (element.text or ""), f"{address}: the mark stands in a <{element.tag}>"
        for name, value in element.attrib.items():
            assert "qq" not in name, f"{address}: the mark became the attribute {name}"
            assert not name.startswith("on"), f"{address}: <{element.tag}> has a handler {name}"
            assert name != "style", f"{address}: <{element.tag}> has a style"
            if name in ("href", "src", "action", "formaction"):
                scheme = value.strip().lower().partition(":")[0]
                assert scheme not in ("javascript", "data", "vbscript"), f"{address}: {name}={value!r}"
    assert str(7777 * 7) not in page, f"{address}: the mark was calculated"


def fill(one: Any) -> list[str]:
    """Put the mark into every column that takes it; the names of those."""
    filled = []
    for prop in inspect(type(one)).column_attrs:
        column = prop.columns[0]
        if not isinstance(column.type, String) or column.foreign_keys or column.info.get("derived"):
            continue
        if column.info.get("secret") or prop.key in ("action", "target_type", "about_resource"):
            continue
        for mark in (MARK, SHORT):
            if column.type.length and len(mark) > column.type.length:
                continue
            try:
                setattr(one, prop.key, mark)
            except (DomainError, ValueError):
                continue
            filled.append(prop.key)
            break
    return filled


def pages(view: Any, id: int) -> Iterator[str]:
    """Every page that shows something of the record."""
    yield url(view)
    yield url(view, f"details/?id={id}")
    if "edit" in view.verbs:
        yield url(view, f"edit/?id={id}")
    yield "/admin/audit/?page_size=100"
    yield "/admin/"


@pytest.mark.both_databases
@every_view("view")
def test_what_stands_in_a_record_stays_text(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        one = make(view)
        filled = fill(one)
        db.session.flush()
        id = one.id
    assert filled
    for address in pages(view, id):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert_only_text(answer.text, address)


@every_view("view")
def test_what_stands_in_an_address_stays_text(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        make(view)
    names = [
        "search",
        "sort",
        "page_size",
        "at",
        "url",
        "after",
        *(f"flt_{name}" for name in view.column_filters or ()),
    ]
    for name in names:
        for page in ("", "new/" if "create" in view.verbs else ""):
            answer = browser.get(url(view, page), query_string={name: MARK})
            assert answer.status_code < 500
            assert_only_text(answer.text, f"{page}?{name}=")


@every_view("create")
def test_what_stands_in_a_refused_form_stays_text(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    for value in (MARK, MARK * 200):
        fields = dict.fromkeys(view.form_columns, value)
        answer = browser.submit(url(view, "new/"), {**fields, "url": value})
        if answer.status_code == 302:
            continue
        assert answer.status_code == 422
        assert_only_text(answer.text, "new/")
    lost = browser.post(url(view, "new/"), data={"title": MARK, MARK: "x"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert lost.status_code == 400
    assert_only_text(lost.text, "a form without its token")


def test_messages_about_a_record_stay_text(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.tag(name=SHORT + "a").id
        comment = factories.comment(author_name=SHORT).id
        person = factories.user(name=SHORT).id
    for address, fields in (
        ("/admin/comment/action/", {"action": "approve", "rowid": str(comment)}),
        ("/admin/comment/action/", {"action": "approve", "rowid": str(comment)}),
        ("/admin/user/action/", {"action": "invite", "rowid": str(person)}),
        ("/admin/user/action/", {"action": "deactivate", "rowid": str(person)}),
        ("/admin/tag/delete/", {"id": str(id)}),
    ):
        page = browser.submit(address, fields, follow_redirects=True).text
        assert "qq-mark" in page, "nothing is told about it"
        assert_only_text(page, address)


def test_the_name_of_a_person_stays_text_on_her_own_pages(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        username = factories.user(name=SHORT, roles=["administrator"]).username
    browser = sign_in(username)
    for address in ("/admin/", "/auth/profile", "/admin/nothing", "/admin/user/"):
        assert_only_text(browser.get(address).text, address)


def test_the_mark_is_seen_where_it_does_harm() -> None:
    for harm in (f"<p>{MARK}", f"<p title='{MARK}'>", f'<p title="{MARK}">', f"<script>var a = '{MARK}'</script>"):
        with pytest.raises(AssertionError):
            assert_only_text(f"<main>{harm}</main>", "a bad page")
    assert VIEWS
