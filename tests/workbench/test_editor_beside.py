"""What stands beside an entry: suggestions, remarks, warnings that were called right, its history, who else is here."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs.history import Revision
from backoffice.catalogs.po import parse
from backoffice.foundation.database import db
from backoffice.workbench.models import Remark, Suggestion, SuggestionState
from tests.catalogs.conftest import Writer
from tests.workbench.browsing import AS_SCRIPT, Translator, listed, text_of
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


@pytest.fixture
def helper(speaker: Flask, file: Path) -> Translator:
    """She may suggest German words."""
    return Translator(speaker, "suggest")


def said(file: Path, eid: str) -> tuple[str, ...]:
    """What the file says."""
    entry = parse(file.read_bytes()).find(eid)
    assert entry is not None
    return entry.forms


def number_of(app: Flask, model: type) -> str:
    """The number of the only record."""
    with app.app_context():
        return str(db.session.scalars(select(model)).one().id)  # type: ignore[attr-defined]  # each has one


def test_a_suggestion_is_accepted_with_one_button(
    speaker: Flask, helper: Translator, translator: Translator, file: Path
) -> None:
    helper.sends(SAVED, "Kopie angelegt.", action="suggest")
    page = translator.sees(f"{SAVED}?state=suggestions")
    assert listed(page) == [SAVED]
    assert "<del>gespeichert</del><ins>angelegt</ins>" in page.text
    answer = translator.does(SAVED, "decide", action="accept", suggestion=number_of(speaker, Suggestion))
    assert answer.status_code == 303
    assert said(file, SAVED) == ("Kopie angelegt.",)
    with speaker.app_context():
        assert db.session.scalars(select(Suggestion)).one().state is SuggestionState.ACCEPTED


@pytest.mark.parametrize(("what", "record"), [("decide", Suggestion), ("revert", Revision)])
def test_what_somebody_saved_meanwhile_is_looked_at_before_one_button_replaces_it(
    speaker: Flask, helper: Translator, translator: Translator, file: Path, what: str, record: type
) -> None:
    helper.sends(SAVED, "Kopie angelegt.", action="suggest")
    translator.sends(SAVED, "Kopie gemacht.")
    translator.sends(SAVED, "Kopie gespeichert.")
    with speaker.app_context():
        number = str(db.session.scalars(select(record)).first().id)  # type: ignore[union-attr]
    shown = re.findall(r"<form.*?</form>", translator.sees(SAVED + ("/history" if what == "revert" else "")).text, re.S)
    form = next(each for each in shown if f"/{what}" in each)
    given = dict(re.findall(r'name="(base|url)" value="([^"]*)"', form))
    translator.sends(SAVED, "Kopie gesichert.")
    more = {"action": "accept", "suggestion": number} if what == "decide" else {"revision": number}
    answer = translator.does(SAVED, what, script=True, **given, **more)
    assert answer.status_code == 409
    assert said(file, SAVED) == ("Kopie gesichert.",)


def test_a_suggestion_is_rejected_with_a_reason(speaker: Flask, helper: Translator, translator: Translator) -> None:
    helper.sends(SAVED, "Kopie angelegt.", action="suggest")
    number = number_of(speaker, Suggestion)
    translator.does(SAVED, "decide", action="reject", suggestion=number, reason="Zu frei.")
    assert "Kopie <del>gespeichert" not in translator.sees(SAVED).text
    assert "Zu frei." in translator.sees(f"{SAVED}/history").text


def test_who_suggested_it_takes_it_back_but_nobody_elses(speaker: Flask, helper: Translator, file: Path) -> None:
    helper.sends(SAVED, "Kopie angelegt.", action="suggest")
    number = number_of(speaker, Suggestion)
    other = Translator(speaker, "suggest")
    assert other.does(SAVED, "decide", script=True, action="reject", suggestion=number).status_code == 403
    assert other.does(SAVED, "decide", script=True, action="accept", suggestion=number).status_code == 403
    assert helper.does(SAVED, "decide", script=True, action="reject", suggestion=number).status_code == 200
    assert said(file, SAVED) == ("Kopie gespeichert.",)


def test_a_suggestion_that_would_break_a_page_is_not_accepted(
    speaker: Flask, helper: Translator, translator: Translator, file: Path
) -> None:
    helper.sends(HELLO, "<script>%(name)s</script>", action="suggest")
    number = number_of(speaker, Suggestion)
    answer = translator.does(HELLO, "decide", script=True, action="accept", suggestion=number)
    assert answer.status_code == 422
    assert said(file, HELLO) == ("Hallo %(name)s.",)
    assert "<script>%(name)s" not in translator.sees(HELLO).text


def test_a_decision_names_the_entry_that_it_is_about(
    speaker: Flask, helper: Translator, translator: Translator
) -> None:
    helper.sends(SAVED, "Kopie angelegt.", action="suggest")
    number = number_of(speaker, Suggestion)
    assert translator.does(HELLO, "decide", action="accept", suggestion=number).status_code == 404
    assert translator.does(SAVED, "decide", action="accept", suggestion="x").status_code == 404


def test_a_remark_is_read_by_others_and_settled(speaker: Flask, helper: Translator, translator: Translator) -> None:
    assert helper.does(SAVED, "remark", text="Is it a <b>button</b>?").status_code == 303
    page = translator.sees(SAVED).text
    assert "Is it a &lt;b&gt;button&lt;/b&gt;?" in page
    number = number_of(speaker, Remark)
    assert translator.does(SAVED, "resolve", remark=number, script=True).json == {"message": "Resolved.", "undo": None}
    assert translator.does(SAVED, "resolve", remark=number, script=True).json == {
        "message": "Open again.",
        "undo": None,
    }


def test_a_remark_for_all_languages_is_read_in_every_one(speaker: Flask, helper: Translator, write: Writer) -> None:
    write("fr", GERMAN)
    helper.does(SAVED, "remark", text="Keep it short.", all="1")
    french = Translator(speaker, "translate", reach="fr", base="/admin/i18n/fr/messages/")
    assert "Keep it short." in french.sees(SAVED).text


def test_an_empty_remark_is_refused(helper: Translator) -> None:
    assert helper.does(SAVED, "remark", script=True, text="  ").status_code == 422


def test_a_warning_that_is_called_right_is_silent_until_the_text_changes(translator: Translator) -> None:
    text = "Kopie  gespeichert."
    assert translator.sends(SAVED, text).status_code == 422
    translator.does(SAVED, "dismiss", code="double_space", **{"msgstr-0": text})
    assert translator.sends(SAVED, text).status_code == 303
    assert "1 warning was called right." in translator.sees(SAVED).text
    assert translator.sends(SAVED, "Eine  Kopie gespeichert.").status_code == 422


def test_an_error_cannot_be_called_right(translator: Translator) -> None:
    for text in ("a" * 10_001, "a\0"):
        refused = translator.does(HELLO, "dismiss", script=True, code="double_space", **{"msgstr-0": text})
        assert refused.status_code in (413, 422)
    answer = translator.does(HELLO, "dismiss", script=True, code="unknown_placeholder", **{"msgstr-0": "%(nom)s"})
    assert answer.status_code == 422


def test_the_history_tells_who_changed_what_and_leads_back(speaker: Flask, translator: Translator, file: Path) -> None:
    translator.sends(SAVED, "Kopie angelegt.")
    page = translator.sees(f"{SAVED}/history")
    assert translator.name in page.text
    assert "<del>gespeichert</del><ins>angelegt</ins>" in page.text
    translator.sends(SAVED, "Kopie fertig.")
    with speaker.app_context():
        first = str(db.session.scalars(select(Revision).order_by(Revision.id)).first().id)  # type: ignore[union-attr]
    answer = translator.does(SAVED, "revert", revision=first)
    assert answer.status_code == 303
    assert said(file, SAVED) == ("Kopie angelegt.",)
    assert "Earlier text" in translator.sees(f"{SAVED}/history").text


def test_a_change_from_outside_stands_in_the_history(translator: Translator, file: Path) -> None:
    translator.sends(SAVED, "Kopie angelegt.")
    file.write_text(file.read_text().replace("Kopie angelegt.", "Mit Poedit."))
    assert "Changed outside" in text_of(translator.sees(f"{SAVED}/history"))


def test_colleagues_see_who_has_an_entry_open_and_go_on_elsewhere(speaker: Flask, translator: Translator) -> None:
    other = Translator(speaker, "translate")
    other.sees(CLOSE)
    page = translator.sees(f"{HELLO}?state=all")
    assert f"{other.name} is in 1 other string" in text_of(page)
    assert f"{other.name} has been editing this since" in text_of(translator.sees(CLOSE))
    # After the lines comes the gate that the other one is at; the next free one is behind it.
    answer = translator.sends(HELLO, "Guten Tag %(name)s.", query="?state=all")
    assert CLOSE not in answer.headers["Location"]


def test_the_next_one_skips_what_somebody_has_open(speaker: Flask, translator: Translator, write: Writer) -> None:
    write("de", "\n\n".join(f'msgid "gate number {index}"\nmsgstr ""' for index in range(3)))
    first, second, third = listed(translator.sees("?state=untranslated&q=gate number"))
    Translator(speaker, "translate").sees(second)
    answer = translator.sends(first, "Tor 0", query="?state=untranslated&q=gate number", seen="x")
    assert answer.status_code in (303, 422)
    page = translator.sees(f"{first}?state=untranslated&q=gate number")
    assert f'data-next="{translator.base}{third}' in page.text


def test_a_heartbeat_tells_who_is_there_and_that_it_was_saved(speaker: Flask, translator: Translator) -> None:
    shown = translator.form(SAVED)
    other = Translator(speaker, "translate")
    other.sends(SAVED, "Kopie angelegt.")
    other.sees(HELLO)
    answer = translator.browser.post(
        f"{translator.base}{SAVED}/presence",
        data={"csrf_token": shown["csrf_token"], "base": shown["base"], "page": shown["page"]},
        headers=AS_SCRIPT,
    )
    assert answer.json is not None
    assert answer.json["changed"] == f"{other.name} saved this meanwhile. Saving yours will show both."
    assert answer.json["open"][HELLO] == other.name


def test_whoever_only_looks_is_not_said_to_be_editing(speaker: Flask, translator: Translator) -> None:
    Translator(speaker).sees(SAVED)
    assert "has been editing this" not in translator.sees(SAVED).text


def test_the_same_words_elsewhere_are_offered(translator: Translator, write: Writer) -> None:
    write("de", GERMAN + 'msgid "Close the gate!"\nmsgstr ""\n\nmsgid "Close the gates."\nmsgstr "Tore schließen."\n')
    page = translator.sees("?state=untranslated&q=gate!")
    assert "Tore schließen." in page.text
    offered = [json.loads(html.unescape(each)) for each in re.findall(r'data-use="([^"]+)"', page.text)]
    assert ["Tore schließen."] in offered


def test_of_the_plural_forms_of_another_language_two_are_enough(translator: Translator, write: Writer) -> None:
    forms = "\n".join(f'msgstr[{index}] "%(num)s سطر {index}"' for index in range(6))
    write("ar", f'msgid "%(num)s fine line"\nmsgid_plural "%(num)s fine lines"\n{forms}\n')
    page = translator.sees(LINES).text
    assert [index for index in range(6) if f"سطر {index}" in page] == [0, 5]


def test_other_languages_and_the_entries_around_are_shown(translator: Translator, write: Writer) -> None:
    write("fr", 'msgctxt "harbour"\nmsgid "Open the gate."\nmsgstr "Ouvrez la porte."\n')
    page = translator.sees(OPEN).text
    assert "Ouvrez la porte." in page
    assert "Tor schließen." in page
