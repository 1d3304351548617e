"""moderation days: what was decided on each finished day, by whom, how soon, and what rules and scores had said

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0430"
down_revision = "20261121_0420"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a job fills it."""
    op.create_table(
        "moderation_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("overturned", sa.Integer(), nullable=False),
        sa.Column("waits", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_days")),
        sa.UniqueConstraint("day", "person_id", name=op.f("uq_moderation_days_day_person_id")),
    )


def downgrade() -> None:
    """Take it away; it can be worked out again."""
    op.drop_table("moderation_days")
