"""An installation offers the languages it wants to, says how each is kept, and nobody is locked out by a setting."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs import languages
from backoffice.catalogs.editing import Edit, save
from backoffice.catalogs.po import eid_of
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable, NotFound
from backoffice.foundation.i18n import LOCALES, known_locale, offered_locales
from backoffice.foundation.permissions import Can, System
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.catalogs.conftest import Writer

KEEPER = System("keeper", Can.TRANSLATION_MANAGE)
ITALIAN = 'msgid "Sign in"\nmsgstr "Accedi"\n'
RULE = "nplurals=2; plural=(n != 1);"


def settings(**changes: bool) -> dict[str, bool]:
    return {"is_offered": True, "is_manual": False, "needs_review": False, **changes}


def test_without_settings_the_languages_of_the_product_are_offered(speaker: Flask, write: Writer) -> None:
    write("it", ITALIAN, rule=RULE)
    with speaker.app_context():
        assert list(offered_locales()) == list(LOCALES)
        told = languages.language_of("it")
        assert (told.is_offered, told.is_begun, told.name) == (False, True, "Italiano")
        assert known_locale("it") is None
        with pytest.raises(InvalidInput):
            factories.user(locale="it")


def test_a_language_that_was_begun_is_offered_to_everybody_once_that_is_set(speaker: Flask, write: Writer) -> None:
    write("it", ITALIAN, rule=RULE)
    browser = speaker.test_client()
    assert browser.get("/babel/it").status_code == 404
    with speaker.app_context():
        languages.set_language("it", **settings(), actor=KEEPER)
    assert browser.get("/babel/it").status_code == 302
    page = browser.get("/auth/login").text
    assert '<html lang="it"' in page and "Accedi" in page
    assert ">Italiano</a>" in speaker.test_client().get("/auth/login").text
    with speaker.app_context():
        assert factories.user(locale="it").locale == "it"


def test_a_language_that_is_offered_no_more_gives_way_to_the_next(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Sign in"\nmsgstr "Anmelden"\n')
    browser = speaker.test_client()
    browser.get("/babel/de")
    assert '<html lang="de"' in browser.get("/auth/login").text
    with speaker.app_context():
        languages.set_language("de", **settings(is_offered=False), actor=KEEPER)
    assert '<html lang="en"' in browser.get("/auth/login").text
    assert '<html lang="en"' in browser.get("/auth/login?lang=de").text


@pytest.mark.both_databases
def test_settings_are_kept_beside_what_others_wrote_and_are_in_the_trail(
    speaker: Flask, write: Writer, folder: Path
) -> None:
    write("de", "")
    file = folder / "languages.cfg"
    file.write_text("# Ours.\n[fr]\noffered = no\n\n[de]\n# Ask Petra.\nreview = yes\nflavour = north\n")
    with speaker.app_context():
        told = languages.set_language("de", **settings(is_manual=True), actor=KEEPER)
        assert (told.is_offered, told.is_manual, told.needs_review) == (True, True, False)
        assert "fr" not in offered_locales()
        assert file.read_text() == (
            "# Ours.\n[fr]\noffered = no\n\n[de]\noffered = yes\npublish = manual\nreview = no\n"
            "# Ask Petra.\nflavour = north\n"
        )
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.target_title) == ("translation.configure", "de")
        assert entry.changes["publish"] == [None, "manual"]
        count = len(db.session.scalars(select(AuditEntry)).all())
        languages.set_language("de", **settings(is_manual=True), actor=KEEPER)
        assert len(db.session.scalars(select(AuditEntry)).all()) == count


def test_only_who_manages_all_of_a_language_sets_it_and_english_stays(speaker: Flask, write: Writer) -> None:
    write("de", "")
    with speaker.app_context():
        part = System("part")
        part.granted = {"translation.manage": "de:messages,fr"}
        for actor in (part, System("translator", Can.TRANSLATION_TRANSLATE)):
            with pytest.raises(NotAllowed):
                languages.set_language("de", **settings(), actor=actor)
        with pytest.raises(NotFound):
            languages.set_language("it", **settings(), actor=KEEPER)
        with pytest.raises(NotFound):
            languages.set_language("../de", **settings(), actor=KEEPER)
        with pytest.raises(NotApplicable):
            languages.set_language("en", **settings(is_offered=False), actor=KEEPER)


@pytest.mark.parametrize(
    "content", [b"[en]\noffered = no\n", b"\xff\xfe", b"[de\n", b"offered = no\n", b"[de]\n[de]\n"]
)
def test_a_file_of_settings_that_makes_no_sense_locks_nobody_out(
    speaker: Flask, folder: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "languages.cfg").write_bytes(content)
    with speaker.app_context(), caplog.at_level(logging.WARNING):
        assert list(offered_locales()) == list(LOCALES)
        assert bool(caplog.records) is (b"[en]" not in content)
    assert speaker.test_client().get("/auth/login").status_code == 200


def test_a_setting_is_asked_of_the_disk_once_a_page(
    speaker: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = speaker.test_client()
    browser.get("/auth/login")
    asked: list[Path] = []
    stamp_of = languages.stamp_of

    def counted(path: Path) -> object:
        asked.append(path)
        return stamp_of(path)

    monkeypatch.setattr(languages, "stamp_of", counted)
    browser.get("/auth/login")
    assert asked == [folder / "languages.cfg", folder]


def test_published_by_hand_means_that_a_save_is_not_compiled(speaker: Flask, write: Writer) -> None:
    path = write("de", 'msgid "Saved."\nmsgstr "Gespeichert."\n')
    with speaker.app_context():
        languages.set_language("de", **settings(is_manual=True), actor=KEEPER)
        assert save(path.parents[2], "de", "messages", [Edit(eid_of("Saved."), None, ("Da.",))])[0].status == "saved"
        assert not path.with_suffix(".mo").exists()
        languages.set_language("de", **settings(), actor=KEEPER)
        save(path.parents[2], "de", "messages", [Edit(eid_of("Saved."), None, ("Hier.",))])
        assert path.with_suffix(".mo").exists()
