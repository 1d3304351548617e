"""What people do with posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backoffice.foundation import clock
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can
from backoffice.posts.forms import ScheduleForm
from backoffice.posts.models import Post, PostStatus, Tag


@operation(
    Post,
    needs=Can.POST_PUBLISH,
    label=_l("Publish"),
    done=_l("Published"),
    icon="published",
    tone="published",
    when=lambda post: post.status is not PostStatus.PUBLISHED,
)
def publish(post: Post, *, actor: Any) -> None:
    """Show the post on the public site from now on."""
    if post.published_at is None or post.published_at > clock.now() or post.status is PostStatus.SCHEDULED:
        post.published_at = clock.now()
    post.status = PostStatus.PUBLISHED


@operation(
    Post,
    needs=Can.POST_PUBLISH,
    label=_l("Schedule"),
    done=_l("Scheduled"),
    icon="scheduled",
    tone="scheduled",
    takes=ScheduleForm,
    when=lambda post: post.status is not PostStatus.PUBLISHED,
)
def schedule(post: Post, *, actor: Any, at: datetime) -> None:
    """Publish the post by itself at a moment to come."""
    if at <= clock.now():
        raise InvalidInput(_l("Choose a moment to come."), field="at")
    post.status, post.published_at = PostStatus.SCHEDULED, at


@operation(
    Post,
    needs=Can.POST_PUBLISH,
    label=_l("Withdraw"),
    done=_l("Withdrawn"),
    icon="withdrawn",
    tone="withdrawn",
    when=lambda post: post.status in (PostStatus.PUBLISHED, PostStatus.SCHEDULED),
)
def withdraw(post: Post, *, actor: Any) -> None:
    """Take the post off the public site; its text and comments stay."""
    post.status = PostStatus.WITHDRAWN


delete = deletion_of(Post)
delete_tag = deletion_of(Tag)
