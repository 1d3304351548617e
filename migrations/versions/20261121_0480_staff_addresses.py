"""roles: whoever may see people goes on seeing their addresses, which is a permission of its own now

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

from alembic import op

revision = "20261121_0480"
down_revision = "20261121_0470"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the new permission wherever people may be seen, as far as that reaches."""
    op.execute(
        "INSERT INTO role_grants (role_id, permission, reach) "
        "SELECT role_id, 'user.view_contact', reach FROM role_grants AS seen WHERE permission = 'user.view' "
        "AND NOT EXISTS (SELECT 1 FROM role_grants AS held "
        "WHERE held.role_id = seen.role_id AND held.permission = 'user.view_contact')"
    )


def downgrade() -> None:
    """Take it from all roles, as nobody knows it then."""
    op.execute("DELETE FROM role_grants WHERE permission = 'user.view_contact'")
