"""The reminders of the sample content: what the people of the paper do not want to forget, in several zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from backoffice.accounts.models import Role, User
from backoffice.accounts.seeding import default_role
from backoffice.comments.models import Comment
from backoffice.demo.remarks import REMARKS
from backoffice.foundation.database import db
from backoffice.reminders.models import Reminder, ReminderStatus
from backoffice.reminders.moments import to_local

HOME, NEW_YORK, TOKYO = "Europe/Lisbon", "America/New_York", "Asia/Tokyo"
DONE, CANCELLED = ReminderStatus.DONE, ReminderStatus.CANCELLED
FERRIES = "Winter ferries: the 6.40 boat is dropped"
CRANE = "The old crane stays: council votes 9 to 4"
TIDES = "Tides: high water 6.52 and 19.14, and a spring tide on Tuesday"


@dataclass(frozen=True)
class Note:
    """A reminder: what, who made it, for whom, in how many hours from the start or on which day from today, when.

    `whom` is a user name, `role:` and the name of a default role, or an address. `about` is the title of a post,
    `comment:` and the title of the post it is the first under, or `user:` and a user name.
    """

    subject: str
    owner: str
    whom: str
    hours: float | None = None
    day: int = 0
    at: str = "09:00"
    zone: str = HOME
    rule: str = ""
    body: str = ""
    about: str = ""
    status: ReminderStatus = ReminderStatus.SCHEDULED


NOTES = (
    Note(
        "Print the tide table in larger type", "jonas", "jonas", -2, body="The window at the office has the small one."
    ),
    Note("Ask the ferry board for the count of June", "jonas", "tomas", 20, body="Which week was it?", about=FERRIES),
    Note("Look at the rejected comments with Mira", "ana", "ana", 76, body="Eleven decisions were changed this year."),
    Note(
        "Answer the friends of the crane", "jonas", "mira", -26, body="They ask for the poster as a file.", about=CRANE
    ),
    Note("Sign the contract for the paper", "mira", "mira", -3, body="Two copies, one goes back by post."),
    Note("Does this talk need a word from us?", "ana", "ana", -1, about=f"comment:{FERRIES}"),
    Note("Proofs of the weekend pages", "mira", "mira", day=1, at="10:00"),
    Note("Coffee with the new harbour master", "mira", "mira", day=1, at="15:30", body="At the Anchor, by the window."),
    Note("Dara's first month: how does it go?", "mira", "jonas", day=6, at="11:00", about="user:dara"),
    Note("Correct the table when the moon has been", "jonas", "jonas", day=3, at="20:15", about=TIDES),
    Note("Photographs of the crane, in colour", "jonas", "pictures@example.org", day=5, at="09:30", about=CRANE),
    Note("Order ink", "mira", "mira", day=-5, at="14:00", status=DONE),
    Note("Proofs of the tide book", "mira", "mira", day=-8, at="10:00", status=DONE),
    Note(
        "Meet the ferry board", "tomas", "tomas", day=-9, at="13:00", status=CANCELLED, body="They moved it to spring."
    ),
    Note("Plan the week", "mira", "role:administrator", day=-28, rule="FREQ=WEEKLY;BYDAY=MO"),
    Note("Read the front page aloud", "jonas", "role:editor", day=-28, at="17:30", rule="FREQ=WEEKLY;BYDAY=TU,FR"),
    Note("What was held back this week?", "ana", "role:moderator", day=-28, at="15:00", rule="FREQ=WEEKLY;BYDAY=FR"),
    Note("Call Rita in New York", "mira", "mira", day=-28, at="10:00", zone=NEW_YORK, rule="FREQ=WEEKLY;BYDAY=TU,TH"),
    Note(
        "Fish prices from Tokyo",
        "tomas",
        "tomas",
        day=-28,
        at="17:00",
        zone=TOKYO,
        rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE",
    ),
    Note("Pay the photographers", "mira", "mira", day=-60, at="12:00", rule="FREQ=MONTHLY;BYMONTHDAY=-1"),
    Note(
        "Anything new in German?", "ivo", "ivo", day=-14, at="08:30", zone="Europe/Berlin", rule="FREQ=DAILY;INTERVAL=3"
    ),
    Note(
        "The paper's birthday",
        "mira",
        "role:administrator",
        day=17,
        rule="FREQ=YEARLY",
        body="Cake, and the first issue.",
    ),
)
#: Was for an address that does not work any more; the mail stands in the outbox.
SHIPS = Note(
    "List of the ships that call next month", "jonas", "harbour.office@example.org", -51, status=ReminderStatus.FAILED,
    body="The paper prints it on the last Saturday. Thank you!", about=TIDES,
)  # fmt: skip


def keep_reminders(people: dict[str, User], records: dict[str, Any], now: datetime) -> Reminder:
    """Add the reminders; `records` are posts by title. Returns the one to the address that does not work."""
    made = [_reminder(note, people, records, now) for note in (*NOTES, SHIPS)]
    db.session.add_all(made)
    db.session.flush()
    return made[-1]


def _reminder(note: Note, people: dict[str, User], records: dict[str, Any], now: datetime) -> Reminder:
    today = to_local(now, note.zone)
    local = today + timedelta(hours=note.hours) if note.hours is not None else _on(today, note)
    reminder = Reminder(
        subject=note.subject,
        body=note.body,
        owner=people[note.owner],
        local_at=local.replace(tzinfo=None),
        time_zone=note.zone,
        rule=note.rule,
        status=note.status,
    )
    if "@" in note.whom:
        reminder.address = note.whom
    elif note.whom.startswith("role:"):
        role: Role = default_role(note.whom.removeprefix("role:"))
        reminder.role = role
    else:
        reminder.recipient = people[note.whom]
    if note.about:
        reminder.about_resource, reminder.about_id = _about(note.about, people, records)
    return reminder


def _on(today: datetime, note: Note) -> datetime:
    return datetime.combine(today.date() + timedelta(days=note.day), time.fromisoformat(note.at))


def _about(what: str, people: dict[str, User], records: dict[str, Any]) -> tuple[str, int]:
    kind, colon, name = what.partition(":")
    if colon and kind == "user":
        return kind, people[name].id
    if colon and kind == "comment":
        said = select(Comment.id).where(Comment.post_id == records[name].id, Comment.text == REMARKS[name][0].text)
        return kind, db.session.scalars(said).one()
    return "post", records[what].id
