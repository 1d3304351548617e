"""How a language is kept: offered, published by hand, reviewed; and bringing all catalogs up to date."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs import languages
from backoffice.catalogs.places import catalog_path
from backoffice.foundation.database import db
from backoffice.foundation.i18n import _, speaking
from backoffice.jobs import tasks as running
from backoffice.languages import keeping
from backoffice.records.audit import AuditEntry
from backoffice.records.tasks import Task
from tests.workbench.browsing import Translator, text_of
from tests.workbench.translating import SAVED


def keep(manager: Translator, **settings: str) -> None:
    answer = manager.browser.submit("/admin/i18n/de/settings", settings)
    assert answer.status_code == 302


def test_a_manager_says_how_a_language_is_kept(house: Flask, manager: Translator) -> None:
    keep(manager, publish="manual", review="1")
    with house.app_context():
        found = languages.language_of("de")
    assert (found.is_offered, found.is_manual, found.needs_review) == (False, True, True)
    page = text_of(manager.sees("de/"))
    assert "published by hand" in page and "reviewed" in page and "not offered yet" in page


def test_what_is_saved_waits_until_somebody_publishes_it(house: Flask, manager: Translator) -> None:
    keep(manager, offered="1", publish="manual")
    manager.browser.submit("/admin/i18n/publish", {"locale": "de"})
    german = Translator(house, "translate")
    german.sends(SAVED, "Abschrift gespeichert.")
    assert said(house, "Saved a copy.") == "Kopie gespeichert."
    assert "1 change is not published." in text_of(manager.sees())
    manager.browser.submit("/admin/i18n/publish", {"locale": "de"})
    assert said(house, "Saved a copy.") == "Abschrift gespeichert."
    assert "not published" not in text_of(manager.sees())
    with house.app_context():
        assert db.session.scalar(select(AuditEntry).where(AuditEntry.action == "translation.publish")) is not None


def test_a_reviewer_publishes_and_a_translator_does_not(house: Flask, manager: Translator) -> None:
    keep(manager, offered="1", publish="manual")
    reviewer = Translator(house, "translate", "review", base="/admin/i18n/")
    translator = Translator(house, "translate", base="/admin/i18n/")
    assert "Publish" in text_of(reviewer.sees("de/"))
    assert translator.browser.submit("/admin/i18n/publish", {"locale": "de"}).status_code == 403
    assert reviewer.browser.submit("/admin/i18n/publish", {"locale": "de"}).status_code == 302


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A list of texts of the test's own, so that nothing in the checkout is written."""
    path = tmp_path / "messages.pot"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Saved a copy."\nmsgstr ""\n'
    )
    monkeypatch.setattr(keeping, "TEMPLATE", path)
    monkeypatch.setattr("backoffice.catalogs.library.TEMPLATE", path)
    yield path


def test_bringing_up_to_date_collects_texts_and_updates_every_catalog(
    house: Flask, manager: Translator, folder: Path, template: Path
) -> None:
    answer = manager.browser.submit("/admin/i18n/sync")
    assert answer.location.startswith("/admin/jobs/")
    running.work(house)
    with house.app_context():
        task = db.session.scalars(select(Task)).one()
        assert task.error == ""
        told = " ".join(task.outcome["told"])
    assert "The list of texts was written anew." in told
    assert "catalogs changed" in told or "catalog changed" in told
    assert b'msgid "Skip to content"' in template.read_bytes()
    german = catalog_path(folder, "de", "messages").read_bytes()
    assert b'msgid "Skip to content"' in german
    assert b'#~ msgid "Saved a copy."' in german
    assert told.split(".")[0] in text_of(manager.browser.get(answer.location))


def test_where_the_files_of_the_product_are_missing_the_list_of_texts_is_used_as_it_came(
    house: Flask, manager: Translator, folder: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MAPPING", template.parent / "nothing.cfg")
    before = template.read_bytes()
    manager.browser.submit("/admin/i18n/sync")
    running.work(house)
    with house.app_context():
        told = db.session.scalars(select(Task)).one().outcome["told"]
    assert told[0] == "The files of the product are not here, so the list of texts stays as it came."
    assert template.read_bytes() == before
    assert b'#~ msgid "Close the gate."' in catalog_path(folder, "de", "messages").read_bytes()


def test_who_manages_one_language_does_not_bring_all_up_to_date(house: Flask) -> None:
    keeper = Translator(house, "manage", base="/admin/i18n/")
    assert keeper.browser.submit("/admin/i18n/sync").status_code == 403


def said(app: Flask, text: str) -> str:
    with app.app_context(), speaking("de"):
        return _(text)
