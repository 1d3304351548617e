"""The forms of operations: what an operation asks for, on any surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.i18n import translations
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form

from backoffice.foundation.errors import Asked, InvalidInput
from backoffice.foundation.i18n import message_of


class AskedField(Field):
    """What an operation turns out to need while it is done: nothing at first, then one control for each `Asked`.

    The controls are called `<field>.<name>`; the data is a dictionary of what was typed into them.
    """

    is_asked = True

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.asked: Sequence[Asked] = ()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the controls there are."""
        self.process_errors: list[str] = []
        start = f"{self.name}."
        self.object_data = self.data = {
            name.removeprefix(start): formdata[name] for name in formdata or () if name.startswith(start)
        }

    def ask(self, asked: Sequence[Asked]) -> None:
        """Show these controls."""
        self.asked = asked


class InputForm(Form):
    """Asks for the inputs of an operation. Field names are the names of its keyword arguments."""

    class Meta:
        """Complaints in the language of the reader, as in the forms of pages."""

        def get_translations(self, form: Form) -> Any:
            """The words of Flask-WTF."""
            return translations

    @classmethod
    def begun(cls, record: Any) -> dict[str, Any]:
        """What the form holds when it is shown for a record and nothing was typed yet."""
        return {}

    def about(self, records: Sequence[Any], actor: Any, count: int) -> None:
        """Fit the page that asks to what it is about: `count` records, of which these are some, and to who is asked.

        What it leaves out or offers is for the eye; the operation itself refuses what may not be.
        """

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values after validation; raises InvalidInput with the first complaint."""
        form = cls(MultiDict({key: value for key, value in values.items() if value is not None}))
        if not form.validate():
            name, complaints = next(iter(form.errors.items()))
            raise InvalidInput(complaints[0], field=str(name))
        return dict(form.data)

    @classmethod
    def has_required(cls) -> bool:
        """Whether any input must be given, so that a page has to ask for it."""
        return any(field.flags.required for field in cls())

    @classmethod
    def input_names(cls) -> list[str]:
        """The names of the inputs."""
        return [field.name for field in cls()]


def label_of(field: Any) -> str:
    """The English label of a field, for command lines and descriptions."""
    return message_of(field.label.text)
