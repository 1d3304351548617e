"""What is served of a catalog: its translated entries without an error, as the bytes of a .mo file."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

from backoffice.catalogs import checks, reading
from backoffice.catalogs.allowing import ALLOWED_HEADER
from backoffice.catalogs.checks import Finding, Rule
from backoffice.catalogs.checks.finding import ALLOWED
from backoffice.catalogs.po import Entry, PoFile

_MAGIC = 0x950412DE
#: Judging is the slow part, and after a save only one text is new: what is known to be sound is not judged again.
_KNOWN: set[tuple[int, ...]] = set()
_MOST_KNOWN = 200_000


def rule_of(file: PoFile, locale: str) -> tuple[Rule, str]:
    """The rule by which the forms of a catalog are chosen, and what is wrong with its header, in English, if anything.

    Where the header has none that can be used, it is the usual one of the language.
    """
    wrong = "the header has no rule for plural forms"
    if file.plural:
        try:
            checks.plural_rule(file.plural, file.nplurals)
            return _rule(file.nplurals, file.plural), ""
        except checks.HeaderFault as fault:
            wrong = str(fault)
    return _rule(*checks.usual_rule(locale)), wrong


@lru_cache(maxsize=64)
def _rule(nplurals: int, expression: str) -> Rule:
    """The same object for the same rule, so that entries can remember by which they were judged."""
    return Rule(nplurals, expression)


def errors(entry: Entry, rule: Rule, locale: str) -> list[Finding]:
    """What keeps an entry from being served."""
    key = (hash((entry.head, entry.context, entry.id, entry.plural)), hash(entry.forms), hash(rule), hash(locale))
    if key in _KNOWN:
        return []
    found = checks.errors(entry.source, entry.forms, rule, locale)
    if not found:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN.add(key)
    return found


def _served(entries: Iterable[Entry], rule: Rule, locale: str, left_out: list[str]) -> Iterator[Entry]:
    """The entries that pages may show; what is wrong with the others is added to `left_out`, in English."""
    for entry in entries:
        if not entry.is_translated:
            continue
        wrong = errors(entry, rule, locale)
        if wrong:
            left_out.append(f"line {entry.line}: {entry.id!r}: {' '.join(each.in_english() for each in wrong)}")
        else:
            yield entry


def compiled(file: PoFile, locale: str) -> tuple[bytes, list[str]]:
    """The .mo of a catalog, and what was left out of it and why, in English."""
    rule, wrong = rule_of(file, locale)
    left_out = [wrong] if wrong and any(entry.plural is not None for entry in file.entries) else []
    allowed = [entry.eid for entry in file.entries if "#," in entry.head and ALLOWED in entry.flags]
    texts = {b"": _header(file, locale, rule, allowed).encode()}
    for entry in file.entries:
        packed = entry.__dict__.get(_PACKED)
        if packed is None or packed[0] is not rule or packed[1] != locale:
            packed = _judged(entry, rule, locale, left_out)
        if packed is not None:
            texts[packed[2]] = packed[3]
    return _packed(texts), left_out


#: Where an entry keeps how it stands in a .mo; it stays so as long as its text does.
_PACKED = "packed"
Packed = tuple[Rule, str, bytes, bytes]


def _judged(entry: Entry, rule: Rule, locale: str, left_out: list[str]) -> Packed | None:
    """An entry as a .mo has it; None for one that is not served."""
    for each in _served([entry], rule, locale, left_out):
        key = each.id if each.context is None else f"{each.context}\x04{each.id}"
        if each.plural is not None:
            key = f"{key}\0{each.plural}"
        packed: Packed = (rule, locale, key.encode(), "\0".join(each.forms).encode())
        each.__dict__[_PACKED] = packed
        return packed
    return None


def _header(file: PoFile, locale: str, rule: Rule, allowed: list[str]) -> str:
    """The header of the catalog with what readers of a .mo need to know; flags of entries have no other place there."""
    # One date with seconds, and Babel would not read the file at all.
    readable = {name: value for name, value in file.header.items() if reading.is_readable_field(name, value)}
    kept = {name: value for name, value in readable.items() if name.lower() not in _NEEDED}
    needed = {
        "Language": readable.get("Language") or locale,
        "Plural-Forms": f"nplurals={rule.nplurals}; plural={rule.expression};",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        **({ALLOWED_HEADER: " ".join(allowed)} if allowed else {}),
    }
    return "".join(f"{name}: {value}\n" for name, value in {**kept, **needed}.items())


_NEEDED = {
    ALLOWED_HEADER.lower(),
    "language",
    "plural-forms",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}


def _packed(texts: dict[bytes, bytes]) -> bytes:
    """The format of GNU gettext: two tables of lengths and places, in the order of the sources, then the texts."""
    keys = sorted(texts)
    values = [texts[key] for key in keys]
    first = 28 + 16 * len(keys)
    lengths = [*map(len, keys), *map(len, values)]
    places = accumulate((length + 1 for length in lengths[:-1]), initial=first)
    tables = [number for pair in zip(lengths, places, strict=True) for number in pair]
    end = first + sum(lengths) + len(lengths)
    head = struct.pack("<7I", _MAGIC, 0, len(keys), 28, 28 + 8 * len(keys), 0, end)
    return head + struct.pack(f"<{len(tables)}I", *tables) + b"\0".join([*keys, *values]) + b"\0"
