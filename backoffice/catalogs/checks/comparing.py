"""What entries say about each other: one text translated in two ways, two texts in one, one text failing everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from backoffice.catalogs.checks.finding import Finding


class Entry(Protocol):
    """What is asked of an entry; those of `po` have more."""

    @property
    def context(self) -> str | None: ...
    @property
    def id(self) -> str: ...
    @property
    def forms(self) -> tuple[str, ...]: ...
    @property
    def is_translated(self) -> bool: ...
    @property
    def eid(self) -> str: ...


def across(catalogs: Mapping[str, Iterable[Entry]]) -> dict[tuple[str, str], list[Finding]]:
    """By domain and eid, what the catalogs of one locale, by domain, translate in two ways or twice alike."""
    return {}


def in_several_locales(failing: Mapping[str, Iterable[str]], least: int = 2) -> dict[str, Finding]:
    """By eid, the texts that fail in at least so many locales; `failing` names the eids by locale."""
    return {}
