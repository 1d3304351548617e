"""What the page on health draws: its numbers as bars, and each number in words of the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from flask_babel import format_date, format_decimal, format_percent, format_time, format_timedelta

from backoffice.comments.models import CommentStatus
from backoffice.dashboard import chart, columns
from backoffice.dashboard.days import Day, Days
from backoffice.foundation.i18n import _
from backoffice.moderation.health import DayHealth, Health
from backoffice.moderation.history import BANDS, RuleTally, Tally

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: An hour is named under every so many bars.
_HOURS_NAMED = 3
#: Waits are told in one of three units, however long.
_NO_LARGER = 10_000
#: How a day is called under its bar.
Named = Callable[[date], str]


def told_wait(wait: timedelta | None) -> str:
    """A wait in the unit that suits it; a dash where there is none."""
    if wait is None:
        return "–"
    unit = "minute" if wait < timedelta(hours=2) else "hour" if wait < timedelta(days=2) else "day"
    return format_timedelta(wait, granularity=unit, threshold=_NO_LARGER)


def told_share(share: float | None) -> str:
    """A share in per cent; a dash where there is none."""
    return "–" if share is None else format_percent(share)


def per_day(days: Sequence[DayHealth]) -> tuple[Days, chart.Chart]:
    """What was decided each day, by decision."""
    found = Days([Day(each.day, _counts(each.tally)) for each in days])
    return found, chart.drawn(found)


def _counts(tally: Tally) -> dict[CommentStatus, int]:
    return {
        CommentStatus.APPROVED: tally.approved,
        CommentStatus.REJECTED: tally.rejected,
        CommentStatus.SPAM: tally.spam,
        CommentStatus.PENDING: 0,
    }


def waits(health: Health, named: Named) -> tuple[columns.Columns, str]:
    """The median wait of each day, with the target as a line, and the unit of the scale in words."""
    found = [each.tally.median for each in health.days]
    seconds = [None if each is None else each.total_seconds() for each in found]
    most = max([*filter(None, seconds), health.waiting.target.total_seconds() if any(seconds) else 0, 1])
    unit, said = _unit(most)
    top = chart.ceiling(-(-int(most) // unit)) * unit
    drawn = columns.standing(
        seconds,
        [f"{_told_day(each.day)}: {told_wait(wait)}" for each, wait in zip(health.days, found, strict=True)],
        _names([each.day for each in health.days], named),
        top=top,
        levels=[format_decimal(top * line // (chart.LINES - 1) // unit) for line in range(chart.LINES)],
        mark=(health.waiting.target.total_seconds(), _("Target")),
    )
    return drawn, said


def _unit(seconds: float) -> tuple[int, str]:
    if seconds <= 2 * _HOUR:
        return _MINUTE, _("in minutes")
    return (_HOUR, _("in hours")) if seconds <= 4 * _DAY else (_DAY, _("in days"))


def overturned(days: Sequence[DayHealth], named: Named) -> columns.Columns:
    """Of each day, how many decisions were changed again for each that was made."""
    shares = [each.tally.share_overturned for each in days]
    top = min(chart.ceiling(max(round(100 * (share or 0)) for share in shares)), 102) / 100
    return columns.standing(
        shares,
        [f"{_told_day(each.day)}: {told_share(share)}" for each, share in zip(days, shares, strict=True)],
        _names([each.day for each in days], named),
        top=top,
        levels=[format_percent(top * line / 3) for line in range(chart.LINES)],
    )


def hours(health: Health) -> columns.Columns:
    """What was decided in each hour of the reader's day."""
    counts = health.per_hour
    top = chart.ceiling(max(counts, default=0))
    told = [format_time(hour, "short") for hour in health.hours]
    padding = max(24 - len(counts), 0)
    return columns.standing(
        [*counts, *[None] * padding],
        [f"{name}: {format_decimal(count)}" for name, count in zip(told, counts, strict=True)] + [""] * padding,
        [name if number % _HOURS_NAMED == 0 else "" for number, name in enumerate(told)] + [""] * padding,
        top=top,
        levels=[format_decimal(top * line // 3) for line in range(chart.LINES)],
    )


def scores(health: Health) -> columns.Columns:
    """Of the comments of each band of the score, the share that people refused."""
    shares = [refused / decided if decided else None for decided, refused in health.scores]
    names = [told_band(band) for band in range(BANDS)]
    return columns.standing(
        shares,
        [f"{name}: {told_share(share)}" for name, share in zip(names, shares, strict=True)],
        names,
        top=1.0,
        levels=[format_percent(line / 3) for line in range(chart.LINES)],
        is_wide=True,
    )


def told_band(band: int) -> str:
    """A band of the score in words."""
    return _("%(least)s to %(most)s", least=format_percent(band / BANDS), most=format_percent((band + 1) / BANDS))


def told_rule(rule: RuleTally) -> str:
    """The name of a rule; what is always held has one in the reader's language."""
    return _("Always held") if rule.id is None and rule.name == "Always held" else rule.name


def told_hour(hour: datetime) -> str:
    """When an hour began."""
    return format_time(hour, "short")


def _told_day(day: date) -> str:
    return format_date(day, "medium")


def _names(days: Sequence[date], named: Named) -> list[str]:
    every, last = chart.named_every(len(days)), len(days) - 1
    return [named(day) if (last - number) % every == 0 else "" for number, day in enumerate(days)]
