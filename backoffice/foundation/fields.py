"""Form fields that forms of the domain and of the back office share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from dateutil import tz
from flask_babel import get_timezone
from wtforms import DateTimeLocalField
from wtforms.fields.choices import SelectChoice

from backoffice.foundation import clock
from backoffice.foundation.i18n import _


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Values and labels as WTForms wants the choices of a field."""
    return [SelectChoice(value=value, label=label) for value, label in pairs]


class MomentField(DateTimeLocalField):
    """A moment, typed in the reader's time zone and kept in UTC.

    A time the clocks skip is refused; one that comes twice means the first. Values with a zone (`…Z`, `…+02:00`) are
    taken as they are, so that other programs need not know the reader's zone.
    """

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        formats = [
            "%Y-%m-%dT%H:%M",
            "%Y-%m-%dT%H:%M:%S",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%d %H:%M:%S",
        ]
        kwargs.setdefault("format", formats)
        super().__init__(label, validators, **kwargs)

    @property
    def zone_name(self) -> str:
        """The zone in which this is typed and shown."""
        return str(get_timezone())

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self._shown(self.data) if self.data else ""

    @staticmethod
    def _shown(moment: datetime) -> str:
        return moment.astimezone(get_timezone()).strftime("%Y-%m-%dT%H:%M")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed. Raises ValueError, in words, for what is no moment."""
        if not valuelist or not str(valuelist[0]).strip():
            self.data = None
            return
        text, before = str(valuelist[0]).strip(), self.object_data
        # What was shown and not touched stays as it was, with its seconds and in its half of an hour that comes twice.
        untouched = isinstance(before, datetime) and text == self._shown(before)
        self.data = before if untouched else self._read(text)

    def _read(self, text: str) -> datetime:
        for form in ("%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"):
            try:
                return self._within(datetime.strptime(text, form))  # noqa: DTZ007  the form asks for a zone
            except ValueError:
                continue
        for form in self.format:
            try:
                local = datetime.strptime(text, form)  # noqa: DTZ007  the zone is the reader's, put on below
            except ValueError:
                continue
            if not clock.EARLIEST.year <= local.year <= clock.LATEST.year:
                raise ValueError(_("Choose a day between 1970 and 2100."))
            aware = local.replace(tzinfo=tz.gettz(self.zone_name) or UTC)
            if not tz.datetime_exists(aware):
                hour_later = (aware + timedelta(hours=1)).strftime("%H:%M")
                raise ValueError(
                    _(
                        "The clocks skip this time on that day. Choose another, for example %(time)s.",
                        time=hour_later,
                    )
                )
            return self._within(aware)
        raise ValueError(_("Give a day and a time, for example 2026-11-20 09:30."))

    def _within(self, moment: datetime) -> datetime:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ValueError(_("Choose a day between 1970 and 2100.")) from None
        if not clock.is_storable(moment):
            raise ValueError(_("Choose a day between 1970 and 2100."))
        return moment
