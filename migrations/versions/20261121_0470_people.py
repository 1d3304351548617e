"""people: roles that end, pictures, and the mail that somebody does not want

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0470"
down_revision = "20261121_0460"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the columns; every role that is held goes on without an end."""
    op.create_table(
        "role_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_role_terms_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_role_terms_role_id_roles"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id", "role_id"],
            ["user_roles.user_id", "user_roles.role_id"],
            name=op.f("fk_role_terms_user_id_role_id_user_roles"),
            ondelete="CASCADE",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_terms")),
        sa.UniqueConstraint("user_id", "role_id", name=op.f("uq_role_terms_user_id_role_id")),
    )
    op.create_index("ix_role_terms_until_id", "role_terms", ["until", "id"])
    op.create_table(
        "user_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_pictures_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_pictures")),
        sa.UniqueConstraint("user_id", "digest", name=op.f("uq_user_pictures_user_id_digest")),
    )
    op.create_index(op.f("ix_user_pictures_digest"), "user_pictures", ["digest"])
    op.add_column("users", sa.Column("picture", sa.String(64), nullable=True))
    op.add_column("users", sa.Column("unwanted", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take them away; roles that were to end go on, so those that have ended go first."""
    op.execute(
        "DELETE FROM user_roles WHERE EXISTS (SELECT 1 FROM role_terms WHERE role_terms.user_id = user_roles.user_id "
        "AND role_terms.role_id = user_roles.role_id AND role_terms.until <= CURRENT_TIMESTAMP)"
    )
    op.drop_column("users", "unwanted")
    op.drop_column("users", "picture")
    op.drop_table("user_pictures")
    op.drop_table("role_terms")
