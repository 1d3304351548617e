"""The gate: the catalogs of the product are complete, sound and up to date."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.catalogs import checks, completeness, extraction, reading
from backoffice.catalogs.places import ROOT, TEMPLATE, catalog_path, locales_in
from backoffice.foundation.i18n import LOCALES, SOURCE_LOCALE

TRANSLATIONS = ROOT / "translations"
SHIPPED = [locale for locale in LOCALES if locale != SOURCE_LOCALE]


def test_every_language_that_is_offered_has_a_catalog_and_no_other_lies_about() -> None:
    assert locales_in(TRANSLATIONS) == sorted(SHIPPED)


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_catalog_says_everything_and_has_no_fault(locale: str) -> None:
    template, _problems = reading.read_po(TEMPLATE)
    assert list(completeness.findings(TRANSLATIONS, locale, template)) == []


def test_the_template_holds_the_texts_of_the_code_as_it_is_now() -> None:
    """When this fails: `make messages`, then translate what is new."""
    now = extraction.collect()
    kept, _problems = reading.read_po(TEMPLATE)
    assert sorted(extraction.differences(kept, now)) == []
    assert extraction.template_bytes(now) == TEMPLATE.read_bytes()


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_catalog_is_in_step_with_the_template(locale: str) -> None:
    template, _problems = reading.read_po(TEMPLATE)
    catalog, _problems = reading.read_po(catalog_path(TRANSLATIONS, locale, "messages"), locale)
    assert sorted(extraction.differences(catalog, template)) == []


def test_every_english_text_can_be_translated_well() -> None:
    texts = [
        text
        for message in reading.entries(reading.read_po(TEMPLATE)[0])
        for text in ((message.id,) if isinstance(message.id, str) else message.id)
    ]
    assert [f"{text!r} {fault}" for text in texts for fault in checks.source_faults(text)] == []


def test_headers_name_no_person() -> None:
    for path in (TEMPLATE, *TRANSLATIONS.rglob("*.po")):
        header = path.read_text(encoding="utf-8").split("\n\n", 1)[0]
        assert "@" not in header, path
        assert "Project-Id-Version: backoffice 1" in header, path


def test_every_call_fills_the_placeholders_of_its_text() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno} {sorted(names)} / {sorted(given)}"
        for path in sorted((ROOT / "backoffice").rglob("*.py"))
        for call, names, given in _calls(path)
        if names != given
    ]
    assert wrong == []


def test_no_text_is_put_together_before_it_is_translated() -> None:
    """An f-string or a sum is never collected; a name may stand for a text that was marked where it was written."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "backoffice").rglob("*.py"))
        for call in _translating(path)
        if not all(isinstance(text, ast.Constant | ast.Name | ast.Attribute) for text in call.args[: _texts(call)])
    ]
    assert wrong == []


def _translating(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "_l", "_n"):
            yield node


def _texts(call: ast.Call) -> int:
    return 2 if isinstance(call.func, ast.Name) and call.func.id == "_n" else 1


def _calls(path: Path) -> Iterator[tuple[ast.Call, set[str], set[str]]]:
    for call in _translating(path):
        texts = [argument.value for argument in call.args[: _texts(call)] if isinstance(argument, ast.Constant)]
        names = {name for text in texts for name in re.findall(r"%\((\w+)\)s", text)}
        given = {word.arg for word in call.keywords if word.arg}
        if any(word.arg is None for word in call.keywords):
            continue
        yield call, names - ({"num"} if _texts(call) == 2 else set()), given
