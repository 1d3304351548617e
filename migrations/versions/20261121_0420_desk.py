"""the desk: claims, snoozes, stamps, saved views

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0420"
down_revision = "20261121_0410"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, with the one row of the stamp; people get a place for their keys."""
    op.create_table(
        "claims",
        sa.Column("comment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("is_firm", sa.Boolean(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_claims_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_claims_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_user_id"), "claims", ["user_id"])
    op.create_index(op.f("ix_claims_expires_at"), "claims", ["expires_at"])
    op.create_table(
        "snoozes",
        sa.Column("comment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_snoozes_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_snoozes_user_id_users"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_snoozes")),
    )
    op.create_index(op.f("ix_snoozes_user_id"), "snoozes", ["user_id"])
    op.create_index(op.f("ix_snoozes_until"), "snoozes", ["until"])
    stamps = op.create_table(
        "desk_stamps",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("wakes_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_stamps")),
    )
    op.bulk_insert(stamps, [{"id": 1, "moved": 0, "wakes_at": None}])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("query", sa.String(length=600), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_saved_views_owner_id_users"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_saved_views_role_id_roles"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_owner_id_position", "saved_views", ["owner_id", "position"])
    op.create_index(op.f("ix_saved_views_role_id"), "saved_views", ["role_id"])
    op.create_table(
        "hidden_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_hidden_views_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["saved_views.id"], name=op.f("fk_hidden_views_view_id_saved_views"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hidden_views")),
        sa.UniqueConstraint("user_id", "view_id", name=op.f("uq_hidden_views_user_id_view_id")),
    )
    op.create_index(op.f("ix_hidden_views_view_id"), "hidden_views", ["view_id"])
    op.add_column("users", sa.Column("keys", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("users", "keys")
    for name in ("hidden_views", "saved_views", "desk_stamps", "snoozes", "claims"):
        op.drop_table(name)
