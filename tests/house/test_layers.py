"""Who may import whom, and where the request, the clock and the end of a transaction may be touched."""

from __future__ import annotations

import ast
from collections import defaultdict

import pytest

import babel
from tests.house.source import ROOT, Module, calls, modules

ALLOWED = {
    "foundation": {"foundation"},
    "records": {"foundation", "records"},
    "machinery": {"foundation", "records", "machinery"},
    "domain": {"foundation", "records", "domain"},
    "edge": {"foundation", "records", "machinery", "domain"},
    "wiring": {"foundation", "records", "machinery", "domain", "edge", "wiring"},
}
#: The one edge that other edges stand on: the pages on the way in begin and end the session that `identity` keeps.
SHARED_EDGES = {"backoffice.accounts.identity"}
OF_THE_REQUEST = {
    "flask": {"request", "session", "g", "abort", "flash"},
    "flask_login": {"current_user", "login_user", "logout_user"},
}
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "core",
    "services",
    "managers",
    "base",
    "misc",
}


def each(*layers: str) -> pytest.MarkDecorator:
    """The test runs for every module of these layers, or of all."""
    chosen = [module for module in modules() if not layers or module.layer in layers]
    return pytest.mark.parametrize("module", chosen, ids=lambda module: module.name)


@each()
def test_a_module_imports_only_what_its_layer_may(module: Module) -> None:
    wrong = [
        f"line {line}: {used.name} ({used.layer})"
        for used, line in module.uses()
        if used.layer not in ALLOWED[module.layer] and not (used.name in SHARED_EDGES and module.layer == "edge")
    ]
    assert not wrong, f"{module.name} ({module.layer}) may not import {wrong}"


@each("foundation", "records", "domain", "wiring")
def test_the_request_is_touched_in_machinery_and_edges_only(module: Module) -> None:
    wrong = [f"line {line}: {name}" for base, name, line in module.imported() if name in OF_THE_REQUEST.get(base, ())]
    wrong += [
        f"line {node.lineno}: flask.{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in OF_THE_REQUEST.get(node.value.id, ())
    ]
    assert not wrong, f"{module.name} ({module.layer}) looks at the request: {wrong}"


@each()
def test_only_a_unit_of_work_commits(module: Module) -> None:
    lines = [node.lineno for name, node in calls(module.tree) if name.endswith("session.commit")]
    if module.name == "backoffice.foundation.database":
        inside = next(node for node in module.tree.body if getattr(node, "name", "") == "unit_of_work")
        lines = [line for line in lines if not inside.lineno <= line <= (inside.end_lineno or 0)]
    assert not lines, f"{module.name} commits at {lines}; use unit_of_work()"


@each()
def test_only_the_clock_reads_the_clock(module: Module) -> None:
    readers = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"}
    if module.name == "backoffice.foundation.clock":
        assert any(name in readers for name, _node in calls(module.tree))
        return
    lines = [f"line {node.lineno}: {name}" for name, node in calls(module.tree) if name in readers]
    assert not lines, f"{module.name} reads the clock: {lines}; use clock.now()"


@each()
def test_a_module_is_named_after_what_it_does(module: Module) -> None:
    assert module.path.stem not in NAMES_THAT_SAY_NOTHING
    assert module.package not in NAMES_THAT_SAY_NOTHING


def test_the_domains_of_features_depend_on_each_other_in_one_direction() -> None:
    uses: dict[str, set[str]] = defaultdict(set)
    for module in modules():
        if module.layer == "domain":
            uses[module.package] |= {used.package for used, _line in module.uses() if used.layer == "domain"}
            uses[module.package].discard(module.package)

    def circle(name: str, way: tuple[str, ...]) -> tuple[str, ...] | None:
        if name in way:
            return (*way[way.index(name) :], name)
        return next((found for other in sorted(uses[name]) if (found := circle(other, (*way, name)))), None)

    circles = [found for name in sorted(uses) if (found := circle(name, ()))]
    assert not circles, f"features depend on each other in a circle: {' -> '.join(circles[0])}"


def test_the_folder_of_translations_does_not_hide_the_package_babel() -> None:
    assert not (ROOT / "babel" / "__init__.py").exists()
    assert hasattr(babel, "Locale")


def test_the_reading_of_layers_sees_what_it_should() -> None:
    by_name = {module.name: module for module in modules()}
    assert by_name["backoffice.comments.operations"].layer == "domain"
    assert by_name["backoffice.comments.admin"].layer == "edge"
    assert by_name["backoffice.admin.view"].layer == "machinery"
    assert by_name["backoffice.records.audit"].layer == "records"
    assert by_name["backoffice.app"].layer == "wiring"
    used = {module.name for module, _line in by_name["backoffice.comments.models"].uses()}
    assert {"backoffice.posts.models", "backoffice.foundation.database"} <= used
