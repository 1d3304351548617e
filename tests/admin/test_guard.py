"""The guard itself: what is not declared is refused, at the start or at the door."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import flask_admin.base
import pytest
from flask import Flask
from flask_admin import BaseView, expose
from sqlalchemy import func, select

from backoffice.admin.guard import Guarded
from backoffice.admin.view import ManagedView
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import ALL
from backoffice.posts.admin import TagView
from backoffice.posts.models import Tag
from tests import factories
from tests.browser import Browser, fields_in

SignIn = Callable[[str], Browser]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """An application of its own, as pages are added to it."""
    return make_app(whole=True)


class BareView(BaseView):
    """A page that somebody forgot to guard."""

    @expose("/")
    def index(self) -> str:
        """The page."""
        return "open to everybody"


class TwiceView(Guarded, BaseView):
    """A page that counts how often it is run."""

    resource = "tag"
    verbs = frozenset({"view"})
    endpoint_verbs = {"index": "view"}
    runs = 0

    @expose("/")
    def index(self) -> str:
        """The page."""
        type(self).runs += 1
        raise TypeError("unexpected keyword argument 'cls'")


def test_a_view_without_a_guard_is_open_to_nobody(app: Flask, sign_in: SignIn, client: Browser) -> None:
    app.register_blueprint(_blueprint_of(BareView(name="Bare", endpoint="bare", url="/bare"), app))
    assert client.get("/bare/").status_code == 403
    assert sign_in("ana").get("/bare/").status_code == 403


def _blueprint_of(view: BaseView, app: Flask) -> Any:
    return view.create_blueprint(app.extensions["admin"][0])


def test_a_page_without_a_word_about_access_is_open_to_nobody(app: Flask, sign_in: SignIn, client: Browser) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to everybody")
    assert client.get("/forgotten").status_code == 403
    assert sign_in("ana").get("/forgotten").status_code == 403


def test_an_error_of_a_type_is_not_tried_again(app: Flask, sign_in: SignIn) -> None:
    app.register_blueprint(_blueprint_of(TwiceView(name="Twice", endpoint="twice", url="/twice"), app))
    browser = sign_in("ana")
    assert browser.get("/twice/").status_code == 500
    assert TwiceView.runs == 1


def test_a_view_that_says_too_little_stops_the_start() -> None:
    class NoColumns(ManagedView):
        """Without a list."""

        model = Tag

    class NoForm(ManagedView):
        """Without a form."""

        model = Tag
        column_list = ("name",)

    class Secret(ManagedView):
        """With a password in its list."""

        from backoffice.accounts.models import User as model

        verbs = frozenset({"view"})
        column_list = ("name", "password_hash")

    class Unknown(ManagedView):
        """With a verb that nobody can be given."""

        model = Tag
        verbs = frozenset({"view", "paint"})
        column_list = form_columns = ("name",)

    for view, words in ((NoColumns, "column_list"), (NoForm, "form_columns"), (Secret, "secret")):
        with pytest.raises(TypeError, match=words):
            view()
    with pytest.raises(ValueError, match=r"tag\.paint"):
        Unknown()


def test_what_we_override_in_flask_admin_is_still_there() -> None:
    assert hasattr(flask_admin.base.BaseView, "_run_view")
    assert hasattr(flask_admin.base.BaseView, "_handle_view")
    for name in ("can_create", "can_edit", "can_delete", "can_export"):
        assert isinstance(vars(ManagedView)[name], property), f"{name} would be shared by all threads"
    assert not TagView.column_editable_list


def test_a_refusal_names_the_permission_that_is_missing(sign_in: SignIn) -> None:
    page = sign_in("mo").get("/admin/user/")
    assert page.status_code == 403
    assert "user.view" in page.text
    script = sign_in("mo").get("/admin/user/", headers={"X-Requested-With": "fetch"})
    assert script.status_code == 403
    assert "user.view" in script.json["error"]


@pytest.mark.parametrize(
    ("username", "shown"),
    [
        ("ana", {"comment", "post", "tag", "file", "reminder", "user", "role", "audit"}),
        ("ed", {"post", "tag", "file", "reminder"}),
        ("aut", {"comment", "post", "file", "reminder"}),
        ("mo", {"comment", "reminder"}),
        ("tra", {"reminder"}),
    ],
)
def test_the_menu_shows_each_person_what_she_may_open(sign_in: SignIn, username: str, shown: set[str]) -> None:
    menu = sign_in(username).get("/admin/").text.partition('<nav class="bo-side"')[2].partition("</nav>")[0]
    everything = {"comment", "post", "tag", "file", "reminder", "user", "role", "audit"}
    assert {name for name in everything if f'href="/admin/{name}/"' in menu} == shown


def test_who_may_edit_and_not_create_sees_no_way_to_create(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"tag.view": ALL, "tag.edit": ALL})
        username, id = factories.user(roles=[role]).username, factories.tag().id
    browser = sign_in(username)
    page = browser.get("/admin/tag/").text
    assert "/admin/tag/new/" not in page
    assert "/export/" not in page
    assert browser.get("/admin/tag/new/").status_code == 403
    assert browser.submit("/admin/tag/new/", {"name": "x"}).status_code == 403
    assert browser.submit("/admin/tag/delete/", {"id": str(id)}).status_code == 403
    assert browser.submit("/admin/tag/action/", {"action": "delete", "rowid": str(id)}).status_code == 403
    assert browser.get("/admin/tag/export/csv/").status_code == 403
    assert browser.get(f"/admin/tag/edit/?id={id}").status_code == 200


def test_who_may_edit_and_not_view_reaches_nothing(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        username = factories.user(roles=[factories.role(permissions={"tag.edit": ALL, "tag.delete": ALL})]).username
        id = factories.tag().id
    browser = sign_in(username)
    assert browser.get("/admin/tag/").status_code == 403
    assert browser.get(f"/admin/tag/details/?id={id}").status_code == 403
    assert browser.submit("/admin/tag/action/", {"action": "delete", "rowid": str(id)}).status_code == 403


def test_the_rights_of_one_request_do_not_leak_into_another(app: Flask, sign_in: SignIn) -> None:
    """An administrator and a moderator ask at the same time; views are shared by all threads, rights are not."""
    ana, mo = sign_in("ana"), sign_in("mo")
    fields = fields_in(ana.get("/admin/tag/new/").text, holding="name")
    token, stop, got_in = mo.token(), threading.Event(), []

    def administrate() -> None:
        while not stop.is_set():
            ana.get("/admin/tag/new/")

    def moderate() -> None:
        for number in range(60):
            answer = mo.post("/admin/tag/new/", data={**fields, "csrf_token": token, "name": f"Mine {number}"})
            if answer.status_code != 403:
                got_in.append(answer.status_code)
        stop.set()

    threads = [threading.Thread(target=each) for each in (administrate, moderate)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got_in == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Tag)) == 0
