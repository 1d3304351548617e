"""Plural forms: the rules of headers, what each form stands for, and whether an entry has the forms it needs."""

from __future__ import annotations

import gettext
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from babel.messages import Catalog
from babel.messages.plurals import get_plural

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


@lru_cache(maxsize=256)
def forms_of_one_number(expression: str, forms: int) -> frozenset[int]:
    """The forms that mean exactly one number, such as the dual of Arabic. None where the rule is broken."""
    try:
        rule = plural_rule(expression, forms)
    except HeaderFault:
        return frozenset()
    used = Counter(rule(number) for number in range(201))
    return frozenset(form for form in range(forms) if used[form] <= 1)
