"""Reading when somebody means by "tomorrow 9:00", "in 2 h" or "morgen 9 Uhr": a moment to come, or nothing.

The languages of the product are read here, with names of days from CLDR; what is left is asked of dateparser, which
knows many languages and is weak on times of day. It is imported when it is first needed, as that takes a while.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import get_day_names, get_month_names

from babel import Locale, UnknownLocaleError
from backoffice.foundation import clock
from backoffice.foundation.errors import InvalidInput
from backoffice.reminders.moments import to_local, to_utc
from backoffice.reminders.spoken import SPOKEN, TWO, Spoken

LONGEST_TEXT = 80
#: The hour of a day that was named without one.
USUAL_HOUR = 9
_AT_ONCE = timedelta(minutes=1)
#: The letters that Arabic writers take for one another.
_ALIKE = str.maketrans("أإآةى’،", "اااهي' ", "ـ")


def understood(text: str, zone: str, locale: str, now: datetime) -> datetime | None:
    """The moment in UTC that these words mean to somebody in the IANA `zone` who speaks `locale`, or English.

    Always later than `now`: a time that has passed today means tomorrow's, a day of this year that has passed the next
    year's. None for what is not understood, lies in the past for certain, or is longer than 80 characters.
    """
    words = plain_words(text)
    if not words or len(text) > LONGEST_TEXT:
        return None
    languages = [_language(locale)] if _language(locale) == "en" else [_language(locale), "en"]
    try:
        for language in languages:
            if language in SPOKEN and (found := _Reader(words, language, zone, now).read()) is not None:
                return found if found > now and clock.is_storable(found) else None
        return _asked_of_others(text, languages, zone, now)
    except (InvalidInput, OverflowError, ValueError):
        return None


def plain_words(text: str) -> str:
    """The text in small letters and European digits, without accents, commas and doubled spaces."""
    text = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    text = "".join(
        str(unicodedata.digit(sign)) if sign.isdigit() and unicodedata.digit(sign, None) is not None else sign
        for sign in text
        if not unicodedata.combining(sign) and sign.isprintable()
    )
    text = text.translate(_ALIKE)
    return " ".join(text.replace(",", " ").split())


class _Reader:
    """Takes from the words what it knows, piece by piece; understood is what leaves nothing over."""

    def __init__(self, words: str, language: str, zone: str, now: datetime) -> None:
        self.rest, self.zone, self.now = words, zone, now
        self.language = language
        self.spoken: Spoken = SPOKEN[language]
        self.here = to_local(now, zone)

    def read(self) -> datetime | None:
        if (span := self._span()) is not None:
            return span
        day, is_free, days_on = self._day()
        hour = self._time(has_day=day is not None)
        self.rest = re.sub(rf"(?<!\w)(?:{self.spoken.noise}|{self.spoken.at})(?!\w)", " ", self.rest).strip(" .-")
        if self.rest or (day is None and hour is None):
            return None
        return self._joined(day, is_free, days_on, hour)

    def _joined(self, day: date | None, is_free: bool, step: int, hour: time | int | None) -> datetime | None:
        """The moment of a day and a time; `is_free` where the next such day is meant if this one has passed."""
        is_next_day = hour == 24
        at = time(0) if is_next_day else time(USUAL_HOUR) if hour is None else hour
        if not isinstance(at, time):
            return None
        if day is None:
            day, is_free, step = self.here.date(), True, 1
        if hour is None and day == self.here.date() and self.here.time() >= at and not is_free:
            # "today" without a time, late in the day: the next full hour.
            local = (self.here + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
            return to_utc(local, self.zone)
        if is_next_day:
            day += timedelta(days=1)
        found = to_utc(datetime.combine(day, at), self.zone)
        if found <= self.now and is_free:
            day = day + timedelta(days=step) if step < 300 else _years_on(day)
            found = to_utc(datetime.combine(day, at), self.zone)
        return found

    def _span(self) -> datetime | None:
        """In so many minutes, hours, days …: hours as time passes, days and more by the calendar."""
        said = self.spoken
        numbers = "|".join(sorted(said.numbers, key=len, reverse=True))
        units = "|".join(f"(?P<{name}>{pattern})" for name, pattern in said.units.items())
        tail = r"(?P<tail>.*)"
        half = re.fullmatch(rf"(?:{said.within}) (?:{said.half}) ?(?:{said.units['hour']})", self.rest)
        if half:
            return self.now + timedelta(minutes=30)
        many = rf"(?:(?P<n>\d{{1,4}}(?:[.]\d)?|{numbers}) ?)?"
        match = re.fullmatch(rf"(?:(?P<within>{said.within}) )?{many}(?:{units})(?: from now)?(?!\w){tail}", self.rest)
        if not match or (not match["within"] and not self.rest.endswith("from now")):
            return None
        unit = next(name for name in said.units if match[name])
        n = match["n"]
        if n is None and match[unit] not in TWO and self.language != "ar":
            return None
        count = (2.0 if match[unit] in TWO else 1.0) if n is None else float(said.numbers.get(n) or n)
        if unit in ("minute", "hour"):
            if match["tail"].strip():
                return None
            step = timedelta(minutes=count) if unit == "minute" else timedelta(hours=count)
            return self.now + step
        self.rest = match["tail"].strip()
        hour = self._time(has_day=True)
        self.rest = re.sub(rf"(?<!\w)(?:{said.at})(?!\w)", " ", self.rest).strip()
        if self.rest or not count.is_integer():
            return None
        local = _later(self.here, unit, int(count))
        if isinstance(hour, time):
            local = datetime.combine(local.date(), hour)
        return to_utc(local.replace(second=0, microsecond=0), self.zone)

    def _day(self) -> tuple[date | None, bool, int]:
        """The day that is named; whether the next such day does as well, and how many days on that is."""
        for pattern, days in sorted(self.spoken.days.items(), key=lambda pair: -len(pair[0])):
            if self._take(pattern, keep="tonight"):
                return self.here.date() + timedelta(days=days), False, 1
        if (written := self._written_day()) is not None:
            return written
        if self._take(f"(?:{self.spoken.next}) (?:{self.spoken.units['week']})") or self._take(
            f"(?:{self.spoken.units['week']}) (?:{self.spoken.next})"
        ):
            return self.here.date() + timedelta(days=7), False, 7
        for name, weekday in _weekdays(self.language):
            said_next = self.spoken.next
            if self._take(rf"(?:(?:{said_next}) )?{re.escape(name)}\.?(?: (?:{said_next}))?"):
                on = (weekday - self.here.weekday()) % 7
                return self.here.date() + timedelta(days=on), True, 7
        return None, False, 1

    def _written_day(self) -> tuple[date | None, bool, int] | None:
        if match := self._take(r"(\d{4})-(\d{1,2})-(\d{1,2})t?"):
            return date(int(match[1]), int(match[2]), int(match[3])), False, 1
        if match := self._take(r"(\d{1,2})[./](\d{1,2})[./](\d{4})"):
            return self._of_numbers(int(match[1]), int(match[2]), int(match[3]), date), False, 1
        if match := self._take(r"(\d{1,2})\.(\d{1,2})\.") or self._take(r"(\d{1,2})/(\d{1,2})"):
            return self._of_numbers(int(match[1]), int(match[2]), self.here.year, _day_of), True, 365
        for name, month in _months(self.language):
            of = r"(?:of |de |d')?"
            match = self._take(rf"(\d{{1,2}})(?:\.|st|nd|rd|th|er|º)? {of}{re.escape(name)}\.?(?: (?:de )?(\d{{4}}))?")
            if match is None and self.language == "en":
                match = self._take(rf"{re.escape(name)} (\d{{1,2}})(?:st|nd|rd|th)?(?: (\d{{4}}))?")
            if match:
                if match[2]:
                    return date(int(match[2]), month, int(match[1])), False, 365
                return _day_of(self.here.year, month, int(match[1])), True, 365
        return None

    @staticmethod
    def _of_numbers(first: int, second: int, year: int, day_of: Callable[[int, int, int], date]) -> date:
        """Day and month; in English 12/31 can only be the other way round."""
        return day_of(year, first, second) if second > 12 >= first else day_of(year, second, first)

    def _time(self, has_day: bool) -> time | int | None:
        """The time of day that is named; 24 for midnight at the end of the day. A bare number is one beside a day."""
        said = self.spoken
        at = rf"(?:(?:{said.at}) )?"
        half = rf"(?: ?(?P<pm>{said.afternoon or '(?!)'})| ?(?P<am>{said.morning or '(?!)'}))?"
        unit = rf" ?(?:{said.oclock})" if said.oclock else ""
        patterns = [rf"{at}(?P<h>\d{{1,2}})[:.](?P<m>\d{{2}})(?::\d{{2}})?{unit and f'(?:{unit})?'}{half}"]
        if unit:
            patterns.append(rf"{at}(?P<h>\d{{1,2}}){unit}(?: ?(?P<m>\d{{2}}))?{half}")
        patterns += [
            rf"(?:{said.at}) (?P<h>\d{{1,2}}){half}",
            rf"(?P<h>\d{{1,2}}) ?(?:(?P<pm>{said.afternoon or '(?!)'})|(?P<am>{said.morning or '(?!)'}))",
        ]
        for pattern in patterns:
            if match := self._take(pattern):
                return self._of_clock(match)
        for name, hour in sorted(said.hours.items(), key=lambda pair: -len(pair[0])):
            if self._take(rf"{at}(?:{name})"):
                return hour if hour == 24 else time(hour)
        if has_day and (match := self._take(r"(?P<h>\d{1,2})(?![\d:./])")):
            return self._of_clock(match)
        return None

    def _of_clock(self, match: re.Match[str]) -> time:
        given = match.groupdict()
        hour, minute = int(given["h"]), int(given.get("m") or 0)
        if given.get("pm") and hour < 12:
            hour += 12
        if given.get("am") and hour == 12:
            hour = 0
        return time(hour, minute)

    def _take(self, pattern: str, keep: str = "") -> re.Match[str] | None:
        """Cut the first place out where these words stand."""
        match = re.search(rf"(?<![\w:.])(?:{pattern})(?!\w)", self.rest)
        if match and match[0] != keep:
            self.rest = f"{self.rest[: match.start()]} {self.rest[match.end() :]}".strip()
            self.rest = " ".join(self.rest.split())
        return match


def _asked_of_others(text: str, languages: list[str], zone: str, now: datetime) -> datetime | None:
    from dateparser import parse  # takes a while, and most is understood without it
    from dateparser.data import languages_info

    known = [each for each in languages if each in languages_info.language_order]
    if not known or not any(sign.isalpha() for sign in text):
        return None
    here = to_local(now, zone).replace(second=0, microsecond=0)
    settings: Any = {
        "RELATIVE_BASE": here,
        "PREFER_DATES_FROM": "future",
        "PARSERS": ["relative-time", "absolute-time"],
        "DATE_ORDER": "DMY",
        "REQUIRE_PARTS": [],
    }
    found = parse(text, languages=known, settings=settings)
    if found is None or not _tells_all(text, found.replace(tzinfo=None), here):
        return None
    if found.tzinfo is not None:
        moment = found.astimezone(UTC)
    else:
        if found.time() == time(0) and "0" not in plain_words(text):
            found = found.replace(hour=USUAL_HOUR)
        moment = to_utc(found.replace(second=0, microsecond=0), zone)
    return moment if moment > now + _AT_ONCE and clock.is_storable(moment) else None


def _tells_all(text: str, found: datetime, here: datetime) -> bool:
    """Whether every number in the text is one of what was found: nothing that was typed may be passed over."""
    away = found - here
    minutes, months = round(away.total_seconds() / 60), (found.year - here.year) * 12 + found.month - here.month
    told = {found.year, found.year % 100, found.month, found.day, found.hour, found.hour % 12 or 12, found.minute}
    told |= {found.second, minutes, minutes // 60, away.days, away.days // 7, months, found.year - here.year}
    return all(int(number) in told for number in re.findall(r"[0-9]+", plain_words(text)))


def _language(locale: str) -> str:
    return locale.replace("-", "_").split("_", 1)[0].lower()


@lru_cache(maxsize=32)
def _weekdays(language: str) -> tuple[tuple[str, int], ...]:
    return _names(language, get_day_names)


@lru_cache(maxsize=32)
def _months(language: str) -> tuple[tuple[str, int], ...]:
    return _names(language, get_month_names)


def _names(language: str, names_of: Any) -> tuple[tuple[str, int], ...]:
    """Names in small letters and their numbers, the longest first."""
    try:
        locale = Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return ()
    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in names_of(width, context=context, locale=locale).items():
                word = plain_words(name).rstrip(".")
                # A language that writes one letter for a day says nothing by it.
                if len(word) > 1:
                    found.setdefault(word, number)
                    found.setdefault(word.split("-")[0], number)
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _day_of(year: int, month: int, day: int) -> date:
    """The day of this year; a leap day, which was named without a year, of the next one that has it."""
    if (month, day) == (2, 29):
        while not calendar.isleap(year):
            year += 1
    return date(year, month, day)


def _years_on(day: date) -> date:
    return _day_of(day.year + 1, day.month, day.day)


def _later(local: datetime, unit: str, count: int) -> datetime:
    if unit in ("day", "week"):
        return local + timedelta(days=count * (7 if unit == "week" else 1))
    months = local.month - 1 + count * (12 if unit == "year" else 1)
    year, month = local.year + months // 12, months % 12 + 1
    return local.replace(year=year, month=month, day=min(local.day, calendar.monthrange(year, month)[1]))
