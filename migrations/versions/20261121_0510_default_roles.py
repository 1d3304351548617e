"""roles: a default role knows what it began as, whatever it is called later

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0510"
down_revision = "20261121_0500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Remember the present names of default roles; there are few roles, so the data moves in the same step."""
    with op.batch_alter_table("roles") as roles:
        roles.add_column(sa.Column("began_as", sa.String(40)))
        roles.create_unique_constraint("uq_roles_began_as", ["began_as"])
    op.execute("UPDATE roles SET began_as = name WHERE is_built_in")


def downgrade() -> None:
    """Forget it; the names stay as people made them."""
    with op.batch_alter_table("roles") as roles:
        roles.drop_constraint("uq_roles_began_as", type_="unique")
        roles.drop_column("began_as")
