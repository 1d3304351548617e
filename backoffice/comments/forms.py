"""What operations on comments ask for, and the form readers write into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from backoffice.comments.models import Comment
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l


class ReasonForm(InputForm):
    """Why, for colleagues to read later. Nobody has to say."""

    reason = StringField(_l("Reason"), [Optional(), Length(max=500)])


def _as_kept(column: str) -> Callable[[Any, Any], None]:
    """The rule of the column itself, so that all complaints can be made at once."""

    def check(_form: Any, field: Any) -> None:
        try:
            setattr(Comment(), column, field.data or "")
        except InvalidInput as refusal:
            raise ValidationError(str(refusal.message)) from None

    return check


class CommentForm(InputForm):
    """What a reader says, and who she is. The address is for the moderators only."""

    name = StringField(_l("Name"), [_as_kept("author_name")])
    email = EmailField(
        _l("E-mail"),
        [InputRequired(_l("Give a full address, for example ana@example.org.")), _as_kept("author_email")],
    )
    text = TextAreaField(_l("Comment"), [_as_kept("text")])
