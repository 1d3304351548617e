"""comments: who decided, and how likely it is spam

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0380"
down_revision = "20261121_0370"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and their indexes; earlier decisions have nobody's name, as nothing told it."""
    waiting = sa.text("status = 'pending'")
    # One at a time: a table that is copied, as Alembic does in a batch on SQLite, would lose the triggers of its index.
    op.add_column("comments", sa.Column("decided_by_id", sa.Integer(), nullable=True))
    op.add_column("comments", sa.Column("score", sa.Float(), server_default="0", nullable=False))
    op.create_index("ix_comments_author_address_created_at", "comments", ["author_address", "created_at"])
    op.create_index("ix_comments_decided_by_id_decided_at", "comments", ["decided_by_id", "decided_at"])
    op.create_index(
        "ix_comments_waiting_score", "comments", ["score", "id"], sqlite_where=waiting, postgresql_where=waiting
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("waiting_score", "decided_by_id_decided_at", "author_address_created_at"):
        op.drop_index(f"ix_comments_{name}", table_name="comments")
    for name in ("score", "decided_by_id"):
        op.execute(f"ALTER TABLE comments DROP COLUMN {name}")
