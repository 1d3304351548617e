"""A translator finds what is left, what is wrong, what was said before, and how far her languages are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from backoffice.catalogs import library
from backoffice.catalogs.checks import Source
from backoffice.catalogs.library import shelf_of
from backoffice.catalogs.places import DOMAINS, Place
from backoffice.catalogs.po import eid_of
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.workbench import remarks
from backoffice.workbench.comparing import matches
from backoffice.workbench.glossary import glossary_hits, terms_of
from backoffice.workbench.models import Term
from backoffice.workbench.operations import shelf_at
from backoffice.workbench.queries import Wanted, counts, filtered, look_at, nearby, other_languages
from backoffice.workbench.statistics import statistics, statistics_of, together
from tests.catalogs.conftest import Writer
from tests.workbench.translating import CLOSE, GERMAN, HELLO, HERE, LINES, OPEN, SAVED, item, person, save

FAULTY = '\nmsgid "Bad %(x)s thing"\nmsgstr "Schlecht %(y)s Ding"\n\nmsgid "Two of them"\nmsgstr "Zwei  davon"\n'
BAD, TWO = eid_of("Bad %(x)s thing"), eid_of("Two of them")
MINE = (SAVED, HELLO, LINES, CLOSE, OPEN, BAD, TWO)


@pytest.fixture(autouse=True)
def german(write: Writer) -> Path:
    return write("de", GERMAN + FAULTY)


def found(**wanted: object) -> list[str]:
    """Which of the entries of the file a filter leaves."""
    return [each.eid for each in filtered(look_at(HERE), Wanted(**wanted)) if each.eid in MINE]  # type: ignore[arg-type]


def test_texts_are_found_by_what_is_to_do(speaker: Flask) -> None:
    with speaker.app_context():
        assert found(state="untranslated") == [OPEN]
        assert found(state="fuzzy") == [CLOSE]
        assert found(state="failing") == [BAD]
        assert found(state="warnings") == [TWO]
        assert found(state="translated") == [SAVED, HELLO, LINES, TWO]
        assert found(state="todo") == [OPEN, CLOSE, BAD]
        assert set(found(state="all")) == set(found(state="nonsense")) == set(MINE)
        assert found(check="double_space") == [TWO]


def test_counts_are_what_the_lists_hold(speaker: Flask) -> None:
    with speaker.app_context():
        save(SAVED, "Abzug gesichert.", actor=person("suggest"))
        look = look_at(HERE)
        told = counts(look)
        assert told == {state: len(filtered(look, Wanted(state=state))) for state in told}
        assert told["suggestions"] == 1 and told["failing"] == 1


def test_texts_are_found_by_words_wherever_they_stand(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        assert found(q="saved A") == [SAVED]
        assert found(q="SCHLIESSEN") == found(q="schließen") == [CLOSE]
        assert found(q="harbour") == [OPEN]
        assert found(file="backoffice/a.py") == [SAVED] and found(file="backoffice") == [SAVED, HELLO]
        assert found(file="backoffice/a") == []
        save(HELLO, "Guten Tag %(name)s.", actor=tra)
        assert found(by=tra.id) == found(since=clock.now() - timedelta(minutes=1)) == [HELLO]
        assert found(since=clock.now() + timedelta(minutes=1)) == found(by=tra.id + 1) == []
        assert found(eids=[SAVED, "0" * 16]) == [SAVED]


def test_a_dismissed_warning_is_counted_no_more_until_the_text_changes(speaker: Flask) -> None:
    with speaker.app_context():
        tra = person("translate")
        with unit_of_work():
            remarks.dismiss(HERE, TWO, "double_space", ["Zwei  davon"], actor=tra)
        assert found(state="warnings") == []
        save(TWO, "Zwei  von ihnen", actor=tra)
        assert found(state="warnings") == [TWO]


def test_a_text_is_judged_once_and_after_a_save_only_what_changed(
    speaker: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaker.app_context():
        look_at(HERE)
        judged: list[str] = []
        judge = library.judged

        def counted(shelf: library.Shelf, source: Source, *more: object, **facts: object) -> object:
            judged.append(source.id)
            return judge(shelf, source, *more, **facts)  # type: ignore[arg-type]

        monkeypatch.setattr(library, "judged", counted)
        look_at(HERE)
        assert judged == []
        german = folder / "de/LC_MESSAGES/messages.po"
        german.write_text(german.read_text().replace("Zwei  davon", "Zwei von ihnen"))
        assert found(state="warnings") == []
        assert judged == ["Two of them"]


def test_the_glossary_is_the_same_object_until_somebody_changes_it(speaker: Flask) -> None:
    with speaker.app_context():
        with unit_of_work():
            term = Term(locale="de", term="copy", translation="Abzug")
            db.session.add_all([term, Term(locale="fr", term="copy", translation="copie")])
        first = terms_of("de")
        assert terms_of("de") is first and [each.translation for each in first] == ["Abzug"]
        assert glossary_hits("de", item(SAVED).source) == [term]
        assert glossary_hits("de", Source("Two copybooks")) == []
        with unit_of_work():
            term.translation = "Durchschlag"
        assert [each.translation for each in terms_of("de")] == ["Durchschlag"]


def test_what_was_said_before_is_offered_the_most_alike_first(speaker: Flask, folder: Path) -> None:
    with speaker.app_context():
        near = matches(folder, HERE, Source("Saved a copy of it."))[0]
        assert (near.eid, near.forms, near.is_same) == (SAVED, ("Kopie gespeichert.",), False)
        same = matches(folder, HERE, Source("Saved a copy."))
        assert (same[0].eid, same[0].percent, same[0].is_same) == (SAVED, 100, True)
        assert SAVED not in [each.eid for each in matches(folder, HERE, item(SAVED).source, without=SAVED)]
        look_at(HERE)
        # Neither what is to be checked nor what fails is offered.
        assert not {CLOSE, BAD} & {each.eid for each in matches(folder, HERE, Source("Close the gate."))}
        assert not {BAD} & {each.eid for each in matches(folder, HERE, Source("Bad %(x)s thing"))}


def test_a_near_text_is_found_among_thousands_in_a_moment(speaker: Flask, write: Writer, folder: Path) -> None:
    lines = [
        f'msgid "The {word} of number {number} was moved to its place"\nmsgstr "Nummer {number} {word}"\n'
        for number in range(1250)
        for word in ("boat", "crane", "tide", "light")
    ]
    write("de", "\n".join(lines))
    with speaker.app_context():
        told = matches(folder, HERE, Source("The crane of number 77 was moved to a place"))
        assert told[0].source.id == "The crane of number 77 was moved to its place"
        begun = clock.now()
        for number in range(5):
            matches(folder, HERE, Source(f"The tide of number {number} was moved"))
        assert (clock.now() - begun).total_seconds() < 1


def test_the_same_text_elsewhere_and_other_languages_are_shown(speaker: Flask, write: Writer, folder: Path) -> None:
    write("de", GERMAN + '\nmsgctxt "door"\nmsgid "Open the gate."\nmsgstr "Tor öffnen."\n')
    write("fr", 'msgid "Saved a copy."\nmsgstr "Copie enregistrée."\n')
    with speaker.app_context():
        same = [each for each in matches(folder, HERE, item(OPEN).source, without=OPEN) if each.is_same]
        assert [each.forms for each in same] == [("Tor öffnen.",)]
        assert [(each.locale, each.forms) for each in other_languages(HERE, SAVED)] == [("fr", ("Copie enregistrée.",))]
        shelf = shelf_at(HERE)
        assert [each.eid for each in nearby(shelf, HELLO, 1)] == [SAVED, LINES]
        assert nearby(shelf, "0" * 16) == []


def test_overlays_show_what_the_package_says(speaker: Flask) -> None:
    with speaker.app_context():
        shelf = shelf_at(Place("de", "wtforms"))
        shown = shelf.by_texts["This field is required."][0]
        assert (shown.is_shipped, shown.state, shown.entry) == (True, "translated", None)
        assert shown.forms == shown.shipped


def test_a_text_of_the_product_that_the_file_lacks_is_there_to_be_translated(speaker: Flask) -> None:
    with speaker.app_context():
        shown = shelf_at(HERE).by_texts["Translations"][0]
        assert (shown.entry, shown.state, shown.forms) == (None, "untranslated", ("",))


def test_a_file_that_cannot_be_read_says_why_and_offers_nothing(speaker: Flask, german: Path) -> None:
    german.write_text(german.read_text() + '<<<<<<< HEAD\nmsgid "x"\n')
    with speaker.app_context():
        shelf = shelf_at(HERE)
        assert shelf.items == () and shelf.fault is not None
        assert counts(look_at(HERE))["all"] == 0
        assert statistics("de", "messages").is_broken


def test_a_shelf_is_read_again_only_when_a_file_changed(speaker: Flask, folder: Path, german: Path) -> None:
    with speaker.app_context():
        first = shelf_of(folder, "de", "messages")
        assert shelf_of(folder, "de", "messages") is first
        german.write_text(german.read_text().replace("Kopie", "Abzug"))
        assert shelf_of(folder, "de", "messages").by_eid[SAVED].forms == ("Abzug gespeichert.",)


@pytest.mark.both_databases
def test_figures_count_texts_and_words(speaker: Flask, write: Writer) -> None:
    with speaker.app_context():
        tra, sue = person("translate"), person("suggest")
        save(SAVED, "Abzug gesichert.", actor=sue)
        save(HELLO, "Guten Tag %(name)s.", actor=tra)
        told = statistics("de", "messages")
        assert (told.fuzzy.strings, told.fuzzy.words, told.failing.strings) == (1, 3, 1)
        assert (told.translated.strings, told.translated.words) == (4, 3 + 2 + 4 + 3)
        assert (told.warnings, told.suggestions, told.last_by) == (1, 1, tra.name)
        parts = (told.translated, told.fuzzy, told.untranslated, told.failing)
        assert sum(each.strings for each in parts) == told.total.strings
        assert told.left.strings == told.total.strings - told.translated.strings
        assert told.percent < 100
        write("de", GERMAN + FAULTY + '\nmsgid "More"\nmsgstr "Mehr"\n')
        assert statistics("de", "messages").translated.strings == 5
        both = statistics_of([HERE, Place("de", "wtforms")])
        assert together(both, Place("de")).total == both[0].total + both[1].total
        assert both[1].shipped == both[1].translated.strings > 0


def test_pages_that_go_round_many_languages_read_each_catalog_once(
    folder: Path, write: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "_shelves", type(library._shelves)())  # without what other tests have read
    locales = ["cs", "cy", "da", "el", "et", "fi", "he", "hu", "is", "it", "ja", "lt", "lv", "nb", "nl", "pl", "sk"]
    places = [(locale, domain) for locale in locales for domain in DOMAINS]
    for locale, domain in places:
        write(locale, 'msgid "Saved a copy."\nmsgstr "x"', domain, "nplurals=1; plural=0;")
    first = [shelf_of(folder, *place) for place in places]
    again = [shelf_of(folder, *place) for place in places]
    assert len(places) > library.MOST_KEPT
    assert all(one is other for one, other in zip(first, again, strict=True))
