"""Posts and tags in the back office."""

from __future__ import annotations

from backoffice.accounts.queries import active_users
from backoffice.admin.columns import named
from backoffice.admin.view import ManagedView
from backoffice.foundation.i18n import _l
from backoffice.posts import queries
from backoffice.posts.models import Post, Tag
from backoffice.posts.operations import delete, delete_tag, publish, schedule, withdraw


class PostView(ManagedView):
    """Articles. Publishing is an operation, so the status is not in the form."""

    model = Post
    icon = "post"
    adding = _l("New post")
    empty = _l("Nothing is written yet. Begin with New post.")
    operations = (publish, schedule, withdraw, delete)
    rich_text = ("body",)
    choosing = {"tags": queries.tags, "author": active_users}
    owner = ("author",)
    column_list = ("title", "author", "tags", "status", "published_at", "updated_at")
    column_filters = ("status", "author", "tags", "published_at", "updated_at")
    column_default_sort = ("updated_at", True)
    column_details_list = (
        "title",
        "slug",
        "summary",
        "author",
        "tags",
        "status",
        "published_at",
        "created_at",
        "updated_at",
    )
    cells = {"title": named("title", aside="summary")}
    reads = ("summary",)
    form_columns = ("title", "summary", "body", "slug", "tags")
    form_aside = ("slug", "tags")


class TagView(ManagedView):
    """Words posts are found by."""

    model = Tag
    icon = "tag"
    adding = _l("New tag")
    operations = (delete_tag,)
    column_list = ("name", "slug", "created_at")
    column_filters = ("created_at",)
    column_searchable_list = ("name", "slug")
    column_default_sort = ("name", False)
    form_columns = ("name", "slug")
