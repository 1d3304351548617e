"""What every template may use: permissions, dates and numbers in the reader's way, static files by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime as babel_format_datetime
from babel.dates import format_skeleton, format_timedelta
from babel.units import format_unit
from flask import Flask, url_for
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    format_time,
    get_locale,
    get_timezone,
)
from flask_login import current_user

from backoffice.foundation import clock
from backoffice.foundation.i18n import SOURCE_LOCALE, _, _n
from backoffice.foundation.permissions import Can, is_allowed, is_staff
from backoffice.site.requests import csp_nonce, present_actor

STATIC = Path(__file__).resolve().parents[1] / "static"


def install(app: Flask) -> None:
    """Give templates their words and filters."""
    env = app.jinja_env
    env.globals.update(
        # Plain strings, so that a translation is escaped like any other text and can never become markup.
        _=_,
        gettext=_,
        ngettext=_n,
        _n=_n,
        can=can,
        static=static,
        csp_nonce=csp_nonce,
        is_staff=lambda: is_staff(present_actor()),
        now=clock.now,
        publication=app.config["PUBLICATION"],
        has_editor=has_editor,
    )
    env.filters.update(
        when=when,
        day=day,
        day_of_month=day_of_month,
        moment=moment,
        number=number,
        percent=format_percent,
        ago=ago,
        age=age,
        iso=iso,
        utc=utc,
        clock_time=clock_time,
        filesize=filesize,
        listed=listed,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.trim_blocks = env.lstrip_blocks = True


def can(name: str, record: Any = None) -> bool:
    """Whether the person who is signed in holds the permission; for templates."""
    return bool(current_user) and current_user.is_authenticated and is_allowed(current_user, Can(name), record)


@lru_cache(maxsize=512)
def _stamp(path: str, changed: float) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]


def static(path: str) -> str:
    """The address of a static file with a stamp of its content, so that browsers may keep it for a year."""
    try:
        stamp = _stamp(path, (STATIC / path).stat().st_mtime)
    except OSError:
        stamp = "0"
    return url_for("static", filename=path, v=stamp)


def has_editor() -> bool:
    """Whether the files of the text editor were installed; without them the text is a plain text area."""
    return (STATIC / "vendor" / "ckeditor" / "ckeditor5.css").exists()


def iso(moment_: datetime) -> str:
    """For `datetime=` attributes."""
    return moment_.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(moment_: datetime) -> str:
    """The exact moment, for titles."""
    return moment_.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def when(moment_: datetime) -> str:
    """A moment as a colleague would say it: minutes ago, today's hours, a weekday this week, else the day."""
    now = clock.now()
    age = now - moment_
    if timedelta(0) <= age < timedelta(hours=12):
        return ago(moment_)
    zone = get_timezone()
    local, today = moment_.astimezone(zone), now.astimezone(zone)
    # Without their zone: one moment is equal in all zones, so what is kept would be told in the zone asked for first.
    local, today = local.replace(tzinfo=None), today.replace(tzinfo=None)
    minute, locale = local.replace(second=0, microsecond=0), str(get_locale())
    if timedelta(0) <= age < timedelta(days=6):
        return _dated(minute, "EHm", locale)
    if age < timedelta(0) and local.date() == today.date():
        return _dated(minute, "Hm", locale)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    date = _dated(midnight, "MMMd" if local.year == today.year else "yMMMd", locale)
    return f"{date} {_dated(minute, 'Hm', locale)}" if age < timedelta(0) else date


#: What English pages show for the parts that a moment is told by; other languages have an order of their own.
_IN_ENGLISH = {"Hm": "HH:mm", "EHm": "EEE HH:mm", "MMMd": "d MMM", "yMMMd": "d MMM y"}


@lru_cache(maxsize=4096)
def _dated(local: datetime, parts: str, locale: str) -> str:
    """A local moment, naive, told by these parts (a CLDR skeleton); a list shows the same days again and again."""
    if locale == SOURCE_LOCALE:
        return babel_format_datetime(local, _IN_ENGLISH[parts], locale=locale)
    return format_skeleton(parts, local, locale=locale)


def ago(moment_: datetime) -> str:
    """How long ago, in one unit."""
    seconds = (clock.now() - moment_).total_seconds()
    if seconds < 60:
        return _("just now")
    return _minutes_ago(int(seconds // 60), str(get_locale()))


@lru_cache(maxsize=4096)
def _minutes_ago(minutes: int, locale: str) -> str:
    return format_timedelta(
        timedelta(minutes=-minutes), "minute", threshold=1.2, add_direction=True, format="short", locale=locale
    )


def age(moment_: datetime) -> str:
    """The time since, in hours and minutes within a day, in one unit beyond."""
    locale, minutes = str(get_locale()), max(int((clock.now() - moment_).total_seconds() // 60), 0)
    if minutes >= 24 * 60:
        return format_timedelta(timedelta(minutes=minutes), "day", threshold=1.5, format="long", locale=locale)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    shown = [part for part in parts if part[0]] or parts[1:]
    return " ".join(format_unit(count, unit, "short", locale=locale) for count, unit in shown)


def moment(moment_: datetime) -> str:
    """Day and time in full, in the reader's zone."""
    return format_datetime(moment_, "medium")


def day(value: Any, form: str = "long") -> str:
    """A day in full."""
    return format_date(value, form)


def day_of_month(value: date) -> str:
    """A day of this year in few letters, in the order of the language: 21 Nov."""
    return _dated(datetime(value.year, value.month, value.day, tzinfo=UTC), "MMMd", str(get_locale()))


def clock_time(moment_: datetime) -> str:
    """Hours and minutes."""
    return format_time(moment_, "short")


def number(value: float) -> str:
    """A number with the reader's digits and separators."""
    return format_decimal(value)


def listed(items: Iterable[Any]) -> str:
    """The items one after another, with the comma of the reader's language between them."""
    told = ""
    for item in items:
        told = _("%(items)s, %(item)s", items=told, item=item) if told else str(item)
    return told


def filesize(size: int) -> str:
    """A number of bytes as people say it, in the reader's digits."""
    if size < 1000:
        return _n("%(num)s byte", "%(num)s bytes", size)
    for unit in ("kB", "MB", "GB", "TB"):
        size_in = size / 1000 ** (("kB", "MB", "GB", "TB").index(unit) + 1)
        if size_in < 1000 or unit == "TB":
            break
    return f"{format_decimal(round(size_in, 1 if size_in < 100 else 0))} {unit}"
