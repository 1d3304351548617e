"""The page and the form of a record: its history, what can be done with it, and the rights of a role."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.accounts.models import Role
from backoffice.comments.operations import approve
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser, fields_in
from tests.people import person

SignIn = Callable[[str], Browser]


def history_in(page: str) -> str:
    """The words of the history, without markup; empty where there is none."""
    found = re.search(r'id="history".*?<ol[^>]*>(.*?)</ol>', page, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", found[1]).split()) if found else ""


@pytest.fixture
def decided(app: Flask) -> int:
    """A comment that mo has approved."""
    with app.app_context(), unit_of_work():
        comment = factories.comment(author_email="reader@example.net")
        approve(comment, actor=person("mo"))
        return int(comment.id)


def test_who_may_read_the_trail_sees_what_happened_to_a_record(sign_in: SignIn, decided: int) -> None:
    history = history_in(sign_in("ana").get(f"/admin/comment/details/?id={decided}").text)
    assert "Approved mo" in history
    assert "Status Pending Approved" in history
    assert "Added factory" in history


def test_others_see_no_history(sign_in: SignIn, decided: int) -> None:
    page = sign_in("mo").get(f"/admin/comment/details/?id={decided}").text
    assert "reader@example.net" in page
    assert history_in(page) == ""


def test_the_trail_hides_what_the_reader_may_not_see(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        entry = factories.audit(
            action="comment.edit",
            target_type="comment",
            changes={"author_email": ["old@example.net", "new@example.net"], "author_name": ["Old", "New"]},
        )
        id = entry.id
    page = sign_in("rita").get(f"/admin/audit/details/?id={id}").text
    assert "<ins>New</ins>" in page
    assert "new@example.net" not in page
    assert "new@example.net" in sign_in("ana").get(f"/admin/audit/details/?id={id}").text


def test_a_post_is_published_from_its_form_and_stays_open(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.post(author=person("ed")).id
    browser = sign_in("ed")
    page = browser.get(f"/admin/post/edit/?id={id}").text
    button = re.search(r'<button[^>]*form="operations"[^>]*formaction="([^"]*)"[^>]*value="publish"', page)
    assert button
    fields = {name: values[-1] for name, values in fields_in(page, holding="rowid").items()}
    answer = browser.post(button[1].replace("&amp;", "&"), data={**fields, "action": "publish"})
    assert answer.headers["Location"] == f"/admin/post/edit/?id={id}"
    assert 'data-status="published"' in browser.get(answer.headers["Location"]).text


def test_deleting_from_the_page_of_a_record_leads_to_the_list(sign_in: SignIn, decided: int) -> None:
    browser = sign_in("mo")
    page = browser.get(f"/admin/comment/details/?id={decided}").text
    button = re.search(r'<button[^>]*formaction="([^"]*)"[^>]*value="delete"', page)
    assert button
    answer = browser.submit(button[1].replace("&amp;", "&"), {"rowid": decided, "action": "delete"})
    assert answer.headers["Location"] == "/admin/comment/"


def test_the_form_of_a_role_saves_what_it_showed(app: Flask, sign_in: SignIn) -> None:
    grants = {"comment.view": "all", "post.edit": "own", "translation.view": "de,fr"}
    with app.app_context(), unit_of_work():
        id = factories.role(name="several", permissions=grants).id
    browser = sign_in("ana")
    shown = fields_in(browser.get(f"/admin/role/edit/?id={id}").text, holding="permissions.present")
    assert shown["permissions.translation.view"] == ["de", "fr"]
    answer = browser.post(f"/admin/role/edit/?id={id}", data={**shown, "description": ["Several things"]})
    assert answer.status_code == 302
    with app.app_context():
        role = db.session.get(Role, id)
        assert role is not None
        assert role.granted == grants


def test_all_languages_are_more_than_some(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.role(name="several", permissions={"translation.view": "de"}).id
    browser = sign_in("ana")
    shown = fields_in(browser.get(f"/admin/role/edit/?id={id}").text, holding="permissions.present")
    browser.post(f"/admin/role/edit/?id={id}", data={**shown, "permissions.translation.view": ["all", "de"]})
    with app.app_context():
        role = db.session.get(Role, id)
        assert role is not None
        assert role.granted == {"translation.view": "all"}


def test_a_refusal_names_the_permission_and_what_it_means(sign_in: SignIn) -> None:
    answer = sign_in("mo").get("/admin/user/")
    assert answer.status_code == 403
    assert "<code>user.view</code>" in answer.text
    assert "People: See" in answer.text


def test_the_audit_list_says_in_words_what_was_done(sign_in: SignIn, decided: int) -> None:
    page = sign_in("ana").get("/admin/audit/?search=comment.approve").text
    assert re.search(r">Approved</a>\s*<p dir=auto>comment\.approve</p>", page)
