"""Plural forms: the rules of headers, what each form stands for, and whether an entry has the forms it needs."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from babel.messages import Catalog
from babel.messages.plurals import PLURALS, get_plural
from babel.plural import to_gettext

from babel import Locale, UnknownLocaleError

_GETTEXT = re.compile(r"nplurals=(\d+); plural=(.*);")
#: From a number to the form that says it.
Choose = Callable[[Any], int]


class HeaderFault(ValueError):
    """The header's rule for plural forms cannot be used."""


@lru_cache(maxsize=256)
def plural_rule(expression: str, forms: int) -> Choose:
    """The rule of a header as a function from a number to a form. Raises HeaderFault where it is none."""
    try:
        rule = gettext.c2py(expression)
        chosen = {rule(number) for number in (*range(1001), 10**6, 10**9)}
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise HeaderFault(f"the rule for plural forms is broken: {error}") from error
    if not chosen <= set(range(forms)):
        raise HeaderFault(f"the rule for plural forms asks for more than {forms} forms")
    return rule


@lru_cache(maxsize=2048)
def usual_rule(locale: str) -> tuple[int, str]:
    """How many plural forms a language has, and their rule: of gettext, else of CLDR; English's for an unknown one.

    For some languages the two differ. Catalogs everywhere are made with the former, so those win.
    """
    try:
        known = Locale.parse(locale.replace("-", "_").partition("@")[0])
    except (ValueError, UnknownLocaleError, TypeError):
        known = Locale.parse("en")
    if str(known) not in PLURALS and known.language not in PLURALS and (found := _in_cldr(known)) is not None:
        return found
    plural = get_plural(known)
    return plural.num_plurals, plural.plural_expr


def _in_cldr(locale: Locale) -> tuple[int, str] | None:
    """The rule of CLDR for whole numbers; None where it cannot be said without fractions or powers of ten."""
    match = _GETTEXT.fullmatch(to_gettext(locale.plural_form))
    if match is None:
        return None
    forms, expression = int(match[1]), match[2]
    try:
        rule = plural_rule(expression, forms)
    except HeaderFault:
        return None
    is_whole = {rule(number) for number in (*range(1001), 10**6)} == set(range(forms))
    return (forms, expression) if is_whole else None


def same_rule(catalog: Catalog, locale: str) -> bool:
    """Whether the header of a catalog chooses forms as the language does."""
    forms, expression = usual_rule(locale)
    try:
        rule, usual = plural_rule(catalog.plural_expr, catalog.num_plurals), plural_rule(expression, forms)
    except HeaderFault:
        return False
    return catalog.num_plurals == forms and all(rule(number) == usual(number) for number in range(1001))


#: Numbers by which rules are told apart.
_TRIED = (*range(1001), 1_000_000, 2_000_000, 1_000_001)


@lru_cache(maxsize=512)
def is_of_language(expression: str, forms: int, locale: str) -> bool:
    """Whether a rule puts the same numbers together as the language does.

    Languages are told by gettext's usual rule, and by CLDR's newer one, which has a form for millions in some. In what
    order a rule counts its forms is its own affair. Raises HeaderFault for a broken rule.
    """
    choose = plural_rule(expression, forms)
    try:
        of_cldr = Locale.parse(locale.replace("-", "_").partition("@")[0]).plural_form
    except (ValueError, UnknownLocaleError, TypeError):
        return True
    given = _together([choose(number) for number in _TRIED])
    count, usual = usual_rule(locale)
    if given == _together([plural_rule(usual, count)(number) for number in _TRIED]):
        return True
    return given == _together([of_cldr(number) for number in _TRIED])


def _together(chosen: list[Any]) -> list[int]:
    """Which numbers share a form, however the forms are called."""
    seen: dict[Any, int] = {}
    return [seen.setdefault(each, len(seen)) for each in chosen]


@lru_cache(maxsize=256)
def forms_of_one_number(expression: str, forms: int) -> frozenset[int]:
    """The forms that mean exactly one number, such as the dual of Arabic. None where the rule is broken."""
    try:
        rule = plural_rule(expression, forms)
    except HeaderFault:
        return frozenset()
    used = Counter(rule(number) for number in range(201))
    return frozenset(form for form in range(forms) if used[form] <= 1)
