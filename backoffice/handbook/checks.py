"""docs/checks.md: every check of translations with its number, name, weight and rule."""

from __future__ import annotations

from backoffice.catalogs.checks import REGISTRY, Check, Severity
from backoffice.foundation.i18n import message_of

_HEAD = """# Checks of translations

Written by `make docs` from the code. The same checks judge an entry in the editor while it is typed, when it is saved
or uploaded, in `flask i18n check`, when it is compiled and when it is served.

| Weight | Means |
|---|---|
| error | it is not saved as translated, only as *to check*; English is shown instead |
| security | an error that only who manages translations may pass over |
| warning | it is told once before it is saved, and can be dismissed until the text changes |
| English text | developers should mend the English text: `flask i18n check --sources` |

| Number | Name | Weight | What is looked at | Rule |
|---|---|---|---|---|
"""


def document() -> str:
    """What docs/checks.md should say."""
    return _HEAD + "".join(_row(check) for check in REGISTRY.values())


def _row(check: Check) -> str:
    weight = "security" if check.is_security else check.severity.value
    if check.severity is Severity.SOURCE:
        weight = "English text"
    values = {name: str(value) for name, value in check.description._kwargs.items()}
    rule = message_of(check.description)
    rule = rule % values if values else rule
    return f"| {check.number} | `{check.code}` | {weight} | {message_of(check.title)} | {rule} |\n"
