"""Who is signed in, from where, in the back office."""

from __future__ import annotations

from backoffice.accounts import queries
from backoffice.accounts.entering import SignIn
from backoffice.admin.columns import Cell
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.signing import devices
from backoffice.signing.operations import end


def device(session: SignIn) -> Cell:
    """Browser and system in words."""
    return Cell("text", devices.told(session.device))


def person(session: SignIn) -> Cell:
    """Whose it is; the line leads to the session, so the name is no link of its own."""
    return Cell("text", session.user.title_text)


class SessionView(ManagedView):
    """The sessions of everybody. Whoever may end one ends it for the browser that has it, wherever its cookie went."""

    model = SignIn
    place = "session"
    icon = "lock"
    lede = _l("Where people are signed in. What ran out is removed when its owner signs in again.")
    empty = _l("Nobody is signed in.")
    verbs = frozenset({"view"})
    operations = (end,)
    # Nobody adds a session, but who sees them may look for those of a person.
    endpoint_verbs = {**ManagedView.endpoint_verbs, "ajax_lookup": "view"}
    choosing = {"user": queries.active_users}
    column_list = ("user", "device", "address", "begun_at", "seen_at")
    in_words = {"user": person, "device": device}
    column_filters = ("user", "address", "begun_at", "seen_at")
    column_searchable_list = ("address",)
    column_default_sort = ("seen_at", True)
    column_details_list = ("user", "device", "address", "is_lasting", "begun_at", "seen_at", "confirmed_at")
