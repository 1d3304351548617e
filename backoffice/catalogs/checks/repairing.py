"""What can be mended without asking: spaces and new lines at the ends."""

from __future__ import annotations

_SPACES = " \t\u00a0\u3000"
_EDGES = _SPACES + "\r\n"


def edge_newlines(text: str) -> tuple[bool, bool]:
    """Whether a text begins and ends with a new line."""
    return text[:1] in ("\n", "\r"), text[-1:] in ("\n", "\r")


def edge_spaces(text: str) -> tuple[bool, bool]:
    """Whether a text begins and ends with a space, before or behind new lines."""
    text = text.strip("\r\n")
    return text[:1] in _SPACES and text != "", text[-1:] in _SPACES and text != ""


def autofixed(source: str, form: str) -> str:
    """The form with the spaces and new lines at its ends that the English text has; a blank form stays as it is."""
    middle = form.strip(_EDGES)
    if not middle or not source.strip(_EDGES):
        return form
    return source[: len(source) - len(source.lstrip(_EDGES))] + middle + source[len(source.rstrip(_EDGES)) :]
