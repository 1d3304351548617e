"""The source of the house, read with `ast`: modules, their layer, and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MACHINERY = {"admin", "site", "cli", "jobs", "api"}
EDGES = {"admin", "api", "site", "commands", "jobs", "identity", "desk"}
WIRING = {"app", "registry", "timetable"}


@dataclass(frozen=True)
class Module:
    """One file of `backoffice/`."""

    path: Path

    @property
    def name(self) -> str:
        """Its dotted name; a package is named without `__init__`."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        """The folder below `backoffice/` it lies in; empty for the wiring."""
        parts = self.path.relative_to(ROOT / "backoffice").parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def layer(self) -> str:
        """`wiring`, `foundation`, `records`, `machinery`, `domain` or `edge`."""
        if not self.package:
            return "wiring"
        if self.package in ("foundation", "records"):
            return self.package
        if self.package in MACHINERY:
            return "machinery"
        return "edge" if self.path.stem in EDGES else "domain"

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    def imported(self) -> Iterator[tuple[str, str, int]]:
        """What it imports, wherever in the file: module, name in it (empty for a whole module), line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, "", node.lineno
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    here = self.name.split(".")
                    here = here if self.path.stem == "__init__" else here[:-1]
                    here = here[: len(here) - node.level + 1]
                    base = ".".join([*here, *([base] if base else [])])
                for alias in node.names:
                    yield base, alias.name, node.lineno

    def uses(self) -> Iterator[tuple[Module, int]]:
        """The modules of the house that it imports, with the line."""
        for base, name, line in self.imported():
            if base.split(".")[0] == "backoffice":
                yield module_named(f"{base}.{name}") or module_named(base) or _missing(base), line


def modules() -> list[Module]:
    """Every file of the house."""
    return [Module(path) for path in sorted((ROOT / "backoffice").rglob("*.py")) if "node_modules" not in path.parts]


def module_named(name: str) -> Module | None:
    """The module of this dotted name, if there is one."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.exists():
            return Module(candidate)
    return None


def dotted(node: ast.expr) -> str:
    """`a.b.c` for an attribute of names, else an empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a name or of an attribute of names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def _missing(name: str) -> Module:
    raise LookupError(f"there is no module {name}")
