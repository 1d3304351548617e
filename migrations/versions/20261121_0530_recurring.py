"""reminders: whom, about what, how often, and when the alarm goes

Rules: no import of models; a column that is required comes with a server default; one step a release where a step
locks a large table; moving data is a migration of its own; `downgrade` works or says why not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "20261121_0530"
down_revision = "20261121_0520"
branch_labels = None
depends_on = None

SEND_OUTSIDE = "reminder.send_outside"
_AT_ONCE = 1000
_MOMENTS = (
    "snoozed_until",
    "done_until",
    "skipped_until",
    "alarm_at",
    "open_at",
    "waits_at",
    "told_at",
    "told_until",
)
_PARTIAL = (
    ("ix_reminders_alarm_at_id", ["alarm_at", "id"], "alarm_at IS NOT NULL"),
    ("ix_reminders_sending", ["id"], "status = 'sending'"),
    ("ix_reminders_recipient_id_waits_at", ["recipient_id", "waits_at", "id"], "waits_at IS NOT NULL"),
    ("ix_reminders_role_id_waits_at", ["role_id", "waits_at", "id"], "role_id IS NOT NULL"),
    ("ix_reminders_recurring", ["recipient_id", "id"], "rule <> ''"),
    ("ix_reminders_about", ["about_resource", "about_id", "id"], "about_id IS NOT NULL"),
)


def upgrade() -> None:
    """Add the columns; each reminder there is gets the local time of whom it is for, and an alarm where it waits.

    There are few reminders before this step, as nothing was sent; so their data moves in the same step.
    """
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("reminders") as reminders:
        reminders.alter_column("recipient_id", existing_type=sa.Integer(), nullable=True)
        reminders.add_column(sa.Column("role_id", sa.Integer()))
        reminders.add_column(sa.Column("address", sa.String(254)))
        reminders.add_column(sa.Column("about_resource", sa.String(40)))
        reminders.add_column(sa.Column("about_id", sa.Integer()))
        reminders.add_column(sa.Column("local_at", sa.DateTime()))
        reminders.add_column(sa.Column("time_zone", sa.String(60), nullable=False, server_default="UTC"))
        reminders.add_column(sa.Column("rule", sa.String(300), nullable=False, server_default=""))
        for name in _MOMENTS:
            reminders.add_column(sa.Column(name, moment))
        reminders.create_foreign_key(
            op.f("fk_reminders_role_id_roles"), "roles", ["role_id"], ["id"], ondelete="RESTRICT"
        )
    _fill()
    with op.batch_alter_table("reminders") as reminders:
        reminders.alter_column("local_at", existing_type=sa.DateTime(), nullable=False)
        reminders.alter_column("time_zone", existing_type=sa.String(60), server_default=None)
        reminders.alter_column("rule", existing_type=sa.String(300), server_default=None)
    for name, columns, condition in _PARTIAL:
        where = sa.text(condition)
        op.create_index(name, "reminders", columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "feed_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("last_used_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feed_keys_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_keys")),
        sa.UniqueConstraint("user_id", name=op.f("uq_feed_keys_user_id")),
        sa.UniqueConstraint("digest", name=op.f("uq_feed_keys_digest")),
    )
    op.execute(
        sa.text(
            "INSERT INTO role_grants (role_id, permission, reach) SELECT id, :permission, 'all' FROM roles"
            " WHERE began_as = 'editor' AND id NOT IN (SELECT role_id FROM role_grants WHERE permission = :permission)"
        ).bindparams(permission=SEND_OUTSIDE)
    )


def downgrade() -> None:
    """Drop what was added; what is for no person, or comes again and again, has no place any more and goes."""
    op.execute(sa.text("DELETE FROM role_grants WHERE permission = :permission").bindparams(permission=SEND_OUTSIDE))
    op.drop_table("feed_keys")
    for name, _columns, _condition in _PARTIAL:
        op.drop_index(name, "reminders")
    op.execute("DELETE FROM reminders WHERE recipient_id IS NULL OR rule <> ''")
    with op.batch_alter_table("reminders") as reminders:
        reminders.drop_constraint(op.f("fk_reminders_role_id_roles"), type_="foreignkey")
        for name in ("role_id", "address", "about_resource", "about_id", "local_at", "time_zone", "rule", *_MOMENTS):
            reminders.drop_column(name)
        reminders.alter_column("recipient_id", existing_type=sa.Integer(), nullable=False)


def _fill() -> None:
    connection = op.get_bind()
    moment = sa.DateTime(timezone=True)
    reminders = sa.table(
        "reminders",
        sa.column("id", sa.Integer()),
        sa.column("recipient_id", sa.Integer()),
        sa.column("due_at", moment),
        sa.column("status", sa.String()),
        sa.column("local_at", sa.DateTime()),
        sa.column("time_zone", sa.String()),
        sa.column("alarm_at", moment),
        sa.column("waits_at", moment),
    )
    users = sa.table("users", sa.column("id", sa.Integer()), sa.column("time_zone", sa.String()))
    query = sa.select(reminders.c.id, reminders.c.due_at, reminders.c.status, users.c.time_zone).join_from(
        reminders, users, users.c.id == reminders.c.recipient_id
    )
    last = 0
    while rows := connection.execute(
        query.where(reminders.c.id > last).order_by(reminders.c.id).limit(_AT_ONCE)
    ).fetchall():
        connection.execute(
            sa.update(reminders)
            .where(reminders.c.id == sa.bindparam("number"))
            .values({name: sa.bindparam(name) for name in ("local_at", "time_zone", "alarm_at", "waits_at")}),
            [_moved(row, connection.dialect.name) for row in rows],
        )
        last = rows[-1].id


def _moved(row: Any, dialect: str) -> dict[str, Any]:
    due: datetime = row.due_at if row.due_at.tzinfo else row.due_at.replace(tzinfo=UTC)
    kept = due.replace(tzinfo=None) if dialect == "sqlite" else due
    return {
        "number": row.id,
        "local_at": due.astimezone(ZoneInfo(row.time_zone)).replace(tzinfo=None),
        "time_zone": row.time_zone,
        # What was due before anything was sent stands on the first page and sends nothing late.
        "alarm_at": kept if row.status == "scheduled" and due > datetime.now(UTC) else None,
        "waits_at": None if row.status in ("done", "cancelled") else kept,
    }
