"""How far the translations are, as the first page of the back office shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from backoffice.catalogs import stats
from backoffice.catalogs.stats import Progress, count, progress
from backoffice.foundation.i18n import LOCALES
from tests.catalogs.conftest import Writer

HALF = 'msgid "One"\nmsgstr "Eins"\n\nmsgid "Two"\nmsgstr ""\n\n#, fuzzy\nmsgid "Three"\nmsgstr "Drei"\n\n'
FAULTY = 'msgid "Four %(name)s"\nmsgstr "Vier %(naem)s"\n'


def test_only_whole_and_sound_translations_count(write: Writer, tmp_path: Path) -> None:
    path = write("de", HALF + FAULTY)
    assert count(path, "de", tmp_path / "none.pot") == Progress("de", "Deutsch", 1, 4)


def test_full_means_full() -> None:
    assert (Progress("de", "Deutsch", 999, 1000).percent, Progress("de", "Deutsch", 3, 3).percent) == (99, 100)


def test_every_language_is_there_even_without_a_catalog(speaker: Flask) -> None:
    with speaker.app_context():
        assert [each.locale for each in progress()] == [locale for locale in LOCALES if locale != "en"]
        assert {each.translated for each in progress()} == {0}


def test_a_language_that_is_only_begun_comes_last(speaker: Flask, write: Writer) -> None:
    write("it", HALF, rule="nplurals=2; plural=(n != 1);")
    with speaker.app_context():
        assert progress()[-1].locale == "it"


def test_a_file_is_counted_again_only_when_it_changed(
    speaker: Flask, write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("de", 'msgid "Saved."\nmsgstr ""')
    with speaker.app_context():
        before = progress()
        counted: list[str] = []
        real = stats.count
        monkeypatch.setattr(stats, "count", lambda path, locale: counted.append(locale) or real(path, locale))
        assert progress() == before
        assert counted == []
        write("de", 'msgid "Saved."\nmsgstr "Gespeichert."')
        assert progress()[0].translated == 1
        assert counted == ["de"]
