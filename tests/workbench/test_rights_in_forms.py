"""Single catalogs of a language are given in the form of a role and on the desk of roles, and no save loses them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from backoffice.accounts.models import Role
from backoffice.catalogs.places import catalog_path
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser, fields_in
from tests.catalogs.conftest import Writer

SignIn = Callable[..., Browser]
CAN = "translation.translate"


def made(app: Flask, **grants: str) -> int:
    with app.app_context(), unit_of_work():
        return factories.role(permissions={name.replace("__", "."): reach for name, reach in grants.items()}).id


def granted(app: Flask, id: int) -> dict[str, str]:
    with app.app_context():
        return db.session.get_one(Role, id).granted


def test_the_form_of_a_role_keeps_and_takes_single_catalogs(app: Flask, sign_in: SignIn) -> None:
    id = made(app, translation__translate="de:messages,fr")
    browser, page = sign_in("ana"), f"/admin/role/edit/?id={id}"
    shown = fields_in(browser.get(page).text, holding="permissions.present")
    assert (shown[f"permissions.{CAN}"], shown[f"permissions.{CAN}.more"]) == (["fr"], ["de:messages"])
    assert browser.post(page, data={**shown, "description": ["Once more"]}).status_code == 302
    assert granted(app, id) == {CAN: "de:messages,fr"}
    shown = fields_in(browser.get(page).text, holding="permissions.present")
    assert browser.post(page, data={**shown, f"permissions.{CAN}.more": ["de:admin, fr:admin"]}).status_code == 302
    assert granted(app, id) == {CAN: "de:admin,fr"}
    shown = fields_in(browser.get(page).text, holding="permissions.present")
    for nonsense in ("xx:messages", "de;messages", "de:messages:more", "../de"):
        assert browser.post(page, data={**shown, f"permissions.{CAN}.more": [nonsense]}).status_code == 422
    assert granted(app, id) == {CAN: "de:admin,fr"}


def test_the_desk_of_roles_keeps_and_takes_single_catalogs(app: Flask, sign_in: SignIn) -> None:
    id = made(app, translation__translate="de:messages")
    browser = sign_in("ana")
    fields = fields_in(browser.get("/admin/role/desk/?area=translations").text, holding="seen")
    name = f"r.{id}.{CAN}"
    assert fields[name] == ["de:messages"]
    preview = browser.submit(
        "/admin/role/desk/", {**fields, name: ["de:messages", "es"], f"{name}.more": "pt:admin", "preview": "1"}
    )
    shown = fields_in(preview.text, holding="seen")
    assert browser.submit("/admin/role/desk/", {**shown, "save": "1"}).status_code == 302
    assert granted(app, id) == {CAN: "de:messages,es,pt:admin"}
    refused = browser.submit("/admin/role/desk/", {**fields, f"{name}.more": "de:poems", "preview": "1"})
    assert refused.status_code == 422


def test_a_language_with_a_region_is_told_to_browsers_as_they_know_it(speaker: Flask, write: Writer) -> None:
    path = write("pt_BR", 'msgid "Sign in"\nmsgstr "Entrar"\n', rule="nplurals=2; plural=(n > 1);")
    (path.parents[2] / "languages.cfg").write_text("[pt_BR]\noffered = yes\n")
    assert path == catalog_path(path.parents[2], "pt_BR", "messages")
    page = speaker.test_client().get("/auth/login?lang=pt-BR").text
    assert '<html lang="pt-BR" dir="ltr"' in page and "Entrar" in page
