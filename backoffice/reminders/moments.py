"""Local times and moments: what the clock on somebody's wall shows, and when that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backoffice.foundation import clock
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l


def to_utc(local: datetime, zone: str) -> datetime:
    """The moment, in UTC, at which clocks in the IANA `zone` show `local` (without a zone).

    A time that clocks skip means the moment at which they go on; of one that comes twice, the first. Raises
    InvalidInput for a day outside 1970 to 2100.
    """
    if not clock.EARLIEST.year <= local.year <= clock.LATEST.year:
        raise InvalidInput(_l("Choose a day between 1970 and 2100."), field="local_at")
    there = ZoneInfo(zone)
    naive = local.replace(tzinfo=None, fold=0)
    moment = naive.replace(tzinfo=there).astimezone(UTC)
    if to_local(moment, zone) != naive:
        moment = _end_of_gap(naive, there)
    if not clock.is_storable(moment):
        raise InvalidInput(_l("Choose a day between 1970 and 2100."), field="local_at")
    return moment


def to_local(moment: datetime, zone: str) -> datetime:
    """What clocks in the zone show at this moment, without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def shows(moment: datetime, local: datetime, zone: str) -> bool:
    """Whether clocks in the zone show `local` at this moment, or skip it then; of two such moments both count."""
    return to_local(moment, zone) == local.replace(tzinfo=None, fold=0) or to_utc(local, zone) == moment


def _end_of_gap(naive: datetime, there: ZoneInfo) -> datetime:
    """The moment at which clocks were put forward over this time."""
    early = naive.replace(tzinfo=there, fold=1).astimezone(UTC)
    late = naive.replace(tzinfo=there, fold=0).astimezone(UTC)
    before = early.astimezone(there).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=int((late - early).total_seconds()) // 2)
        if middle.astimezone(there).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
