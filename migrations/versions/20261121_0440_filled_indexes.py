"""comments: rows without a value stay out of the indexes of who wrote and decided, from where, and in answer to what

A decision writes every index of its row anew on PostgreSQL, so what most rows leave empty is not in them.

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0440"
down_revision = "20261121_0430"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_comments_parent_id": ["parent_id"],
    "ix_comments_author_id_created_at_id": ["author_id", "created_at", "id"],
    "ix_comments_author_address_created_at": ["author_address", "created_at"],
    "ix_comments_decided_by_id_decided_at": ["decided_by_id", "decided_at"],
}


def upgrade() -> None:
    """Build them anew, with the rows that have a value."""
    for name, columns in _INDEXES.items():
        filled = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, table_name="comments")
        op.create_index(name, "comments", columns, sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    """Build them anew, with all rows."""
    for name, columns in _INDEXES.items():
        op.drop_index(name, table_name="comments")
        op.create_index(name, "comments", columns)
