"""What every template may use: permissions, dates and numbers in the reader's way, static files by content."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime as babel_format_datetime
from babel.dates import format_skeleton, format_timedelta
from babel.units import format_unit
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    format_time,
    get_locale,
    get_timezone,
)
from markupsafe import Markup

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
        url_for=address_for,
        icon=icon,
        time_tag=time_tag,
        csp_nonce=csp_nonce,
        is_staff=lambda: is_staff(present_actor()),
        now=clock.now,
        publication=app.config["PUBLICATION"],
        has_editor=has_editor,
        put_in=put_in,
        viewing=lambda: g.get("viewing"),
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
        time_of_day=time_of_day,
        filesize=filesize,
        css_string=css_string,
        listed=listed,
    )
    env.policies["ext.i18n.trimmed"] = True
    env.trim_blocks = env.lstrip_blocks = True


def can(name: str, record: Any = None) -> bool:
    """Whether the present actor holds the permission; for templates."""
    return is_allowed(present_actor(), Can(name), record)


def address_for(endpoint: str, **values: Any) -> str:
    """Flask's `url_for`, which builds the same address of a page only once."""
    if not has_request_context() or any(name.startswith("_") for name in values):
        return url_for(endpoint, **values)
    if endpoint.startswith("."):
        endpoint = f"{request.blueprint}{endpoint}"
    known: dict[Any, str] = current_app.extensions.setdefault("addresses", {})
    key = (request.script_root, endpoint, *values.items())
    if key not in known:
        if len(known) > _MOST_ADDRESSES:
            known.clear()
        known[key] = url_for(endpoint, **values)
    return known[key]


#: So many addresses of pages are kept; most pages have the same few dozen.
_MOST_ADDRESSES = 2000


def static(path: str) -> str:
    """The address of a static file with a stamp of its content, so that browsers may keep it for a year."""
    return _address_at(path, request.script_root, int(time.monotonic()))


@lru_cache(maxsize=512)
def _address_at(path: str, _root: str, _second: int) -> str:
    """The address, worked out once in a second: a page has dozens, mostly of the same few files."""
    try:
        stamp = _stamp(path, (STATIC / path).stat().st_mtime)
    except OSError:
        stamp = "0"
    return url_for("static", filename=path, v=stamp)


@lru_cache(maxsize=512)
def _stamp(path: str, changed: float) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]


def icon(name: str, dir: bool = False) -> Markup:
    """A drawing of the house by its name; with `dir` it is mirrored where people read from right to left."""
    return _drawn(name, dir, static("admin/icons.svg"))


@lru_cache(maxsize=512)
def _drawn(name: str, dir: bool, sheet: str) -> Markup:
    turning = " bo-icon--dir" if dir else ""
    form = Markup('<svg class="bo-icon{}" aria-hidden="true"><use href="{}#bo-{}"/></svg>')
    return form.format(turning, sheet, name)


def has_editor() -> bool:
    """Whether the files of the text editor were installed; without them the text is a plain text area."""
    return (STATIC / "vendor" / "ckeditor" / "ckeditor5.css").exists()


def put_in(sentence: str, **parts: Any) -> Markup:
    """A translated sentence whose placeholders are filled with markup; all else, the sentence included, is escaped."""
    # The filter of templates, as a translation that cannot be filled then says its English instead.
    escaped: Markup = current_app.jinja_env.filters["e"](sentence)
    return escaped % parts


def iso(moment_: datetime) -> str:
    """For `datetime=` attributes."""
    return f"{moment_.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def utc(moment_: datetime) -> str:
    """The exact moment, for titles."""
    return f"{moment_.astimezone(UTC).isoformat(' ', 'seconds')[:19]} UTC"


def when(moment_: datetime) -> str:
    """A moment as a colleague would say it: minutes ago, today's hours, a weekday this week, else the day."""
    return teller()(moment_)


def time_tag(moment_: datetime, told: str | None = None) -> Markup:
    """A moment as `when` says it, with its exact time for programs and for whoever points at it."""
    return _tag(moment_, told or when(moment_))


@lru_cache(maxsize=4096)
def _tag(moment_: datetime, told: str) -> Markup:
    exact = moment_.astimezone(UTC).isoformat(" ", "seconds")[:19]
    return Markup('<time datetime="{}Z" title="{} UTC">{}</time>').format(exact, exact, told)


def teller() -> Callable[[datetime], str]:
    """The same for many moments of one page: the clock, the zone and the language are asked for once."""
    now, zone, locale = clock.now(), get_timezone(), str(get_locale())
    today = now.astimezone(zone).date()

    def tell(moment_: datetime) -> str:
        age = now - moment_
        if _NO_TIME <= age < _HALF_A_DAY:
            return ago(moment_)
        return _told(moment_, today, age < _NO_TIME, zone, locale)

    return tell


_NO_TIME, _HALF_A_DAY, _WEEK = timedelta(0), timedelta(hours=12), 6


@lru_cache(maxsize=4096)
def _told(moment_: datetime, today: date, is_coming: bool, zone: Any, locale: str) -> str:
    """A moment by weekday or day; a list shows the same ones again and again."""
    # Without its zone: one moment is equal in all zones, so what is kept would be told in the zone asked for first.
    local = moment_.astimezone(zone).replace(tzinfo=None)
    minute = local.replace(second=0, microsecond=0)
    if not is_coming and (today - local.date()).days < _WEEK:
        return _dated(minute, "EHm", locale)
    if is_coming and local.date() == today:
        return _dated(minute, "Hm", locale)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    day_ = _dated(midnight, "MMMd" if local.year == today.year else "yMMMd", locale)
    return f"{day_} {_dated(minute, 'Hm', locale)}" if is_coming else day_


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


def time_of_day(moment_: datetime) -> str:
    """Hours and minutes of a moment today, with the weekday before that."""
    local, today = moment_.astimezone(get_timezone()), clock.now().astimezone(get_timezone()).date()
    minute = local.replace(second=0, microsecond=0, tzinfo=None)
    return _dated(minute, "Hm" if local.date() == today else "EHm", str(get_locale()))


def number(value: float) -> str:
    """A number with the reader's digits and separators."""
    return format_decimal(value)


def listed(items: Iterable[Any]) -> str:
    """The items one after another, with the comma of the reader's language between them."""
    told = ""
    for item in items:
        told = _("%(items)s, %(item)s", items=told, item=item) if told else str(item)
    return told


def css_string(text: Any) -> Markup:
    """The text as a string of a style sheet: whatever is no letter, digit or space is escaped (CSS Syntax 3, 4.3.7)."""
    return Markup('"{}"').format(_NOT_PLAIN.sub(lambda sign: f"\\{ord(sign[0]):x} ", str(text)))


_NOT_PLAIN = re.compile(r"[^\w ]")


def filesize(size: int) -> str:
    """A number of bytes as people say it, in the reader's digits."""
    if size < 1000:
        return _n("%(num)s byte", "%(num)s bytes", size)
    for unit in ("kB", "MB", "GB", "TB"):
        size_in = size / 1000 ** (("kB", "MB", "GB", "TB").index(unit) + 1)
        if size_in < 1000 or unit == "TB":
            break
    return f"{format_decimal(round(size_in, 1 if size_in < 100 else 0))} {unit}"
