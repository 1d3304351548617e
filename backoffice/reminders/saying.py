"""A rule in words: "every 2 weeks on Monday and Thursday until 3 May 2027"."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from babel.dates import get_day_names, get_month_names
from babel.lists import format_list
from flask_babel import format_date, get_locale

from backoffice.foundation.i18n import _, _n, speaking

if TYPE_CHECKING:
    from backoffice.reminders.rules import Rule

_WEEKDAYS = (0, 1, 2, 3, 4)


def in_words(rule: Rule, locale: str | None = None) -> str:
    """The rule in this language, or the reader's; one that has no plain words is told as it is written."""
    if locale is None:
        return _told(rule)
    with speaking(locale):
        return _told(rule)


def _told(rule: Rule) -> str:
    plain = _plain(rule)
    if plain is None:
        return _("by the rule %(rule)s", rule=str(rule))
    if rule.count is not None:
        times = _n("%(num)s time", "%(num)s times", rule.count)
        return _("%(rhythm)s, %(times)s", rhythm=plain, times=times)
    if rule.until:
        day = date(int(rule.until[:4]), int(rule.until[4:6]), int(rule.until[6:8]))
        return _("%(rhythm)s until %(day)s", rhythm=plain, day=format_date(day, "long"))
    return plain


def _plain(rule: Rule) -> str | None:
    lists = dict(rule.lists)
    n = rule.interval
    if rule.frequency == "HOURLY" and not lists and not rule.days:
        return _("every hour") if n == 1 else _n("every %(num)s hour", "every %(num)s hours", n)
    if rule.frequency == "DAILY" and not lists and not rule.days:
        return _("every day") if n == 1 else _n("every %(num)s day", "every %(num)s days", n)
    if rule.frequency == "WEEKLY" and not lists:
        return _weekly(rule)
    if rule.frequency == "MONTHLY":
        return _monthly(rule, lists)
    if rule.frequency == "YEARLY":
        return _yearly(rule, lists)
    return None


def _weekly(rule: Rule) -> str:
    n = rule.interval
    if n == 1 and tuple(day for _nth, day in rule.days) == _WEEKDAYS:
        return _("on every weekday")
    rhythm = _("every week") if n == 1 else _n("every %(num)s week", "every %(num)s weeks", n)
    if not rule.days:
        return rhythm
    days = format_list([_day_name(day) for _nth, day in rule.days], locale=get_locale())
    return _("%(rhythm)s on %(days)s", rhythm=rhythm, days=days)


def _monthly(rule: Rule, lists: dict[str, tuple[int, ...]]) -> str | None:
    n = rule.interval
    rhythm = _("every month") if n == 1 else _n("every %(num)s month", "every %(num)s months", n)
    days, places = lists.pop("BYMONTHDAY", ()), lists.pop("BYSETPOS", ())
    if lists or (days and rule.days):
        return None
    if days:
        if places:
            return None
        if days == (-1,):
            return _("%(rhythm)s on the last day", rhythm=rhythm)
        if min(days) < 0:
            return None
        return _(
            "%(rhythm)s on day %(days)s",
            rhythm=rhythm,
            days=format_list([str(day) for day in days], locale=get_locale()),
        )
    if not rule.days:
        return None if places else rhythm
    if len(rule.days) != 1 or len(places) > 1:
        return None
    ((nth, day),) = rule.days
    ordinal = _ordinal(nth or (places[0] if places else 0))
    if ordinal is None or (nth and places):
        return None
    return _("%(rhythm)s on the %(ordinal)s %(day)s", rhythm=rhythm, ordinal=ordinal, day=_day_name(day))


def _yearly(rule: Rule, lists: dict[str, tuple[int, ...]]) -> str | None:
    n = rule.interval
    rhythm = _("every year") if n == 1 else _n("every %(num)s year", "every %(num)s years", n)
    months, days = lists.pop("BYMONTH", ()), lists.pop("BYMONTHDAY", ())
    if lists or rule.days:
        return None
    if not months and not days:
        return rhythm
    if len(months) != 1 or len(days) != 1 or days[0] < 0:
        return None
    name = get_month_names("wide", context="format", locale=get_locale())[months[0]]
    return _("%(rhythm)s on %(day)s %(month)s", rhythm=rhythm, day=days[0], month=name)


def _ordinal(n: int) -> str | None:
    return {1: _("first"), 2: _("second"), 3: _("third"), 4: _("fourth"), -1: _("last")}.get(n)


def _day_name(day: int) -> str:
    return str(get_day_names("wide", context="format", locale=get_locale())[day])
