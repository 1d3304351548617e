"""settings: what policies were set to

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_0310"
down_revision = "20261121_0240"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it is empty until somebody changes a default."""
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint("name", name=op.f("uq_settings_name")),
    )


def downgrade() -> None:
    """Take it away; the defaults hold again."""
    op.drop_table("settings")
