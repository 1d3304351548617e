"""The forms of signing in and of one's own profile."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from backoffice.accounts.models import Density, Theme
from backoffice.accounts.passwords import LONGEST_BYTES, SHORTEST
from backoffice.foundation.fields import options
from backoffice.foundation.i18n import _l


class SignInForm(FlaskForm):
    """Name or address, and password."""

    username = StringField(_l("Name or e-mail"), [InputRequired(_l("Type your name.")), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password."))])
    remember = BooleanField(_l("Keep me signed in on this computer"))


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(
        _l("New password"),
        [
            InputRequired(_l("Type a password.")),
            Length(min=SHORTEST, max=LONGEST_BYTES),
        ],
        description=_l("At least 8 characters. A few words that belong together only for you are best."),
    )
    again = PasswordField(_l("The same again"), [EqualTo("password", _l("The two are not the same."))])


class ChangePasswordForm(NewPasswordForm):
    """The present password, then a new one."""

    present = PasswordField(_l("Present password"), [InputRequired(_l("Type your present password."))])


class LookForm(FlaskForm):
    """How pages look to this person."""

    theme = RadioField(_l("Theme"), choices=options(Theme.choices()))
    density = RadioField(_l("Density"), choices=options(Density.choices()))
