"""The glossary in forms and lists: which languages a term may be for, and taking one away."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField

from backoffice.catalogs import languages
from backoffice.foundation.deleting import deletion_of
from backoffice.foundation.fields import options
from backoffice.foundation.i18n import SOURCE_LOCALE
from backoffice.workbench.models import Term

delete_term = deletion_of(Term)


class TermLanguageField(SelectField):
    """One of the languages that are translated, by its own name."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        kwargs.pop("choices", None)
        kept = [(code, name) for code, name in languages.kept().items() if code != SOURCE_LOCALE]
        super().__init__(label, validators, choices=options(kept), **kwargs)
