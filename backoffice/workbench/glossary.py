"""The agreed words of a language, as checks and translators need them."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

from backoffice.catalogs.checks import Source
from backoffice.catalogs.checks import Term as Agreed
from backoffice.foundation.database import db
from backoffice.workbench.models import Term

#: Terms beyond this are not heeded by checks.
MOST_TERMS = 2_000
_kept: OrderedDict[tuple[str, str], tuple[Any, tuple[Agreed, ...]]] = OrderedDict()


def terms_of(locale: str) -> tuple[Agreed, ...]:
    """The glossary of a language; the same object as long as nobody changed it, so that it can be compared by `is`."""
    return glossaries([locale])[locale]


def glossaries(locales: Iterable[str]) -> dict[str, tuple[Agreed, ...]]:
    """The glossaries of several languages, of which the database is asked at once."""
    wanted, database = list(dict.fromkeys(locales)), str(db.engine.url)
    facts = select(Term.locale, func.count(), func.max(Term.updated_at), func.max(Term.id), func.sum(Term.version))
    stamps = {
        row[0]: tuple(row) for row in db.session.execute(facts.where(Term.locale.in_(wanted)).group_by(Term.locale))
    }
    found = {}
    for locale in wanted:
        stamp, held = stamps.get(locale), _kept.get((database, locale))
        if stamp is None:
            found[locale] = NO_TERMS
        elif held is not None and held[0] == stamp:
            found[locale] = held[1]
        else:
            found[locale] = _read(locale)
            _kept[database, locale] = (stamp, found[locale])
            while len(_kept) > 64:
                _kept.popitem(last=False)
    return found


def _read(locale: str) -> tuple[Agreed, ...]:
    query = select(Term).where(Term.locale == locale).order_by(Term.term, Term.id).limit(MOST_TERMS)
    rows = db.session.scalars(query)
    return tuple(Agreed(row.term, row.translation, row.is_forbidden, row.is_case_sensitive) for row in rows)


#: The one empty glossary.
NO_TERMS: tuple[Agreed, ...] = ()


def glossary_hits(locale: str, source: Source) -> list[Term]:
    """The lines of the glossary whose term occurs in the English text as a word, in the order of the terms."""
    told = "\n".join(source.texts)
    hits = {term for term in terms_of(locale) if _pattern(term.term, term.is_case_sensitive).search(told)}
    if not hits:
        return []
    query = select(Term).where(Term.locale == locale, Term.term.in_({hit.term for hit in hits}))
    return list(db.session.scalars(query.order_by(Term.is_forbidden, Term.term, Term.id)))


@lru_cache(maxsize=4096)
def _pattern(term: str, is_case_sensitive: bool) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", 0 if is_case_sensitive else re.IGNORECASE)
