"""What happens to posts by itself."""

from __future__ import annotations

from typing import Any

from backoffice.foundation import clock
from backoffice.foundation.permissions import Can
from backoffice.jobs.running import each_alone
from backoffice.jobs.schedule import job
from backoffice.posts import queries
from backoffice.posts.operations import publish


@job(may=(Can.POST_PUBLISH,))
def publish_scheduled_posts(actor: Any) -> None:
    """Publish every scheduled post whose moment has come, each in its own unit of work."""
    each_alone(queries.due(clock.now()), lambda post: publish(post, actor=actor))
