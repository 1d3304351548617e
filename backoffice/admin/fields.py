"""Form fields of the back office."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.widgets import TextArea

from backoffice.admin.words import VERBS
from backoffice.foundation.fields import options
from backoffice.foundation.i18n import _, _l, kept_locales, offered_locales
from backoffice.foundation.permissions import ALL, OWN, Can, joined_parts
from backoffice.foundation.text import time_zones

#: A language, or one of its catalogs.
_PART = re.compile(r"[A-Za-z_]+(:[a-z]+)?")


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
        choices = options([("", _l("As the browser asks")), *offered_locales().items()])
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
    """What a role grants, by area and verb: each with its reach, `all`, `own`, locales and catalogs, or nothing.

    The data is a dictionary of reach by permission name. Every box is a form control of its own, named
    `<field>.<permission>`, so it works without scripts; locales are boxes of the same name, and catalogs
    like `de:messages` a line named `<field>.<permission>.more`.
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
        chosen = {can.value: _joined(self._given(formdata, can)) for can in Can}
        unknown = [reach for reach in chosen.values() if reach and not _is_reach(reach)]
        if unknown:
            self.process_errors = [_("Choose all, own or nothing for each.")]
            return
        self.data = {name: reach for name, reach in chosen.items() if reach}

    def _given(self, formdata: Any, can: Can) -> list[str]:
        """What was ticked or chosen, and what was typed beside it."""
        name = f"{self.name}.{can.value}"
        return [*formdata.getlist(name), *formdata.getlist(f"{name}.more")]

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
    """One reach out of what was ticked and typed; everything is more than some. Nonsense stays as it is."""
    for value in values:
        if "," in value and {ALL, OWN} & set(value.split(",")):
            return value
    given = [part.strip() for value in values for part in value.split(",") if part.strip()]
    return ALL if ALL in given else OWN if OWN in given else joined_parts(given)


def _is_reach(reach: str) -> bool:
    """Whether it could be one; which catalogs there are tells the operation that sets it."""
    kept, parts = kept_locales(), reach.split(",")
    return reach in (ALL, OWN) or all(_PART.fullmatch(part) and part.partition(":")[0] in kept for part in parts)
