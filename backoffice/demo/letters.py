"""The subscribers and the mail of the sample content: some wait, and some did not arrive."""

from __future__ import annotations

from datetime import datetime, timedelta

from backoffice.accounts.models import User
from backoffice.foundation.database import db
from backoffice.mail.models import Ending, MailAttempt
from backoffice.records import outbox
from backoffice.records.outbox import MailStatus, OutboxMail
from backoffice.reminders import telling
from backoffice.reminders.models import Reminder
from backoffice.subscribers import subscribing
from backoffice.subscribers.models import Subscriber

#: Address, language, and how many days ago who reads there asked, confirmed and ended it.
SUBSCRIBERS: tuple[tuple[str, str, float, float | None, float | None], ...] = (
    ("nan.quayside@example.org", "en", 61, 60.9, None),
    ("walter.p@example.org", "en", 54, 53, None),
    ("leuchtturm@example.org", "de", 40, 39.8, None),
    ("rosa.mareas@example.org", "es", 33, 33, None),
    ("capitaine@example.org", "fr", 20, 19, None),
    ("noor@example.org", "ar", 12, 11.5, None),
    ("joana.cais@example.org", "pt", 5, 4.9, None),
    ("gone.sailing@example.org", "en", 48, 47, 6),
    ("new.at.the.quay@example.org", "en", 0.04, None, None),
    ("moewe@example.org", "de", 0.3, None, None),
    ("pier.angler@example.org", "en", 2.2, None, None),
)
#: A link is mailed to those who asked lately; the others have had theirs.
LATELY = 1.0


def add_subscribers(now: datetime) -> None:
    """Add those who read the weekly mail, those who are to confirm that they want it, and one who ended it."""
    for email, locale, asked, confirmed, stopped in SUBSCRIBERS:
        row = Subscriber(email=email, locale=locale, asked_at=now - timedelta(days=asked))
        row.created_at = row.updated_at = row.asked_at
        row.confirmed_at = None if confirmed is None else now - timedelta(days=confirmed)
        row.stopped_at = None if stopped is None else now - timedelta(days=stopped)
        db.session.add(row)
        db.session.flush()
        if confirmed is None and asked < LATELY:
            outbox.promise(
                "subscribe_confirm",
                email,
                locale=locale,
                secret=True,
                link=outbox.link_to("subscribers.confirm", token=subscribing.token_of(row)),
                days=subscribing.LIFETIME.days,
                stop=(subscribing.PURPOSE, row.id),
            )


def fill_outbox(people: dict[str, User], lost: Reminder, now: datetime) -> None:
    """Add a mail that the server of its reader refused, of this reminder, and one that is to be tried again."""
    refused = outbox.promise(
        telling.TEMPLATE,
        lost.address or "",
        key=telling.key_of(lost.id, lost.due_at, lost.address or ""),
        origin=(telling.ORIGIN, lost.id),
        **telling.context_of(lost, None, lost.due_at),
    )
    _failed(refused, MailStatus.FAILED, "550 5.1.1 No such mailbox here", lost.due_at, 1)
    later = outbox.promise(
        "role_granted", people["dara"].email or "", user=people["dara"], roles=["default"], by=people["mira"].name,
        until=None,
    )  # fmt: skip
    _failed(later, MailStatus.WAITING, "452 4.2.2 The mailbox is full, try again later", now - timedelta(hours=1), 4)
    later.next_at = now + timedelta(minutes=50)
    db.session.flush()


def _failed(mail: OutboxMail, status: MailStatus, words: str, first: datetime, times: int) -> None:
    mail.status, mail.last_error, mail.attempts, mail.created_at = status, words, times, first
    ended = Ending.REFUSED if status is MailStatus.FAILED else Ending.LATER
    for number in range(times):
        at = first + timedelta(minutes=2 * number * number)
        db.session.add(MailAttempt(mail_id=mail.id, at=at, ended=ended, words=words))
