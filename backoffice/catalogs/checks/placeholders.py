"""Whether a translation is filled in as its English text is: nothing unknown, nothing lost, nothing that breaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from backoffice.catalogs.checks import formats
from backoffice.catalogs.checks.finding import Finding, Source
from backoffice.catalogs.checks.formats import Percents, braces, percents
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import _l

#: Names under which counts go, beside everything that is written as a number.
_COUNTS = frozenset(("num", "n", "count", "counter", "number", "total", "min", "max", "limit_value"))

_TEMPLATE = re.compile(r"(?:^|/)templates/.*\.(?:html?|jinja2?|j2|txt|xml)(?::\d+)?\Z")

#: Flags of languages in which placeholders with numbers stand for those without.
_NUMBERED = ("c-format", "php-format", "objc-format", "sh-format", "boost-format", "tcl-format", "lua-format")


def judged(source: Source, form: str, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    """The errors of one form. `is_one_number` says that the form stands for a single number."""
    if "%" in form or any("%" in text for text in source.texts):
        yield from _percent_signs(source, form, index, is_one_number)
    if "{" in form or "}" in form or any("{" in text for text in source.texts):
        yield from _in_braces(source, form, index, is_one_number)


def _percent_signs(source: Source, form: str, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    texts = [percents(text) for text in source.texts]
    given, literal = percents(form), "no-python-format" in source.flags
    if any(text.names for text in texts):
        found = list(_by_name(texts, given, index, is_one_number))
    elif literal:
        return
    elif any(text.placed for text in texts) or (given.placed and any(flag in source.flags for flag in _NUMBERED)):
        found = list(_by_number(texts, given, index, is_one_number))
    elif any(text.bare for text in texts):
        found = list(_by_order(texts, given, index, is_one_number))
    else:
        found = list(_unwanted(source, texts, given, form, index))
    found += _torn(texts, given, index)
    yield from found
    if found:
        return
    if given.stray > max(text.stray for text in texts) and _doubles(source, texts):
        yield finding("incomplete_placeholder", _l("It contains a percent sign that is not doubled."), index, "%%")
    elif given.stray and not any(text.stray for text in texts) and any(map(_TEMPLATE.search, source.places)):
        text = _l("It contains a single percent sign; a text of a template needs it doubled.")
        yield finding("template_percent", text, index, "%%")
    elif (
        any(text.names or text.bare for text in texts)
        and not given.placed
        and all(map(formats.is_fillable, source.texts))
    ):
        reasons = [formats.failure(form, text) for text in source.texts]
        if all(reasons):
            yield finding(
                "placeholder_type", _l("It cannot be filled in (%(reason)s).", reason=str(reasons[-1])), index
            )


def _doubles(source: Source, texts: list[Percents]) -> bool:
    """Whether percent signs have to be doubled: the text is filled in, or doubles its own."""
    if not all(map(formats.is_fillable, source.texts)):
        return False
    return any(text.is_filled or text.escaped for text in texts)


def _by_name(texts: list[Percents], given: Percents, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    wanted = {name: (kind, written) for text in texts for name, kind, written in text.names}
    present = {name for name, _kind, _written in given.names}
    missing = [name for name in wanted if name not in present]
    for name, kind, written in dict.fromkeys(given.names):
        if name not in wanted:
            close = get_close_matches(name, missing, 1, 0.5) or (missing if len(missing) == 1 else [])
            text = _l("It has the placeholder %(name)s, which the English text lacks.", name=written)
            yield finding("unknown_placeholder", text, index, wanted[close[0]][1] if close else None)
        elif kind != wanted[name][0]:
            other = wanted[name][1]
            text = _l("It has %(given)s where the English text has %(wanted)s.", given=written, wanted=other)
            yield finding("placeholder_type", text, index, other)
    for _kind, written in given.bare:
        text = _l("It has the placeholder %(name)s, which the English text lacks.", name=written)
        yield finding("placeholder_type", text, index, wanted[missing[0]][1] if missing else None)
    for name in missing:
        kind, written = wanted[name]
        yield from _missing(written, index, is_one_number, _is_count(name, kind, texts))


def _is_count(name: str, kind: str, texts: list[Percents]) -> bool:
    """Whether a placeholder tells the number that the plural form is chosen by."""
    if len(texts) == 1:
        return False
    in_singular = any(name == each for each, _kind, _written in texts[0].names)
    return kind == "number" or name in _COUNTS or not in_singular or len({each[0] for each in texts[-1].names}) == 1


def _missing(written: str, index: int | None, is_one_number: bool, is_count: bool) -> Iterator[Finding]:
    if not is_count:
        text = _l("It lacks the placeholder %(name)s.", name=written)
        yield finding("missing_placeholder", text, index, written)
    elif not is_one_number:
        text = _l("It lacks the count %(name)s, though this form stands for several numbers.", name=written)
        yield finding("missing_count" if index is not None else "missing_placeholder", text, index, written)


def _by_order(texts: list[Percents], given: Percents, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    kinds = [kind for kind, _written in given.bare]
    choices = [[kind for kind, _written in text.bare] for text in texts]
    yield from _names_unknown(given, index)
    if kinds == choices[-1] or (is_one_number and kinds in choices):
        return
    wanted = texts[-1].bare
    if len(kinds) < len(wanted):
        written = next(iter(_left_over(wanted, given.bare)), wanted[-1][1])
        if kinds in choices:
            yield from _missing(written, index, is_one_number, is_count=True)
        else:
            yield finding("missing_placeholder", _l("It lacks the placeholder %(name)s.", name=written), index, written)
    elif len(kinds) > len(wanted):
        written = next(iter(_left_over(given.bare, wanted)), given.bare[-1][1])
        text = _l("It has the placeholder %(name)s, which the English text lacks.", name=written)
        yield finding("unknown_placeholder", text, index)
    else:
        order = ", ".join(written for _kind, written in wanted)
        yield finding(
            "placeholder_type", _l("Its placeholders have to be, in this order: %(order)s.", order=order), index
        )


def _left_over(more: tuple[tuple[str, str], ...], less: tuple[tuple[str, str], ...]) -> list[str]:
    left = Counter(kind for kind, _written in more) - Counter(kind for kind, _written in less)
    return [written for kind, written in more if left[kind]]


def _by_number(texts: list[Percents], given: Percents, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    wanted, present = [_numbered(text) for text in texts], _numbered(given)
    yield from _names_unknown(given, index)
    known = {number: pair for text in wanted for number, pair in text.items()}
    for number, (kind, written) in present.items():
        if number not in known:
            text = _l("It has the placeholder %(name)s, which the English text lacks.", name=written)
            yield finding("unknown_placeholder", text, index)
        elif known[number][0] != kind:
            other = known[number][1]
            text = _l("It has %(given)s where the English text has %(wanted)s.", given=written, wanted=other)
            yield finding("placeholder_type", text, index, other)
    for number, (_kind, written) in known.items():
        if number not in present:
            is_count = len(texts) > 1 and (number not in wanted[0] or len(known) == 1)
            yield from _missing(written, index, is_one_number, is_count)


def _numbered(text: Percents) -> dict[int, tuple[str, str]]:
    """Kind and spelling by number; those without a number count from 1."""
    found = {number: (kind, written) for number, kind, written in text.placed}
    return found | {place: pair for place, pair in enumerate(text.bare, 1) if not text.placed}


def _names_unknown(given: Percents, index: int | None) -> Iterator[Finding]:
    for written in dict.fromkeys(written for _name, _kind, written in given.names):
        text = _l("It has the placeholder %(name)s, which the English text lacks.", name=written)
        yield finding("unknown_placeholder", text, index)


def _unwanted(
    source: Source, texts: list[Percents], given: Percents, form: str, index: int | None
) -> Iterator[Finding]:
    """Placeholders where the English text has none; "%d" is then taken for one only where it can be nothing else."""
    yield from _names_unknown(given, index)
    if any(text.stray for text in texts):
        return
    for written in dict.fromkeys(written for _kind, written in given.bare if written in ("%s", "%d", "%r")):
        if re.search(rf"(?<![\d%]){written}(?!\w)", form):
            text = _l("It has the placeholder %(name)s, which the English text lacks.", name=written)
            yield finding("unknown_placeholder", text, index)


def _torn(texts: list[Percents], given: Percents, index: int | None) -> Iterator[Finding]:
    known = {written for text in texts for written in text.torn}
    for written in dict.fromkeys(given.torn):
        if written not in known:
            yield finding("incomplete_placeholder", _l("The placeholder %(name)s is cut short.", name=written), index)


def _in_braces(source: Source, form: str, index: int | None, is_one_number: bool) -> Iterator[Finding]:
    texts = [braces(text) for text in source.texts]
    wanted = dict.fromkeys(field for text in texts for field in text.fields)
    given, least = braces(form), min(text.fields.count("{}") for text in texts)
    if any(text.is_broken for text in texts) and not wanted:
        return
    missing = [field for field in wanted if given.fields.count(field) < (least if field == "{}" else 1)]
    for field in dict.fromkeys(given.fields):
        if field not in wanted:
            text = _l("It has the placeholder %(name)s, which the English text lacks.", name=field)
            close = get_close_matches(field, missing, 1, 0.5) or (missing if len(missing) == 1 else [])
            yield finding("braces", text, index, close[0] if close else None)
    if wanted and given.is_broken and not any(text.is_broken for text in texts):
        yield finding("braces", _l("It has a brace that is not closed or not doubled."), index)
        return
    in_singular = texts[0].fields
    for field in missing:
        is_count = len(texts) > 1 and (
            field not in in_singular or len(wanted) == 1 or field.strip("{}").split(":")[0] in _COUNTS
        )
        if not is_count:
            yield finding("braces", _l("It lacks the placeholder %(name)s.", name=field), index, field)
        else:
            yield from _missing(field, index, is_one_number, is_count=True)
