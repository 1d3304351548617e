"""notices, digests and subscribers

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_0540"
down_revision = "20261121_0530"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add the tables, and what people and readers want to be told."""
    op.add_column("users", sa.Column("email_doubted", sa.Boolean(), nullable=False, server_default=sa.false()))
    asked_for = sa.Column("asked_for", sa.String(40), nullable=False, server_default="decisions")
    op.add_column("confirmed_addresses", asked_for)
    op.add_column("confirmed_addresses", _moment("replies_at", nullable=True))
    op.add_column("confirmed_addresses", _moment("replies_stopped_at", nullable=True))
    op.create_table(
        "digest_choices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rhythm", sa.String(20), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.String(20), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_choices")),
        sa.ForeignKeyConstraint(["id"], ["users.id"], name=op.f("fk_digest_choices_id_users"), ondelete="CASCADE"),
    )
    op.create_table(
        "last_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_last_notices")),
        sa.UniqueConstraint("user_id", "kind", name=op.f("uq_last_notices_user_id_kind")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_last_notices_user_id_users"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "comment_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("address_id", sa.Integer(), nullable=True),
        _moment("found_at"),
        _moment("told_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_news")),
        sa.UniqueConstraint("comment_id", "kind", name=op.f("uq_comment_news_comment_id_kind")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_comment_news_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["confirmed_addresses.id"],
            name=op.f("fk_comment_news_address_id_confirmed_addresses"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_comment_news_found_at", "comment_news", ["found_at"])
    op.create_index("ix_comment_news_user_id_kind", "comment_news", ["user_id", "kind", "told_at"])
    op.create_index("ix_comment_news_address_id_kind", "comment_news", ["address_id", "kind", "told_at"])
    untold = sa.text("told_at IS NULL")
    op.create_index(
        "ix_comment_news_untold",
        "comment_news",
        ["kind", "user_id", "address_id"],
        sqlite_where=untold,
        postgresql_where=untold,
    )
    op.create_table(
        "notice_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("seal_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_marks")),
        sa.UniqueConstraint("name", name=op.f("uq_notice_marks_name")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        _moment("confirmed_at", nullable=True),
        _moment("stopped_at", nullable=True),
        _moment("asked_at"),
        sa.Column("asked_by", sa.String(64), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("email", name=op.f("uq_subscribers_email")),
    )
    op.create_index("ix_subscribers_created_at_id", "subscribers", ["created_at", "id"])
    op.create_index("ix_subscribers_confirmed_at_id", "subscribers", ["confirmed_at", "id"])
    op.create_index("ix_subscribers_asked_by_asked_at", "subscribers", ["asked_by", "asked_at"])
    op.create_table(
        "weekly_issues",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _moment("since"),
        _moment("until"),
        sa.Column("reached_id", sa.Integer(), nullable=False),
        _moment("finished_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_issues")),
        sa.UniqueConstraint("day", name=op.f("uq_weekly_issues_day")),
    )


def downgrade() -> None:
    """Take them away; nobody is subscribed any more."""
    op.execute("DELETE FROM role_grants WHERE permission LIKE 'subscriber.%'")
    for name in ("weekly_issues", "subscribers", "notice_marks", "comment_news", "last_notices", "digest_choices"):
        op.drop_table(name)
    with op.batch_alter_table("confirmed_addresses") as addresses:
        for name in ("replies_stopped_at", "replies_at", "asked_for"):
            addresses.drop_column(name)
    with op.batch_alter_table("users") as users:
        users.drop_column("email_doubted")
