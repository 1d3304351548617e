"""One catalog in memory: what its files say, without the entries that would break a page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.support import Translations

from backoffice.catalogs import checks, reading
from backoffice.catalogs.allowing import flag_allowed
from backoffice.catalogs.filling import guarded
from backoffice.catalogs.places import SHIPPED, catalog_path, names_of
from backoffice.catalogs.reading import UnreadableCatalog

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]

#: Judging is the slow part of reading, and after a save only one text is new: what is sound is not judged again.
_SOUND: set[tuple[int, ...]] = set()
_MOST_SOUND = 200_000


def stamp_of(path: Path) -> Stamp | None:
    """What changes when a file is written or replaced; None where there is no file."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


def is_fresh(compiled: Path, source: Path) -> bool:
    """Whether the .mo is there and not older than its .po."""
    made, written = stamp_of(compiled), stamp_of(source)
    return made is not None and (written is None or made[1] >= written[1])


class Layer(Translations):
    """The sound entries of one catalog, with its plural rule; the rest falls through to the one below."""

    def __init__(self, catalog: Catalog, locale: str) -> None:
        super().__init__()
        self.locale = locale
        self.left_out = mend_rule(catalog, locale)
        #: The English texts whose translations could not be filled in since this was read.
        self.unfilled: set[str] = set()
        self.plural = _safe(checks.plural_rule(catalog.plural_expr, catalog.num_plurals))
        for message in sound(catalog, self.left_out):
            self._keep(message)

    def _keep(self, message: Message) -> None:
        text, context = reading.key_of(message)
        key = text if context is None else self.CONTEXT_ENCODING % (context, text)
        forms = reading.forms_of(message)
        if isinstance(message.id, str):
            self._catalog[key] = guarded(forms[0], (message.id,), self._not_filled)
            return
        for index, form in enumerate(forms):
            self._catalog[key, index] = guarded(form, tuple(message.id), self._not_filled)

    def _not_filled(self, text: str, reason: Exception) -> None:
        self.unfilled.add(text)
        log.warning("%s: %r cannot be filled in: %r; English is shown", self.locale, text, reason)

    def forms(self, text: str) -> str | list[str] | None:
        """The translation of a text, or its plural forms in order; None where this layer has none."""
        if text in self._catalog:
            return str(self._catalog[text])
        found = [self._catalog[text, index] for index in range(reading.MOST_FORMS) if (text, index) in self._catalog]
        return found or None


def _safe(rule: Callable[[Any], int]) -> Callable[[Any], int]:
    """The rule, with the first form for a number that it cannot tell."""

    def choose(number: Any) -> int:
        try:
            return rule(number)
        except ArithmeticError:
            return 0

    return choose


def mend_rule(catalog: Catalog, locale: str) -> list[str]:
    """Give a catalog the usual plural rule of its language where its own is broken; returns what was wrong."""
    try:
        checks.plural_rule(catalog.plural_expr, catalog.num_plurals)
    except checks.HeaderFault as fault:
        forms, expression = checks.usual_rule(locale)
        catalog.mime_headers = [("Plural-Forms", f"nplurals={forms}; plural={expression};")]
        return [str(fault)]
    return []


def sound(catalog: Catalog, left_out: list[str]) -> Iterator[Message]:
    """The translated entries without fault; what is wrong with the others is added to `left_out`, in English."""
    for message in reading.entries(catalog):
        if not reading.is_translated(message):
            continue
        if (key := _known_by(message, catalog)) in _SOUND:
            yield message
            continue
        wrong = [fault.in_english() for fault in checks.faults(message, catalog)]
        if wrong:
            left_out.append(f"{reading.key_of(message)[0]!r}: {' '.join(wrong)}")
        else:
            if len(_SOUND) >= _MOST_SOUND:
                _SOUND.clear()
            _SOUND.add(key)
            yield message


def _known_by(message: Message, catalog: Catalog) -> tuple[int, ...]:
    """What a verdict depends on, in a few numbers that nobody outside of this process can foresee."""
    beside = (message.context, frozenset(message.flags), tuple(message.locations), tuple(message.auto_comments))
    rule = (catalog.num_plurals, catalog.plural_expr, catalog.locale_identifier)
    texts = message.id if isinstance(message.id, str) else tuple(message.id)
    return hash((texts, reading.forms_of(message))), hash(beside), hash(rule)


def _compiled(path: Path, locale: str) -> Catalog:
    catalog = reading.read_compiled(path, locale)
    flag_allowed(catalog, path)
    return catalog


def layer_from(source: Path, locale: str) -> Layer | None:
    """The layer that a .po and its .mo make: the .mo when it is fresh and whole, else the .po, compiled in memory.

    None where there is neither. What is wrong is logged, once for each reading.
    """
    compiled = source.with_suffix(".mo")
    if is_fresh(compiled, source):
        try:
            return _told(Layer(_compiled(compiled, locale), locale), compiled)
        except UnreadableCatalog as error:
            log.warning("%s: %s; the .po is read instead", compiled, error)
    if not source.exists():
        return None
    try:
        catalog, problems = reading.read_po(source, locale)
    except UnreadableCatalog as error:
        log.warning("%s: %s; English is shown", source, error)
        return None
    layer = Layer(catalog, locale)
    layer.left_out += problems
    return _told(layer, source)


def published_layer(source: Path, locale: str) -> Layer | None:
    """The layer of the .mo alone, for a language that somebody publishes: what the .po says since is not served yet."""
    compiled = source.with_suffix(".mo")
    if not compiled.exists():
        return None
    try:
        return _told(Layer(_compiled(compiled, locale), locale), compiled)
    except UnreadableCatalog as error:
        log.warning("%s: %s; English is shown until it is published again", compiled, error)
        return None


def shipped_layer(source: Path, locale: str) -> Layer | None:
    """The layer of a package's own catalog; of its .po, since packages ship .mo that lack newer entries.

    What is wrong with it is not logged: nobody here can mend it, and an overlay can say it better.
    """
    try:
        if source.exists():
            return Layer(reading.read_po(source, locale)[0], locale)
        compiled = source.with_suffix(".mo")
        return Layer(_compiled(compiled, locale), locale) if compiled.exists() else None
    except UnreadableCatalog:
        return None


def _told(layer: Layer, path: Path) -> Layer:
    for line in layer.left_out:
        log.warning("%s: %s; English is shown", path, line)
    return layer


def closest(read: Callable[[Path, str], Layer | None], folder: Path, locale: str, domain: str) -> Layer | None:
    """The layer of the closest name under which a locale has a catalog in the folder, or None."""
    layers = (read(catalog_path(folder, name, domain), name) for name in names_of(locale))
    return next((layer for layer in layers if layer is not None), None)


def shipped_for(domain: str, locale: str) -> Layer | None:
    """The layer of the package that a domain belongs to; None for our own domain."""
    return closest(shipped_layer, SHIPPED[domain], locale, domain) if domain in SHIPPED else None


def translations_of(
    domain: str,
    locale: str,
    folder: Path,
    shipped: Layer | None,
    is_manual: Callable[[str], bool] = lambda locale: False,
) -> Layer | None:
    """Our catalog in this folder over the shipped one: what the upper lacks, the lower says. None without either.

    `is_manual` says whether somebody publishes a language.
    """

    def read(source: Path, name: str) -> Layer | None:
        return (published_layer if is_manual(name) else layer_from)(source, name)

    upper = closest(read, folder, locale, domain)
    if upper is None:
        return shipped
    if shipped is not None:
        upper.add_fallback(shipped)
    return upper
