"""what undo needs: the effect of an entry, exact values, the trash, and what was taken back

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_0240"
down_revision = "20261121_0230"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Entries from before count as noted only: nothing says exactly what they changed, so they cannot be taken back."""
    op.add_column("audit_entries", sa.Column("effect", sa.String(length=10), nullable=False, server_default="note"))
    op.add_column("audit_entries", sa.Column("target_version", sa.Integer(), nullable=True))
    op.add_column("audit_entries", sa.Column("exact", _JSON, nullable=True))
    op.create_index(op.f("ix_audit_entries_request_id"), "audit_entries", ["request_id", "id"])
    op.create_table(
        "trash",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("target_type", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("request_id", sa.String(length=20), nullable=False),
        sa.Column("kept", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_trash_actor_id_users"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trash")),
    )
    op.create_index("ix_trash_at_id", "trash", ["at", "id"])
    op.create_index("ix_trash_target", "trash", ["target_type", "target_id"])
    op.create_index("ix_trash_request_id", "trash", ["request_id"])
    op.create_table(
        "taken_back",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=20), nullable=False),
        sa.Column("by_request_id", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taken_back")),
    )
    op.create_index(op.f("ix_taken_back_request_id"), "taken_back", ["request_id"])
    # Built-in roles that nobody edited get what new installations give them.
    for permission in ("trash.restore", "trash.view"):
        op.execute(
            f"INSERT INTO role_grants (role_id, permission, reach) SELECT id, '{permission}', 'own' FROM roles "
            "WHERE is_built_in AND version = 1 AND name IN ('editor', 'author', 'moderator', 'translator')"
        )


def downgrade() -> None:
    """Take them away; what is in the trash is lost."""
    op.execute("DELETE FROM role_grants WHERE permission LIKE 'trash.%'")
    op.drop_table("taken_back")
    op.drop_table("trash")
    op.drop_index(op.f("ix_audit_entries_request_id"), "audit_entries")
    with op.batch_alter_table("audit_entries") as table:
        table.drop_column("exact")
        table.drop_column("target_version")
        table.drop_column("effect")
