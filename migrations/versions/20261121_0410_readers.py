"""readers: restrictions, notes, reasons, flags, confirmed addresses

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0410"
down_revision = "20261121_0400"
branch_labels = None
depends_on = None

_MODERATOR = ("reason.view", *(f"restriction.{verb}" for verb in ("create", "delete", "edit", "export", "view")))


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _written() -> tuple[sa.Column, ...]:
    """What every record that people change has."""
    return _moment("created_at"), _moment("updated_at"), sa.Column("version", sa.Integer(), nullable=False)


def upgrade() -> None:
    """Make the tables. Reasons to choose from are data of new installations; elsewhere people write their own."""
    op.create_table(
        "restrictions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("known_by", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        _moment("until", nullable=True),
        _moment("acknowledged_at", nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        *_written(),
        sa.ForeignKeyConstraint(
            ["account_id"], ["users.id"], name=op.f("fk_restrictions_account_id_users"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_restrictions_made_by_id_users"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    for columns in (
        ("account_id",),
        ("made_by_id",),
        ("known_by", "value", "id"),
        ("created_at", "id"),
        ("measure", "created_at", "id"),
        ("until", "id"),
        ("value", "id"),
    ):
        named = columns[:-1] if columns == ("known_by", "value", "id") else columns
        op.create_index(f"ix_restrictions_{'_'.join(named)}", "restrictions", list(columns))
    op.create_table(
        "reader_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_key", sa.String(length=280), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        *_written(),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_reader_notes_comment_id_comments"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reader_notes_by_id_users"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_notes")),
    )
    op.create_index(op.f("ix_reader_notes_comment_id"), "reader_notes", ["comment_id"])
    op.create_index(op.f("ix_reader_notes_by_id"), "reader_notes", ["by_id"])
    op.create_index("ix_reader_notes_author_key_id", "reader_notes", ["author_key", "id"])
    op.create_table(
        "reasons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("position", sa.Float(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *_written(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons")),
        sa.UniqueConstraint("label", name=op.f("uq_reasons_label")),
    )
    op.create_index("ix_reasons_position_id", "reasons", ["position", "id"])
    op.create_index("ix_reasons_is_active_position_id", "reasons", ["is_active", "position", "id"])
    op.create_table(
        "comment_flags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        _moment("at"),
        _moment("seen_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_flags_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_flags")),
        sa.UniqueConstraint("comment_id", "visitor", name=op.f("uq_comment_flags_comment_id_visitor")),
    )
    op.create_index("ix_comment_flags_visitor_at", "comment_flags", ["visitor", "at"])
    op.create_table(
        "confirmed_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        _moment("asked_at"),
        _moment("confirmed_at", nullable=True),
        _moment("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmed_addresses")),
        sa.UniqueConstraint("email", name=op.f("uq_confirmed_addresses_email")),
    )
    op.create_index("ix_confirmed_addresses_asked_by_asked_at", "confirmed_addresses", ["asked_by", "asked_at"])
    # The newest comments of an account, as of an address or a name; it serves the key as the one it replaces did.
    op.create_index("ix_comments_author_id_created_at_id", "comments", ["author_id", "created_at", "id"])
    op.drop_index("ix_comments_author_id", table_name="comments")
    # Built-in roles that nobody edited get what new installations give them.
    for permission in _MODERATOR:
        op.execute(
            f"INSERT INTO role_grants (role_id, permission, reach) SELECT id, '{permission}', 'all' FROM roles "
            "WHERE is_built_in AND version = 1 AND name = 'moderator'"
        )


def downgrade() -> None:
    """Take them away; what held for readers holds no more."""
    op.execute("DELETE FROM role_grants WHERE permission LIKE 'reason.%' OR permission LIKE 'restriction.%'")
    op.create_index("ix_comments_author_id", "comments", ["author_id"])
    op.drop_index("ix_comments_author_id_created_at_id", table_name="comments")
    for name in ("confirmed_addresses", "comment_flags", "reasons", "reader_notes", "restrictions"):
        op.drop_table(name)
