"""Full-text search over the text columns of a model: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL.

A `Searchable` model names its columns in `searched`. A migration makes the index: the table `<table>_search` with its
triggers on SQLite, the generated column `search_vector` on PostgreSQL. Words are matched whole but for the last one,
which matches as a beginning, because the reader may still be typing it. Accents and case make no difference on SQLite,
case makes none on PostgreSQL.

Of words that stand in more than `MOST_MATCHES` records a list looks through the newest only, so that a search for "the"
costs what any other costs, and says so; whatever is done to all that match means all of them.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlalchemy import func, literal_column, select, table, text
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.expression import column

#: More than this no search needs; the rest of a pasted page is ignored.
MOST_WORDS = 10
LONGEST_QUERY = 200
MOST_MATCHES = 5_000
_WORD = re.compile(r"\w+", re.UNICODE)


class Searchable:
    """Marks a model whose columns named in `searched` can be searched by words."""

    searched: ClassVar[tuple[str, ...]] = ()


def words_of(query: str) -> list[str]:
    """The words of a query, at most ten, without anything a query language could mean."""
    return [word.lower() for word in _WORD.findall(query[:LONGEST_QUERY])][:MOST_WORDS]


def matching(model: Any, query: str, dialect: str, *, is_whole: bool = False) -> ColumnElement[bool] | None:
    """The criterion for records that contain all words of the query; None if there is no word in it.

    Without `is_whole` for the newest of them, one more than `MOST_MATCHES`.
    """
    words = words_of(query)
    if not words:
        return None
    name, most = model.__tablename__, None if is_whole else MOST_MATCHES + 1
    if dialect == "sqlite":
        expression = " ".join(f'"{word}"' for word in words[:-1]) + f' "{words[-1]}"*'
        index = table(f"{name}_search", column("rowid"))
        match = text(f"{name}_search MATCH :search_query").bindparams(search_query=expression.strip())
        found = select(index.c.rowid).select_from(index).where(match)
        return model.id.in_(found if most is None else found.order_by(index.c.rowid.desc()).limit(most))
    rows = table(name, column("id"), column("search_vector")).alias("found")
    found = select(rows.c.id).where(_fits(rows.c.search_vector, words))
    return model.id.in_(found if most is None else found.order_by(rows.c.id.desc()).limit(most))


def containing(model: Any, query: str) -> ColumnElement[bool] | None:
    """The same on PostgreSQL for all records: a criterion of the table itself, for whoever narrows it by more."""
    words = words_of(query)
    return _fits(literal_column(f"{model.__tablename__}.search_vector"), words) if words else None


def _fits(vector: ColumnElement[Any], words: list[str]) -> ColumnElement[bool]:
    expression = " & ".join([*words[:-1], f"{words[-1]}:*"])
    return vector.bool_op("@@")(func.to_tsquery(literal_column("'simple'"), expression))
