"""search posts and comments

FTS5 tables kept true by triggers on SQLite; a generated tsvector column with a GIN index on PostgreSQL.
"""

from __future__ import annotations

from alembic import op

revision = "20261121_0210"
down_revision = "20261121_0200"
branch_labels = None
depends_on = None

SEARCHED = {
    "posts": ("title", "summary", "body_text"),
    "comments": ("text", "author_name"),
}


def upgrade() -> None:
    """Make the indexes and fill them."""
    for name, columns in SEARCHED.items():
        for statement in _statements(name, columns):
            op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    for name in SEARCHED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP INDEX ix_{name}_search_vector")
            op.execute(f"ALTER TABLE {name} DROP COLUMN search_vector")
        else:
            for moment in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {name}_search_{moment}")
            op.execute(f"DROP TABLE {name}_search")


def _statements(name: str, columns: tuple[str, ...]) -> list[str]:
    if op.get_bind().dialect.name == "postgresql":
        joined = " || ' ' || ".join(f"coalesce({item}, '')" for item in columns)
        return [
            f"ALTER TABLE {name} ADD COLUMN search_vector tsvector"
            f" GENERATED ALWAYS AS (to_tsvector('simple', {joined})) STORED",
            f"CREATE INDEX ix_{name}_search_vector ON {name} USING gin (search_vector)",
        ]
    index, listed = f"{name}_search", ", ".join(columns)
    new, old = (", ".join(f"{row}.{item}" for item in columns) for row in ("new", "old"))
    gone = f"INSERT INTO {index}({index}, rowid, {listed}) VALUES ('delete', old.id, {old});"
    come = f"INSERT INTO {index}(rowid, {listed}) VALUES (new.id, {new});"
    return [
        f"CREATE VIRTUAL TABLE {index} USING fts5({listed}, content='{name}', content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2')",
        f"INSERT INTO {index}({index}) VALUES ('rebuild')",
        f"CREATE TRIGGER {name}_search_insert AFTER INSERT ON {name} BEGIN {come} END",
        f"CREATE TRIGGER {name}_search_delete AFTER DELETE ON {name} BEGIN {gone} END",
        f"CREATE TRIGGER {name}_search_update AFTER UPDATE OF {listed} ON {name} BEGIN {gone} {come} END",
    ]
