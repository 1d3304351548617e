"""The forms of operations: what an operation asks for, on any surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf.i18n import translations
from werkzeug.datastructures import MultiDict
from wtforms import Form

from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import message_of


class InputForm(Form):
    """Asks for the inputs of an operation. Field names are the names of its keyword arguments."""

    class Meta:
        """Complaints in the language of the reader, as in the forms of pages."""

        def get_translations(self, form: Form) -> Any:
            """The words of Flask-WTF."""
            return translations

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
