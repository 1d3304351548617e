"""One entry before all checks that judge a single one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from babel.messages import Catalog, Message

from backoffice.catalogs.checks.finding import NOTHING, Facts, Finding, Rule, Severity, Source
from backoffice.catalogs.checks.plurals import forms_of_one_number
from backoffice.catalogs.checks.registry import finding
from backoffice.catalogs.reading import forms_of
from backoffice.foundation.i18n import _l

_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\)(?P<kind>[sdif])|(?P<bare>[sd](?!\w))|(?P<escaped>%))?")
_TAG = re.compile(r"<[^>]*>?")
_ADDRESS = re.compile(r"""\b(?:https?|mailto|javascript):[^\s"'<>)]*[\w/]""", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff]")
_ISOLATES, _EMBEDDINGS = re.compile("[\u2066-\u2068]"), re.compile("[\u202a\u202b\u202d\u202e]")
_COUNTS = {"num", "count", "min", "max"}


def findings(source: Source, forms: Sequence[str], rule: Rule, locale: str, *, facts: Facts = NOTHING) -> list[Finding]:
    """Everything that is wrong with one entry, errors first; nothing where it is not translated at all."""
    return errors(source, forms, rule, locale)


def errors(source: Source, forms: Sequence[str], rule: Rule, locale: str) -> list[Finding]:
    """What keeps a translation from being served; nothing where it is not translated at all."""
    if not any(forms):
        return []
    return [each for each in _all(source, forms, rule) if each.severity is Severity.ERROR]


def faults(message: Message, catalog: Catalog) -> Iterator[Finding]:
    """The errors of an entry that Babel read."""
    yield from errors(Source.of(message), forms_of(message), Rule.of(catalog), str(catalog.locale or ""))


def _all(source: Source, forms: Sequence[str], rule: Rule) -> Iterator[Finding]:
    sources = source.texts
    if len(sources) > 1 and len(forms) != rule.nplurals:
        text = _l("It has %(given)s plural forms, not %(needed)s.", given=len(forms), needed=rule.nplurals)
        yield finding("number_of_forms", text)
        return
    for index, form in enumerate(forms):
        if form:
            spoken = len(sources) > 1 and index in forms_of_one_number(rule.expression, rule.nplurals)
            yield from _faults_of_form(sources, form, index if len(sources) > 1 else None, spoken)


def _faults_of_form(sources: tuple[str, ...], form: str, index: int | None, spoken: bool) -> Iterator[Finding]:
    if not form.strip():
        yield finding("blank", _l("It consists of spaces only."), index)
    yield from _placeholders(sources, form, index, spoken)
    if Counter(_TAG.findall(form)) not in [Counter(_TAG.findall(source)) for source in sources]:
        yield finding("markup", _l("Its markup is not that of the English text."), index)
    if set(_ADDRESS.findall(form)) not in [set(_ADDRESS.findall(source)) for source in sources]:
        yield finding("foreign_address", _l("Its addresses are not those of the English text."), index)
    if _CONTROL.search(form):
        text = _l("It contains an invisible character that does not belong into a text.")
        yield finding("control_character", text, index)
    if len(_ISOLATES.findall(form)) != form.count("\u2069") or len(_EMBEDDINGS.findall(form)) != form.count("\u202c"):
        yield finding("direction", _l("It opens a change of writing direction and does not close it."), index)
    if [form[:1] == "\n", form[-1:] == "\n"] not in [[text[:1] == "\n", text[-1:] == "\n"] for text in sources]:
        yield finding("edge_newline", _l("It begins or ends with a new line, unlike the English text."), index)


def _placeholders(sources: tuple[str, ...], form: str, index: int | None, spoken: bool) -> Iterator[Finding]:
    """Compare the placeholders: unknown ones would break the page, missing ones would lose what they say."""
    wanted: dict[str, Any] = {}
    for source in sources:
        wanted.update(dict.fromkeys(_names(source)))
    given = _names(form)
    for name in sorted(set(given) - set(wanted)):
        text = _l("It has the placeholder %(name)s, which the English text lacks.", name=name)
        yield finding("unknown_placeholder", text, index)
    missing = set(wanted) - set(given)
    if spoken:
        missing -= {f"%({name}){kind}" for name in _COUNTS for kind in "sd"}
    for name in sorted(missing):
        yield finding("missing_placeholder", _l("It lacks the placeholder %(name)s.", name=name), index, name)
    if _bare(form) != _bare(sources[-1]):
        yield finding("placeholder_type", _l("It lacks or adds a placeholder without a name."), index)
    if wanted and _stray(form):
        yield finding("incomplete_placeholder", _l("It contains a percent sign that is not doubled."), index)


def _names(text: str) -> list[str]:
    return [match[0] for match in _PERCENT.finditer(text) if match["name"]]


def _bare(text: str) -> list[str]:
    return [match[0] for match in _PERCENT.finditer(text) if match["bare"]]


def _stray(text: str) -> bool:
    return any(match[0] == "%" for match in _PERCENT.finditer(text))
