"""Form fields of the back office."""

from __future__ import annotations

from typing import Any

from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.widgets import TextArea

from backoffice.admin.words import VERBS
from backoffice.foundation.fields import options
from backoffice.foundation.i18n import LOCALES, _, _l
from backoffice.foundation.permissions import ALL, OWN, Can
from backoffice.foundation.text import time_zones


class RichTextField(TextAreaField):
    """Text with markup: CKEditor where scripts run, a plain text area where they do not."""

    widget = TextArea()
    is_rich = True


class TimeZoneField(SelectField):
    """One of the IANA zones."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.pop("choices", None)
        super().__init__(
            label,
            validators,
            choices=options((name, name.replace("_", " ")) for name in time_zones()),
            **kwargs,
        )


class LanguageField(SelectField):
    """One of the languages of the product, by its own name, or the browser's choice."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.pop("choices", None)
        choices = options([("", _l("As the browser asks")), *LOCALES.items()])
        super().__init__(
            label,
            validators,
            choices=choices,
            coerce=lambda value: value or "",
            **kwargs,
        )


class TitleField(StringField):
    """The line that names the record, set large."""

    is_title = True


class PermissionsField(Field):
    """What a role grants, by area and verb: each with its reach, `all`, `own`, locales or nothing.

    The data is a dictionary of reach by permission name. Every box is a form control of its own, named
    `<field>.<permission>`, so it works without scripts; locales are boxes of the same name.
    """

    is_permissions = True

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.areas = areas()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the boxes of the whole form, or the grants of the role."""
        self.process_errors = []
        self.data = dict(getattr(data, "granted", None) or (data if isinstance(data, dict) else {}))
        self.object_data = self.data
        if formdata is None or f"{self.name}.present" not in formdata:
            return
        chosen = {can.value: _joined(formdata.getlist(f"{self.name}.{can.value}")) for can in Can}
        unknown = [reach for reach in chosen.values() if reach and not _is_reach(reach)]
        if unknown:
            self.process_errors = [_("Choose all, own or nothing for each.")]
            return
        self.data = {name: reach for name, reach in chosen.items() if reach}

    def populate_obj(self, obj: Any, name: str) -> None:
        """Nothing: grants change by operation."""


def areas() -> list[tuple[str, list[Can]]]:
    """The permissions grouped by the word before the dot, each group in the order in which verbs are explained."""
    verbs = list(VERBS)
    grouped: dict[str, list[Can]] = {}
    for can in sorted(Can, key=lambda can: verbs.index(can.verb) if can.verb in VERBS else len(verbs)):
        grouped.setdefault(can.resource, []).append(can)
    return [(resource, grouped[resource]) for resource in dict.fromkeys(can.resource for can in Can)]


def _joined(values: list[str]) -> str:
    """One reach out of those that were ticked; everything is more than some."""
    given = [value for value in dict.fromkeys(values) if value]
    return ALL if ALL in given else ",".join(given)


def _is_reach(reach: str) -> bool:
    return reach in (ALL, OWN) or all(part in LOCALES for part in reach.split(","))
