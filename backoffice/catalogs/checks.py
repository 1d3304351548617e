"""What is wrong with a translation: the faults for which English is shown instead, as the page would break or lie."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.plurals import get_plural

from backoffice.catalogs.reading import forms_of
from backoffice.foundation.i18n import Text, _l, message_of

#: `%(name)s`, a bare conversion, an escaped or a stray percent sign.
_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\)(?P<kind>[sdif])|(?P<bare>[sd](?!\w))|(?P<escaped>%))?")
_TAG = re.compile(r"<[^>]*>?")
_ADDRESS = re.compile(r"""\b(?:https?|mailto|javascript):[^\s"'<>)]*[\w/]""", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff]")
_ISOLATES, _EMBEDDINGS = re.compile("[\u2066-\u2068]"), re.compile("[\u202a\u202b\u202d\u202e]")

#: Placeholders of a count; a form that means one number only may say it in words.
_COUNTS = {"num", "count", "min", "max"}

Rule = Callable[[Any], int]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one entry."""

    text: Text

    def in_english(self) -> str:
        """The sentence, without asking for a translation of it."""
        return message_of(self.text) % {name: str(value) for name, value in self.text._kwargs.items()}


class HeaderFault(ValueError):
    """The header's rule for plural forms cannot be used."""


@lru_cache(maxsize=64)
def plural_rule(expression: str, forms: int) -> Rule:
    """The rule of a header as a function from a number to a form. Raises HeaderFault where it is none."""
    try:
        rule = gettext.c2py(expression)
        chosen = {rule(number) for number in (*range(1001), 10**6, 10**9)}
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise HeaderFault(f"the rule for plural forms is broken: {error}") from error
    if not chosen <= set(range(forms)):
        raise HeaderFault(f"the rule for plural forms asks for more than {forms} forms")
    return rule


def usual_rule(locale: str) -> tuple[int, str]:
    """How many plural forms a language has, and their rule, as Babel knows them."""
    plural = get_plural(locale)
    return plural.num_plurals, plural.plural_expr


def same_rule(catalog: Catalog, locale: str) -> bool:
    """Whether the header of a catalog chooses forms as the language does."""
    forms, expression = usual_rule(locale)
    try:
        rule, usual = plural_rule(catalog.plural_expr, catalog.num_plurals), plural_rule(expression, forms)
    except HeaderFault:
        return False
    return catalog.num_plurals == forms and all(rule(number) == usual(number) for number in range(1001))


@lru_cache(maxsize=64)
def _forms_of_one_number(expression: str, forms: int) -> frozenset[int]:
    """The forms that mean exactly one number, such as the dual of Arabic."""
    rule = plural_rule(expression, forms)
    used = Counter(rule(number) for number in range(201))
    return frozenset(form for form in range(forms) if used[form] <= 1)


def faults(message: Message, catalog: Catalog) -> Iterator[Fault]:
    """What is wrong with the translation of an entry; untranslated forms are not looked at."""
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    forms = forms_of(message)
    if len(sources) > 1 and len(forms) != catalog.num_plurals:
        yield Fault(_l("It has %(given)s plural forms, not %(needed)s.", given=len(forms), needed=catalog.num_plurals))
        return
    for index, form in enumerate(forms):
        if form:
            spoken = len(sources) > 1 and index in _forms_of_one_number(catalog.plural_expr, catalog.num_plurals)
            yield from _faults_of_form(sources, form, spoken)


def _faults_of_form(sources: tuple[str, ...], form: str, spoken: bool) -> Iterator[Fault]:
    if not form.strip():
        yield Fault(_l("It consists of spaces only."))
    yield from _placeholders(sources, form, spoken)
    if Counter(_TAG.findall(form)) not in [Counter(_TAG.findall(source)) for source in sources]:
        yield Fault(_l("Its markup is not that of the English text."))
    if set(_ADDRESS.findall(form)) not in [set(_ADDRESS.findall(source)) for source in sources]:
        yield Fault(_l("Its addresses are not those of the English text."))
    if _CONTROL.search(form):
        yield Fault(_l("It contains an invisible character that does not belong into a text."))
    if len(_ISOLATES.findall(form)) != form.count("\u2069") or len(_EMBEDDINGS.findall(form)) != form.count("\u202c"):
        yield Fault(_l("It opens a change of writing direction and does not close it."))
    if [form[:1] == "\n", form[-1:] == "\n"] not in [[text[:1] == "\n", text[-1:] == "\n"] for text in sources]:
        yield Fault(_l("It begins or ends with a new line, unlike the English text."))


def _placeholders(sources: tuple[str, ...], form: str, spoken: bool) -> Iterator[Fault]:
    """Compare the placeholders: unknown ones would break the page, missing ones would lose what they say."""
    wanted: dict[str, Any] = {}
    for source in sources:
        wanted.update(dict.fromkeys(_names(source)))
    given = _names(form)
    for name in sorted(set(given) - set(wanted)):
        yield Fault(_l("It has the placeholder %(name)s, which the English text lacks.", name=name))
    missing = set(wanted) - set(given)
    if spoken:
        missing -= {f"%({name}){kind}" for name in _COUNTS for kind in "sd"}
    for name in sorted(missing):
        yield Fault(_l("It lacks the placeholder %(name)s.", name=name))
    if _bare(form) != _bare(sources[-1]):
        yield Fault(_l("It lacks or adds a placeholder without a name."))
    if wanted and _stray(form):
        yield Fault(_l("It contains a percent sign that is not doubled."))


def _names(text: str) -> list[str]:
    return [match[0] for match in _PERCENT.finditer(text) if match["name"]]


def _bare(text: str) -> list[str]:
    return [match[0] for match in _PERCENT.finditer(text) if match["bare"]]


def _stray(text: str) -> bool:
    return any(match[0] == "%" for match in _PERCENT.finditer(text))


def source_faults(text: str) -> Iterator[str]:
    """What is wrong with an English text, in English: it could not be translated well."""
    if _bare(text) or _stray(text):
        yield "has a percent sign that is no %(name)s"
    if text != text.strip():
        yield "begins or ends with a space"
    if re.search(r"\w\(s\)", text):
        yield "makes its plural by hand"
    if re.search(r"\{\w*\}", text):
        yield "has a placeholder in braces"
