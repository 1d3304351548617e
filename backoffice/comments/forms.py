"""What operations on comments ask for, and the form readers write into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from wtforms import BooleanField, EmailField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from backoffice.comments.models import Comment
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.fields import options
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _, _l
from backoffice.readers.confirming import recipient
from backoffice.readers.default_reasons import in_words
from backoffice.readers.queries import offered


class ChosenReason(SelectField):
    """One of the reasons that are offered, by number; read only when somebody looks, for there may be no database."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, coerce=_number, choices=[], validate_choice=False, **kwargs)

    def iter_choices(self) -> Iterator[Any]:
        """Nothing, and what is offered, in the reader's language."""
        reasons = db.session.scalars(offered())
        self.choices = options([("", "-"), *((str(each.id), in_words(each.label)) for each in reasons)])
        return super().iter_choices()


def _number(value: Any) -> int | None:
    if value in (None, ""):
        return None
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise ValueError(_("This reason is not in the list any more."))
    return int(value)


class ReasonForm(InputForm):
    """Why, for colleagues to read later, and for the author if she is to be told. Nobody has to say."""

    reason_id = ChosenReason(_l("Reason"))
    reason = StringField(_l("In your own words"), [Optional(), Length(max=500)])
    tell = BooleanField(_l("Mail it to the author"))

    def about(self, records: Sequence[Any], actor: Any, count: int) -> None:
        """Offer to mail it where there is one author, and she may be written to."""
        if not self.tell.errors and (count != 1 or recipient(records[0].author_email) is None):
            del self.tell


def as_kept(column: str) -> Callable[[Any, Any], None]:
    """A validator: the rule of the column itself, so that all complaints can be made at once."""

    def check(_form: Any, field: Any) -> None:
        try:
            setattr(Comment(), column, field.data or "")
        except InvalidInput as refusal:
            raise ValidationError(str(refusal.message)) from None

    return check


class CommentForm(InputForm):
    """What a reader says, and who she is. The address is for the moderators only."""

    name = StringField(_l("Name"), [as_kept("author_name")])
    email = EmailField(
        _l("E-mail"),
        [InputRequired(_l("Give a full address, for example ana@example.org.")), as_kept("author_email")],
    )
    text = TextAreaField(_l("Comment"), [as_kept("text")])
