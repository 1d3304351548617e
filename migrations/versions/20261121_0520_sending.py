"""mail: attempts that end by themselves, pauses of the queue, addresses that want no more

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0520"
down_revision = "20261121_0510"
branch_labels = None
depends_on = None

COLUMNS = ("origin_kind", "origin_id", "lost", "for_server", "set_at", "follows_user")


def upgrade() -> None:
    """Add what the outbox remembers of an attempt, and the tables beside it."""
    op.add_column("outbox", sa.Column("origin_kind", sa.String(20), nullable=True))
    op.add_column("outbox", sa.Column("origin_id", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("lost", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("for_server", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("outbox", sa.Column("set_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("follows_user", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_outbox_origin_kind_origin_id"), "outbox", ["origin_kind", "origin_id"])
    op.create_table(
        "mail_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.String(20), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_attempts")),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox.id"], name=op.f("fk_mail_attempts_mail_id_outbox"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_mail_attempts_mail_id"), "mail_attempts", ["mail_id"])
    op.create_table(
        "mail_pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_pauses")),
    )
    op.create_table(
        "mail_stops",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_stops")),
        sa.UniqueConstraint("email", "purpose", name=op.f("uq_mail_stops_email_purpose")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("mail_stops")
    op.drop_table("mail_pauses")
    op.drop_index(op.f("ix_mail_attempts_mail_id"), table_name="mail_attempts")
    op.drop_table("mail_attempts")
    op.drop_index(op.f("ix_outbox_origin_kind_origin_id"), table_name="outbox")
    with op.batch_alter_table("outbox") as batch:
        for column in COLUMNS:
            batch.drop_column(column)
