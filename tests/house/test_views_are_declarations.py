"""A managed view declares: assignments, a docstring and `scope()`, nothing else."""

from __future__ import annotations

import ast

import pytest

from backoffice import registry
from backoffice.admin.view import ManagedView
from tests.house.source import dotted, modules

DECLARED = [
    (module, node)
    for module in modules()
    for node in ast.walk(module.tree)
    if isinstance(node, ast.ClassDef) and any(dotted(base).split(".")[-1] == "ManagedView" for base in node.bases)
]


def says_nothing_but_facts(node: ast.ClassDef) -> list[str]:
    """What the class contains besides assignments, a docstring and `scope()`."""
    return [
        f"line {item.lineno}: {getattr(item, 'name', type(item).__name__)}"
        for position, item in enumerate(node.body)
        if not (
            isinstance(item, ast.Assign | ast.AnnAssign)
            or (position == 0 and isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
            or (isinstance(item, ast.FunctionDef) and item.name == "scope")
        )
    ]


@pytest.mark.parametrize(("module", "node"), DECLARED, ids=[node.name for _module, node in DECLARED])
def test_a_managed_view_only_declares(module: object, node: ast.ClassDef) -> None:
    assert ast.get_docstring(node), f"{node.name} has no docstring"
    extra = says_nothing_but_facts(node)
    assert not extra, f"{node.name} contains {extra}: an operation, a query or a hook of the base is missing"


def test_a_method_in_a_view_would_be_seen() -> None:
    class_with_method = ast.parse(
        "class V(ManagedView):\n    '''D.'''\n    model = 1\n    def on_model_change(self): ..."
    )
    assert says_nothing_but_facts(class_with_method.body[0])  # type: ignore[arg-type]


def test_every_managed_view_is_in_the_registry() -> None:
    listed = {view.__name__ for section in registry.ADMIN_MENU for view in section.views}
    declared = {node.name for _module, node in DECLARED}
    assert declared, "no managed view was found"
    assert declared <= listed, f"not in the registry: {declared - listed}"


def test_every_managed_view_is_made_of_one_base() -> None:
    views = [view for section in registry.ADMIN_MENU for view in section.views if issubclass(view, ManagedView)]
    assert {view.__name__ for view in views} == {node.name for _module, node in DECLARED}
    for view in views:
        assert view.__bases__ == (ManagedView,), f"{view.__name__} mixes in more than ManagedView"
