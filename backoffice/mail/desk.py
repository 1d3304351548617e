"""Beside the outbox: whether the queue waits and trying it now, and the letters of the house to be looked at."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from flask_babel import get_locale, get_timezone
from flask_login import current_user

from backoffice.admin.guard import Guarded
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _, _l, direction_of, known_locale, offered_locales
from backoffice.mail import queue, samples
from backoffice.mail.message import sender
from backoffice.records.letters import Reader
from backoffice.site.requests import csp_nonce, present_actor


class QueueView(Guarded, BaseView):
    """The queue as a whole; what there is to see of it stands above the outbox."""

    resource = "mail"
    verbs = frozenset({"view", "retry"})
    icon = "sent"
    endpoint_verbs = {"index_view": "view", "try_now": "retry"}

    def __init__(self) -> None:
        super().__init__(name=_l("Outbox"), endpoint="outbox_queue", url="/admin/outbox/queue")

    def is_visible(self) -> bool:
        """Not in the sidebar: it stands above the outbox."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """There is no page of its own."""
        return redirect(url_for("outbox.index_view"))

    @expose("/try/", methods=("POST",))
    def try_now(self) -> Any:
        """See at once whether mail goes out again."""
        try:
            with unit_of_work():
                queue.try_now(actor=present_actor())
            flash(_("Somebody looks now whether mail goes out again."), "success")
        except DomainError as refusal:
            flash(str(refusal.message), "info")
        return redirect(url_for("outbox.index_view"), 303)


class LettersView(Guarded, BaseView):
    """Every letter of the house with made-up facts, in every language that people may choose."""

    resource = "mail"
    verbs = frozenset({"view", "test"})
    icon = "sent"
    endpoint_verbs = {"index_view": "view", "letter_view": "view", "send": "test"}

    def __init__(self) -> None:
        super().__init__(name=_l("Letters"), endpoint="letters", url="/admin/outbox/templates")

    def is_visible(self) -> bool:
        """Not in the sidebar: the outbox leads here."""
        return False

    @expose("/")
    def index_view(self) -> Any:
        """The list of letters."""
        locale = _locale()
        shown = [(name, _letter(name, locale)) for name in samples.names()]
        return self.render(
            "admin/house/letters.html", letters=shown, chosen=locale, locales=offered_locales(), of=direction_of(locale)
        )

    @expose("/<letter>/")
    def letter_view(self, letter: str) -> Any:
        """One letter, as text and formatted, wide and on a phone."""
        locale = _locale()
        shown = samples.letter(letter, _reader(locale))
        # What the frame holds is a document of its own, which inherits what this page may do.
        html = (shown.html or "").replace("<style>", f'<style nonce="{csp_nonce()}">')
        return self.render(
            "admin/house/letter.html",
            letter=shown,
            html=html,
            letter_name=letter,
            chosen=locale,
            locales=offered_locales(),
            of=direction_of(locale),
            names=samples.names(),
            sender=sender(),
        )

    @expose("/<letter>/send/", methods=("POST",))
    def send(self, letter: str) -> Any:
        """Mail it to the person who asks, and to nobody else."""
        locale = _locale()
        try:
            with unit_of_work():
                mail = samples.send_trial(letter, actor=current_user._get_current_object(), locale=locale)
            flash(_("A trial goes to %(address)s.", address=mail.recipient), "success")
        except DomainError as refusal:
            flash(str(refusal.message), "error")
        return redirect(url_for("letters.letter_view", letter=letter, locale=locale), 303)


def _locale() -> str:
    """The language asked for, else the one in which the person reads this page."""
    return known_locale(request.values.get("locale")) or str(get_locale())


def _reader(locale: str) -> Reader:
    return Reader(current_user.email or sender(), current_user.name, locale, str(get_timezone()))


def _letter(name: str, locale: str) -> Any:
    return samples.letter(name, _reader(locale))
