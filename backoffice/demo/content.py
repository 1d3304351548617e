"""Filling an empty back office with the sample content."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import exists, select

from backoffice.accounts.models import User
from backoffice.accounts.seeding import SEED
from backoffice.comments import queries
from backoffice.comments.judging import look_at
from backoffice.comments.models import Comment, CommentStatus
from backoffice.demo.diary import keep_reminders
from backoffice.demo.letters import add_subscribers, fill_outbox
from backoffice.demo.remarks import REMARKS, Remark
from backoffice.demo.stories import STORIES, Story
from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.text import slug_of
from backoffice.posts.models import Post, PostStatus, Tag
from backoffice.rules.kinds import RuleAction, RuleKind
from backoffice.rules.models import Rule
from backoffice.rules.operations import put_last

#: Rules of the paper's own, besides those that every new installation has: name and words.
RULES = (("Insults", "clown*\nidiot*\nstupid"), ("Advertising", "call now\nclick here\ncheap\nask me how"))
#: How long a moderator took, on average.
UNTIL_DECIDED = timedelta(minutes=40)


def create_demo(app: Flask) -> None:
    """Add posts, comments, reminders, mail and subscribers of the demo people, dated back from now.

    Nothing is added where there is a post already, so a second start changes nothing and what was deleted stays away.
    Raises LookupError if the demo people do not exist.
    """
    with app.app_context(), acting(actor=SEED, surface="setup"), unit_of_work():
        if db.session.scalar(select(exists(select(Post.id)))):
            return
        now = clock.now().replace(second=0, microsecond=0)
        people = {user.username: user for user in db.session.scalars(select(User))}
        tags: dict[str, Tag] = {}
        add_subscribers(now)
        posts: dict[str, Post] = {}
        for story in STORIES:
            post = posts[story.title] = _post(story, people, tags, now)
            for remark in REMARKS.get(story.title, ()):
                _comment(remark, post, None, people, now)
        for name, lines in RULES:
            rule = Rule(name=name, kind=RuleKind.WORDS, lines=lines, action=RuleAction.HOLD, is_active=True)
            put_last(rule, actor=SEED)
            db.session.add(rule)
        db.session.flush()
        fill_outbox(people, keep_reminders(people, posts, now), now)
        for comment in db.session.scalars(queries.awaiting_moderation()):
            look_at(comment)


def _post(story: Story, people: dict[str, User], tags: dict[str, Tag], now: datetime) -> Post:
    is_dated = story.status in (PostStatus.PUBLISHED, PostStatus.SCHEDULED)
    begun = min(now - story.age, now) - timedelta(hours=3)
    post = Post(
        title=story.title,
        summary=story.summary,
        body=" ".join(story.body.split()),
        status=story.status,
        published_at=now - story.age if is_dated else None,
        author=people[story.author],
        tags=[tags.setdefault(name, Tag(name=name)) for name in story.tags],
        created_at=begun,
        updated_at=begun + timedelta(hours=2),
    )
    db.session.add(post)
    return post


def _comment(remark: Remark, post: Post, parent: Comment | None, people: dict[str, User], now: datetime) -> None:
    written = now - timedelta(hours=remark.hours)
    decided = None if remark.status is CommentStatus.PENDING else min(written + UNTIL_DECIDED, now)
    author = people[remark.by] if remark.by else None
    comment = Comment(
        post=post,
        parent=parent,
        author=author,
        author_name=remark.name,
        author_email=author.email if author else f"{slug_of(remark.name)}@example.org",
        text=remark.text,
        status=remark.status,
        reason=remark.reason,
        created_at=written,
        decided_at=written if author else decided,
        decided_by_id=author.id if author else people["ana"].id if decided else None,
        updated_at=decided or written,
    )
    db.session.add(comment)
    for reply in remark.replies:
        _comment(reply, post, comment, people, now)
