"""The policies of the house: how long things are kept and let in. A closed list with defaults; people set them.

Each is set at `/admin/setting/`, where a change is a change of a record: with an entry and a version, to be taken back.
Reading them is one query for all, asked when the first is wanted and remembered until the transaction ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from babel.units import format_unit
from flask import has_request_context
from flask_babel import format_decimal, get_locale
from sqlalchemy import JSON, ScalarSelect, String, event, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, SessionTransaction, UOWTransaction, validates

from backoffice.foundation.database import Audited, Model, Timestamped, Versioned, db, labelled
from backoffice.foundation.enums import LabelledEnum
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import Text, _, _l, message_of
from backoffice.foundation.text import time_zones

#: Where a database session remembers what is set.
_HELD = "policies"


class Group(LabelledEnum):
    """The headings policies stand under."""

    KEEPING = "keeping", _l("What is kept")
    SESSIONS = "sessions", _l("Sessions")
    PEOPLE = "people", _l("People")
    MODERATION = "moderation", _l("Moderation")
    MAIL = "mail", _l("Mail")


class Unit(LabelledEnum):
    """What a number counts; the value is what Unicode calls it."""

    DAYS = "day", _l("days")
    HOURS = "hour", _l("hours")
    MINUTES = "minute", _l("minutes")


class Kind(LabelledEnum):
    """What a policy can be set to."""

    INT = "int", _l("Number")
    BOOL = "bool", _l("Yes or no")
    CHOICE = "choice", _l("Choice")


@dataclass(frozen=True, eq=False)
class Policy:
    """Something people may decide; `default` holds until they do."""

    name: str
    group: Group
    label: Text
    hint: Text
    default: Any
    kind: Kind = Kind.INT
    least: int = 0
    most: int = 0
    unit: Unit | None = None
    #: What 0 means, where it is no number like the others.
    zero: Text | None = None
    #: Values and labels of a choice.
    choices: tuple[tuple[str, Text | str], ...] = field(default=())

    def check(self, value: Any) -> None:
        """Raise InvalidInput, in words, for what this cannot be set to."""
        is_zero = value == 0 and self.zero is not None
        if self.kind is Kind.INT and (type(value) is not int or not (is_zero or self.least <= value <= self.most)):
            raise InvalidInput(
                _l("Give a whole number from %(least)s to %(most)s.", least=self.least, most=self.most), field=self.name
            )
        if self.kind is Kind.BOOL and type(value) is not bool:
            raise InvalidInput(_l("Choose yes or no."), field=self.name)
        if self.kind is Kind.CHOICE and value not in dict(self.choices):
            raise InvalidInput(_l("Choose one of the list."), field=self.name)

    def or_default(self, value: Any) -> Any:
        """The value as it was set, or the default where nothing is set, or nothing that may be."""
        try:
            self.check(value)
        except InvalidInput:
            return self.default
        return value


TRASH_DAYS = Policy(
    "trash_days",
    Group.KEEPING,
    _l("Deleted records"),
    _l("So long they stay in the trash and can be brought back. After that they are deleted for good."),
    default=30,
    least=1,
    most=3650,
    unit=Unit.DAYS,
)
AUDIT_DAYS = Policy(
    "audit_days",
    Group.KEEPING,
    _l("Entries of the audit trail"),
    _l("Older entries are removed; what they tell of cannot be taken back any more."),
    default=0,
    least=30,
    most=36500,
    unit=Unit.DAYS,
    zero=_l("for ever"),
)
EXPORT_HOURS = Policy(
    "export_hours",
    Group.KEEPING,
    _l("Large exports"),
    _l("So long the file can be downloaded by whoever asked for it."),
    default=24,
    least=1,
    most=720,
    unit=Unit.HOURS,
)
MAIL_DAYS = Policy(
    "mail_days",
    Group.KEEPING,
    _l("Mail"),
    _l("So long the outbox shows what was sent. What was not sent yet stays."),
    default=90,
    least=1,
    most=3650,
    unit=Unit.DAYS,
)
JOB_DAYS = Policy(
    "job_days",
    Group.KEEPING,
    _l("Runs of jobs"),
    _l("So long the history of a job tells when it ran and how it ended."),
    default=30,
    least=1,
    most=3650,
    unit=Unit.DAYS,
)
SESSION_IDLE_MINUTES = Policy(
    "session_idle_minutes",
    Group.SESSIONS,
    _l("Session without activity"),
    _l(
        "Whoever does nothing for so long has to sign in again; an open page that only waits does nothing. "
        "Sessions that are not kept on the computer end after 12 hours at the latest."
    ),
    default=7 * 24 * 60,
    least=5,
    most=90 * 24 * 60,
    unit=Unit.MINUTES,
)
SESSION_DAYS = Policy(
    "session_days",
    Group.SESSIONS,
    _l("Longest session"),
    _l("After that everybody has to sign in again, however busy."),
    default=30,
    least=1,
    most=90,
    unit=Unit.DAYS,
)
ROLE_REMINDER_DAYS = Policy(
    "role_reminder_days",
    Group.PEOPLE,
    _l("Reminder before a role ends"),
    _l("So long before a role ends whoever has it gets a mail about it."),
    default=7,
    least=1,
    most=90,
    unit=Unit.DAYS,
    zero=_l("none"),
)
REMINDER_OUTSIDE_MAILS = Policy(
    "reminder_outside_mails",
    Group.PEOPLE,
    _l("Reminders to addresses outside"),
    _l("So many mails a day the reminders of one person send to addresses outside the house. The others go later."),
    default=50,
    least=1,
    most=10_000,
)
OPEN_REGISTRATION = Policy(
    "open_registration",
    Group.PEOPLE,
    _l("Open registration"),
    _l("Whether strangers may make an account. They confirm their address and get the role default, nothing else."),
    default=False,
    kind=Kind.BOOL,
)
CONFIRM_MINUTES = Policy(
    "confirm_minutes",
    Group.SESSIONS,
    _l("Recent sign-in"),
    _l(
        "Whoever signed in longer ago gives the password again before roles, permissions and other people's ways in "
        "are changed."
    ),
    default=30,
    least=5,
    most=24 * 60,
    unit=Unit.MINUTES,
    zero=_l("never asked"),
)
MODERATION_TARGET_HOURS = Policy(
    "moderation_target_hours",
    Group.MODERATION,
    _l("Longest wait"),
    _l("A comment shall not wait longer for a decision. The desk says when it does."),
    default=4,
    least=1,
    most=24 * 30,
    unit=Unit.HOURS,
)
COMMENTS_WITHOUT_RULE = Policy(
    "comments_without_rule",
    Group.MODERATION,
    _l("Comments that no rule holds"),
    _l("What becomes of a new comment that fits no rule."),
    default="pending",
    kind=Kind.CHOICE,
    choices=(("pending", _l("wait for a moderator")), ("approved", _l("are published"))),
)
WAITING_NOTICE_MINUTES = Policy(
    "waiting_notice_minutes",
    Group.MAIL,
    _l("Mail that comments wait"),
    _l("Moderators who wish it get one mail in this time at most, however many comments come."),
    default=60,
    least=15,
    most=24 * 60,
    unit=Unit.MINUTES,
)
WEEKLY_MAIL = Policy(
    "weekly_mail",
    Group.MAIL,
    _l("Weekly mail for readers"),
    _l("Whether readers can ask for a mail with the new posts of the week. Without new posts there is none."),
    default=True,
    kind=Kind.BOOL,
)
WEEKLY_MAIL_DAY = Policy(
    "weekly_mail_day",
    Group.MAIL,
    _l("Day of the weekly mail"),
    _l("In the time zone of the site."),
    default="friday",
    kind=Kind.CHOICE,
    choices=(
        ("monday", _l("Monday")),
        ("tuesday", _l("Tuesday")),
        ("wednesday", _l("Wednesday")),
        ("thursday", _l("Thursday")),
        ("friday", _l("Friday")),
        ("saturday", _l("Saturday")),
        ("sunday", _l("Sunday")),
    ),
)
WEEKLY_MAIL_HOUR = Policy(
    "weekly_mail_hour",
    Group.MAIL,
    _l("Hour of the weekly mail"),
    _l("From 0 to 23, in the time zone of the site."),
    default=8,
    least=0,
    most=23,
)
SITE_TIME_ZONE = Policy(
    "site_time_zone",
    Group.MAIL,
    _l("Time zone of the site"),
    _l("What day and hour mean where the zone of no person counts."),
    default="UTC",
    kind=Kind.CHOICE,
    choices=tuple((zone, zone.replace("_", " ")) for zone in time_zones()),
)
#: Every policy there is, in the order of the page.
POLICIES: tuple[Policy, ...] = (
    TRASH_DAYS,
    AUDIT_DAYS,
    EXPORT_HOURS,
    MAIL_DAYS,
    JOB_DAYS,
    SESSION_IDLE_MINUTES,
    SESSION_DAYS,
    ROLE_REMINDER_DAYS,
    REMINDER_OUTSIDE_MAILS,
    OPEN_REGISTRATION,
    MODERATION_TARGET_HOURS,
    COMMENTS_WITHOUT_RULE,
    WAITING_NOTICE_MINUTES,
    WEEKLY_MAIL,
    WEEKLY_MAIL_DAY,
    WEEKLY_MAIL_HOUR,
    SITE_TIME_ZONE,
)
_BY_NAME = {policy.name: policy for policy in POLICIES}


class Setting(Timestamped, Versioned, Audited, Model):
    """What a policy was set to. Once there a row stays, so that its version counts on; without a value the default
    holds."""

    __tablename__ = "settings"
    resource = "setting"
    singular = _l("Setting")
    plural = _l("Settings")

    id: Mapped[int] = labelled(_l("Number"), primary_key=True)
    name: Mapped[str] = labelled(_l("Name"), String(60), unique=True)
    value: Mapped[Any | None] = labelled(
        _l("Value"), JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )

    @property
    def title_text(self) -> str:
        """The label of the policy, in English as the trail keeps it."""
        policy = _BY_NAME.get(self.name)
        return message_of(policy.label) if policy else self.name

    @validates("value")
    def _check_value(self, _key: str, value: Any) -> Any:
        policy = _BY_NAME.get(self.name)
        if policy is not None and value is not None:
            policy.check(value)
        return value


def value_of(policy: Policy) -> Any:
    """What the policy is set to, or its default."""
    session = db.session()
    held: dict[str, Any] | None = session.info.get(_HELD)
    if held is None:
        held = session.info[_HELD] = {
            row.name: row.value for row in session.execute(select(Setting.name, Setting.value))
        }
    return policy.or_default(held.get(policy.name))


def value_within(policy: Policy) -> ScalarSelect[Any]:
    """The same as a part of another query, which then need not be asked; pass what it finds to `or_default`."""
    return select(Setting.value).where(Setting.name == policy.name).scalar_subquery()


def told(policy: Policy, value: Any) -> str:
    """The value in the reader's words: 30 days, 10,080 minutes (7 days), for ever, yes."""
    if policy.kind is Kind.BOOL:
        return _("yes") if value else _("no")
    if policy.kind is Kind.CHOICE:
        return str(dict(policy.choices).get(value, value))
    if value == 0 and policy.zero is not None:
        return str(policy.zero)
    if policy.unit is None:
        return format_decimal(value)
    amount = _amount(value, policy.unit)
    if policy.unit is not Unit.MINUTES or value < 60 or value % 60:
        return amount
    larger = _amount(value // 1440, Unit.DAYS) if value % 1440 == 0 else _amount(value // 60, Unit.HOURS)
    return _("%(amount)s (%(larger)s)", amount=amount, larger=larger)


def as_set(policy: Policy) -> Text:
    """What the policy is set to, in words, looked up when it is read; outside a request its default."""
    return Text(lambda: told(policy, value_of(policy) if has_request_context() else policy.default))


def _amount(value: int, unit: Unit) -> str:
    if unit is not Unit.DAYS:
        return format_unit(value, f"duration-{unit.value}", "long", locale=get_locale())
    # Babel finds the long word for days in every language by this way only.
    days = format_timedelta(timedelta(days=value), "day", threshold=math.inf, locale=get_locale())
    return days.replace(str(value), format_decimal(value))


def install() -> None:
    """Listen to every session, so that nothing is remembered longer than it holds; a second call changes nothing."""
    if not event.contains(Session, "after_flush", _after_flush):
        event.listen(Session, "after_flush", _after_flush)
        event.listen(Session, "after_soft_rollback", _after_rollback)
        event.listen(Session, "after_transaction_end", _after_transaction_end)


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    if any(isinstance(record, Setting) for record in (*session.new, *session.dirty, *session.deleted)):
        session.info.pop(_HELD, None)


def _after_rollback(session: Session, _transaction: SessionTransaction) -> None:
    session.info.pop(_HELD, None)


def _after_transaction_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_HELD, None)
