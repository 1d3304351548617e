"""The role desk: roles side by side, changed in place, shown before it is saved, and taken back by one undo."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import Role
from backoffice.accounts.operations import set_permissions
from backoffice.accounts.seeding import default_role, seed_roles
from backoffice.admin.areas import AREAS_OF_WORK
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, Can, System
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser, fields_in
from tests.terminal import run

SignIn = Callable[..., Browser]
DESK = "/admin/role/desk/"
BOSS = System("test", EVERYTHING)


def role_id(app: Flask, name: str = "desk", **grants: str) -> int:
    """A new role that grants this, with `__` for the dot."""
    with app.app_context(), unit_of_work():
        return int(factories.role(name=name, permissions={key.replace("__", "."): grants[key] for key in grants}).id)


def granted(app: Flask, id: int) -> dict[str, str]:
    with app.app_context():
        return db.session.get_one(Role, id).granted


def opened(browser: Browser, *areas: str) -> dict[str, list[str]]:
    """The form of the desk with these areas open."""
    page = browser.get(DESK + "?" + "&".join(f"area={area}" for area in areas))
    assert page.status_code == 200
    return fields_in(page.text, holding="seen")


def previewed(browser: Browser, fields: dict[str, object]) -> tuple[dict[str, list[str]], str]:
    """The form after looking at what would change, and the page."""
    page = browser.submit(DESK, {**fields, "preview": "1"})
    assert page.status_code == 200, page.text
    return fields_in(page.text, holding="seen"), page.text


def test_every_permission_is_in_exactly_one_of_a_dozen_areas() -> None:
    found = [can for area in AREAS_OF_WORK for can in area.cans]
    assert sorted(found) == sorted(Can)
    assert len(AREAS_OF_WORK) <= 12


def test_the_desk_shows_every_role_and_area_and_asks_for_nothing(app: Flask, sign_in: SignIn) -> None:
    role_id(app, "Zweite <b>")
    page = sign_in("ana").get(DESK).text
    for name in ("administrator", "editor", "default", "Zweite &lt;b&gt;"):
        assert f'data-label="{name}"' in page
    for area in AREAS_OF_WORK:
        assert f'data-id="{area.name}"' in page
    assert "<select" not in page


@pytest.mark.both_databases
def test_roles_are_changed_in_one_save_after_a_look_and_taken_back_by_one_undo(app: Flask, sign_in: SignIn) -> None:
    one, other = role_id(app, "one", post__view=OWN), role_id(app, "other", tag__view=ALL)
    with app.app_context(), unit_of_work():
        factories.user(username="vera", name="Vera Kolm", roles=[db.session.get_one(Role, one)])
    browser = sign_in("ana")
    fields = opened(browser, "posts", "tags")
    chosen = {**fields, f"r.{one}.post.view": "all", f"r.{one}.post.edit": "own", f"r.{other}.tag.view": ""}
    shown, page = previewed(browser, chosen)
    assert "Vera Kolm" in page
    assert granted(app, one) == {"post.view": OWN}, "a look saves nothing"
    assert browser.submit(DESK, {**shown, "save": "1"}).status_code == 302
    assert granted(app, one) == {"post.view": ALL, "post.edit": OWN}
    assert granted(app, other) == {}
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "role.set_permissions")).all()
        assert {entry.target_id for entry in entries} == {one, other}
        (batch,) = {entry.request_id for entry in entries}
    assert browser.submit("/admin/undo/back/", {"batch": batch}).status_code == 302
    assert (granted(app, one), granted(app, other)) == ({"post.view": OWN}, {"tag.view": ALL})


def test_an_area_is_opened_without_losing_what_was_chosen(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app)
    browser = sign_in("ana")
    fields = opened(browser, "posts")
    page = browser.submit(DESK, {**fields, f"r.{id}.post.view": "own", "open": "tags"}).text
    again = fields_in(page, holding="seen")
    assert again["area"] == ["posts", "tags"]
    assert again[f"r.{id}.post.view"] == ["own"]
    assert again[f"r.{id}.tag.view"] == [""]
    assert granted(app, id) == {}


def test_nothing_is_saved_that_was_not_shown(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app)
    browser = sign_in("ana")
    fields = opened(browser, "posts")
    answer = browser.submit(DESK, {**fields, f"r.{id}.post.view": "all", "save": "1"})
    assert answer.status_code == 200
    shown = fields_in(answer.text, holding="seen")
    answer = browser.submit(DESK, {**shown, f"r.{id}.post.edit": "all", "save": "1"})
    assert answer.status_code == 200, "it was changed after the look"
    assert granted(app, id) == {}
    assert browser.submit(DESK, {**fields_in(answer.text, holding="seen"), "save": "1"}).status_code == 302
    assert granted(app, id) == {"post.view": ALL, "post.edit": ALL}


def test_what_others_did_to_the_rest_of_a_role_meanwhile_stays(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app, post__view=OWN)
    browser = sign_in("ana")
    fields = opened(browser, "posts")
    with app.app_context(), unit_of_work():
        set_permissions(db.session.get_one(Role, id), actor=BOSS, permissions={"post.view": OWN, "tag.view": ALL})
    shown, _page = previewed(browser, {**fields, f"r.{id}.post.edit": "own"})
    assert browser.submit(DESK, {**shown, "save": "1"}).status_code == 302
    assert granted(app, id) == {"post.view": OWN, "post.edit": OWN, "tag.view": ALL}


def test_what_two_people_set_to_different_things_is_put_before_the_second(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app, post__view=OWN)
    browser = sign_in("ana")
    fields = {**opened(browser, "posts"), f"r.{id}.post.view": "all"}
    with app.app_context(), unit_of_work():
        set_permissions(db.session.get_one(Role, id), actor=BOSS, permissions={})
    answer = browser.submit(DESK, {**fields, "preview": "1"})
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile: desk, Posts: See: no." in answer.text
    assert browser.submit(DESK, {**fields_in(answer.text, holding="seen"), "save": "1"}).status_code == 302
    assert granted(app, id) == {"post.view": ALL}


def test_languages_are_ticked_one_by_one(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app, translation__view="fr,de")
    browser = sign_in("ana")
    fields = opened(browser, "translations")
    assert fields[f"r.{id}.translation.view"] == ["de", "fr"]
    assert browser.submit(DESK, {**fields, "preview": "1"}).status_code == 422, "their order says nothing"
    shown, page = previewed(browser, {**fields, f"r.{id}.translation.view": ["fr", "ar"]})
    assert "gains" in page and "loses" in page
    assert browser.submit(DESK, {**shown, "save": "1"}).status_code == 302
    assert granted(app, id) == {"translation.view": "ar,fr"}


@pytest.mark.both_databases
def test_a_keeper_is_offered_only_what_he_holds_and_refused_the_rest(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app, post__view=OWN, tag__view=ALL)
    with app.app_context(), unit_of_work():
        held = {"role.view": ALL, "role.edit": ALL, "post.view": OWN, "translation.view": "de"}
        username = factories.user(roles=[factories.role(permissions=held)]).username
    browser = sign_in(username)
    page = browser.get(DESK + "?area=posts&area=tags&area=translations").text
    fields = fields_in(page, holding="seen")
    offered = {name: values for name, values in fields.items() if name.startswith(f"r.{id}.") and values != [""]}
    assert offered == {f"r.{id}.post.view": ["own"]}
    select_box = re.search(rf'<select[^>]* name="r\.{id}\.post\.view".*?</select>', page, re.DOTALL)
    assert select_box and 'value="all"' not in select_box[0]
    assert f'name="r.{id}.translation.view" value="de"' in page
    assert f'name="r.{id}.translation.view" value="fr"' not in page
    for name, reach in (("post.view", "all"), ("tag.view", ""), ("rule.view", "all")):
        forged = {**fields, "seen": f'{{"{id}":{{"{name}":"other"}}}}', f"r.{id}.{name}": reach}
        answer = browser.submit(DESK, {**forged, "preview": "1"})
        if answer.status_code == 409:
            answer = browser.submit(DESK, {**fields_in(answer.text, holding="seen"), "save": "1"})
        assert granted(app, id) == {"post.view": OWN, "tag.view": ALL}, name


def test_who_may_only_look_is_offered_nothing(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("rita")
    assert "<select" not in browser.get(DESK + "?area=posts").text
    assert browser.submit(DESK, {"preview": "1"}).status_code == 403
    assert sign_in("mo").get(DESK).status_code == 403


def test_names_of_people_are_told_to_who_may_see_them(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app)
    with app.app_context(), unit_of_work():
        factories.user(name="Vera Kolm", roles=[db.session.get_one(Role, id)])
        held = {"role.view": ALL, "role.edit": ALL, "post.view": ALL}
        username = factories.user(roles=[factories.role(permissions=held)]).username
    browser = sign_in(username)
    _fields, page = previewed(browser, {**opened(browser, "posts"), f"r.{id}.post.view": "all"})
    assert "1 person" in page
    assert "Vera Kolm" not in page


@pytest.mark.parametrize(
    "seen",
    ["nonsense", "[1]", '{"1":{"made.up":"all"}}', '{"x":{}}', '{"1":[]}', "[" * 5000, '{"1":{"post.view":' + "1" * 9],
)
def test_a_form_that_no_page_sent_is_refused_in_words(sign_in: SignIn, seen: str) -> None:
    answer = sign_in("ana").submit(DESK, {"seen": seen, "preview": "1"})
    assert answer.status_code == 422
    assert "Load the page anew" in answer.text


def test_a_reach_that_a_permission_cannot_have_is_refused(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app)
    browser = sign_in("ana")
    fields = opened(browser, "rules", "posts")
    for name, reach in (("rule.view", "own"), ("post.view", "de"), ("post.view", "*"), ("post.view", "own,de")):
        assert browser.submit(DESK, {**fields, f"r.{id}.{name}": reach, "preview": "1"}).status_code == 422, reach
    assert granted(app, id) == {}


def test_the_role_that_holds_everything_is_not_offered(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        id = db.session.scalars(select(Role.id).where(Role.name == "administrator")).one()
    browser = sign_in("ana")
    fields = opened(browser, "posts")
    assert not [name for name in fields if name.startswith(f"r.{id}.")]
    forged = {"seen": f'{{"{id}":{{"post.view":""}}}}', f"r.{id}.post.view": "all", "preview": "1"}
    assert 'name="save"' not in browser.submit(DESK, forged).text
    browser.submit(DESK, {**forged, "save": "1"})
    assert granted(app, id) == {EVERYTHING: ALL}


# Comparing, copying, restoring.


def test_two_roles_are_compared(app: Flask, sign_in: SignIn) -> None:
    one = role_id(app, "one", post__view=OWN, tag__view=ALL, rule__view=ALL)
    other = role_id(app, "other", post__view=ALL, rule__view=ALL)
    page = sign_in("ana").get(f"{DESK}difference/?role={one}&against={other}").text
    assert re.findall(r'data-id="([a-z.]+)"', page) == ["post.view", "tag.view"]
    assert "1 more permission is the same in both." in page
    assert "They grant the same" in sign_in("ana").get(f"{DESK}difference/?role={one}&against={one}").text


@pytest.mark.both_databases
def test_a_role_is_copied_under_a_new_name(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app, "one", post__view=OWN, translation__view="de,fr")
    browser = sign_in("ana")
    assert browser.get(f"{DESK}copy/?role={id}").status_code == 200
    assert browser.submit(f"{DESK}copy/", {"role": id, "name": " Second  desk "}).status_code == 302
    with app.app_context():
        made = factories.find_role("Second desk")
        assert made is not None and not made.is_built_in
        assert made.granted == {"post.view": OWN, "translation.view": "de,fr"}
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "role.clone")).one()
        assert told.target_id == made.id
    for name in ("Second desk", "x" * 41, " "):
        answer = browser.submit(f"{DESK}copy/", {"role": id, "name": name})
        assert answer.status_code == 422, name
        assert "bo-error" in answer.text, name


def test_nobody_copies_what_he_does_not_hold(app: Flask, sign_in: SignIn) -> None:
    id = role_id(app, "one", post__view=ALL)
    with app.app_context(), unit_of_work():
        held = {"role.view": ALL, "role.create": ALL, "post.view": OWN}
        username = factories.user(roles=[factories.role(permissions=held)]).username
    answer = sign_in(username).submit(f"{DESK}copy/", {"role": id, "name": "mine"})
    assert answer.status_code == 422
    assert "You do not hold post.view yourself" in answer.text
    with app.app_context():
        assert factories.find_role("mine") is None


def test_the_role_that_holds_everything_cannot_be_copied(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        id = db.session.scalars(select(Role.id).where(Role.name == "administrator")).one()
    assert sign_in("ana").submit(f"{DESK}copy/", {"role": id, "name": "mine"}).status_code == 422
    with app.app_context():
        assert factories.find_role("mine") is None


@pytest.mark.both_databases
def test_a_default_role_is_restored_and_that_is_taken_back(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = factories.find_role("editor")
        assert role is not None
        before, id = role.granted, role.id
        role.description = "Ours"
        set_permissions(role, actor=BOSS, permissions={"tag.view": ALL})
    browser = sign_in("ana")
    page = browser.get(f"{DESK}difference/?role={id}&against=default").text
    assert "Restore default" in page
    assert browser.submit("/admin/role/action/", {"action": "restore_default", "rowid": id}).status_code == 302
    assert granted(app, id) == before
    with app.app_context():
        batch = db.session.scalars(
            select(AuditEntry.request_id).where(AuditEntry.action == "role.restore_default")
        ).first()
    assert browser.submit("/admin/undo/back/", {"batch": batch}).status_code == 302
    assert granted(app, id) == {"tag.view": ALL}


@pytest.mark.both_databases
def test_a_default_role_with_another_name_is_restored_too(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        role = default_role("editor")
        before, id = role.granted, role.id
        role.name = "Newsroom"
        set_permissions(role, actor=BOSS, permissions={"tag.view": ALL})
    browser = sign_in("ana")
    assert "Restore default" in browser.get(f"{DESK}difference/?role={id}&against=default").text
    assert browser.submit("/admin/role/action/", {"action": "restore_default", "rowid": id}).status_code == 302
    assert granted(app, id) == before
    with app.app_context(), unit_of_work():
        set_permissions(default_role("editor"), actor=BOSS, permissions={"tag.view": ALL})
    for name in ("Newsroom", "editor"):
        told = run(app, "accounts", "roles", "restore", name)
        assert told.exit_code == 0, told.output
    assert granted(app, id) == before
    with app.app_context(), unit_of_work():
        seed_roles()
        assert (default_role("editor").name, factories.find_role("editor")) == ("Newsroom", None)
