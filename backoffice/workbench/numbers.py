"""What each plural form of a catalog is for: its name as CLDR has it, and numbers as examples."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from backoffice.catalogs.checks import HeaderFault, plural_rule
from backoffice.foundation.i18n import Text, _l

#: Numbers that are looked at, those shown, and how many are shown of a form.
LOOKED_AT, MOST_SHOWN = 1001, 5
#: How CLDR calls forms; `other` is the rest.
NAMES: dict[str, Text] = {
    "zero": _l("Zero"),
    "one": _l("One"),
    "two": _l("Two"),
    "few": _l("Few"),
    "many": _l("Many"),
    "other": _l("Other"),
}


@dataclass(frozen=True)
class FormLabel:
    """What a box for a plural form is called. Without a name the form fits no name of the language's own rule."""

    index: int
    name: Text | None
    numbers: tuple[int, ...]
    is_more: bool


@lru_cache(maxsize=128)
def labels(expression: str, forms: int, locale: str) -> tuple[FormLabel, ...]:
    """One for each form, in their order; of a rule that cannot be used, without numbers."""
    try:
        rule = plural_rule(expression, forms)
    except HeaderFault:
        return tuple(FormLabel(index, None, (), False) for index in range(forms))
    meant: dict[int, list[int]] = defaultdict(list)
    for number in range(LOOKED_AT):
        meant[rule(number)].append(number)
    # Numbers of a million and more have a form of their own in some languages.
    for number in (10**6, 10**9):
        if not meant[rule(number)]:
            meant[rule(number)].append(number)
    names = _names(meant, locale)
    return tuple(
        FormLabel(index, names.get(index), tuple(meant[index][:MOST_SHOWN]), len(meant[index]) > MOST_SHOWN)
        for index in range(forms)
    )


def _names(meant: dict[int, list[int]], locale: str) -> dict[int, Text]:
    """The names of the forms that stand for just the numbers that CLDR has under one name."""
    try:
        cldr = Locale.parse(locale).plural_form
    except (ValueError, UnknownLocaleError, TypeError):
        return {}
    tags = {form: {cldr(number) for number in numbers} for form, numbers in meant.items() if numbers}
    found = {form: next(iter(names)) for form, names in tags.items() if len(names) == 1}
    return {form: NAMES[name] for form, name in found.items() if list(found.values()).count(name) == 1}
