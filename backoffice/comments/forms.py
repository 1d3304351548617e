"""What operations on comments ask for."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import Length, Optional

from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l


class ReasonForm(InputForm):
    """Why, for colleagues to read later. Nobody has to say."""

    reason = StringField(_l("Reason"), [Optional(), Length(max=500)])
