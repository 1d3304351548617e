"""Posts that were scheduled appear by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post, PostStatus
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.terminal import run

pytestmark = pytest.mark.both_databases


def scheduled(app: Flask, **spans: timedelta) -> None:
    with app.app_context(), unit_of_work():
        for title, span in spans.items():
            factories.post(title=title, status=PostStatus.SCHEDULED, published_at=clock.now() + span)


def statuses(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {post.title: post.status.value for post in db.session.scalars(select(Post)).unique()}


def test_a_post_is_published_when_its_moment_has_come_and_no_other(app: Flask) -> None:
    scheduled(app, due=-timedelta(seconds=1), later=timedelta(hours=1))
    with app.app_context(), unit_of_work():
        factories.post(title="draft")
    run(app, "jobs", "run", "publish-scheduled-posts")
    assert statuses(app) == {"due": "published", "later": "scheduled", "draft": "draft"}


def test_publishing_is_in_the_trail_as_done_by_the_job(app: Flask) -> None:
    scheduled(app, due=-timedelta(seconds=1))
    run(app, "jobs", "run", "publish-scheduled-posts")
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "post.publish")).one()
    assert (entry.actor_name, entry.surface) == ("job:publish-scheduled-posts", "job")
