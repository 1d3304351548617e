"""A folder of translations with a small German catalog, an application that speaks from it, and who keeps languages."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.catalogs.conftest import Writer, folder, speaker, write
from tests.workbench.browsing import Translator
from tests.workbench.translating import GERMAN

__all__ = ["folder", "speaker", "write"]


@pytest.fixture
def house(speaker: Flask, write: Writer) -> Flask:
    """The application, which has begun German and knows nothing else."""
    write("de", GERMAN)
    return speaker


@pytest.fixture
def manager(house: Flask) -> Translator:
    """She may do everything with every language."""
    return Translator(house, "suggest", "translate", "review", "manage", reach="all", base="/admin/i18n/")


@pytest.fixture
def translator(house: Flask) -> Translator:
    """She translates German and nothing else."""
    return Translator(house, "suggest", "translate", base="/admin/i18n/")
