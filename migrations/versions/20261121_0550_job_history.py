"""jobs: what ran, how far, and how it ended

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0550"
down_revision = "20261121_0540"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Remember what people want of a job, and each of its runs; a job has one row, so the table is small."""
    with op.batch_alter_table("job_runs") as runs:
        runs.add_column(sa.Column("lease_token", sa.String(20), nullable=False, server_default=""))
        runs.add_column(sa.Column("last_ending", sa.String(20)))
        runs.add_column(sa.Column("failing_since", MOMENT))
        runs.add_column(sa.Column("losses", sa.Integer(), nullable=False, server_default="0"))
        runs.add_column(sa.Column("paused_at", MOMENT))
        runs.add_column(sa.Column("paused_by_id", sa.Integer()))
        runs.add_column(sa.Column("asked_at", MOMENT))
        runs.add_column(sa.Column("asked_by_id", sa.Integer()))
        for column in ("paused_by_id", "asked_by_id"):
            name = op.f(f"fk_job_runs_{column}_users")
            runs.create_foreign_key(name, "users", [column], ["id"], ondelete="SET NULL")
    op.create_table(
        "job_executions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("job", sa.String(80), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("error", sa.String(500), nullable=False, server_default=""),
        sa.Column("process", sa.String(100), nullable=False, server_default=""),
        sa.Column("asked_by_id", sa.Integer()),
        sa.Column("done", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("total", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("note", sa.String(200), nullable=False, server_default=""),
        sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("longest_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("lease_until", MOMENT),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["users.id"], name=op.f("fk_job_executions_asked_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_executions")),
    )
    op.create_index("ix_job_executions_job_id", "job_executions", ["job", "id"])
    op.create_index("ix_job_executions_ended_at", "job_executions", ["ended_at"])


def downgrade() -> None:
    """Forget the history and what people wanted; the claims stay."""
    op.drop_table("job_executions")
    with op.batch_alter_table("job_runs") as runs:
        for column in ("asked_by_id", "paused_by_id"):
            runs.drop_constraint(op.f(f"fk_job_runs_{column}_users"), type_="foreignkey")
        columns = (
            "asked_by_id",
            "asked_at",
            "paused_by_id",
            "paused_at",
            "losses",
            "failing_since",
            "last_ending",
            "lease_token",
        )
        for column in columns:
            runs.drop_column(column)
