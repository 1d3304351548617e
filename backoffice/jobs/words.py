"""Jobs, rhythms and spans in the words of the reader."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_time
from flask_babel import get_locale

from backoffice.foundation.i18n import _, _n
from backoffice.jobs.schedule import Daily, Every, Job, Weekly

#: A Monday.
_MONDAY = date(2024, 1, 1)


def what(job: Job) -> str:
    """What it does, in a sentence."""
    return str(job.what or job.help)


def rhythm_told(job: Job) -> str:
    """When it runs."""
    match job.rhythm:
        case Every(span):
            return _every(span)
        case Daily(at):
            return _("daily at %(time)s UTC", time=_at(at))
        case Weekly(weekday, at):
            day = get_locale().days["stand-alone"]["wide"][weekday]
            return _("%(day)s at %(time)s UTC", day=day, time=_at(at))
    return _("when somebody asks for it")


def span_told(span: timedelta) -> str:
    """A length of time: whole minutes from two minutes on, seconds below, tenths below one."""
    seconds = span.total_seconds()
    if seconds < 1:
        return _("less than a second")
    if seconds < 120:
        return _n("%(num)s second", "%(num)s seconds", round(seconds))
    if seconds < 7200 and seconds != 3600:
        return _n("%(num)s minute", "%(num)s minutes", round(seconds / 60))
    return _n("%(num)s hour", "%(num)s hours", round(seconds / 3600))


def _every(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds % 3600 == 0:
        hours = seconds // 3600
        return _("every hour") if hours == 1 else _n("every %(num)s hour", "every %(num)s hours", hours)
    if seconds % 60 == 0:
        minutes = seconds // 60
        return _("every minute") if minutes == 1 else _n("every %(num)s minute", "every %(num)s minutes", minutes)
    return _("every second") if seconds == 1 else _n("every %(num)s second", "every %(num)s seconds", seconds)


def _at(at: object) -> str:
    moment = datetime.combine(_MONDAY, at)  # type: ignore[arg-type]  # a time
    return str(format_time(moment, "HH:mm", locale=get_locale()))
