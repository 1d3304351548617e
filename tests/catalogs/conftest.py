"""A folder of translations of the test's own, and applications that speak from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from backoffice.catalogs.places import catalog_path

HEADERS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
    "n%100>=0 && n%100<=2 ? 4 : 5);",
}


def po(locale: str, entries: str, rule: str | None = None) -> str:
    """The text of a .po file: a header and these entries."""
    rule = rule or HEADERS[locale]
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {locale}\\n"\n"Plural-Forms: {rule}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f"{entries}\n"
    )


Writer = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of translations."""
    made = tmp_path / "translations"
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Writer:
    """Writes a catalog: `write("de", 'msgid "Save"\\nmsgstr "Sichern"', domain="admin")`."""

    def written(locale: str, entries: str, domain: str = "messages", rule: str | None = None) -> Path:
        path = catalog_path(folder, locale, domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(po(locale, entries, rule), encoding="utf-8")
        return path

    return written


@pytest.fixture
def speaker(make_app: Callable[..., Flask], folder: Path) -> Flask:
    """An application that speaks from the folder of the test."""
    return make_app(TRANSLATIONS=folder)
