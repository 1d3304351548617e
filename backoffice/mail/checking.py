"""The last look before a mail goes: is it still wanted, is it still true, and where does its reader live now?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from backoffice.accounts.models import User
from backoffice.foundation.connections import read_alone
from backoffice.foundation.database import db
from backoffice.foundation.i18n import SOURCE_LOCALE, _l, known_locale
from backoffice.mail.claiming import Claims
from backoffice.mail.models import Ending
from backoffice.records.letters import Reader, rendered
from backoffice.records.outbox import Anew, Drop, MailStatus, OutboxMail, check_of, gather_of

_SEEN = select(
    OutboxMail.id,
    OutboxMail.status,
    OutboxMail.lease_token,
    User.is_active,
    User.email,
    User.time_zone,
    User.id.label("reader"),
).outerjoin(User, User.id == OutboxMail.user_id)
_NOW = _SEEN.where(OutboxMail.id == bindparam("mail"))
_ALL_NOW = _SEEN.where(OutboxMail.id.in_(bindparam("mails", expanding=True)))


def good_as_they_are(mails: Sequence[OutboxMail], claims: Claims) -> set[int]:
    """The numbers of those mails that are to go as they stand; all others want to be looked at one by one.

    A few questions for all of them: looking at one alone takes longer than sending it.
    """
    rows = {row.id: row for row in claims.rows(_ALL_NOW, {"mails": [mail.id for mail in mails]})}
    wanted: dict[str | None, list[OutboxMail]] = defaultdict(list)
    for mail in mails:
        row = rows.get(mail.id)
        if row is None or row.lease_token != claims.token or row.status is not MailStatus.SENDING:
            continue
        if not mail.follows_user or _about_reader(mail, row) == (None, None):
            wanted[mail.origin_kind].append(mail)
    good: set[int] = set()
    for kind, same in wanted.items():
        check, gather = check_of(kind), gather_of(kind)
        if check is None:
            good |= {mail.id for mail in same}
        elif gather is not None and len(same) > 1:
            try:
                read_alone()
                held = gather(same)
                good |= {mail.id for mail in same if check(mail) is None}
                del held
            finally:
                db.session.rollback()
    return good


def is_to_be_sent(mail: OutboxMail, claims: Claims) -> bool:
    """Ask everybody who may know better; what is not to be sent is settled, what changed is written down first."""
    if mail.user_id is None and check_of(mail.origin_kind) is None and claims.are_sure:
        return True  # nothing can have changed about it
    found = claims.rows(_NOW, {"mail": mail.id})
    if not found or found[0].lease_token != claims.token or found[0].status is not MailStatus.SENDING:
        return False
    row = found[0]
    answer: Drop | Anew | None = None
    moved: str | None = None
    if mail.follows_user:
        answer, moved = _about_reader(mail, row)
    if answer is None and (check := check_of(mail.origin_kind)) is not None:
        try:
            read_alone()
            answer = check(mail)
        finally:
            db.session.rollback()
    if isinstance(answer, Drop):
        words = str(answer.reason)
        gone = {"text": "", "html": None} if mail.is_secret else {}
        claims.settle(mail.id, status=MailStatus.CANCELLED, last_error=words[:500], **gone)
        claims.note(mail.id, Ending.DROPPED, words)
        return False
    changes: dict[str, str | None] = {}
    if moved is not None:
        changes["recipient"] = moved
        claims.note(mail.id, Ending.MOVED, "")
    if isinstance(answer, Anew):
        spoken = known_locale(mail.locale) or SOURCE_LOCALE
        link = mail.headers.get("List-Unsubscribe", "").strip("<>") or None
        reader = Reader(moved or mail.recipient, mail.recipient_name, spoken, row.time_zone)
        letter = rendered(answer.template, reader, answer.context, stop_link=link)
        changes.update(subject=letter.subject, text=letter.text, html=letter.html)
        claims.note(mail.id, Ending.REWRITTEN, "")
    if not changes:
        return True
    for name, value in changes.items():
        setattr(mail, name, value)
    return claims.change(mail.id, **changes)


def _about_reader(mail: OutboxMail, row: object) -> tuple[Drop | None, str | None]:
    """Whether her account takes mail, and where if that changed."""
    is_active, email = getattr(row, "is_active", None), getattr(row, "email", None)
    if getattr(row, "reader", None) is None or not is_active:
        return Drop(_l("The account is not active any more.")), None
    if not email:
        return Drop(_l("The account has no address any more.")), None
    if email.lower() == mail.recipient.lower():
        return None, None
    if mail.is_secret:
        return Drop(_l("The account has another address by now.")), None
    return None, email
