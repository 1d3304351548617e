"""signing in: second factors and recovery codes, what a session tells of itself, links to reset a password

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0460"
down_revision = "20261121_0440"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new; whoever is signed in stays so, and is asked for her password before dangerous things."""
    op.create_table(
        "second_factors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["users.id"], name=op.f("fk_second_factors_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_recovery_codes_digest")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"])
    op.add_column("users", sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("roles", sa.Column("demands_second_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sign_ins", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_ins", sa.Column("address", sa.String(length=45), nullable=False, server_default=""))
    op.add_column("sign_ins", sa.Column("device", sa.String(length=300), nullable=False, server_default=""))
    op.add_column(
        "access_links", sa.Column("purpose", sa.String(length=20), nullable=False, server_default="invitation")
    )


def downgrade() -> None:
    """Take it away; authenticators are lost, and links to reset a password end."""
    op.execute("DELETE FROM access_links WHERE purpose <> 'invitation'")
    op.drop_column("access_links", "purpose")
    op.drop_column("sign_ins", "device")
    op.drop_column("sign_ins", "address")
    op.drop_column("sign_ins", "confirmed_at")
    op.drop_column("roles", "demands_second_factor")
    op.drop_column("users", "must_change_password")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
