"""What becomes of a translation: by who saves it, how its language is kept and what the disk takes. Nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs import editing, languages, po
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.history import Revision, Through, of_entry
from backoffice.catalogs.places import Place
from backoffice.catalogs.po import eid_of
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable, TooLarge
from backoffice.records.audit import AuditEntry
from backoffice.workbench import remarks, suggesting
from backoffice.workbench.models import Draft, Suggestion, SuggestionState, Term
from backoffice.workbench.operations import accept, check, drafts_of, revert, save_entry
from tests import factories
from tests.catalogs.conftest import Writer
from tests.workbench.translating import CLOSE, GERMAN, HELLO, HERE, LINES, SAVED, forms, item, person, save

pytestmark = pytest.mark.usefixtures("german")


@pytest.fixture
def german(write: Writer) -> Path:
    return write("de", GERMAN)


def reviewed(**changes: bool) -> None:
    """Let German be reviewed."""
    keeper = person("manage")
    settings = {"is_offered": True, "is_manual": False, "needs_review": True, **changes}
    languages.set_language("de", **settings, actor=keeper)


@pytest.mark.both_databases
def test_a_translator_saves_and_the_history_knows_her(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        saved = save(SAVED, "Abzug gesichert.", actor=tra)
        assert (saved.status, forms(SAVED)) == ("saved", ("Abzug gesichert.",))
        row = of_entry("de", "messages", SAVED)[0]
        assert (row.by_id, row.before, row.after, row.through) == (
            tra.id,
            ["Kopie gespeichert."],
            ["Abzug gesichert."],
            Through.WORKBENCH,
        )


def test_nobody_saves_into_a_catalog_out_of_reach(speaker: Flask, write: Writer) -> None:
    write("fr", GERMAN)
    with speaker.app_context():
        for actor in (
            person("translate", reach="fr"),
            person("translate", reach="de:admin"),
            person(),
            factories.user(),
        ):
            with pytest.raises(NotAllowed):
                save(SAVED, "Meins.", actor=actor)
        assert forms(SAVED) == ("Kopie gespeichert.",)


@pytest.mark.both_databases
def test_who_may_only_suggest_has_suggested(speaker: Flask) -> None:
    with speaker.app_context():
        sue = person("suggest")
        saved = save(SAVED, "Abzug gesichert.", actor=sue)
        assert (saved.status, saved.is_success, forms(SAVED)) == ("suggested", True, ("Kopie gespeichert.",))
        again = save(SAVED, "Abzug gesichert.", actor=sue)
        assert [each.id for each in suggesting.open_ones(HERE, SAVED)] == [
            again.suggestion.id if again.suggestion else 0
        ]
        assert (
            db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first()
            == "translation.suggest"
        )


@pytest.mark.both_databases
def test_an_accepted_suggestion_is_written_and_closes_those_that_say_the_same(speaker: Flask) -> None:
    with speaker.app_context():
        sue, bob, tra = person("suggest"), person("suggest"), person("translate")
        first = save(SAVED, "Abzug gesichert.", actor=sue).suggestion
        assert first is not None
        with unit_of_work():
            other = Suggestion(**{**_key(first), "forms": list(first.forms), "author_id": bob.id})
            third = Suggestion(**{**_key(first), "forms": ["Etwas anderes."], "author_id": bob.id})
            db.session.add_all([other, third])
        with pytest.raises(NotAllowed):
            accept(first, actor=sue)
        assert accept(first, actor=tra, base=item(SAVED).base).status == "saved"
        assert forms(SAVED) == ("Abzug gesichert.",)
        assert [each.state for each in (first, other, third)] == [
            SuggestionState.ACCEPTED,
            SuggestionState.ACCEPTED,
            SuggestionState.OPEN,
        ]
        assert first.decided_by_id == tra.id
        with pytest.raises(NotApplicable):
            accept(first, actor=tra)


def test_saving_the_same_by_hand_accepts_a_suggestion_too(speaker: Flask) -> None:
    with speaker.app_context():
        made = save(SAVED, "Abzug gesichert.", actor=person("suggest")).suggestion
        tra = person("translate")
        save(SAVED, "Abzug gesichert.", actor=tra)
        assert made is not None and (made.state, made.decided_by_id) == (SuggestionState.ACCEPTED, tra.id)


def test_a_suggestion_is_rejected_with_a_reason_or_withdrawn_by_its_author(speaker: Flask) -> None:
    with speaker.app_context():
        sue, bob = person("suggest"), person("suggest")
        one, two = (save(eid, "Etwas %(name)s.", actor=sue).suggestion for eid in (HELLO, SAVED))
        assert one is not None and two is not None
        with unit_of_work():
            with pytest.raises(NotAllowed):
                suggesting.reject(one, actor=bob)
            suggesting.reject(one, actor=person("translate"), reason="Nicht so.")
            suggesting.reject(two, actor=sue)
        assert (one.state, one.reason, two.state) == (SuggestionState.REJECTED, "Nicht so.", SuggestionState.REJECTED)
        assert suggesting.open_counts(HERE) == {}


@pytest.mark.both_databases
def test_in_a_reviewed_language_what_a_translator_saves_waits_for_a_reviewer(speaker: Flask) -> None:
    with speaker.app_context():
        reviewed()
        tra, rev = person("translate"), person("translate", "review")
        saved = save(SAVED, "Abzug gesichert.", actor=tra)
        assert (saved.status, saved.waits_for_review, item(SAVED).is_fuzzy) == ("saved", True, True)
        assert save(SAVED, "Abzug gesichert.", actor=tra).status == "same"
        assert item(SAVED).is_fuzzy
        assert save(SAVED, "Abzug gesichert.", actor=rev).status == "saved"
        assert not item(SAVED).is_fuzzy


def test_what_fails_a_check_is_refused_and_can_be_kept_to_be_checked(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        saved = save(HELLO, "Hallo %(nom)s.", actor=tra)
        assert saved.status == "refused" and saved.errors and forms(HELLO) == ("Hallo %(name)s.",)
        assert save(HELLO, "Hallo %(nom)s.", actor=tra, fuzzy=True).status == "saved"
        assert item(HELLO).is_fuzzy


def test_only_who_manages_a_language_passes_over_a_check_about_security(speaker: Flask) -> None:
    text = "Kopie <b>gespeichert</b>."
    with speaker.app_context():
        refused = save(SAVED, text, actor=person("translate", "review"), overrides=["markup"])
        assert refused.status == "refused" and all(each.is_security for each in refused.errors)
        keeper = person("translate", "manage")
        assert save(SAVED, text, actor=keeper).status == "refused"
        assert save(SAVED, text, actor=keeper, overrides=["markup"]).status == "saved"
        assert of_entry("de", "messages", SAVED)[0].overridden == ["markup"]
        # What would break a page cannot be passed over by anybody.
        assert save(HELLO, "Hallo %(nom)s.", actor=keeper, overrides=["unknown_placeholder"]).status == "refused"


def test_a_warning_stops_once_and_not_at_all_when_it_was_dismissed(speaker: Flask) -> None:
    told = ("Kopie  gespeichert.",)
    with speaker.app_context():
        tra = person("translate")
        stopped = save(SAVED, *told, actor=tra, accepts_warnings=False)
        assert stopped.status == "refused" and [each.code for each in stopped.warnings] == ["double_space"]
        with unit_of_work():
            remarks.dismiss(HERE, SAVED, "double_space", told, actor=tra)
        assert save(SAVED, *told, actor=tra, accepts_warnings=False).status == "saved"
        assert check(HERE, item(SAVED), told) == []
        assert [each.code for each in check(HERE, item(SAVED), ("Kopie  gesichert.",))] == ["double_space"]
        with unit_of_work():
            remarks.dismiss(HERE, SAVED, "double_space", told, actor=tra, again=True)
            with pytest.raises(InvalidInput):
                remarks.dismiss(HERE, SAVED, "markup", told, actor=tra)
        assert [each.code for each in check(HERE, item(SAVED), told)] == ["double_space"]


def test_the_glossary_is_heeded(speaker: Flask) -> None:
    with speaker.app_context():
        with unit_of_work():
            db.session.add(Term(locale="de", term="copy", translation="Abzug"))
        assert "glossary" in [each.code for each in check(HERE, item(SAVED), ("Eine Kopie gespeichert.",))]
        assert "glossary" not in [each.code for each in check(HERE, item(SAVED), ("Ein Abzug gespeichert.",))]


def test_a_text_whose_entry_went_away_is_kept_as_a_suggestion(speaker: Flask, german: Path) -> None:
    with speaker.app_context():
        gone = item(SAVED)
        german.write_text(german.read_text().replace("Saved a copy.", "Saved one copy."))
        edit = Edit(SAVED, gone.base, ("Abzug gesichert.",), source=gone.source)
        saved = save_entry(HERE, edit, actor=person("translate"))
        assert saved.status == "gone" and saved.suggestion is not None
        assert suggesting.open_ones(HERE, SAVED)[0].forms == ["Abzug gesichert."]


@pytest.mark.both_databases
def test_what_the_disk_does_not_take_is_kept_as_a_draft_until_it_does(
    speaker: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refusing(path: str, flags: int, *more: int, **options: int) -> int:
        if flags & os.O_CREAT and "translations" in str(path):
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, flags, *more, **options)

    with speaker.app_context():
        tra = person("translate")
        db.session.commit()
        with monkeypatch.context() as disk:
            disk.setattr(os, "open", refusing)
            assert save(SAVED, "Erster Versuch.", actor=tra).status == "drafted"
            saved = save(SAVED, "Abzug gesichert.", actor=tra)
        assert saved.draft is not None and saved.is_success
        assert [(each.forms, each.base) for each in drafts_of(HERE, actor=tra)] == [
            (["Abzug gesichert."], item(SAVED).base)
        ]
        assert db.session.scalars(select(Revision)).all() == []
        assert save(SAVED, "Abzug gesichert.", actor=tra).status == "saved"
        assert db.session.scalars(select(Draft)).all() == []


def test_what_a_full_disk_does_not_take_is_kept_as_a_draft(speaker: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with speaker.app_context():
        tra = person("translate")
        db.session.commit()
        with monkeypatch.context() as disk:
            disk.setattr(os, "fsync", full)
            assert save(SAVED, "Abzug gesichert.", actor=tra).status == "drafted"
        assert save(SAVED, "Abzug gesichert.", actor=tra).status == "saved"


def test_a_draft_of_somebody_else_stays(speaker: Flask) -> None:
    with speaker.app_context():
        tra, bob = person("translate"), person("translate")
        with unit_of_work():
            db.session.add(Draft(locale="de", domain="messages", eid=SAVED, msgid="x", forms=["Bobs"], user_id=bob.id))
        save(SAVED, "Abzug gesichert.", actor=tra)
        assert [each.forms for each in drafts_of(HERE, actor=bob)] == [["Bobs"]]


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (("x" * 10_001,), TooLarge),
        (("a\x00b",), InvalidInput),
        (("a\ud800b",), InvalidInput),
        ((), InvalidInput),
        (("one", "two"), InvalidInput),
        (tuple("abcdefghijkl"), InvalidInput),
    ],
    ids=["too long", "null", "half a character", "nothing", "two forms", "twelve forms"],
)
def test_what_no_catalog_can_hold_is_refused_in_words(
    speaker: Flask, told: tuple[str, ...], refusal: type[Exception]
) -> None:
    with speaker.app_context():
        for actor in (person("translate"), person("suggest")):
            with pytest.raises(refusal):
                save(SAVED, *told, actor=actor)
        assert forms(SAVED) == ("Kopie gespeichert.",)


def test_what_a_browser_sends_has_the_line_ends_of_the_catalog(speaker: Flask) -> None:
    with speaker.app_context():
        save(SAVED, "Kopie\r\ngespeichert.", actor=person("translate"))
        assert forms(SAVED) == ("Kopie\ngespeichert.",)


@pytest.mark.both_databases
def test_an_earlier_text_comes_back_and_the_history_says_so(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        save(CLOSE, "Schließ das Tor.", actor=tra)
        save(CLOSE, "Mach das Tor zu.", actor=tra)
        newest, oldest = of_entry("de", "messages", CLOSE)
        assert revert(oldest, actor=tra, base=item(CLOSE).base).status == "saved"
        assert forms(CLOSE) == ("Schließ das Tor.",)
        assert revert(newest, actor=tra, base="an old version").status == "conflict"
        assert revert(oldest, actor=tra, to_before=True).status == "saved"
        assert (forms(CLOSE), item(CLOSE).is_fuzzy) == (("Tor schließen.",), True)
        assert of_entry("de", "messages", CLOSE)[0].through is Through.REVERT
        with pytest.raises(NotAllowed):
            revert(oldest, actor=person("suggest"))


def test_a_word_of_the_package_is_overridden_by_appending_it(speaker: Flask, folder: Path) -> None:
    place, eid = Place("de", "admin"), eid_of("Save")
    with speaker.app_context():
        seen = item(eid, place)
        assert seen.is_shipped and seen.entry is None and seen.state == "translated"
        saved = save_entry(place, Edit(eid, seen.base, ("Sichern",)), actor=person("translate"))
        assert saved.status == "saved"
        assert (forms(eid, place), item(eid, place).is_shipped) == (("Sichern",), False)
        assert po.parse((folder / "de/LC_MESSAGES/admin.po").read_bytes()).find(eid) is not None


def test_a_remark_is_for_one_language_or_for_all_and_can_be_settled(speaker: Flask) -> None:
    with speaker.app_context():
        sue, bob = person("suggest"), person("suggest")
        with unit_of_work():
            said = remarks.remark(HERE, SAVED, item(SAVED).source, "What is copied?", actor=sue, for_all=True)
            remarks.remark(HERE, SAVED, item(SAVED).source, "Nur Deutsch.", actor=sue)
            with pytest.raises(NotAllowed):
                remarks.remark(HERE, SAVED, item(SAVED).source, "Hm.", actor=person())
            with pytest.raises(InvalidInput):
                remarks.remark(HERE, SAVED, item(SAVED).source, "  ", actor=sue)
        french = Place("fr", "messages")
        assert [each.text for each in remarks.remarks_on(french, SAVED)] == ["What is copied?"]
        assert remarks.remark_counts(HERE) == {SAVED: 2}
        with unit_of_work():
            with pytest.raises(NotAllowed):
                remarks.resolve(said, HERE, actor=bob)
            remarks.resolve(said, HERE, actor=person("translate"))
        assert remarks.remark_counts(HERE) == {SAVED: 1}


def test_plural_forms_are_saved_together(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        assert save(LINES, "%(num)s Zeile", "%(num)s Zeilen", actor=tra).status == "saved"
        assert save(LINES, "%(num)s Zeile", "", actor=tra).status == "refused"
        assert save(LINES, "%(num)s Zeile", actor=tra).status == "refused"
        assert forms(LINES) == ("%(num)s Zeile", "%(num)s Zeilen")


def test_each_save_settles_once_however_many_applications_there_are(speaker: Flask) -> None:
    assert editing.AFTER.count(suggesting.settle) == 1


def _key(suggestion: Suggestion) -> dict[str, str | None]:
    return {name: getattr(suggestion, name) for name in ("locale", "domain", "eid", "msgid", "context")}
