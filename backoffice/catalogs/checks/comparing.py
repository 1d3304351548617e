"""What entries say about each other: one text translated in two ways, two texts in one, one text failing everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from backoffice.catalogs.checks.finding import Finding
from backoffice.catalogs.checks.meaning import are_opposite
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import Text, _l

if TYPE_CHECKING:
    from backoffice.catalogs.po import Entry

#: Where an entry is: its domain and its eid.
Key = tuple[str, str]


def across(catalogs: Mapping[str, Iterable[Entry]]) -> dict[Key, list[Finding]]:
    """By domain and eid, what the catalogs of one locale, by domain, translate in two ways or twice alike."""
    found: dict[Key, list[Finding]] = defaultdict(list)
    entries = [(domain, entry) for domain, listed in catalogs.items() for entry in listed if entry.is_translated]
    _in_two_ways(entries, found)
    _twice_alike(entries, found)
    return dict(found)


def _in_two_ways(entries: list[tuple[str, Entry]], found: dict[Key, list[Finding]]) -> None:
    same: dict[tuple[str | None, str], list[tuple[str, Entry]]] = defaultdict(list)
    for domain, entry in entries:
        same[entry.context, entry.id].append((domain, entry))
    for group in same.values():
        for domain, entry in group:
            other = next(((name, each) for name, each in group if each.forms[0] != entry.forms[0]), None)
            if other is not None:
                text = _l("In %(domain)s it is “%(text)s”.", domain=other[0], text=_short(other[1].forms[0]))
                found[domain, entry.eid].append(finding("inconsistent", text, None, other[1].forms[0]))


def _twice_alike(entries: list[tuple[str, Entry]], found: dict[Key, list[Finding]]) -> None:
    same: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for domain, entry in entries:
        same[domain, entry.forms[0].casefold()].append(entry)
    for (domain, _form), group in same.items():
        for entry in group:
            other = next((each for each in group if each.id != entry.id and are_opposite(each.id, entry.id)), None)
            if other is not None:
                text = _l("“%(text)s” has the same translation.", text=_short(other.id))
                found[domain, entry.eid].append(finding("reused", text))


def in_several_locales(failing: Mapping[str, Iterable[str]], least: int = 2) -> dict[str, Finding]:
    """By eid, the texts that fail in at least so many locales; `failing` names the eids by locale."""
    locales: dict[str, list[str]] = defaultdict(list)
    for locale, eids in failing.items():
        for eid in dict.fromkeys(eids):
            locales[eid].append(locale)
    return {eid: _fails(found) for eid, found in locales.items() if len(found) >= least}


def _fails(locales: list[str]) -> Finding:
    text: Text = _l("It is wrong in %(locales)s.", locales=", ".join(sorted(locales)))
    return finding("fails_everywhere", text)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
