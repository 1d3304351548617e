"""Agreed words, and guesses that were made for the opposite of what a text says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from backoffice.catalogs.checks.finding import Facts, Finding, Source, Term
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import _l

_WORD = re.compile(r"[a-z]+(?:'t)?", re.IGNORECASE)
_NEGATIONS = {
    "no", "not", "never", "none", "neither", "nor", "without", "cannot", "nobody", "nothing", "unable",
    "can't", "don't", "doesn't", "isn't", "aren't", "won't", "didn't", "wasn't", "couldn't", "shouldn't",
    "fail", "failed", "fails", "failure",
}  # fmt: skip
_PREFIXES = ("un", "dis", "in", "im", "ir", "il", "non", "de")
_OPPOSITES = {
    frozenset(pair.split())
    for line in (
        "on off, yes no, add remove, allow deny, allow forbid, allowed denied, open close, opened closed, open closed",
        "show hide, shown hidden, next previous, first last, before after, minimum maximum, min max, least most",
        "more less, more fewer, greater smaller, greater less, longer shorter, ascending descending, start stop",
        "start end, begin end, true false, accept reject, accepted rejected, approve reject, approved rejected",
        "import export, upload download, all none, left right, up down, from to, old new, oldest newest, older newer",
        "public private, above below, early late, success failure, succeeded failed, visible hidden, enter leave",
        "join leave, login logout, with without, any no, always never, required optional, increase decrease",
        "grant revoke, granted revoked, enable disable, enabled disabled, lock unlock, locked unlocked, read unread",
        "active inactive, rise fall, sent received, send receive, top bottom, higher lower, high low, long short",
    )
    for pair in line.split(", ")
}


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(text))


def are_opposite(one: str, other: str) -> bool:
    """Whether two English texts differ in one negation, or in one word and its opposite."""
    first, second = _words(one), _words(other)
    if abs(len(first) - len(second)) > 2 or not first or not second:
        return False
    more, less = [word for word in first if word not in second], [word for word in second if word not in first]
    if any(word in _NEGATIONS for word in more) != any(word in _NEGATIONS for word in less):
        return len(more) + len(less) <= 3
    if len(more) != 1 or len(less) != 1:
        return False
    return frozenset((more[0], less[0])) in _OPPOSITES or _negates(more[0], less[0]) or _negates(less[0], more[0])


def _negates(word: str, plain: str) -> bool:
    return len(plain) > 3 and any(word == prefix + plain for prefix in _PREFIXES)


def warned(source: Source, forms: Sequence[str], facts: Facts) -> Iterator[Finding]:
    """The warnings of a whole entry, for what is known beyond it."""
    if facts.is_fuzzy and facts.previous and are_opposite(facts.previous, source.id):
        text = _l("This is a guess for “%(text)s”, which says the opposite.", text=facts.previous[:80])
        yield finding("opposite", text)
    for term in facts.terms:
        yield from _agreed(source, forms, Term(*term))


def _agreed(source: Source, forms: Sequence[str], term: Term) -> Iterator[Finding]:
    if not any(_stands_in(term.term, text, term.is_case_sensitive) for text in source.texts):
        return
    said = [form for form in forms if form and _begins_in(term.translation, form, term.is_case_sensitive)]
    if term.is_forbidden and said:
        text = _l("“%(word)s” is ruled out for “%(term)s”.", word=term.translation, term=term.term)
        yield finding("glossary", text)
    elif not term.is_forbidden and not said:
        text = _l("The agreed word for “%(term)s” is “%(word)s”.", word=term.translation, term=term.term)
        yield finding("glossary", text, None, term.translation)


def _stands_in(term: str, text: str, is_case_sensitive: bool) -> bool:
    """Whether an English text has the term as a word of its own, in the singular or plural."""
    flags = 0 if is_case_sensitive else re.IGNORECASE
    return bool(term) and re.search(rf"(?<!\w){re.escape(term)}(?:e?s)?(?!\w)", text, flags) is not None


def _begins_in(word: str, form: str, is_case_sensitive: bool) -> bool:
    """Whether a form has the word, whatever its ending; a translation may bend it."""
    if not is_case_sensitive:
        word, form = word.casefold(), form.casefold()
    stem = word if len(word) <= 4 else word[: max(4, len(word) - 2)]
    return bool(word) and (word in form or stem in form)
