"""Many texts change in one write that was looked at before, and one undo takes back what nobody changed since."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs import languages
from backoffice.catalogs.history import ACTION, Revision, Through
from backoffice.catalogs.places import Place
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable, StaleRecord
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry
from backoffice.records.undoing import Outcome
from backoffice.workbench import bulk
from tests.catalogs.conftest import Writer
from tests.workbench.translating import CLOSE, GERMAN, HELLO, HERE, LINES, OPEN, SAVED, forms, item, person, save


@pytest.fixture(autouse=True)
def german(write: Writer) -> Path:
    return write("de", GERMAN)


def carried_out(plan: bulk.Plan, actor: object) -> str:
    """Carry a plan out as a request of its own; returns the name of that."""
    name = new_request_id()
    with acting(actor=actor, surface="admin", request_id=name):
        bulk.carry_out(plan, plan.token, actor=actor)
    return name


def taken_back(request_id: str, actor: object) -> tuple[Outcome, str]:
    """Undo a request by another one, as `z` does; returns what became of it and the name of that."""
    name = new_request_id()
    with acting(actor=actor, surface="admin", request_id=name), unit_of_work():
        outcome = undoing.undo(request_id, actor=actor)
    return outcome, name


def test_what_would_be_replaced_is_looked_at_first(speaker: Flask, german: Path) -> None:
    before = german.read_bytes()
    with speaker.app_context():
        tra = person("translate")
        plan = bulk.replace_in(HERE, None, "zeile", "Reihe", False, actor=tra)
        assert [(row.eid, row.forms) for row in plan.rows] == [(LINES, ("%(num)s feine Reihe", "%(num)s feine Reihen"))]
        assert bulk.replace_in(HERE, None, "zeile", "Reihe", True, actor=tra).rows == ()
        assert bulk.replace_in(HERE, [SAVED], "Zeile", "Reihe", actor=tra).rows == ()
        with pytest.raises(InvalidInput):
            bulk.replace_in(HERE, None, "", "Reihe", actor=tra)
    assert german.read_bytes() == before


@pytest.mark.both_databases
def test_many_texts_are_one_write_and_one_undo(speaker: Flask, german: Path) -> None:
    before = german.read_bytes()
    with speaker.app_context():
        tra = person("translate")
        db.session.commit()
        done = carried_out(bulk.replace_in(HERE, None, "e", "ee", actor=tra), tra)
        changed = german.read_bytes()
        assert changed != before
        assert forms(SAVED) == ("Kopiee geespeeicheert.",)
        rows = db.session.scalars(select(Revision)).all()
        assert {row.through for row in rows} == {Through.BULK} and len({row.entry_id for row in rows}) == 1
        noted = select(AuditEntry).where(AuditEntry.action == ACTION, AuditEntry.request_id == done)
        assert len(db.session.scalars(noted).all()) == 1
        outcome, undone = taken_back(done, tra)
        assert len(outcome.done) == 1 and outcome.skipped == []
        assert german.read_bytes() == before
        assert undoing.is_taken_back(done)
        taken_back(undone, tra)
        assert german.read_bytes() == changed


@pytest.mark.both_databases
def test_what_somebody_changed_since_stays_when_the_rest_is_taken_back(speaker: Flask) -> None:
    with speaker.app_context():
        tra, bob = person("translate"), person("translate")
        db.session.commit()
        done = carried_out(bulk.replace_in(HERE, [SAVED, HELLO], "o", "oo", actor=tra), tra)
        save(HELLO, "Guten Tag %(name)s.", actor=bob)
        outcome, _name = taken_back(done, tra)
        assert (forms(SAVED), forms(HELLO)) == (("Kopie gespeichert.",), ("Guten Tag %(name)s.",))
        assert [reason for _title, reason in outcome.skipped] == ["1 text was changed since, so it stays."]


def test_nothing_is_taken_back_of_what_somebody_else_changed_or_may_not_touch(speaker: Flask) -> None:
    with speaker.app_context():
        tra, fra = person("translate"), person("translate", reach="fr")
        db.session.commit()
        done = carried_out(bulk.replace_in(HERE, [SAVED], "Kopie", "Abzug", actor=tra), tra)
        assert taken_back(done, fra)[0].done == []
        assert forms(SAVED) == ("Abzug gespeichert.",)
        save(SAVED, "Anders gespeichert.", actor=tra)
        outcome, _name = taken_back(done, tra)
        assert outcome.done == [] and "changed since" in outcome.skipped[0][1]
        assert forms(SAVED) == ("Anders gespeichert.",)


def test_a_single_save_is_taken_back_like_any_change(speaker: Flask, german: Path) -> None:
    before = german.read_bytes()
    with speaker.app_context():
        tra = person("translate")
        db.session.commit()
        with acting(actor=tra, request_id="ONESAVE"):
            save(CLOSE, "Schließ das Tor.", actor=tra)
        assert not item(CLOSE).is_fuzzy
        assert taken_back("ONESAVE", tra)[0].skipped == []
        assert (forms(CLOSE), item(CLOSE).is_fuzzy) == (("Tor schließen.",), True)
        # What the English text was before is in the file no more: nobody needs it for a text that was checked.
        assert german.read_bytes() == before.replace(b'#| msgid "Close the gates."\n', b"")
        with pytest.raises(NotApplicable):
            taken_back("ONESAVE", tra)


def test_a_plan_is_carried_out_as_it_was_seen_or_not_at_all(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        seen = bulk.replace_in(HERE, None, "Kopie", "Abzug", actor=tra).token
        save(SAVED, "Kopie gesichert.", actor=tra)
        now = bulk.replace_in(HERE, None, "Kopie", "Abzug", actor=tra)
        with pytest.raises(StaleRecord):
            bulk.carry_out(now, seen, actor=tra)
        assert forms(SAVED) == ("Kopie gesichert.",)
        assert [each.status for each in bulk.carry_out(now, now.token, actor=tra)] == ["saved"]


def test_what_would_fail_a_check_is_shown_and_left_out(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        plan = bulk.replace_in(HERE, [SAVED, HELLO], "a", "%(a)s", actor=tra)
        assert [(row.eid, row.is_refused) for row in plan.rows] == [(HELLO, True)]
        assert plan.count == 0
        assert bulk.carry_out(plan, plan.token, actor=tra) == []


def test_marks_are_set_and_cleared_for_many(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        plan = bulk.set_fuzzy(HERE, None, True, actor=tra)
        assert {SAVED, HELLO, LINES} == {row.eid for row in plan.rows}
        carried_out(plan, tra)
        assert all(item(eid).is_fuzzy for eid in (SAVED, HELLO, LINES, CLOSE)) and not item(OPEN).is_fuzzy
        carried_out(bulk.set_fuzzy(HERE, [SAVED], False, actor=tra), tra)
        assert not item(SAVED).is_fuzzy


def test_in_a_reviewed_language_only_reviewers_clear_marks_and_the_rest_waits(speaker: Flask) -> None:
    with speaker.app_context():
        languages.set_language("de", is_offered=True, is_manual=False, needs_review=True, actor=person("manage"))
        tra, rev = person("translate"), person("translate", "review")
        with pytest.raises(NotAllowed):
            bulk.set_fuzzy(HERE, None, False, actor=tra)
        carried_out(bulk.replace_in(HERE, None, "Kopie", "Abzug", actor=tra), tra)
        assert item(SAVED).is_fuzzy
        carried_out(bulk.set_fuzzy(HERE, [SAVED], False, actor=rev), rev)
        assert not item(SAVED).is_fuzzy


def test_the_same_text_is_taken_over_from_the_nearest_place_that_agrees_with_itself(
    speaker: Flask, write: Writer
) -> None:
    write("de", GERMAN + '\nmsgctxt "door"\nmsgid "Open the gate."\nmsgstr "Tor öffnen."\n')
    with speaker.app_context():
        tra = person("translate")
        plan = bulk.fill_same(HERE, [OPEN], actor=tra)
        assert [(row.forms, row.source) for row in plan.rows] == [(("Tor öffnen.",), HERE)]
        write(
            "de",
            GERMAN
            + '\nmsgctxt "door"\nmsgid "Open the gate."\nmsgstr "Tor öffnen."\n'
            + '\nmsgctxt "key"\nmsgid "Open the gate."\nmsgstr "Das Tor öffnen."\n',
        )
        assert bulk.fill_same(HERE, [OPEN], actor=tra).rows == ()


def test_a_region_takes_over_from_its_language(speaker: Flask, write: Writer) -> None:
    entry = 'msgid "A text of our own."\nmsgstr "{}"\n'
    rule = "nplurals=2; plural=(n != 1);"
    write("pt", entry.format("Um texto nosso."), rule=rule)
    write("pt_BR", entry.format(""), rule=rule)
    region = Place("pt_BR", "messages")
    with speaker.app_context():
        plan = bulk.fill_same(region, None, actor=person("translate", reach="pt_BR"))
        found = {row.item.source.id: (row.forms, row.source) for row in plan.rows}
        assert found["A text of our own."] == (("Um texto nosso.",), Place("pt", "messages"))


def test_spaces_at_the_ends_are_mended(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Saved a copy."\nmsgstr " Kopie gespeichert. "\n\nmsgid "Name: "\nmsgstr "Name:"\n')
    with speaker.app_context():
        tra = person("translate")
        plan = bulk.autofix(HERE, None, actor=tra)
        assert [row.forms for row in plan.rows] == [("Kopie gespeichert.",), ("Name: ",)]


def test_nobody_plans_for_a_catalog_out_of_reach(speaker: Flask) -> None:
    with speaker.app_context():
        for actor in (person("suggest"), person("translate", reach="de:admin")):
            with pytest.raises(NotAllowed):
                bulk.replace_in(HERE, None, "a", "b", actor=actor)
            with pytest.raises(NotAllowed):
                bulk.fill_same(HERE, None, actor=actor)
