"""rules and what they found

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261121_0400"
down_revision = "20261121_0390"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, empty: on a site that runs already no rule decides before somebody makes one."""
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("is_whole_word", sa.Boolean(), nullable=False),
        sa.Column("looks_at", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("of_last", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_index("ix_rules_position_id", "rules", ["position", "id"])
    op.create_index("ix_rules_name_id", "rules", ["name", "id"])
    for name in ("kind", "action", "is_active"):
        op.create_index(f"ix_rules_{name}_position_id", "rules", [name, "position", "id"])
    op.create_table(
        "findings",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("rule_name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("is_decisive", sa.Boolean(), nullable=False),
        sa.Column("spans", _JSON, nullable=False),
        sa.Column("detail", _JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disputed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_findings_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_findings_rule_id_rules"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_comment_id", "findings", ["comment_id", "id"])
    op.create_index("ix_findings_rule_id", "findings", ["rule_id", "id"])
    op.create_table(
        "text_prints",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_text_prints_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_prints")),
    )
    op.create_index(op.f("ix_text_prints_comment_id"), "text_prints", ["comment_id"])
    op.create_index("ix_text_prints_digest_created_at", "text_prints", ["digest", "created_at", "comment_id"])
    # The built-in role that nobody edited gets what new installations give it.
    op.execute(
        "INSERT INTO role_grants (role_id, permission, reach) SELECT id, 'rule.view', 'all' FROM roles "
        "WHERE is_built_in AND version = 1 AND name = 'moderator'"
    )


def downgrade() -> None:
    """Take them away; what the rules found is lost."""
    op.execute("DELETE FROM role_grants WHERE permission LIKE 'rule.%'")
    op.drop_table("text_prints")
    op.drop_table("findings")
    op.drop_table("rules")
