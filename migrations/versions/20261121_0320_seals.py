"""digests, shapes and seals of the audit trail

The contents of entries become text, so that a digest of them can be taken as they were written; the person loses the
foreign key, as nothing may change an entry. Entries from before have no digest and are in no seal.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_0320"
down_revision = "20261121_0310"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FOREIGN_KEY = "fk_audit_entries_actor_id_users"


def upgrade() -> None:
    """Add them; on SQLite the table is copied."""
    op.create_table(
        "audit_shapes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_shapes")),
    )
    op.create_table(
        "audit_seals",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=False),
        sa.Column("is_checkpoint", sa.Boolean(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("previous_id", name=op.f("uq_audit_seals_previous_id")),
    )
    op.create_index(op.f("ix_audit_seals_at"), "audit_seals", ["at"])
    with op.batch_alter_table("audit_entries") as table:
        table.drop_constraint(_FOREIGN_KEY, type_="foreignkey")
        table.alter_column("changes", type_=sa.Text(), postgresql_using="changes::text")
        table.alter_column("exact", type_=sa.Text(), postgresql_using="exact::text")
        table.add_column(sa.Column("shape_id", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("salt", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("digest", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("values_digest", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("erased_by", sa.BigInteger(), nullable=True))
    op.create_index("ix_audit_entries_shape_id", "audit_entries", ["shape_id", "at", "id"])
    op.create_index("ix_audit_entries_target_type", "audit_entries", ["target_type", "at", "id"])


def downgrade() -> None:
    """Take them away; the chain is lost."""
    op.drop_index("ix_audit_entries_target_type", "audit_entries")
    op.drop_index("ix_audit_entries_shape_id", "audit_entries")
    op.execute("UPDATE audit_entries SET actor_id = NULL WHERE actor_id NOT IN (SELECT id FROM users)")
    with op.batch_alter_table("audit_entries") as table:
        for name in ("erased_by", "values_digest", "digest", "salt", "shape_id"):
            table.drop_column(name)
        table.alter_column("exact", type_=_JSON, postgresql_using="exact::jsonb")
        table.alter_column("changes", type_=_JSON, postgresql_using="changes::jsonb")
        table.create_foreign_key(_FOREIGN_KEY, "users", ["actor_id"], ["id"], ondelete="SET NULL")
    op.drop_table("audit_seals")
    op.drop_table("audit_shapes")
