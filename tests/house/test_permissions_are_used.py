"""The closed list of permissions: each is asked for somewhere, each has a name, and nothing weakens the question."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import inspect

from backoffice import registry
from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.admin import words
from backoffice.foundation.database import Model
from backoffice.foundation.enums import Text
from backoffice.foundation.i18n import LOCALES
from backoffice.foundation.permissions import ALL, EVERYTHING, OWN, Can
from tests.house.source import ROOT, Module, calls, dotted, modules

#: Where a text that a sanitiser has just made is declared to be markup.
SANITISERS = {"backoffice.foundation.html", "backoffice.comments.site"}
LIST, SEED = "backoffice.foundation.permissions", "backoffice.accounts.default_roles"


def needed() -> set[str]:
    """Every permission that anything asks for."""
    found = {f"{view.resource}.{verb}" for view in guarded_views() for verb in view.verbs}
    for mapper in Model.registry.mappers:
        found |= {prop.columns[0].info["needs"] for prop in mapper.column_attrs if prop.columns[0].info.get("needs")}
    for module in modules():
        if module.name not in (LIST, SEED):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Attribute) and dotted(node.value) == "Can" and node.attr.isupper():
                    found.add(Can[node.attr].value)
    for path in (ROOT / "templates").rglob("*.html"):
        found |= set(re.findall(r'\bcan\("([a-z_.]+)"', path.read_text(encoding="utf-8")))
    return found


def guarded_views() -> Iterator[object]:
    """The classes of all views of the back office, each with the word of its permissions."""
    for section in registry.ADMIN_MENU:
        for view in section.views:
            if not hasattr(view, "resource"):
                view.resource = view.model.resource
            yield view


def test_every_permission_is_asked_for_somewhere() -> None:
    unused = {can.value for can in Can} - needed()
    assert not unused, f"nothing asks for {sorted(unused)}"


def test_nothing_asks_for_a_permission_that_is_not_in_the_list() -> None:
    unknown = needed() - {can.value for can in Can}
    assert not unknown, f"nobody can be given {sorted(unknown)}"


def test_the_list_is_named_after_its_values_and_sorted() -> None:
    assert [can.value for can in Can] == sorted(can.value for can in Can)
    for can in Can:
        assert can.name == can.value.replace(".", "_").upper()
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", can.value)


def test_every_permission_has_words_for_the_screen(app: Flask) -> None:
    for can in Can:
        assert isinstance(words.VERBS.get(can.verb), Text), f"{can.verb} has no label in admin/words.py"
    with app.test_request_context():
        for resource in {can.resource for can in Can}:
            assert str(words.resource_title(resource)) != resource, f"the area {resource} has no title"


def test_an_installation_begins_with_the_six_roles_of_the_contract() -> None:
    names = [role.name for role in DEFAULT_ROLES]
    assert names == ["administrator", "editor", "author", "moderator", "translator", "default"]
    by_name = {role.name: role.grants for role in DEFAULT_ROLES}
    assert by_name["administrator"] == {EVERYTHING: ALL}
    assert by_name["default"] == {}
    assert not [name for name, grants in by_name.items() if EVERYTHING in grants and name != "administrator"]


@pytest.mark.parametrize("role", DEFAULT_ROLES, ids=lambda role: role.name)
def test_a_default_role_grants_what_exists_as_far_as_it_can_reach(app: Flask, role: object) -> None:
    owned = {
        mapper.class_.resource
        for mapper in Model.registry.mappers
        if mapper.class_.owned_by.__func__ is not Model.owned_by.__func__
    } | {"file"}
    for name, reach in role.grants.items():  # type: ignore[attr-defined]
        assert name == EVERYTHING or name in {can.value for can in Can}, name
        if reach == OWN:
            assert name.split(".")[0] in owned, f"{name}: nobody owns such a record, so the grant gives nothing"
        elif reach != ALL:
            assert set(reach.split(",")) <= set(LOCALES), f"{name}: {reach}"
    assert isinstance(role.description, Text)  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_nothing_weakens_a_permission(module: Module) -> None:
    """An empty `Permission` allows everybody, `&` and `|` mean something else, a `can_*` set in a request is shared."""
    for name, call in calls(module.tree):
        if name.split(".")[-1] in ("Permission", "Denial", "IdentityContext"):
            assert module.name == LIST, f"line {call.lineno}: only permissions.py builds {name}"
            assert len(call.args) == 1 and not call.keywords, f"line {call.lineno}: exactly one need"
        if name.split(".")[-1] == "Markup":
            made = [arg for arg in call.args if not isinstance(arg, ast.Constant)]
            assert not made or module.name in SANITISERS, f"line {call.lineno}: Markup of a made text"
            composed = [arg for arg in made if isinstance(arg, ast.JoinedStr | ast.BinOp)]
            assert not composed, f"line {call.lineno}: Markup of a composed text"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
            sides = (dotted(node.left), dotted(node.right))
            assert not [side for side in sides if side.endswith(".permission")], f"line {node.lineno}: combined"
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            wrong = [dotted(target) for target in targets if dotted(target).startswith("self.can_")]
            assert not wrong, f"line {node.lineno}: {wrong} is shared by all threads"


def test_every_column_that_asks_for_a_permission_asks_for_one_that_exists() -> None:
    for mapper in Model.registry.mappers:
        for prop in inspect(mapper.class_).column_attrs:
            if needs := prop.columns[0].info.get("needs"):
                Can(needs)
