"""What can be mended without asking: spaces and new lines at the ends."""

from __future__ import annotations

_EDGES = " \t\n\r\u00a0"


def autofixed(source: str, form: str) -> str:
    """The form with the spaces and new lines at its ends that the English text has; a blank form stays as it is."""
    middle = form.strip(_EDGES)
    if not middle or not source.strip(_EDGES):
        return form
    return source[: len(source) - len(source.lstrip(_EDGES))] + middle + source[len(source.rstrip(_EDGES)) :]
