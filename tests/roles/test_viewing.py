"""Seeing the back office as another: their rights and no more than one's own, nothing changed on any path, recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.accounts.operations import set_permissions
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import Model, after_commit, db, unit_of_work
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, System
from backoffice.moderation.models import SavedView
from backoffice.records.audit import AuditEntry
from backoffice.site.access import FILES
from tests import factories, people
from tests.browser import Browser

SignIn = Callable[..., Browser]
BEGIN, END = "/admin/view-as/", "/admin/view-as/end"
BANNER = "data-viewing"
#: What stands for a variable part of an address.
VALUES = {
    "export_type": "csv",
    "token": "x" * 43,
    "locale": "de",
    "path": "nothing-here.txt",
    "filename": "x.css",
    "domain": "messages",
    "kind": "po",
}
#: That somebody is here is written down for herself, whatever she looks at.
OF_HERSELF = {"last_seen", "sign_ins"}


def number_of(app: Flask, who: str) -> int:
    """The number of a role, else of a person of the cast."""
    with app.app_context(), unit_of_work():
        role = factories.find_role(who)
        return int(role.id if role is not None else people.person(who).id)


def looking(app: Flask, sign_in: SignIn, who: str, as_: str = "ana") -> Browser:
    """A browser that sees the back office as a role or a person of the cast."""
    browser = sign_in(as_)
    kind = "person" if who in people.CAST else "role"
    assert browser.submit(BEGIN, {kind: number_of(app, who)}).status_code == 302
    assert BANNER in browser.get("/admin/").text
    return browser


def rows(app: Flask) -> dict[str, list[Any]]:
    """Everything in the database, but what is written of whoever is here."""
    with app.app_context():
        return {
            table.name: sorted(map(repr, db.session.execute(select(table))))
            for table in Model.metadata.sorted_tables
            if table.name not in OF_HERSELF
        }


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, endpoint and address of everything there is."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in FILES:
            address = adapter.build(rule.endpoint, {name: VALUES.get(name, 1) for name in rule.arguments})
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                yield method, rule.endpoint, address


@pytest.mark.both_databases
def test_a_role_is_seen_with_its_rights_and_no_others(app: Flask, sign_in: SignIn) -> None:
    browser = looking(app, sign_in, "moderator")
    assert browser.get("/admin/comment/").status_code == 200
    assert browser.get("/admin/user/").status_code == 403
    page = browser.get("/admin/").text
    assert 'href="/admin/comment/"' in page
    assert 'href="/admin/user/"' not in page


@pytest.mark.both_databases
def test_a_person_is_seen_with_what_is_her_own(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        author = people.person("aut")
        factories.post(author=author, title="Written by herself")
        factories.post(title="Written by another")
    page = looking(app, sign_in, "aut").get("/admin/post/").text
    assert "Written by herself" in page
    assert "Written by another" not in page


@pytest.mark.both_databases
def test_a_role_is_seen_with_the_views_that_are_shared_with_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        moderator = factories.find_role("moderator")
        assert moderator is not None
        db.session.add(SavedView(name="Night shift", role_id=moderator.id, owner_id=people.person("ed").id, query=""))
    assert "Night shift" not in sign_in("ana").get("/admin/moderation/").text
    assert "Night shift" in looking(app, sign_in, "moderator").get("/admin/moderation/").text


@pytest.mark.parametrize("who", ["editor", "mo"])
@pytest.mark.both_databases
def test_nothing_unsafe_is_taken_on_any_path_and_nothing_changes(app: Flask, sign_in: SignIn, who: str) -> None:
    with app.app_context(), unit_of_work():
        for _each in range(2):
            factories.comment(post=factories.post(published=True))
    browser = looking(app, sign_in, who)
    token, before, taken = browser.token(), rows(app), []
    for method, endpoint, address in addresses(app):
        if endpoint in ("view_as.end", "accounts.sign_out"):
            continue
        data = None if method == "GET" else {"csrf_token": token, "rowid": "1", "action": "delete", "id": "1"}
        answer = browser.open(address, method=method, data=data)
        if answer.status_code >= 500 or (method != "GET" and answer.status_code not in (400, 403, 405)):
            taken.append((method, address, answer.status_code))
    assert not taken
    assert BANNER in browser.get("/admin/").text
    after = rows(app)
    assert {name for name in before if before[name] != after[name]} == set()


def test_an_address_that_nobody_knows_is_no_way_around(app: Flask, sign_in: SignIn) -> None:
    browser = looking(app, sign_in, "editor")
    for method in ("POST", "PUT", "PATCH", "DELETE", "FROB"):
        answer = browser.open("/admin/nothing", method=method, data={"csrf_token": browser.token()})
        assert answer.status_code in (403, 404, 405)


def test_what_was_typed_is_kept_where_it_is_refused(app: Flask, sign_in: SignIn) -> None:
    browser = looking(app, sign_in, "editor")
    origin = {"Sec-Fetch-Site": "same-origin"}
    answer = browser.submit("/admin/tag/new/", {"name": "A new tag"}, headers=origin)
    assert answer.status_code == 403
    assert "A new tag" in answer.text
    assert END in answer.text


def test_no_list_is_carried_away(app: Flask, sign_in: SignIn) -> None:
    assert looking(app, sign_in, "moderator").get("/admin/comment/export/csv/").status_code == 403


@pytest.mark.both_databases
def test_beginning_and_ending_are_in_the_trail_under_ones_own_name(app: Flask, sign_in: SignIn) -> None:
    browser = looking(app, sign_in, "mo")
    browser.get("/admin/user/")
    assert browser.submit(END).status_code == 302
    assert BANNER not in browser.get("/admin/").text
    assert browser.get("/admin/user/").status_code == 200
    with app.app_context():
        ana, mo = (db.session.scalars(select(User).where(User.username == name)).one() for name in ("ana", "mo"))
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("user.view_as%"))).all()
        told = [(entry.action, entry.actor_id, entry.target_id) for entry in entries]
        assert told == [("user.view_as", ana.id, mo.id), ("user.view_as_end", ana.id, mo.id)]
        refusals = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.refused")).all()
        assert not refusals, "what mo would be refused was refused to nobody"


def test_nobody_sees_through_the_eyes_of_who_may_do_more(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        held = {"user.view": ALL, "user.view_as": ALL, "role.view": ALL, "post.view": OWN}
        factories.user(username="scout", roles=[factories.role(permissions=held)])
        factories.user(username="small", roles=[factories.role(name="small", permissions={"post.view": OWN})])
        factories.user(username="gone", is_active=False, roles=["editor"])
    browser = sign_in("scout")
    targets = [
        ("role", "administrator"),
        ("role", "editor"),
        ("person", "admin"),
        ("person", "gone"),
        ("person", "scout"),
    ]
    for kind, name in [*targets, ("role", "default"), ("person", "none"), ("role", "0"), ("person", "")]:
        asked = number_of(app, name) if kind == "role" and name.isalpha() else name
        browser.submit(BEGIN, {kind: asked})
        assert BANNER not in browser.get("/admin/").text, name
    browser.submit(BEGIN, {"person": "small"})
    assert BANNER in browser.get("/admin/").text


def test_who_may_not_look_cannot_begin(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    assert browser.submit(BEGIN, {"role": number_of(app, "author")}).status_code == 403
    assert browser.get(BEGIN).status_code == 403


def test_looking_ends_when_the_other_gains_more_or_one_loses_the_right(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        scouts = factories.role(name="scouts", permissions={"user.view": ALL, "user.view_as": ALL, "post.view": OWN})
        factories.user(username="scout", roles=[scouts])
        factories.role(name="small", permissions={"post.view": OWN})
    browser = sign_in("scout")
    browser.submit(BEGIN, {"role": number_of(app, "small")})
    assert BANNER in browser.get("/admin/").text
    with app.app_context(), unit_of_work():
        role = factories.find_role("small")
        assert role is not None
        set_permissions(role, actor=System("test", EVERYTHING), permissions={"post.view": ALL})
    assert browser.submit("/auth/profile/look", {"theme": "dark"}).status_code == 403, (
        "sent in the belief it changes nothing"
    )
    assert BANNER not in browser.get("/admin/").text


def test_signing_out_ends_it_all(app: Flask, sign_in: SignIn) -> None:
    browser = looking(app, sign_in, "editor")
    assert browser.submit("/auth/logout").status_code == 302
    assert browser.get("/admin/").status_code == 302


def test_ones_own_profile_stays_ones_own(app: Flask, sign_in: SignIn) -> None:
    page = looking(app, sign_in, "mo").get("/auth/profile").text
    assert "Ana Kestrin" in page
    assert "Mo Hallvik" not in page.replace("back office as Mo Hallvik", "")


@pytest.mark.parametrize("kept", [["role", "1"], ["person"], "role", ["x", 1], ["role", 10**9], None, ["person", True]])
def test_a_session_that_holds_nonsense_is_ones_own(app: Flask, sign_in: SignIn, kept: Any) -> None:
    browser = sign_in("ana")
    with browser.session_transaction() as session:
        session["view_as"] = kept
    page = browser.get("/admin/")
    assert page.status_code == 200
    assert BANNER not in page.text


@pytest.mark.both_databases
def test_a_unit_of_work_of_who_only_looks_keeps_nothing_and_promises_nothing(app: Flask) -> None:
    kept: list[str] = []
    with app.app_context():
        before = db.session.scalars(select(User.name).where(User.username == "admin")).one()
        with acting(keeps=False), unit_of_work():
            db.session.scalars(select(User).where(User.username == "admin")).one().name = f"New {clock.now()}"
            db.session.flush()
            after_commit(lambda: kept.append("promise"))
        assert db.session.scalars(select(User.name).where(User.username == "admin")).one() == before
    assert not kept
