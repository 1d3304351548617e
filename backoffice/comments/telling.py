"""Mailing an author what was decided, and only who wants to be mailed, and never many at once."""

from __future__ import annotations

from sqlalchemy import select

from backoffice.comments.models import Comment
from backoffice.foundation.acting import present
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.text import shortened
from backoffice.readers.confirming import recipient
from backoffice.readers.default_reasons import spoken
from backoffice.records import outbox

#: Characters of her comment that the mail shows the author.
LONGEST_QUOTED = 400
_KEY = "rejected"


def tell_rejected(comment: Comment) -> None:
    """Promise the author a mail that says why her comment is not shown. Never commits.

    Raises InvalidInput where she did not confirm her address, and for a second mail of one request: whoever decides
    about many at once mails nobody.
    """
    to = recipient(comment.author_email)
    if to is None:
        raise InvalidInput(_l("Nobody confirmed this address, so no mail can be sent to it."), field="tell")
    request_id = present().request_id[:20]
    told = select(outbox.OutboxMail.id).where(
        outbox.OutboxMail.request_id == request_id, outbox.OutboxMail.key.startswith(f"{_KEY}:", autoescape=True)
    )
    if db.session.scalars(told.limit(1)).first() is not None:
        raise InvalidInput(_l("Mail is sent for one comment at a time."), field="tell")
    outbox.promise(
        "comment_rejected",
        to.email,
        key=f"{_KEY}:{comment.id}:{request_id}",
        locale=to.locale,
        user=to.user,
        author=comment.author_name,
        post=comment.post,
        # Said in the language of the mail, where it is a reason that came with the house.
        reason=spoken(comment.reason),
        quoted=shortened(comment.text, LONGEST_QUOTED),
        stop=to.stop,
    )
