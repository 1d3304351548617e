"""imported records and job runs

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0220"
down_revision = "20261121_0210"
branch_labels = None
depends_on = None

TARGETS = {"user_id": "users", "tag_id": "tags", "post_id": "posts", "comment_id": "comments"}


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "imported_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=150), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in TARGETS),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_imported_records_{name}_{table}"), ondelete="SET NULL"
            )
            for name, table in TARGETS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_records")),
        sa.UniqueConstraint("source", "kind", "key", name=op.f("uq_imported_records_source_kind_key")),
    )
    for name in TARGETS:
        op.create_index(op.f(f"ix_imported_records_{name}"), "imported_records", [name])
    op.create_table(
        "job_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("last_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("name", name=op.f("uq_job_runs_name")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("job_runs")
    for name in TARGETS:
        op.drop_index(op.f(f"ix_imported_records_{name}"), "imported_records")
    op.drop_table("imported_records")
