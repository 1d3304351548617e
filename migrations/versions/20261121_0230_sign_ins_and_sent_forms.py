"""sign-ins and sent forms

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0230"
down_revision = "20261121_0220"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables. Whoever is signed in has to sign in once more."""
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("is_lasting", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_sign_ins_key_digest")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"])
    op.create_table(
        "sent_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("made_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_forms")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_sent_forms_key_digest")),
    )
    op.create_index(op.f("ix_sent_forms_at"), "sent_forms", ["at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index(op.f("ix_sent_forms_at"), "sent_forms")
    op.drop_table("sent_forms")
    op.drop_index(op.f("ix_sign_ins_user_id"), "sign_ins")
    op.drop_table("sign_ins")
