"""Fields of the form of a reminder: a local moment in words or by clock, and how often it comes again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask_babel import format_date, get_locale, get_timezone
from werkzeug.datastructures import MultiDict
from wtforms import DateTimeLocalField, Field, HiddenField
from wtforms.validators import StopValidation

from backoffice.foundation import clock
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import Text, _, _l
from backoffice.foundation.text import clean_line, is_time_zone
from backoffice.reminders import reading, rules, saying, subjects
from backoffice.reminders.moments import to_local, to_utc

LONGEST_WORDS = 200
#: The name programs knew the moment by before there were zones; it is still read.
BEFORE = "due_at"
#: As browsers send it, and as people and programs write it.
_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
_WITH_ZONE = ("%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z")
#: The days of a rule in its own words; 0 is Monday.
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EVERY = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
LAST_DAY = -1
_ON_THE_LAST = (("BYMONTHDAY", (LAST_DAY,)),)


class LocalMomentField(DateTimeLocalField):
    """A day and a time as a clock on the wall shows them, without a zone.

    What is typed in words (`<name>.words`) comes before what is chosen. It is not taken before the person has seen how
    it was understood, nor is a moment that has passed: `<name>.shown` holds the words, if any, and the moment of which
    her page told.
    """

    takes_words = True
    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("format", list(_FORMATS))
        # A browser that demands the one control would refuse words in the other; `pre_validate` demands either.
        super().__init__(label, (), **kwargs)
        self.words = ""
        #: What the words were understood as, or a moment that has passed, where the person has not seen it yet.
        self.question: datetime | None = None
        self.has_passed = False
        self.repeats = False
        self._seen = ""
        self.zone = str(get_timezone())

    @property
    def shown(self) -> str:
        """The words and the moment that the page shows now."""
        return f"{self.words}|{_written(self.data)}" if (self.words or self.has_passed) and self.data else ""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read both controls."""
        if formdata is not None:
            self.words = clean_line(formdata.get(f"{self.name}.words"))[:LONGEST_WORDS]
            chosen = clean_line(formdata.get("time_zone"))
            self.zone = chosen if is_time_zone(chosen) else self.zone
            self.repeats = bool(formdata.get("rule.every") or formdata.get("rule"))
            self._seen = formdata.get(f"{self.name}.shown", "")
            if BEFORE in formdata and not self.words and not formdata.get(self.name):
                formdata = MultiDict({self.name: formdata.getlist(BEFORE)})
        super().process(formdata, data, extra_filters)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed. Raises ValueError, in words, for what is no moment."""
        text = str(valuelist[0]).strip() if valuelist else ""
        before = self.object_data
        if self.words:
            self.data = self._said()
        elif not text:
            self.data = None
        else:
            untouched = isinstance(before, datetime) and text == _written(before)
            self.data = before if untouched else read_local(text, self.zone)
            # A series that began in the past comes when it comes next.
            if not untouched and not self.repeats and has_passed(self.data, self.zone):
                self.has_passed = True
                self.question = None if self._seen == f"|{_written(self.data)}" else self.data

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Not before the person has seen what her words mean; that is a question and no fault of hers."""
        return super().validate(form, extra_validators) and self.question is None

    def pre_validate(self, form: Any) -> None:
        """Demand one of the two."""
        if self.data is None and not self.process_errors:
            raise StopValidation(_("Choose a day and a time."))

    def _said(self) -> datetime:
        words, _bar, moment = self._seen.rpartition("|")
        if clean_line(words) == self.words and (seen := _parsed(moment)) is not None:
            return seen
        found = reading.understood(self.words, self.zone, str(get_locale()), clock.now())
        if found is None:
            raise ValueError(
                _("That was not understood. Write for example “tomorrow 9:00” or “in 2 hours”, or choose a day below.")
            )
        self.question = local = to_local(found, self.zone)
        return local

    def _value(self) -> str:
        if self.raw_data and not self.words:
            return str(self.raw_data[0])
        return _written(self.data)


class RepeatField(Field):
    """How often it comes again, as an RFC 5545 rule: empty for once.

    Its controls are `<name>.every` (one of `CHOICES`), `.interval`, `.on` for weekdays, `.monthday`, `.until`,
    `.count`, and the rule itself under the field's name, which counts where `every` says `own`.
    """

    is_repeat = True
    CHOICES: Sequence[tuple[str, Text]] = (
        ("", _l("Never")),
        ("day", _l("Every day")),
        ("weekday", _l("Every working day, Monday to Friday")),
        ("week", _l("Every week")),
        ("month", _l("Every month")),
        ("year", _l("Every year")),
        ("own", _l("By a rule of your own")),
    )

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, (), **kwargs)
        self.parts: dict[str, Any] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the builder, or show the rule there is."""
        self.process_errors = []
        self.object_data = self.data = data if isinstance(data, str) else ""
        self.parts = taken_apart(self.data)
        if formdata is None or not {self.name, f"{self.name}.every"} & set(formdata):
            return
        self.parts = typed(formdata, self.name)
        try:
            self.data = built(self.parts)
        except DomainError as refusal:
            self.process_errors = [str(refusal.message)]
        except ValueError as error:
            self.process_errors = [str(error)]

    def _value(self) -> str:
        return self.parts.get("own") or ""


def typed(formdata: Any, name: str) -> dict[str, Any]:
    """What the controls of the builder hold."""

    def said(part: str) -> str:
        return clean_line(formdata.get(f"{name}.{part}"))[:LONGEST_WORDS]

    own = clean_line(formdata.get(name))[: rules.LONGEST_RULE + 1]
    # Other programs send the rule alone.
    every = said("every") if f"{name}.every" in formdata else "own" if own else ""
    return {
        "every": every,
        "interval": said("interval"),
        "on": [day for day in WEEKDAYS if day in formdata.getlist(f"{name}.on")],
        "monthday": said("monthday"),
        "until": said("until"),
        "count": said("count"),
        "own": own,
    }


def built(parts: dict[str, Any]) -> str:
    """The rule that these make, empty for once. Raises InvalidInput or ValueError, in words."""
    if parts["every"] not in dict(RepeatField.CHOICES):
        raise ValueError(_("Choose one of the list."))
    return str(_built(parts)) if parts["every"] else ""


def taken_apart(rule: str) -> dict[str, Any]:
    """A rule as the builder shows it; one that it cannot show stands as a rule of one's own."""
    parts: dict[str, Any] = dict.fromkeys(("every", "interval", "monthday", "until", "count", "own"), "") | {"on": []}
    if not rule:
        return parts
    own = {**parts, "every": "own", "own": rule}
    try:
        read = rules.Rule.parse(rule)
    except DomainError:
        return own
    parts |= {
        "every": _EVERY.get(read.frequency, "own"),
        "interval": str(read.interval) if read.interval != 1 else "",
        "count": str(read.count or ""),
        "until": f"{read.until[:4]}-{read.until[4:6]}-{read.until[6:8]}" if read.until else "",
        "on": [WEEKDAYS[day] for _n, day in read.days],
        "monthday": str(LAST_DAY) if read.lists == _ON_THE_LAST else "",
    }
    if parts["every"] == "week" and parts["on"] == list(WEEKDAYS[:5]):
        parts["every"], parts["on"] = "weekday", []
    return parts if str(_built(parts)) == rule else own


def _built(said: dict[str, Any]) -> rules.Rule:
    """The rule that the builder's controls make. Raises InvalidInput or ValueError, in words."""
    if said["until"] and said["count"]:
        raise ValueError(_("Say either how many times or until when, not both."))
    if said["every"] == "own":
        return rules.Rule.parse(said["own"])
    return rules.rule_of(
        every=said["every"],
        interval=_number(said["interval"], 1, rules.MOST_INTERVAL) or 1,
        weekdays=[WEEKDAYS.index(day) for day in said["on"]] if said["every"] == "week" else [],
        monthday=LAST_DAY if said["every"] == "month" and said["monthday"] == str(LAST_DAY) else None,
        until=_day(said["until"]),
        count=_number(said["count"], 1, rules.MOST_TIMES),
    )


def rhythm(rule: str) -> str:
    """The rule in the words of the reader; nothing for once."""
    return saying.in_words(rules.Rule.parse(rule)) if rule else ""


def in_full(moment: datetime, zone: str | None = None) -> str:
    """Weekday, day, year and time as the language writes them; a moment in the zone, what has no zone as it is."""
    local = to_local(moment, zone or str(get_timezone())) if moment.tzinfo else moment
    return _("%(items)s, %(item)s", items=format_date(local, "full"), item=hours(local))


def hours(local: datetime) -> str:
    """Hours and minutes as the language writes them, of 24 hours."""
    return str(format_skeleton("Hm", local.replace(tzinfo=None), locale=str(get_locale())))


def read_local(text: str, zone: str) -> datetime:
    """The local moment that the text writes; one with a zone of its own is put into `zone`. ValueError, in words."""
    for form in _WITH_ZONE:
        try:
            return datetime.strptime(text, form).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        except (ValueError, OverflowError):
            continue
    found = _parsed(text)
    if found is None:
        raise ValueError(_("Give a day and a time, for example 2026-11-20 09:30."))
    if not clock.EARLIEST.year <= found.year <= clock.LATEST.year:
        raise ValueError(_("Choose a day between 1970 and 2100."))
    return found


def has_passed(local: datetime, zone: str) -> bool:
    """Whether clocks in the zone showed this already."""
    return to_utc(local, zone) <= clock.now()


def _parsed(text: str) -> datetime | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=None)  # noqa: DTZ007  what a wall clock shows has no zone
        except ValueError:
            continue
    return None


def _written(local: Any) -> str:
    return local.strftime("%Y-%m-%dT%H:%M") if isinstance(local, datetime) else ""


def _number(text: str, least: int, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and least <= int(text) <= most):
        raise ValueError(_("Give a number from %(least)s to %(most)s.", least=least, most=most))
    return int(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("Give a day, for example 2026-11-20.")) from None
    if not clock.EARLIEST.date() < found < clock.LATEST.date():
        raise ValueError(_("Choose a day between 1970 and 2100."))
    return found


class AboutField(HiddenField):
    """The record it is about, `post:12`, or nothing; whether there is one, and who may see it, asks the model."""

    is_about = True

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep the text; whether it names a record is asked when it is saved."""
        self.data = clean_line(str(valuelist[0]))[:LONGEST_WORDS] if valuelist else ""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Kind and number are two columns. Raises InvalidInput for what names no record."""
        obj.about_resource, obj.about_id = subjects.parse(self.data) or (None, None)
