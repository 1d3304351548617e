"""From a column to its form field."""

from __future__ import annotations

from typing import Any

from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.form import BaseForm
from flask_admin.model.form import converts
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from backoffice.admin.fields import RichTextField, TitleField
from backoffice.admin.lookups import LookupField, LookupManyField
from backoffice.foundation.fields import MomentField, options
from backoffice.foundation.i18n import _
from backoffice.foundation.text import clean_line

#: Characters a long text may have: enough for any article, and hostile markup of this size is cleaned in seconds.
LONGEST_TEXT = 1_000_000


class HouseForm(BaseForm):
    """The form of every record: one CSRF token with the application, Flask-Admin's translations, the version opened."""

    class Meta(FlaskForm.Meta):
        """Flask-WTF's token with Flask-Admin's words."""

        get_translations = BaseForm.Meta.get_translations


class HouseConverter(AdminModelConverter):
    """Flask-Admin's converter with fields that work without scripts."""

    def _model_select_field(self, prop: Any, multiple: Any, remote_model: Any, **kwargs: Any) -> Any:
        loader = self.view._form_ajax_refs.get(prop.key)
        if loader is None:
            raise LookupError(f"{type(self.view).__name__} needs a picker for {prop.key}")
        return LookupManyField(loader, **kwargs) if multiple else LookupField(loader, **kwargs)

    @converts("backoffice.foundation.database.UTCDateTime")
    def convert_moment(self, field_args: Any, **extra: Any) -> MomentField:
        """A moment in the reader's zone."""
        return MomentField(**field_args)

    @converts("backoffice.foundation.database.EnumText")
    def convert_enum_text(self, column: Any, field_args: Any, **extra: Any) -> SelectField:
        """A choice among labelled members."""
        field_args.pop("allow_blank", None)
        return SelectField(choices=options(column.type.enum.choices()), **field_args)

    @converts("String")
    def conv_String(self, column: Any, field_args: Any, **extra: Any) -> Any:
        """A line of text, as long as the column."""
        field_args.pop("allow_blank", None)
        if column.type.length:
            field_args["validators"].append(Length(max=column.type.length))
        field_args["filters"] = [_line]
        kind = TitleField if extra["prop"].key in ("title", "subject", "name") else StringField
        return kind(**field_args)

    @converts("Text")
    def conv_Text(self, field_args: Any, **extra: Any) -> Any:
        """Several lines, with markup where the view says so."""
        field_args.pop("allow_blank", None)
        field_args["validators"].append(Length(max=LONGEST_TEXT))
        field_args["validators"].append(no_nul)
        rich = extra["prop"].key in getattr(self.view, "rich_text", ())
        return RichTextField(**field_args) if rich else TextAreaField(**field_args)

    @converts("Boolean")
    def conv_Boolean(self, field_args: Any, **extra: Any) -> BooleanField:
        """A box to tick."""
        field_args.pop("allow_blank", None)
        return BooleanField(**field_args)


class VersionField(HiddenField):
    """The version of the record that the form was opened with."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Nothing: the database counts versions."""


def no_nul(form: Any, field: Any) -> None:
    """Refuse a character no database keeps."""
    if "\x00" in (field.data or ""):
        raise ValidationError(_("It contains a character that cannot be stored."))


def _line(text: str | None) -> str | None:
    return clean_line(text) if text is not None else None
