"""One entry before all checks that judge a single one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from babel.messages import Catalog, Message

from backoffice.catalogs.checks import characters, markup, meaning, placeholders, punctuation, wording
from backoffice.catalogs.checks.finding import ALLOWED, NOTHING, Facts, Finding, Rule, Source
from backoffice.catalogs.checks.plurals import forms_of_one_number
from backoffice.catalogs.checks.registry import finding
from backoffice.catalogs.reading import forms_of
from backoffice.foundation.i18n import _l

#: Longer is no translation of a text that is not nearly as long itself.
MOST_CHARACTERS = 10_000


def findings(source: Source, forms: Sequence[str], rule: Rule, locale: str, *, facts: Facts = NOTHING) -> list[Finding]:
    """Everything that is wrong with one entry, errors first; nothing where it is not translated at all."""
    if not any(forms):
        return []
    found = errors(source, forms, rule, locale)
    if any(each.code == "oversize" for each in found):
        return found
    return [*found, *dict.fromkeys(_warnings(source, forms, locale, facts))]


def errors(source: Source, forms: Sequence[str], rule: Rule, locale: str) -> list[Finding]:
    """What keeps a translation from being served; nothing where it is not translated at all."""
    found = _errors(source, forms, rule) if any(forms) else ()
    return [each for each in found if not (each.is_security and ALLOWED in source.flags)]


def faults(message: Message, catalog: Catalog) -> Iterator[Finding]:
    """The errors of an entry that Babel read."""
    yield from errors(Source.of(message), forms_of(message), Rule.of(catalog), str(catalog.locale or ""))


def _errors(source: Source, forms: Sequence[str], rule: Rule) -> Iterator[Finding]:
    if source.plural is None:
        if len(forms) != 1:
            yield finding("number_of_forms", _l("It has plural forms, which the English text has not."))
        else:
            yield from _of_form(source, forms[0], None, False)
        return
    if len(forms) != rule.nplurals:
        text = _l("It has %(given)s plural forms, not %(needed)s.", given=len(forms), needed=rule.nplurals)
        yield finding("number_of_forms", text)
    single = forms_of_one_number(rule.expression, rule.nplurals)
    for index, form in enumerate(forms):
        if form:
            yield from _of_form(source, form, index, index in single)
        else:
            yield finding("missing_form", _l("This plural form is empty."), index)


def _of_form(source: Source, form: str, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    if len(form) > MOST_CHARACTERS and len(form) > 4 * max(map(len, source.texts)):
        yield finding("oversize", _l("It has %(given)s characters.", given=len(form)), index)
        return
    if form.isspace():
        yield finding("blank", _l("It consists of spaces only."), index)
        return
    yield from placeholders.judged(source, form, index, is_one_number)
    yield from markup.judged(source, form, index)
    yield from characters.judged(source, form, index)


def _warnings(source: Source, forms: Sequence[str], locale: str, facts: Facts) -> Iterator[Finding]:
    language = wording.language_of(locale)
    if len(set(forms)) == 1 and len(forms) > 1 and source.id != source.plural and not _is_the_same(source, forms[0]):
        yield finding("same_forms", _l("All plural forms say the same."))
    for index, form in enumerate(forms):
        if form and not form.isspace():
            place = index if source.plural is not None else None
            yield from markup.warned(source, form, place)
            yield from characters.warned(source, form, place, language)
            yield from punctuation.warned(source.texts, form, place, language, facts.leaves_stops_out)
            yield from wording.warned(source, form, place, locale)
    yield from meaning.warned(source, forms, facts)


def _is_the_same(source: Source, form: str) -> bool:
    """Whether the form says nothing but what is filled in, which has no plural."""
    return not wording.plain(form).strip(" .:()\ufffc")
