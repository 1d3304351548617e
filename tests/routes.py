"""Rules of addresses compiled once per process: every application of every test would compile the same ones anew.

That is three quarters of the time it takes to make an application. What is kept depends on nothing but the rule: it
reaches the converters through the rule it is bound to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_known: dict[Any, Callable[..., Any]] = {}
_compiled = Rule._compile_builder


def remember_compiled_rules() -> None:
    """Let this process compile each rule once."""
    Rule._compile_builder = _remembered  # type: ignore[method-assign]


def _remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    key = (tuple(rule._trace), repr(sorted((rule.defaults or {}).items())), append_unknown)
    if key not in _known:
        _known[key] = _compiled(rule, append_unknown)
    return _known[key]
