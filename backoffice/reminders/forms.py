"""What operations on reminders ask for."""

from __future__ import annotations

from wtforms.validators import InputRequired

from backoffice.foundation.fields import MomentField
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l


class SnoozeForm(InputForm):
    """Until when."""

    until = MomentField(_l("Remind again at"), [InputRequired(_l("Choose a day and a time."))])
