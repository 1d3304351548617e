"""How long a reminder may rest: the few moments most people mean, in their zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from backoffice.foundation.i18n import Text, _l
from backoffice.reminders.moments import to_local, to_utc

MORNING, EVENING = time(9), time(18)
#: Later than this the evening has begun.
_LATE = time(17)
_MONDAY = 0


class Preset(NamedTuple):
    """A label and the moment it means, in UTC."""

    name: str
    label: Text
    at: datetime


def presets(now: datetime, zone: str) -> Sequence[Preset]:
    """What is offered at this moment in the IANA `zone`, soonest first; no moment twice."""
    local = to_local(now, zone)
    today, tomorrow = local.date(), local.date() + timedelta(days=1)
    monday = tomorrow + timedelta(days=(_MONDAY - tomorrow.weekday()) % 7)
    found = [Preset("hour", _l("In 1 hour"), now.replace(second=0, microsecond=0) + timedelta(hours=1))]
    if local.time() < _LATE:
        found.append(Preset("evening", _l("This evening"), _at(today, EVENING, zone)))
    found.append(Preset("tomorrow", _l("Tomorrow morning"), _at(tomorrow, MORNING, zone)))
    if monday != tomorrow:
        found.append(Preset("monday", _l("Monday morning"), _at(monday, MORNING, zone)))
    return found


def _at(day: date, clock_time: time, zone: str) -> datetime:
    return to_utc(datetime.combine(day, clock_time), zone)
