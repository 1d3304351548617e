"""The outbox in the back office: what was promised, to whom, and what became of it."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, send_file
from flask_admin import BaseView, expose

from backoffice.admin.columns import Cell
from backoffice.admin.guard import Guarded
from backoffice.admin.view import ManagedView
from backoffice.foundation.database import db
from backoffice.foundation.html import for_reading
from backoffice.foundation.i18n import _, _l, offered_locales
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.mail.deliveries import file_name
from backoffice.mail.message import hidden, message_of
from backoffice.mail.operations import cancel, redirect, retry
from backoffice.records.outbox import MailStatus, OutboxMail
from backoffice.site.requests import present_actor


def text(mail: OutboxMail) -> Cell:
    """The plain text, unless only its reader may read it."""
    return Cell("long", hidden() if mail.is_secret else mail.text)


def preview(mail: OutboxMail) -> Cell:
    """The formatted text, cleaned like a post, so that nothing in it can run, load or send."""
    if mail.is_secret or not mail.html:
        return Cell("none")
    return Cell("rich", for_reading(mail.html, video_label=_("Video")))


def language(mail: OutboxMail) -> Cell:
    """The language by its own name."""
    return Cell("text", offered_locales().get(mail.locale, mail.locale))


def subject(mail: OutboxMail) -> Cell:
    """In the direction of its own letters, whatever that of the page is."""
    return Cell("record", mail.subject)


def next_attempt(mail: OutboxMail) -> Cell:
    """When it is tried again, if it is."""
    return Cell("when", mail.next_at) if mail.status is MailStatus.WAITING else Cell("none")


class OutboxView(ManagedView):
    """Mail that was promised, and what became of it."""

    model = OutboxMail
    place = "outbox"
    icon = "sent"
    lede = _l("Mail the house has promised. What could not be delivered is tried again for a day and a half.")
    empty = _l("No mail was promised yet. Invitations appear here, for example.")
    verbs = frozenset({"view"})
    operations = (retry, redirect, cancel)
    list_template = "admin/house/outbox.html"
    leads_to = ("letters",)
    column_list = ("recipient", "subject", "status", "attempts", "created_at")
    column_filters = ("status", "recipient", "created_at")
    column_searchable_list = ("recipient", "recipient_name", "subject")
    column_default_sort = ("created_at", True)
    column_details_list = (
        "recipient",
        "recipient_name",
        "subject",
        "status",
        "attempts",
        "next_at",
        "last_error",
        "created_at",
        "sent_at",
        "locale",
        "message_id",
        "text",
        "html",
    )
    cells = {"subject": subject}
    in_words = {"locale": language, "text": text, "html": preview, "next_at": next_attempt}
    details_template = "admin/house/mail.html"


class MailFileView(Guarded, BaseView):
    """A mail as the file that mail programs read."""

    resource = "mail"
    verbs = frozenset({"view"})
    icon = "sent"
    endpoint_verbs = {"index_view": "view", "download": "view"}

    def __init__(self) -> None:
        super().__init__(name=_l("Outbox"), endpoint="outbox_file", url="/admin/outbox/file")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands on the page of each mail."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """There is no mail without a number."""
        abort(404)

    @expose("/<int:number>.eml")
    def download(self, number: int) -> Any:
        """The mail of this number, to be kept; without what only its reader may read."""
        mail = db.session.get(OutboxMail, number) if number < 2**31 else None
        if mail is None or not is_allowed(present_actor(), Can.MAIL_VIEW, mail):
            abort(404)
        message = message_of(mail, with_text=not mail.is_secret)
        return send_file(
            io.BytesIO(message), "message/rfc822", as_attachment=True, download_name=file_name(mail.message_id)
        )
