"""Who gets the weekly mail, in the back office."""

from __future__ import annotations

from backoffice.admin.columns import Cell
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l, offered_locales
from backoffice.subscribers.models import Subscriber
from backoffice.subscribers.operations import delete


def language(subscriber: Subscriber) -> Cell:
    """The language by its own name."""
    return Cell("text", offered_locales().get(subscriber.locale, subscriber.locale))


class SubscriberView(ManagedView):
    """Readers who asked for the new posts by mail; they subscribe and end it themselves."""

    model = Subscriber
    icon = "mail"
    lede = _l("Who gets the new posts by mail once a week. Readers subscribe themselves, and confirm it by mail.")
    empty = _l("Nobody has subscribed yet. The box stands on the pages of the blog.")
    verbs = frozenset({"view", "delete", "export"})
    operations = (delete,)
    column_list = ("email", "locale", "created_at", "confirmed_at", "stopped_at")
    in_words = {"locale": language}
    column_filters = ("confirmed_at", "stopped_at", "created_at")
    column_searchable_list = ("email",)
    column_default_sort = ("created_at", True)
    column_details_list = ("email", "locale", "created_at", "confirmed_at", "stopped_at")
