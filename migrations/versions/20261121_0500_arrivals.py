"""arrivals: since when each English text has been there, so that translators are told of new ones once

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0500"
down_revision = "20261121_0490"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with nothing in it: what is there when it is first filled counts as known."""
    op.create_table(
        "translation_arrivals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(40), nullable=False),
        sa.Column("eid", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation_arrivals")),
        sa.UniqueConstraint("domain", "eid", name=op.f("uq_translation_arrivals_domain_eid")),
    )
    op.create_index(op.f("ix_translation_arrivals_at"), "translation_arrivals", ["at"])
    op.create_index(op.f("ix_translation_arrivals_told_at"), "translation_arrivals", ["told_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("translation_arrivals")
