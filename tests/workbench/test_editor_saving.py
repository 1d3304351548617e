"""What becomes of the texts in the boxes: saved, to be checked, suggested, brought together; never lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs.po import parse
from backoffice.foundation.database import db, unit_of_work
from backoffice.workbench.models import Draft, Suggestion
from tests.browser import fields_in
from tests.catalogs.conftest import Writer, po
from tests.workbench.browsing import Translator, text_of
from tests.workbench.translating import CLOSE, GERMAN, HELLO, LINES, OPEN, SAVED

pytestmark = pytest.mark.both_databases


@pytest.fixture
def file(write: Writer) -> Path:
    """The German catalog."""
    return write("de", GERMAN)


@pytest.fixture
def translator(speaker: Flask, file: Path) -> Translator:
    """She may translate German."""
    return Translator(speaker, "suggest", "translate")


def said(file: Path, eid: str) -> tuple[str, ...]:
    """What the file says."""
    entry = parse(file.read_bytes()).find(eid)
    assert entry is not None
    return entry.forms


def suggestions(app: Flask) -> list[list[str]]:
    """What was suggested."""
    with app.app_context():
        return [each.forms for each in db.session.scalars(select(Suggestion).order_by(Suggestion.id))]


def test_saving_writes_the_file_and_leads_to_the_next_entry(translator: Translator, file: Path) -> None:
    answer = translator.sends(SAVED, "Eine Kopie ist gespeichert.", query="?state=translated")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{translator.base}{HELLO}?state=translated"
    assert said(file, SAVED) == ("Eine Kopie ist gespeichert.",)


def test_what_was_saved_can_be_taken_back_at_once(translator: Translator, file: Path) -> None:
    before = file.read_bytes()
    page = translator.browser.get(translator.sends(SAVED, "Kopiert.").headers["Location"])
    batch = page.text.split('name="batch" value="')[1].split('"')[0]
    answer = translator.browser.submit("/admin/undo/back/", {"batch": batch}, follow_redirects=True)
    assert answer.status_code == 200
    assert file.read_bytes() == before


def test_saving_changes_only_the_lines_of_the_entry(translator: Translator, file: Path) -> None:
    before = file.read_text().splitlines()
    translator.sends(SAVED, "Kopiert.")
    after = file.read_text().splitlines()
    assert [line for line in after if line not in before] == ['msgstr "Kopiert."']


def test_a_plural_is_saved_in_all_its_forms(translator: Translator, file: Path) -> None:
    assert translator.sends(LINES, "%(num)s Zeile", "%(num)s Zeilen").status_code == 303
    assert said(file, LINES) == ("%(num)s Zeile", "%(num)s Zeilen")


def test_the_comment_in_the_file_is_changed_with_the_text(translator: Translator, file: Path) -> None:
    translator.sends(SAVED, "Kopiert.", comment="Kurz halten.\r\nEs ist ein Knopf.")
    assert '# Kurz halten.\n# Es ist ein Knopf.\n#: backoffice/a.py\nmsgid "Saved a copy."' in file.read_text()


def test_without_a_change_nothing_is_written(translator: Translator, file: Path) -> None:
    before = file.stat().st_mtime_ns
    answer = translator.sends(SAVED, script=True)
    assert answer.json is not None
    assert answer.json["message"].startswith("Nothing was changed.")
    assert file.stat().st_mtime_ns == before


def test_staying_answers_with_the_same_entry(translator: Translator) -> None:
    answer = translator.sends(SAVED, "Kopiert.", action="stay")
    assert answer.headers["Location"] == f"{translator.base}{SAVED}?state=all"


def test_a_text_that_would_break_a_page_is_given_back_and_can_be_kept_to_check(
    translator: Translator, file: Path
) -> None:
    answer = translator.sends(HELLO, "Hallo %(nom)s.")
    assert answer.status_code == 422
    assert "Hallo %(nom)s.</textarea>" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert said(file, HELLO) == ("Hallo %(name)s.",)
    again = {name: values[0] for name, values in fields_in(answer.text, holding="base").items()}
    assert translator.sends(HELLO, action="fuzzy", shown=again).status_code == 303
    assert said(file, HELLO) == ("Hallo %(nom)s.",)
    assert "#, python-format, fuzzy" in file.read_text() or "#, fuzzy, python-format" in file.read_text()


def test_a_form_that_does_not_say_which_version_it_saw_replaces_nothing(translator: Translator, file: Path) -> None:
    assert translator.sends(SAVED, "Kopie angelegt.", base="").status_code == 409
    assert said(file, SAVED) == ("Kopie gespeichert.",)


def test_what_was_typed_is_kept_where_somebody_broke_the_file_meanwhile(
    speaker: Flask, translator: Translator, file: Path
) -> None:
    shown = translator.form(SAVED)
    file.write_text("<<<<<<< HEAD\n" + file.read_text())
    assert translator.sends(SAVED, "Kopie angelegt.", shown=shown).status_code == 303
    with speaker.app_context():
        assert db.session.scalars(select(Draft)).one().forms == ["Kopie angelegt."]


def test_what_the_disk_did_not_take_is_in_the_box_when_she_comes_back_and_goes_once_it_is_saved(
    speaker: Flask, translator: Translator, file: Path
) -> None:
    shown, whole = translator.form(SAVED), file.read_text()
    file.write_text("<<<<<<< HEAD\n" + whole)
    translator.sends(SAVED, "Kopie angelegt.", shown=shown)
    file.write_text(whole)
    assert "Kopie angelegt.</textarea>" in translator.sees(SAVED).text
    assert translator.sends(SAVED, "Kopie angelegt.").status_code == 303
    with speaker.app_context():
        assert db.session.scalars(select(Draft)).all() == []


def test_script_is_refused_whatever_else_is_sent(translator: Translator, file: Path) -> None:
    answer = translator.sends(SAVED, "<script>alert(1)</script>", override="1")
    assert answer.status_code == 422
    assert "<script>alert(1)" not in answer.text
    assert said(file, SAVED) == ("Kopie gespeichert.",)


def test_who_manages_translations_may_pass_over_a_check_that_protects_pages(speaker: Flask, file: Path) -> None:
    manager = Translator(speaker, "translate", "manage")
    text = "Kopie <b>gespeichert</b>."
    answer = manager.sends(SAVED, text)
    assert answer.status_code == 422
    assert 'name="override"' in answer.text
    assert manager.sends(SAVED, text, override="1").status_code == 303
    assert said(file, SAVED) == (text,)


def test_warnings_are_shown_and_a_second_click_saves(translator: Translator, file: Path) -> None:
    answer = translator.sends(SAVED, "Kopie  gespeichert")
    assert answer.status_code == 422
    assert "Two spaces" in answer.text
    again = {name: values[0] for name, values in fields_in(answer.text, holding="base").items()}
    assert translator.sends(SAVED, shown=again).status_code == 303
    assert said(file, SAVED) == ("Kopie  gespeichert",)


def test_warnings_that_a_script_has_shown_ask_for_no_second_click(translator: Translator, file: Path) -> None:
    shown = translator.form(SAVED)
    checked = translator.does(SAVED, "check", script=True, **{"msgstr-0": "Kopie  gespeichert"}).json
    assert checked is not None
    assert "Two spaces" in checked["html"]
    answer = translator.sends(SAVED, "Kopie  gespeichert", shown=shown, seen=checked["seen"])
    assert answer.status_code == 303


def test_checks_answer_box_by_box_while_one_types(translator: Translator) -> None:
    answer = translator.does(
        LINES, "check", script=True, **{"msgstr-0": "%(num)s Zeile", "msgstr-1": "%(broj)s Zeilen"}
    )
    assert answer.json is not None
    first, second = answer.json["html"].split('<div data-errors="0">')[1].split('<div data-errors="1">')
    assert "%(broj)s" not in first
    assert "%(broj)s" in second
    assert 'data-put="%(num)s"' in second


def test_two_people_who_changed_different_words_find_both_brought_together(
    speaker: Flask, translator: Translator, write: Writer
) -> None:
    file = write("de", 'msgid "The big gate is open today."\nmsgstr "Das große Tor ist heute offen."\n')
    eid = next(iter(parse(file.read_bytes()).by_eid))
    shown = translator.form(eid)
    ana = Translator(speaker, "translate")
    ana.sends(eid, "Das hohe Tor ist heute offen.")
    answer = translator.sends(eid, "Das große Tor ist jetzt offen.", shown=shown)
    assert answer.status_code == 409
    assert ana.name in text_of(answer)
    assert ">\nDas hohe Tor ist jetzt offen.</textarea>" in answer.text
    assert said(file, eid) == ("Das hohe Tor ist heute offen.",)
    again = {name: values[0] for name, values in fields_in(answer.text, holding="base").items()}
    assert translator.sends(eid, shown=again).status_code == 303
    assert said(file, eid) == ("Das hohe Tor ist jetzt offen.",)


@pytest.fixture
def clashing(speaker: Flask, translator: Translator, file: Path) -> dict[str, str]:
    """The form of a conflict in which both changed the same words."""
    shown = translator.form(SAVED)
    Translator(speaker, "translate").sends(SAVED, "Abschrift gesichert.")
    answer = translator.sends(SAVED, "Kopie angelegt.", shown=shown)
    assert answer.status_code == 409
    for words in ("Original", "Mine, not saved", "Take theirs", "Use mine"):
        assert words in answer.text
    found = {name: values[0] for name, values in fields_in(answer.text, holding="base").items()}
    found["mine-0"] = "Kopie angelegt."
    return found


def test_mine_is_used_when_i_say_so(translator: Translator, file: Path, clashing: dict[str, str]) -> None:
    assert clashing["msgstr-0"] == "Kopie angelegt."
    assert translator.sends(SAVED, action="mine", shown=clashing).status_code == 303
    assert said(file, SAVED) == ("Kopie angelegt.",)


def test_theirs_stays_when_i_open_the_entry_again(translator: Translator, file: Path, clashing: dict[str, str]) -> None:
    assert ">\nAbschrift gesichert.</textarea>" in translator.sees(SAVED).text
    assert said(file, SAVED) == ("Abschrift gesichert.",)


def test_a_third_save_meanwhile_is_a_conflict_again(
    speaker: Flask, translator: Translator, clashing: dict[str, str]
) -> None:
    Translator(speaker, "translate").sends(SAVED, "Doppel gesichert.")
    assert translator.sends(SAVED, action="mine", shown=clashing).status_code == 409


def test_the_same_text_from_two_people_is_no_conflict(speaker: Flask, translator: Translator) -> None:
    shown = translator.form(SAVED)
    Translator(speaker, "translate").sends(SAVED, "Kopiert.")
    assert translator.sends(SAVED, "Kopiert.", shown=shown).status_code == 303


def test_a_file_that_another_program_changed_is_told_as_such(translator: Translator, file: Path) -> None:
    shown = translator.form(SAVED)
    file.write_text(file.read_text().replace("Kopie gespeichert.", "Mit Poedit gespeichert."))
    answer = translator.sends(SAVED, "Kopie angelegt.", shown=shown)
    assert answer.status_code == 409
    assert "The file was changed meanwhile" in answer.text


def test_a_text_whose_entry_went_away_is_kept_as_a_suggestion(
    speaker: Flask, translator: Translator, file: Path
) -> None:
    shown = translator.form(SAVED)
    file.write_text(po("de", 'msgid "Other"\nmsgstr ""'))
    answer = translator.sends(SAVED, "Kopiert.", shown=shown)
    assert answer.status_code == 303
    assert suggestions(speaker) == [["Kopiert."]]
    assert "kept as a suggestion" in translator.browser.get(answer.headers["Location"]).text


def test_who_may_only_suggest_suggests(speaker: Flask, file: Path) -> None:
    helper = Translator(speaker, "suggest")
    page = helper.sees(SAVED).text
    assert "Suggest and next" in page
    assert 'value="save"' not in page
    assert helper.sends(SAVED, "Kopiert.", action="suggest").status_code == 303
    # Whatever button a hand-made form names, nothing more comes of it.
    assert helper.sends(SAVED, "Kopiert!", action="save").status_code == 303
    assert suggestions(speaker) == [["Kopiert."], ["Kopiert!"]]
    assert said(file, SAVED) == ("Kopie gespeichert.",)


def test_a_translator_can_suggest_instead_of_saving(speaker: Flask, translator: Translator, file: Path) -> None:
    assert translator.sends(SAVED, "Kopiert.", action="suggest").status_code == 303
    assert suggestions(speaker) == [["Kopiert."]]
    assert said(file, SAVED) == ("Kopie gespeichert.",)


def test_nothing_typed_cannot_be_kept_to_check(translator: Translator) -> None:
    answer = translator.sends(OPEN, "", action="fuzzy")
    assert answer.status_code == 422
    assert "Write something first." in answer.text


def test_in_a_language_that_is_reviewed_a_reviewer_looks_first(speaker: Flask, file: Path, folder: Path) -> None:
    (folder / "languages.cfg").write_text("[de]\nreview = yes\n")
    translator = Translator(speaker, "translate")
    assert "A reviewer looks at what you save" in translator.sees().text
    translator.sends(SAVED, "Kopiert.")
    entry = parse(file.read_bytes()).find(SAVED)
    assert entry is not None and entry.is_fuzzy
    reviewer = Translator(speaker, "translate", "review")
    reviewer.sends(SAVED)
    entry = parse(file.read_bytes()).find(SAVED)
    assert entry is not None and entry.state == "translated"


def test_a_text_that_is_too_long_is_refused_and_given_back(translator: Translator) -> None:
    answer = translator.sends(SAVED, "lang " * 4000)
    assert answer.status_code == 413
    assert "lang lang" in answer.text


def test_what_a_disk_does_not_take_is_kept_as_a_draft(
    speaker: Flask, translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, opened = translator.form(SAVED), os.open

    def refusing(path: str, flags: int, *more: int, **options: int) -> int:
        if flags & os.O_CREAT and "translations" in str(path):
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, flags, *more, **options)

    with monkeypatch.context() as disk:
        disk.setattr(os, "open", refusing)
        answer = translator.sends(SAVED, "Kopiert.", shown=shown, script=True)
    assert answer.json is not None
    assert "The disk takes nothing now" in answer.json["message"]
    with speaker.app_context():
        assert [draft.forms for draft in db.session.scalars(select(Draft))] == [["Kopiert."]]


def test_a_draft_that_waits_is_told_of(speaker: Flask, translator: Translator) -> None:
    with speaker.app_context(), unit_of_work():
        values = {"locale": "de", "domain": "messages", "eid": SAVED, "msgid": "Saved a copy."}
        db.session.add(Draft(**values, forms=["Kopiert."], user_id=translator.id))
    assert "waits as the disk takes nothing now" in text_of(translator.sees())


def test_a_button_that_does_not_exist_does_nothing(translator: Translator) -> None:
    assert translator.sends(SAVED, "Kopiert.", action="destroy").status_code == 400


def test_a_script_gets_the_next_entry_with_the_answer(translator: Translator) -> None:
    answer = translator.sends(CLOSE, "Schließen Sie das Tor.", script=True, query="?state=all")
    assert answer.json is not None
    assert answer.json["address"] == f"{translator.base}{OPEN}?state=all"
    assert f'data-eid="{OPEN}"' in answer.json["html"]
    assert answer.json["undo"]
