"""jobs: what ran, how far, and how it ended

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

revision = "20261121_0550"
down_revision = "20261121_0540"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
