"""Roles as a file: out and in again without a difference, shown before, all or nothing, never more than one holds."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import Role
from backoffice.accounts.operations import set_permissions
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import DomainError, NotAllowed
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, System
from backoffice.records.audit import AuditEntry
from backoffice.roles import files
from tests import factories
from tests.browser import Browser, fields_in
from tests.terminal import refusal, run

SignIn = Callable[..., Browser]
PAGE = "/admin/role/file/"
BOSS = System("test", EVERYTHING)


def told(*roles: dict[str, Any], **changes: Any) -> str:
    """The text of a file with these roles."""
    return json.dumps({"format": files.FORMAT, "version": files.VERSION, "roles": list(roles), **changes})


def all_roles(app: Flask) -> dict[str, tuple[str, dict[str, str]]]:
    with app.app_context():
        return {role.name: (role.description, role.granted) for role in db.session.scalars(select(Role))}


@pytest.mark.both_databases
def test_what_goes_out_comes_in_again_without_a_difference(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        factories.role(name="Büro – عربي", permissions={"post.view": OWN, "translation.view": "ar,de"})
        text = files.dump(db.session.scalars(select(Role)))
    before = all_roles(app)
    with app.app_context(), unit_of_work():
        assert files.bring_in(files.load(text.encode()), actor=BOSS) == []
    assert all_roles(app) == before
    with app.app_context(), unit_of_work():
        for name in ("editor", "moderator"):
            set_permissions(factories.find_role(name), actor=BOSS, permissions={"tag.view": ALL})
        db.session.delete(factories.find_role("Büro – عربي"))
    with app.app_context(), unit_of_work():
        files.bring_in(files.load(text.encode()), actor=BOSS)
    assert all_roles(app) == before


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[]", b"{}", b"nonsense", b"[" * 100_000,
        told(version=2).encode(), told(format="x").encode(), told(roles={}).encode(), told(roles=[1]).encode(),
        told({"grants": {}}).encode(), told({"name": " ", "grants": {}}).encode(),
        told({"name": "x" * 41, "grants": {}}).encode(), told({"name": "a"}).encode(),
        told({"name": "a", "grants": []}).encode(), told({"name": "a", "grants": {"post.fly": "all"}}).encode(),
        told({"name": "a", "grants": {"*": "all"}}).encode(),
        told({"name": "a", "grants": {"post.view": "de"}}).encode(),
        told({"name": "a", "grants": {"rule.view": "own"}}).encode(),
        told({"name": "a", "grants": {"post.view": 1}}).encode(),
        told({"name": "a", "grants": {"post.view": ""}}).encode(),
        told({"name": "a", "grants": {"translation.view": "de,de"}}).encode(),
        told({"name": "a", "grants": {}, "people": ["mo"]}).encode(),
        told({"name": "a", "grants": {}, "description": "x" * 201}).encode(),
        told({"name": "a", "grants": {}}, {"name": " a ", "grants": {}}).encode(),
        b'{"format": "backoffice roles", "version": 1, "roles": [], "roles": []}',
        b"{" + b" " * files.MOST_BYTES,
    ],
    ids=lambda content: repr(content[:90]),
)  # fmt: skip
def test_what_is_no_file_of_roles_is_refused_in_a_sentence(app: Flask, sign_in: SignIn, content: bytes) -> None:
    with app.app_context(), pytest.raises(DomainError):
        files.load(content)
    before = all_roles(app)
    if 0 < len(content) < 100_000:
        data = {"file": (io.BytesIO(content), "roles.json")}
        answer = sign_in("ana").submit(PAGE, data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert all_roles(app) == before


@pytest.mark.both_databases
def test_one_role_that_is_refused_keeps_all_out(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        held = {"role.create": ALL, "role.edit": ALL, "post.view": ALL}
        keeper = factories.user(roles=[factories.role(name="keepers", permissions=held)]).id
        factories.role(name="desk", permissions={})
    before = all_roles(app)
    for refused in (
        {"name": "new", "grants": {"rule.view": ALL}},
        {"name": "editor", "grants": {"post.view": ALL}},
        {"name": "administrator", "grants": {"post.view": ALL}},
    ):
        kept = files.load(told({"name": "desk", "grants": {"post.view": OWN}}, refused).encode())
        with app.app_context(), pytest.raises(DomainError) as error, unit_of_work():
            actor = db.session.get_one(type(factories.user()), keeper)
            files.bring_in(kept, actor=actor)
        assert str(refused["name"]) in str(error.value.message)
        assert all_roles(app) == before
    with app.app_context(), pytest.raises(NotAllowed):
        files.check(kept[:1], actor=System("nobody"))


@pytest.mark.both_databases
def test_a_file_is_shown_then_brought_in_and_taken_back_at_once(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.user(name="Vera Kolm", roles=[factories.role(name="desk", permissions={"tag.view": ALL})])
    before = all_roles(app)
    text = told(
        {"name": "desk", "description": "At the <desk>", "grants": {"post.view": OWN}},
        {"name": "new", "grants": {"tag.view": ALL}},
    )
    browser = sign_in("ana")
    data = {"file": (io.BytesIO(b"\xef\xbb\xbf" + text.encode()), "roles.json")}
    page = browser.submit(PAGE, data, content_type="multipart/form-data")
    assert page.status_code == 200
    assert "Vera Kolm" in page.text
    assert all_roles(app) == before, "a look changes nothing"
    shown = fields_in(page.text, holding="stamp")
    other = browser.submit(PAGE, {**shown, "text": told({"name": "other", "grants": {}}), "save": "1"})
    assert other.status_code == 200, "another text than was shown"
    assert all_roles(app) == before
    assert browser.submit(PAGE, {**shown, "save": "1"}).status_code == 302
    assert all_roles(app) == before | {
        "desk": ("At the <desk>", {"post.view": OWN}),
        "new": ("", {"tag.view": ALL}),
    }
    with app.app_context():
        (batch,) = set(
            db.session.scalars(select(AuditEntry.request_id).where(AuditEntry.action == "role.set_permissions"))
        )
    assert browser.submit("/admin/undo/back/", {"batch": batch}).status_code == 302
    assert all_roles(app) == {name: value for name, value in before.items() if name != "new"}


def test_the_file_is_given_to_who_may_export_and_that_is_recorded(app: Flask, sign_in: SignIn) -> None:
    answer = sign_in("ana").get(f"{PAGE}roles.json")
    assert answer.mimetype == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [role["name"] for role in json.loads(answer.text)["roles"]][:2] == ["editor", "author"]
    assert sign_in("rita").get(f"{PAGE}roles.json").status_code == 403
    assert sign_in("rita").get(PAGE).status_code == 200
    assert sign_in("rita").submit(PAGE, {"text": told()}).status_code == 403
    with app.app_context():
        assert db.session.scalars(select(AuditEntry.actor_name).where(AuditEntry.action == "role.export")).all() == [
            "ana"
        ]


# The command line.


@pytest.mark.both_databases
def test_the_command_line_takes_roles_out_and_in_with_a_dry_run(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    run(app, "accounts", "roles", "export", str(path))
    assert run(app, "accounts", "roles", "export").stdout == path.read_text("utf-8")
    before = all_roles(app)
    path.write_text(told({"name": "editor", "grants": {"tag.view": ALL}}), "utf-8")
    result = run(app, "accounts", "roles", "import", str(path), "--dry-run")
    assert "- post.edit: all -> no" in result.stdout
    assert result.stdout.endswith("Nothing was changed.\n")
    assert all_roles(app) == before
    assert "1 role changed." in run(app, "accounts", "roles", "import", str(path)).stdout
    assert all_roles(app)["editor"] == ("", {"tag.view": ALL})
    restored = run(app, "accounts", "roles", "restore", "editor")
    assert "+ post.edit: no -> all" in restored.stdout
    assert all_roles(app) == before


def test_the_command_line_sets_copies_and_compares(app: Flask) -> None:
    run(app, "accounts", "roles", "clone", "author", "guest")
    assert all_roles(app)["guest"][1] == all_roles(app)["author"][1]
    assert run(app, "accounts", "roles", "diff", "author", "guest").exit_code == 0
    run(app, "accounts", "roles", "set", "guest", "post.view=all", "post.edit=", "translation.view=fr,de")
    granted = all_roles(app)["guest"][1]
    assert (granted["post.view"], granted["translation.view"], "post.edit" in granted) == (ALL, "de,fr", False)
    result = run(app, "accounts", "roles", "diff", "author", "guest")
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()[2:]] == [
        "post.edit",
        "post.view",
        "translation.view",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "editor", "post.fly=all"), "There is no permission post.fly"),
        (("set", "editor", "post.view"), "Write post.view=REACH"),
        (("set", "editor", "post.view=de"), "post.view cannot reach de."),
        (("set", "pirate", "post.view=all"), "There is no role pirate. There are: administrator"),
        (("set", "administrator", "post.view=own"), "cannot be changed"),
        (("clone", "administrator", "second"), "Only the role administrator"),
        (("clone", "editor", "author"), "There is a role author already."),
        (("restore", "administrator"), "no default role"),
        (("restore", "pirate"), "no default role"),
        (("diff", "pirate"), "There is no role pirate"),
        (("import", "/nowhere/roles.json"), "/nowhere/roles.json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_in_one_line(app: Flask, words: tuple[str, ...], said: str) -> None:
    before = all_roles(app)
    assert said in refusal(run(app, "accounts", "roles", *words))
    assert all_roles(app) == before


def test_without_a_command_the_roles_are_listed(app: Flask) -> None:
    assert run(app, "accounts", "roles").stdout == run(app, "accounts", "roles", "list").stdout
    assert "administrator" in run(app, "accounts", "roles", "--json").stdout
