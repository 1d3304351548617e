"""entries of the audit trail that the house has signed

The digest of an entry now tells of its shape as well, and stands beside a signature. The chain begins anew: entries
that carry a digest of the former kind count as written before there were seals.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0370"
down_revision = "20261121_0360"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and begin anew."""
    op.add_column("audit_entries", sa.Column("mac", sa.LargeBinary(), nullable=True))
    _begin_anew()


def downgrade() -> None:
    """Take it away; the chain begins anew here too."""
    with op.batch_alter_table("audit_entries") as table:
        table.drop_column("mac")
    _begin_anew()


def _begin_anew() -> None:
    op.execute("DELETE FROM audit_seals")
    op.execute("UPDATE audit_entries SET salt = NULL, digest = NULL, values_digest = NULL WHERE digest IS NOT NULL")
