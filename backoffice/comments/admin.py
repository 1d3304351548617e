"""Comments in the back office."""

from __future__ import annotations

from backoffice.admin.columns import quote
from backoffice.admin.view import ManagedView
from backoffice.comments import queries
from backoffice.comments.disputes import dispute, withdraw_dispute
from backoffice.comments.measures import ban, hold, note, warn
from backoffice.comments.models import Comment
from backoffice.comments.operations import (
    approve,
    delete,
    reject,
    restore,
    spam,
    write_as_staff,
)
from backoffice.comments.writing import reply
from backoffice.foundation.i18n import _l


class CommentView(ManagedView):
    """What readers write. What is decided about it changes by operation only."""

    model = Comment
    go = "c"
    icon = "comment"
    adding = _l("New comment")
    empty = _l("Nobody has written yet. New ones appear here by themselves.")
    operations = (approve, reject, spam, restore, reply, ban, warn, hold, note, dispute, withdraw_dispute, delete)
    on_create = write_as_staff
    choosing = {"post": queries.commented_posts}
    column_list = ("text", "post", "status", "created_at")
    column_filters = ("status", "post", "author_name", "author_email", "created_at")
    column_default_sort = ("created_at", True)
    column_details_list = (
        "text",
        "author_name",
        "author_email",
        "author_address",
        "author",
        "post",
        "parent",
        "status",
        "reason",
        "created_at",
        "decided_at",
    )
    cells = {"text": quote("text", by="author_name", aside="author_email")}
    reads = ("author_name", "author_email", "version")
    form_columns = ("post", "text")
    form_create_only = ("post",)
