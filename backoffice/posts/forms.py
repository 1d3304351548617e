"""What operations on posts ask for."""

from __future__ import annotations

from wtforms.validators import InputRequired

from backoffice.foundation.fields import MomentField
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l


class ScheduleForm(InputForm):
    """When to publish."""

    at = MomentField(_l("Publish at"), [InputRequired(_l("Choose a day and a time."))])
