"""What is wrong with English texts, for developers: they could not be translated well, or are never found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from backoffice.catalogs.checks.finding import Finding, Source
from backoffice.catalogs.checks.formats import braces, percents
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import Text, _l

#: What marks a text for translation, and how many texts it takes behind how many other arguments.
_MARKS = {
    **dict.fromkeys(("_", "_l", "gettext", "lazy_gettext", "gettext_lazy"), (0, 1)),
    **dict.fromkeys(("_n", "ngettext", "ngettext_lazy", "lazy_ngettext"), (0, 2)),
    **dict.fromkeys(("pgettext", "lazy_pgettext", "pgettext_lazy"), (1, 2)),
    **dict.fromkeys(("npgettext", "lazy_npgettext"), (1, 3)),
}
_BY_HAND = re.compile(r"\w\((?:e?s|ies)\)")


def source_faults(text: str) -> Iterator[str]:
    """What breaks the rules of this house for texts, in English."""
    found = percents(text)
    if found.bare or found.stray or found.placed or found.torn:
        yield "has a percent sign that is no %(name)s"
    if text != text.strip():
        yield "begins or ends with a space"
    if _BY_HAND.search(text):
        yield "makes its plural by hand"
    if re.search(r"\{\w*\}", text):
        yield "has a placeholder in braces"


def source_findings(source: Source) -> list[Finding]:
    """What developers should mend in an English text."""
    return list(dict.fromkeys(_of_texts(source)))


def _of_texts(source: Source) -> Iterator[Finding]:
    for text in source.texts:
        found = percents(text)
        if len(found.bare) > 1 or braces(text).fields.count("{}") > 1:
            yield finding("unnamed_placeholders", _l("It has several placeholders without names."))
        if match := _BY_HAND.search(text):
            yield finding("plural_by_hand", _l("It makes its plural with “%(ending)s”.", ending=match[0][1:]))
        if "..." in text:
            yield finding("plural_by_hand", _l("It has three dots instead of “%(mark)s”.", mark="…"))
        if text != text.strip(" \t\u00a0"):
            yield finding("joined", _l("It begins or ends with a space, as if it were joined to something."))
        if found.stray and not found.is_filled and "python-format" in source.flags:
            yield finding("literal_percent", _l("Its percent sign is marked as a placeholder but is none."))


def code_findings(code: str) -> list[tuple[int, Finding]]:
    """By line, the texts of a Python file that are filled in before they are looked up, or joined afterwards.

    Raises SyntaxError for what is no Python.
    """
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            found += [(each.lineno, finding("composed", _how(each))) for each in _texts_of(node) if _is_composed(each)]
        elif isinstance(node, ast.BinOp) and _is_joined(node):
            text = _l("It is joined to another text, which other languages put elsewhere.")
            found.append((node.lineno, finding("joined", text)))
    return sorted(found, key=lambda pair: pair[0])


def _texts_of(call: ast.Call) -> list[ast.expr]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    first, last = _MARKS.get(name, (0, 0))
    return call.args[first:last]


def _is_composed(text: ast.expr) -> bool:
    if isinstance(text, ast.JoinedStr):
        return True
    if isinstance(text, ast.BinOp):
        return isinstance(text.left, ast.Constant | ast.JoinedStr | ast.BinOp)
    return isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr == "format"


def _how(text: ast.expr) -> Text:
    if isinstance(text, ast.JoinedStr):
        return _l("An f-string is filled in before it is looked up.")
    return _l("It is put together before it is looked up.")


def _is_joined(node: ast.BinOp) -> bool:
    """Whether a marked text is added to another text, or to a value between two."""
    sides = (node.left, node.right)
    return isinstance(node.op, ast.Add) and any(map(_is_marked, sides)) and all(map(_is_text, sides))


def _is_marked(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and bool(_texts_of(node))


def _is_text(node: ast.expr) -> bool:
    """Whether an operand is a marked text, or one with words."""
    return (
        _is_marked(node)
        or isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"\w\w", node.value) is not None
    )
