"""What operations on reminders ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from backoffice.foundation import clock
from backoffice.foundation.fields import MomentField
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import SOURCE_LOCALE, _, _l
from backoffice.reminders.presets import Preset, presets
from backoffice.reminders.reading import LONGEST_TEXT, understood


class WhenField(MomentField):
    """A moment to come: day and time, or words such as "tomorrow 9:00" in the reader's language."""

    @property
    def presets(self) -> Sequence[Preset]:
        """The moments most people mean, in the reader's zone."""
        return presets(clock.now(), self.zone_name)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed. Raises ValueError, in words, for what is neither."""
        text = str(valuelist[0]).strip() if valuelist else ""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            locale = str(get_locale() or SOURCE_LOCALE)
            if not text or text[0].isdigit() and "T" in text:
                raise
            found = understood(text[: LONGEST_TEXT + 1], self.zone_name, locale, clock.now())
            if found is None:
                raise ValueError(_("Give a day and a time to come, for example tomorrow 9:00.")) from None
            self.data = found


class SnoozeForm(InputForm):
    """Until when the alarm rests."""

    until = WhenField(
        _l("Remind again at"),
        [InputRequired(_l("Choose a day and a time."))],
        description=_l("the alarm moves; what is due stays due"),
    )


class PostponeForm(InputForm):
    """When it is due instead."""

    until = WhenField(
        _l("Due instead at"),
        [InputRequired(_l("Choose a day and a time."))],
        description=_l("the due date moves, and the alarm with it"),
    )


class AssignForm(InputForm):
    """Whom it is for from now on: a person or a role."""

    person = StringField(_l("User name or e-mail"), [Length(max=254)])
    role = StringField(_l("or the name of a role"), [Length(max=40)])
