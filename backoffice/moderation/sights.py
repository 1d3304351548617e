"""What the desk says in words: how much waits, how full each tab is, and who decided about a card meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import format_decimal, format_timedelta

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.i18n import _, _n
from backoffice.moderation import queues
from backoffice.moderation.models import SavedView
from backoffice.moderation.queues import QUEUES, Wanted
from backoffice.records.policies import MODERATION_TARGET_HOURS, value_of


@dataclass(frozen=True)
class Sight:
    """The numbers of a desk at one moment."""

    #: Of each queue, then of each saved view.
    counts: Sequence[int]
    mosts: Sequence[int]
    names: Sequence[str]
    oldest: datetime | None
    decided: int

    @classmethod
    def of(cls, actor: Any, views: Sequence[SavedView], stamp: int | None = None) -> Sight:
        """What this person's desk holds now; `stamp` was read before."""
        asked = [Wanted.saved(view.query) for view in views]
        zone = ZoneInfo(getattr(actor, "time_zone", None) or "UTC")
        midnight = clock.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return cls(
            queues.counts(actor, asked, stamp),
            [*(queue.most for queue in QUEUES), *(queues.most_of(each) for each in asked)],
            [*(queue.name for queue in QUEUES), *(f"view-{view.id}" for view in views)],
            queues.oldest(actor, stamp),
            queues.decided_since(actor, midnight),
        )

    @property
    def waiting(self) -> int:
        """How many wait, no more than are counted."""
        return min(self.counts[0], self.mosts[0])

    def told_counts(self) -> dict[str, str]:
        """Each count in the reader's digits, by the name of its tab."""
        return {
            name: f"{format_decimal(most)}+" if count > most else format_decimal(count)
            for name, count, most in zip(self.names, self.counts, self.mosts, strict=True)
        }

    @property
    def is_late(self) -> bool:
        """Whether the oldest has waited longer than it should."""
        return self.oldest is not None and clock.now() - self.oldest > self.target

    @property
    def target(self) -> timedelta:
        """How long a comment may wait."""
        return timedelta(hours=value_of(MODERATION_TARGET_HOURS))

    @property
    def title(self) -> str:
        """How much waits and since when."""
        if not self.waiting or self.oldest is None:
            return _("Nothing waits")
        since = format_timedelta(clock.now() - self.oldest, granularity="minute", threshold=1.2)
        if self.counts[0] > self.mosts[0]:
            most = format_decimal(self.mosts[0])
            return _("More than %(num)s comments wait, the oldest since %(time)s", num=most, time=since)
        return _n(
            "%(num)s comment waits, since %(time)s",
            "%(num)s comments wait, the oldest since %(time)s",
            self.waiting,
            time=since,
        )

    @property
    def lede(self) -> str:
        """The target, and what the person has done today."""
        target = format_timedelta(self.target, granularity="hour", threshold=1.2)
        done = _n("You decided %(num)s today.", "You decided %(num)s today.", self.decided)
        return f"{_('The target is %(time)s.', time=target)} {done}"

    @staticmethod
    def who_decided(comment: Comment) -> str:
        """Who decided about a comment, how, and how long ago; or that it was changed."""
        return _who_decided(comment)


def told_of(found: Sequence[Comment], known: Mapping[int, int], actor: Any) -> list[dict[str, Any]]:
    """What became of cards that a desk shows: those that changed since it looked, in words, and those that are gone."""
    there = {comment.id: comment for comment in found}
    told: list[dict[str, Any]] = []
    for id, version in known.items():
        comment = there.get(id)
        if comment is None:
            told.append({"id": id, "status": "", "said": _("It is not here any more.")})
        elif comment.version != version:
            told.append(
                {
                    "id": id,
                    "status": comment.status.value,
                    "version": comment.version,
                    "said": _who_decided(comment),
                    "mine": comment.decided_by_id == actor.id,
                }
            )
    return told


def _who_decided(comment: Comment) -> str:
    if comment.status is CommentStatus.PENDING or comment.decided_at is None:
        return _("Somebody changed it meanwhile")
    who = comment.decided_by.title_text if comment.decided_by is not None else _("A rule or a program")
    when = format_timedelta(comment.decided_at - clock.now(), granularity="second", add_direction=True, threshold=1.2)
    sentences = {
        CommentStatus.APPROVED: _("%(who)s approved it %(when)s", who=who, when=when),
        CommentStatus.REJECTED: _("%(who)s rejected it %(when)s", who=who, when=when),
        CommentStatus.SPAM: _("%(who)s marked it as spam %(when)s", who=who, when=when),
    }
    return sentences[comment.status]
