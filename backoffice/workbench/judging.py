"""What the checks say about the texts in the boxes, sorted for the person who types them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from backoffice.catalogs.checks import REGISTRY, Finding, Severity, Source
from backoffice.foundation.i18n import _, _n
from backoffice.workbench.numbers import FormLabel
from backoffice.workbench.pieces import Piece, copied, pieces


@dataclass(frozen=True)
class Said:
    """One finding in words. `label` is the plural form it is in, `use` a placeholder that can be put in instead."""

    code: str
    title: str
    text: str
    form: int | None
    label: str
    use: str | None
    is_error: bool
    is_security: bool

    @property
    def parts(self) -> list[Piece]:
        """The text with its placeholders apart: they read from left to right in any sentence."""
        return pieces(self.text)


@dataclass(frozen=True)
class Judged:
    """All of it: what keeps the text from going live, what is doubtful, and what is as it should be."""

    errors: tuple[Said, ...]
    warnings: tuple[Said, ...]
    #: How many warnings somebody called right.
    dismissed: int
    fine: tuple[str, ...]

    @property
    def has_security(self) -> bool:
        """Whether a translator cannot pass over one of them."""
        return any(each.is_security for each in self.errors)

    @property
    def only_security(self) -> bool:
        """Whether whoever manages translations could pass over all errors."""
        return bool(self.errors) and all(each.is_security for each in self.errors)

    @property
    def seen(self) -> str:
        """Stands for just these warnings: who sends it has seen them. Empty where there are none."""
        if not self.warnings:
            return ""
        told = sorted(f"{each.code} {each.form}" for each in self.warnings)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def judged(
    source: Source,
    forms: Sequence[str],
    found: Sequence[Finding],
    labels: Sequence[FormLabel],
    dismissed: Collection[str] = (),
) -> Judged:
    """The findings about these forms; `dismissed` holds the codes of warnings that were called right."""
    told = [_said(each, labels if source.plural is not None else ()) for each in found]
    warnings = [each for each, one in zip(told, found, strict=True) if one.severity is Severity.WARNING]
    return Judged(
        errors=tuple(each for each in told if each.is_error),
        warnings=tuple(each for each in warnings if each.code not in dismissed),
        dismissed=sum(each.code in dismissed for each in warnings),
        fine=tuple(_fine(source, forms, {each.code for each in found})),
    )


def label_of(label: FormLabel) -> str:
    """What the box of a plural form is called."""
    return str(label.name) if label.name is not None else _("Form %(num)s", num=label.index + 1)


def _said(finding: Finding, labels: Sequence[FormLabel]) -> Said:
    form = finding.form
    return Said(
        finding.code,
        str(REGISTRY[finding.code].title),
        str(finding.text),
        form,
        label_of(labels[form]) if form is not None and form < len(labels) else "",
        finding.use,
        finding.severity is Severity.ERROR,
        finding.is_security,
    )


#: The checks of which a sentence says that all is well, when none of them found anything.
_PLACEHOLDERS = {
    "unknown_placeholder",
    "missing_placeholder",
    "placeholder_type",
    "incomplete_placeholder",
    "braces",
    "missing_count",
}
_MARKUP = {"markup", "broken_markup"}


def _fine(source: Source, forms: Sequence[str], codes: Collection[str]) -> Iterator[str]:
    if not forms or not all(form.strip() for form in forms):
        return
    to_copy = copied(*source.texts)
    if any(not text.startswith(("<", "&")) and text != "%%" for text in to_copy) and not _PLACEHOLDERS & {*codes}:
        yield _("Every placeholder is there")
    if not _MARKUP & {*codes}:
        has_markup = any(text.startswith("<") for text in to_copy)
        yield _("The markup is that of the source") if has_markup else _("No markup in the source, none here")
    if len(forms) > 1:
        yield _n("%(num)s plural form is filled", "All %(num)s plural forms are filled", len(forms))
