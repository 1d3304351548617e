"""What each check finds, and what it leaves alone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from backoffice.catalogs import po
from backoffice.catalogs.checks import (
    REGISTRY,
    Facts,
    Rule,
    Severity,
    Source,
    Term,
    across,
    autofixed,
    code_findings,
    errors,
    file_findings,
    findings,
    in_several_locales,
    leaves_stops_out,
    source_findings,
)
from backoffice.catalogs.places import ROOT
from tests.catalogs.conftest import HEADERS
from tests.catalogs.conftest import po as po_text

RULES = {
    "de": Rule(2, "(n != 1)"),
    "fr": Rule(2, "(n > 1)"),
    "ja": Rule(1, "0"),
    "ru": Rule(3, "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"),
    "ar": Rule(6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=0 && n%100<=2 ? 4 : 5)"),
}
TEMPLATE = ("templates/admin/house/list.html",)


def codes(english: str | tuple[str, str], said: str | tuple[str, ...], locale: str = "de", **more: Any) -> set[str]:
    """The codes of what is found in a translation."""
    facts = Facts(**{name: more.pop(name) for name in ("terms", "is_fuzzy", "previous") if name in more})
    id, plural = (english, None) if isinstance(english, str) else english
    forms = (said,) if isinstance(said, str) else said
    rule = RULES.get(locale, RULES["de"])
    return {each.code for each in findings(Source(id, plural, **more), forms, rule, locale, facts=facts)}


FILES = ("%(num)s file", "%(num)s files")
LINK = 'Read <a href="https://docs.example.org/en/%(page)s">the manual</a>.'

WRONG: list[tuple[str, Any, Any, str, dict[str, Any]]] = [
    ("unknown_placeholder", "Hello %(name)s", "Hallo %(nom)s %(name)s", "de", {}),
    ("unknown_placeholder", "Saved", "%(name)s gesichert", "de", {}),
    ("unknown_placeholder", "Saved", "%s gesichert", "de", {}),
    ("unknown_placeholder", "%s of it", "%s von %s", "de", {}),
    ("unknown_placeholder", "%1$s of %2$s", "%3$s von %2$s und %1$s", "de", {}),
    ("missing_placeholder", "Failed: %(error)s", "Fehlgeschlagen", "de", {}),
    ("missing_placeholder", "%d of %d", "%d", "de", {}),
    ("missing_placeholder", "%1$s of %2$s", "%2$s", "de", {}),
    ("missing_placeholder", ("%(who)s sent %(num)s file", "%(who)s sent %(num)s files"),
     ("Eine Datei", "%(who)s: %(num)s"), "de", {}),
    ("placeholder_type", "%(n)d lines", "%(n)s Zeilen", "de", {}),
    ("placeholder_type", "%(name)s left", "%s %(name)s fort", "de", {}),
    ("placeholder_type", "%s has %d lines", "%d Zeilen hat %s", "de", {}),
    ("placeholder_type", "Hello %(name)s", "Hallo %(name)99999999s", "de", {}),
    ("incomplete_placeholder", "Hello %(name)s", "Hallo %(name)s, %(name)", "de", {}),
    ("incomplete_placeholder", "Hello %(name)s", "Hallo %(name)s, zu 100%", "de", {}),
    ("incomplete_placeholder", "Hello %(name)s", "%(name)s zu 100% da", "de", {}),
    ("incomplete_placeholder", "%(share)s%% of it", "%(share)s% davon", "de", {}),
    ("incomplete_placeholder", "Hello %(name)s", "%(name) sagt hallo", "de", {}),
    ("template_percent", "All of it", "Zu 100% alles", "de", {"places": TEMPLATE}),
    ("template_percent", "All of it", "Zu 100% alles", "de", {"places": ("app/templates/mail/new.txt:12",)}),
    ("braces", "Hello {name}", "Hallo {nom}", "de", {}),
    ("braces", "Hello {name}", "Hallo", "de", {}),
    ("braces", "Hello {name}", "Hallo {name", "de", {}),
    ("braces", "Hello {name}", "Hallo {name.__class__}", "de", {}),
    ("braces", "Hello", "Hallo {x.__class__.__init__}", "de", {}),
    ("braces", "{} of {}", "{} von", "de", {}),
    ("braces", "Hello {{name}}", "Hallo {name}", "de", {}),
    ("missing_count", FILES, ("Файл", "%(num)s файла", "%(num)s файлов"), "ru", {}),
    ("missing_count", FILES, ("Un fichier", "%(num)s fichiers"), "fr", {}),
    ("missing_count", ("One file", "%d files"), ("Файл", "%d файла", "%d файлов"), "ru", {}),
    ("number_of_forms", FILES, ("%(num)s Datei", "%(num)s Dateien", "%(num)s"), "de", {}),
    ("number_of_forms", "File", ("Datei", "Dateien"), "de", {}),
    ("missing_form", FILES, ("%(num)s Datei", ""), "de", {}),
    ("same_forms", FILES, ("%(num)s Datei", "%(num)s Datei"), "de", {}),
    ("markup", "Saved", "<script>alert(1)</script>", "de", {}),
    ("markup", "Saved", "<x onclick=alert(1)>", "de", {}),
    ("markup", "a <b>x</b>", "ein <b>x</b><img src=x onerror=alert(1)>", "de", {}),
    ("markup", "a <b>x</b>", "ein <b onclick='x()'>x</b>", "de", {}),
    ("markup", "a <b>x</b>", "ein x", "de", {}),
    ("markup", LINK, LINK.replace("https://docs.example.org/en/%(page)s", "javascript:alert(1)"), "de", {}),
    ("markup", LINK, LINK.replace("docs.example.org", "docs.example.org.evil.net"), "de", {}),
    ("markup", LINK, LINK.replace("https://docs.example.org", "https://docs.example.org@evil.net"), "de", {}),
    ("markup", LINK, LINK.replace("https://docs.example.org", "\\\\evil.net"), "de", {}),
    ("markup", LINK, LINK.replace("<a ", '<a target="_blank" '), "de", {}),
    ("markup", LINK, LINK.replace("https://docs.example.org", "https:evil.net"), "de", {}),
    ("markup", LINK, LINK.replace("<a ", "<a href='//evil.net' "), "de", {}),
    ("markup", LINK, LINK.replace("<a ", "<a style='position:fixed' "), "de", {}),
    ("markup", '<img srcset="https://a.org/x 1x">', '<img srcset="https://a.org/x 1x, //b.org/y 2x">', "de", {}),
    ("markup", '<b title="a">x</b>', '<b title="a" onclick="b">x</b>', "de", {}),
    ("markup", "a <b>x</b>", "<!-- a <b>x</b>", "de", {}),
    ("foreign_address", "See https://bbc.co.uk/a", "Siehe https://evl.co.uk/a", "de", {}),
    ("foreign_address", "See https://example.org/a", "Siehe https://example.org@evil.net/a", "de", {}),
    ("markup", "<b>x</b>", "<b/onmouseover=alert(1)>x</b>", "de", {}),
    ("angle_words", "Use <name>", "Nimm <name> und <wert>", "de", {}),
    ("broken_markup", "a <b>x</b>", "ein <b>x<b>", "de", {}),
    ("broken_markup", "a <b>x</b>", "ein </b>x<b>", "de", {}),
    ("broken_markup", "a <b>x</b> <i>y</i>", "<b>x <i>y</b></i>", "de", {}),
    ("broken_markup", "a <b>x</b>", "ein <b>x</b", "de", {}),
    ("entities", "5&nbsp;MB", "5& nbsp;MB", "de", {}),
    ("entities", "a &lt; b", "a kleiner b", "de", {}),
    ("entities", "5 MB", "5&nbsp;MB", "de", {}),
    ("foreign_address", "Read https://example.org/a", "Lies https://example.net/a", "de", {}),
    ("foreign_address", "Saved", "Gesichert, siehe www.evil.example", "de", {}),
    ("foreign_address", "Saved", "Gesichert, siehe evil.com", "de", {}),
    ("foreign_address", "Saved", "javascript:alert(1)", "de", {}),
    ("foreign_address", "Saved", "data:text/html;base64,AAAA", "de", {}),
    ("changed_address", "Read https://example.org/a", "Lies https://example.org/b", "de", {}),
    ("changed_address", "Write to a@example.org", "Schreib an b@example.org", "de", {}),
    ("control_character", "Saved", "Ge\x08sichert", "de", {}),
    ("control_character", "Saved", "Gesichert\x00", "de", {}),
    ("control_character", "Saved", "Gesichert\u2028", "de", {}),
    ("blank", "Saved", "   ", "de", {}),
    ("edge_newline", "Saved\n", "Gesichert", "de", {}),
    ("edge_newline", "Saved", "\nGesichert", "de", {}),
    ("newline_count", "a\nb\nc", "a\nb c", "de", {}),
    ("escapes", "Saved", "Gesi\\nchert", "de", {}),
    ("escapes", "a\tb", "a b", "de", {}),
    ("escapes", "Saved", "Gesichert\rneu", "de", {}),
    ("escapes", "100% of it", "100%% davon", "de", {}),
    ("edge_space", "Saved ", "Gesichert", "de", {}),
    ("edge_space", "Saved", " Gesichert", "de", {}),
    ("double_space", "Saved it", "Hat  es gesichert", "de", {}),
    ("invisible_character", "Saved", "Gesi\u200bchert", "de", {}),
    ("invisible_character", "Saved", "\ufeffGesichert", "de", {}),
    ("direction", "Saved", "\u202bGesichert", "de", {}),
    ("direction", "Saved", "\u2066Gesichert\u202c", "de", {}),
    ("direction", "Saved", "\u202eGesichert\u202c", "de", {}),
    ("end_punctuation", "Is it saved?", "Ist es gesichert", "de", {}),
    ("end_punctuation", "It was saved.", "Es wurde gesichert", "de", {}),
    ("end_punctuation", "Name:", "Name", "de", {}),
    ("end_punctuation", "Saved", "Gesichert!", "de", {}),
    ("end_punctuation", "Is it saved?", "Σώθηκε", "el", {}),
    ("brackets", "Size (in MB)", "Größe (in MB", "de", {}),
    ("brackets", 'The "best" one', 'Das "beste', "de", {}),
    ("numbers", "Within 30 days", "In 3 Tagen", "de", {}),
    ("numbers", "At most 10,000 lines", "Höchstens 1.000 Zeilen", "de", {}),
    ("unchanged", "It was saved just now.", "It was saved just now.", "de", {}),
    ("repeated_word", "Time of the day", "Zeit des des Tages", "de", {}),
    ("oversize", "Saved", "x" * 10_001, "de", {}),
    ("length", "Save", "Sichern Sie bitte jetzt alles, was Sie haben", "de", {}),
    ("length", "Save", "Sichern", "de", {"notes": ("max-length: 5",)}),
    ("length", "Save", "Sichern", "de", {"flags": ("max-length:5",)}),
    ("glossary", "Publish the draft", "Das Manuskript hinausgeben", "de", {"terms": (Term("draft", "Entwurf"),)}),
    ("glossary", "Publish the draft", "Das Konzept zeigen", "de", {"terms": (Term("draft", "Konzept", True),)}),
    ("capital", "Save it now", "jetzt sichern", "de", {}),
    ("capital", "save it now", "Enregistrer maintenant", "fr", {}),
    ("access_key", "&Save file", "Datei sichern", "de", {}),
    ("opposite", "Disabled", "Aktiviert", "de", {"is_fuzzy": True, "previous": "Enabled"}),
    ("opposite", "Inactive", "Aktiv", "de", {"is_fuzzy": True, "previous": "Active"}),
    ("opposite", "You cannot save it", "Das geht", "de", {"is_fuzzy": True, "previous": "You can save it"}),
    ("script", "Save the file", "Save the file", "ar", {}),
    ("script", "Password", "Пaроль", "ru", {}),
    ("script", "Password", "Пароль", "de", {}),
]  # fmt: skip

FINE: list[tuple[str, Any, Any, str, dict[str, Any]]] = [
    ("unknown_placeholder", "Hello %(name)s", "Hallo %(name)s", "de", {}),
    ("unknown_placeholder", "All of it", "Zu 100% sicher", "de", {}),
    ("unknown_placeholder", "All of it", "%100 güvenli", "tr", {}),
    ("unknown_placeholder", "%s of %s", "%2$s: %1$s", "de", {"flags": ("c-format",)}),
    ("missing_placeholder", "%(a)s of %(b)s", "%(b)s: %(a)s", "de", {}),
    ("missing_placeholder", "100% done", "Ganz fertig", "de", {"flags": ("python-format",)}),
    ("missing_placeholder", "50% off", "Halber Preis", "de", {}),
    ("missing_placeholder", "Use %s literally", "Wörtlich", "de", {"flags": ("no-python-format",)}),
    ("placeholder_type", "%(n).1f MB", "%(n).2f MB", "de", {}),
    ("placeholder_type", "%(n)i lines", "%(n)d Zeilen", "de", {}),
    ("incomplete_placeholder", "Hello %(name)s", "Hallo %(name)s, zu 100%%", "de", {}),
    ("incomplete_placeholder", "90% of it", "90% davon", "de", {}),
    ("incomplete_placeholder", "%(n)ss ago", "vor %(n)ss", "de", {}),
    ("template_percent", "All of it", "Zu 100%% alles", "de", {"places": TEMPLATE}),
    ("template_percent", "All of it", "Zu 100% alles", "de", {"places": ("backoffice/accounts/admin.py",)}),
    ("template_percent", "90% of it", "90% davon", "de", {"places": TEMPLATE}),
    ("braces", "Hello {name}, {0}", "{0}, hallo {name}", "de", {}),
    ("braces", '{"a": 1}', '{"a": 2}', "de", {}),
    ("braces", "if (x) { y }", "wenn (x) { z }", "de", {}),
    ("braces", "{n, plural, one {# file} other {# files}}", "{n, plural, other {# Dateien}}", "de", {}),
    ("missing_count", FILES, ("Eine Datei", "%(num)s Dateien"), "de", {}),
    ("missing_count", FILES, ("لا شيء", "ملف", "ملفان", "%(num)s ملفات", "%(num)s ملفًا", "%(num)s ملف"), "ar", {}),
    ("missing_count", ("One file", "%d files"), ("Eine Datei", "%d Dateien"), "de", {}),
    ("number_of_forms", FILES, ("%(num)s ファイル",), "ja", {}),
    ("missing_form", FILES, ("%(num)s Datei", "%(num)s Dateien"), "de", {}),
    ("missing_form", FILES, ("", ""), "de", {}),
    ("same_forms", ("%(num)s left", "%(num)s left"), ("%(num)s übrig", "%(num)s übrig"), "de", {}),
    ("same_forms", FILES, ("%(num)s ファイル",), "ja", {}),
    ("markup", "a <b>x</b><br>", "<B>x</B> ein<br />", "de", {}),
    ("markup", LINK, LINK.replace("/en/", "/de/").replace("the manual", "das Handbuch"), "de", {}),
    ("markup", '<a title="Help" href="/x">y</a>', "<a href='/x' title='Hilfe'>z</a>", "de", {}),
    ("markup", "Use <file>", "Nimm <Datei>", "de", {}),
    ("markup", "1 < 2", "1 < 2", "de", {}),
    ("angle_words", "Use <file>", "Nimm <Datei>", "de", {}),
    ("broken_markup", "<p>a<br>b <img src='x'></p>", "<p>c<br>d <img src='x'></p>", "de", {}),
    ("broken_markup", "<li>a", "<li>b", "de", {}),
    ("entities", "5&nbsp;MB", "5&nbsp;MB", "de", {}),
    ("entities", "R & D", "F & E", "de", {}),
    ("foreign_address", "https://en.wikipedia.org/wiki/A", "https://de.wikipedia.org/wiki/B", "de", {}),
    ("foreign_address", "Read https://example.org/a.", "Lies https://example.org/a!", "de", {}),
    ("foreign_address", "Date: %(day)s", "Data:%(day)s", "it", {}),
    ("changed_address", "Write to a@example.org.", "Schreib an a@example.org.", "de", {}),
    ("control_character", "a\tb\n", "c\td\n", "de", {}),
    ("blank", "Saved", "Gesichert", "de", {}),
    ("edge_newline", "\nSaved\n", "\nGesichert\n", "de", {}),
    ("newline_count", "a\nb\n", "c\nd\n", "de", {}),
    ("escapes", "a\\nb\tc", "d\\ne\tf", "de", {}),
    ("escapes", "%(share)s%% of it", "%(share)s%% davon", "de", {}),
    ("edge_space", " by ", " von ", "de", {}),
    ("double_space", "One.  Two.", "Eins.  Zwei.", "de", {}),
    ("invisible_character", "Saved", "ذخیره\u200cشد", "fa", {}),
    ("invisible_character", "Saved it", "រក្សា\u200bទុក", "km", {}),
    ("direction", "Hello %(name)s", "مرحبا \u2068%(name)s\u2069", "ar", {}),
    ("direction", "Saved", "\u200fحُفظ\u200e", "ar", {}),
    ("end_punctuation", "Is it saved?", "هل حُفظ؟", "ar", {}),
    ("end_punctuation", "Is it saved?", "Σώθηκε;", "el", {}),
    ("end_punctuation", "It was saved.", "保存しました。", "ja", {}),
    ("end_punctuation", "It was saved.", "Պահպանված է։", "hy", {}),
    ("end_punctuation", "It was saved.", "บันทึกแล้ว", "th", {}),
    ("end_punctuation", "It was “saved.”", "Es wurde „gesichert“.", "de", {}),
    ("end_punctuation", "Name:", "Nom\u00a0:", "fr", {}),
    ("end_punctuation", "Wait…", "Warte...", "de", {}),
    ("brackets", "a) one", "a) eins", "de", {}),
    ("brackets", "Size (in MB)", "大小（MB）", "zh", {}),
    ("brackets", 'The "best"', "Das „beste“", "de", {}),
    ("numbers", "1,000.5 of 30", "30 von 1.000,5", "de", {}),
    ("numbers", "Within 30 days", "خلال ٣٠ يومًا", "ar", {}),
    ("numbers", "Wait 2 days", "Warte zwei Tage", "de", {}),
    ("numbers", "IPv4 address", "IPv4-Adresse", "de", {}),
    ("unchanged", "Name", "Name", "de", {}),
    ("unchanged", "GitHub Pages", "GitHub Pages", "de", {}),
    ("unchanged", "It was saved just now.", "It was saved just now.", "en_GB", {}),
    ("unchanged", "%(a)s: %(b)s", "%(a)s: %(b)s", "de", {}),
    ("repeated_word", "Those who see it", "Die, die die sehen", "de", {}),
    ("repeated_word", "You are here", "Vous vous trouvez ici", "fr", {}),
    ("repeated_word", "All of it", "anak anak", "id", {}),
    ("repeated_word", "More than %(num)s lines", "أكثر من %(num)s من السطور", "ar", {}),
    ("oversize", "x" * 9000, "y" * 12_000, "de", {}),
    ("length", "Save", "Jetzt sichern", "de", {}),
    ("length", "Save", "Ok", "de", {"notes": ("max-length: 5",)}),
    ("glossary", "Publish the drafts", "Die Entwürfe zeigen", "de", {"terms": (Term("draft", "Entwürfe"),)}),
    ("glossary", "A drafty room", "Ein zugiges Zimmer", "de", {"terms": (Term("draft", "Entwurf"),)}),
    ("glossary", "Publish the draft", "Den Entwurf zeigen", "de", {"terms": (Term("draft", "Konzept", True),)}),
    ("capital", "Save it now", "Jetzt sichern", "de", {}),
    ("capital", "Save it now", "立即保存", "zh", {}),
    ("capital", "Save it now", "შენახვა ახლა", "ka", {}),
    ("capital", "time of day", "Tageszeit", "de", {}),
    ("access_key", "&Save file", "Datei &sichern", "de", {}),
    ("access_key", "R&D and AT&T", "F und E", "de", {}),
    ("opposite", "Disabled", "Deaktiviert", "de", {"is_fuzzy": False, "previous": "Enabled"}),
    ("opposite", "Save the file", "Sichern", "de", {"is_fuzzy": True, "previous": "Save a file"}),
    ("script", "Download as CSV", "تنزيل CSV", "ar", {}),
    ("script", "UUID", "UUID", "ru", {}),
    ("script", "Password", "Lozinka", "sr", {}),
    ("script", "Password", "パスワード", "ja", {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "english", "said", "locale", "more"), WRONG)
def test_a_check_finds_what_is_wrong(code: str, english: Any, said: Any, locale: str, more: dict[str, Any]) -> None:
    assert code in codes(english, said, locale, **more)


@pytest.mark.parametrize(("code", "english", "said", "locale", "more"), FINE)
def test_a_check_leaves_alone_what_is_right(
    code: str, english: Any, said: Any, locale: str, more: dict[str, Any]
) -> None:
    found = codes(english, said, locale, **more)
    assert code not in found
    assert not {each for each in found if REGISTRY[each].severity is Severity.ERROR}


def test_every_check_of_one_entry_is_tried_both_ways() -> None:
    elsewhere = {"plural_rule", "torn_file", "encoding", "inconsistent", "reused", "fails_everywhere"}
    of_entries = {code for code, check in REGISTRY.items() if check.severity is not Severity.SOURCE} - elsewhere
    assert {each[0] for each in WRONG} == {each[0] for each in FINE} == of_entries


def test_the_checks_are_numbered_from_1_to_44() -> None:
    assert {check.number for check in REGISTRY.values()} == set(range(1, 45))
    assert [check.number for check in REGISTRY.values()] == sorted(check.number for check in REGISTRY.values())


def test_what_could_harm_readers_is_a_matter_of_security() -> None:
    assert {check.number for check in REGISTRY.values() if check.is_security} == {12, 13, 15, 16, 23}
    assert all(check.severity is Severity.ERROR for check in REGISTRY.values() if check.is_security)


def test_a_finding_names_the_form_and_the_placeholder_to_put_in() -> None:
    found = errors(Source(*FILES), ("%(num)s Datei", "%(nun)s Dateien"), RULES["de"], "de")
    unknown = next(each for each in found if each.code == "unknown_placeholder")
    assert (unknown.form, unknown.use, unknown.is_security) == (1, "%(num)s", False)
    assert unknown.in_english() == "It has the placeholder %(nun)s, which the English text lacks."


def test_a_catalog_that_ends_its_sentences_without_a_stop_is_not_told_at_each_of_them() -> None:
    pairs = [(f"Line {index} was saved.", f"Zeile {index} gesichert") for index in range(20)]
    assert leaves_stops_out(pairs, "de")
    assert not leaves_stops_out(pairs[:5], "de")
    assert not leaves_stops_out([(english, f"{said}.") for english, said in pairs[:15]] + pairs[15:], "de")
    for habit, expected in ((True, set()), (False, {"end_punctuation"})):
        facts = Facts(leaves_stops_out=habit)
        found = findings(Source(pairs[0][0]), (pairs[0][1],), RULES["de"], "de", facts=facts)
        assert {each.code for each in found} == expected
    facts = Facts(leaves_stops_out=True)
    assert findings(Source("Is it saved now?"), ("Ist es jetzt gesichert",), RULES["de"], "de", facts=facts)


def test_nothing_is_said_about_what_is_not_translated() -> None:
    assert codes("Hello %(name)s", "") == set()
    assert codes(FILES, ("", "")) == set()


def test_errors_are_those_of_the_findings_and_come_first() -> None:
    source, form = Source("Hello <b>%(name)s</b>."), "hallo %(nom)s  "
    found = findings(source, (form,), RULES["de"], "de")
    wrong = errors(source, (form,), RULES["de"], "de")
    assert wrong and found[: len(wrong)] == wrong
    assert {each.severity for each in found[len(wrong) :]} == {Severity.WARNING}


@pytest.mark.parametrize("hostile", ["<a " * 3000, "<a '" * 2500, "%(" * 5000, "{" * 9000, "&" * 9000, "((" * 4000,
                                     "1 " * 5000, "a a " * 2500, "http://" * 1400, "a." * 5000, "\u2066" * 9000,
                                     "%" * 9999, "%9" * 5000, "<!--" * 2500,
                                     "a" * 9999, "a" * 9998 + "@", "@a.a" * 2400, "' \"" * 3000])  # fmt: skip
def test_no_text_keeps_the_checks_busy(hostile: str) -> None:
    began = time.perf_counter()
    findings(Source("Hello <b>%(name)s</b> {x} https://example.org"), (hostile,), RULES["de"], "de")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("english", "said", "fixed"),
    [
        (" by ", "von", " von "), ("Saved\n", "Gesichert", "Gesichert\n"), ("Saved", "\n Gesichert ", "Gesichert"),
        ("Saved", "  ", "  "), ("Saved", "", ""), ("\n", "x", "x"), ("Saved", "Ge sichert", "Ge sichert"),
    ],
)  # fmt: skip
def test_spaces_and_new_lines_at_the_ends_are_mended(english: str, said: str, fixed: str) -> None:
    assert autofixed(english, said) == fixed
    assert autofixed(english, fixed) == fixed


def entries(*pairs: tuple[str, str], context: str | None = None) -> tuple[po.Entry, ...]:
    said = "\n\n".join(f'msgid "{english}"\nmsgstr "{german}"' for english, german in pairs)
    return po.parse(po_text("de", said).encode()).entries


def test_a_text_that_is_translated_in_two_ways_is_found() -> None:
    ours, theirs = entries(("Save", "Sichern"), ("Open", "Öffnen")), entries(("Save", "Speichern"), ("Open", "Öffnen"))
    found = across({"messages": ours, "admin": theirs})
    assert set(found) == {("messages", ours[0].eid), ("admin", theirs[0].eid)}
    told = found["messages", ours[0].eid][0]
    assert (told.code, told.use, told.in_english()) == ("inconsistent", "Speichern", "In admin it is “Speichern”.")


def test_a_translation_that_serves_for_the_opposite_too_is_found() -> None:
    listed = entries(("Enable", "Aktivieren"), ("Disable", "Aktivieren"), ("Remove", "Löschen"), ("Delete", "Löschen"))
    found = across({"messages": listed})
    assert {key[1]: [each.code for each in told] for key, told in found.items()} == {
        listed[0].eid: ["reused"],
        listed[1].eid: ["reused"],
    }


def test_a_text_that_fails_in_two_languages_is_the_trouble() -> None:
    found = in_several_locales({"de": ["a", "b"], "fr": ["b", "b"], "ar": []})
    assert {eid: each.in_english() for eid, each in found.items()} == {"b": "It is wrong in de, fr."}
    assert found["b"].severity is Severity.SOURCE


GOOD = po_text("de", 'msgid "Save"\nmsgstr "Sichern: ä"').encode()
FILE_FAULTS: list[tuple[str, bytes]] = [
    ("plural_rule", GOOD.replace(b"(n != 1)", b"(n > 1)")),
    ("plural_rule", GOOD.replace(b"(n != 1)", b"n/0")),
    ("plural_rule", GOOD.replace(b"(n != 1)", b"import os")),
    ("plural_rule", GOOD.replace(b"Plural-Forms: nplurals=2; plural=(n != 1);", b"X-Y: z")),
    ("torn_file", GOOD + b'\nmsgid "Save"\nmsgstr "Speichern"\n'),
    ("torn_file", b"<<<<<<< mine\n" + GOOD),
    ("torn_file", GOOD + b'\nmsgid "Open"\nmsgstr "x\n'),
    ("encoding", GOOD.decode().encode("latin-1")),
    ("encoding", GOOD.replace(b"charset=utf-8", b"charset=koi8-r")),
    ("encoding", GOOD.replace(b"charset=utf-8", b"")),
    ("encoding", b"\xef\xbb\xbf" + GOOD),
    ("encoding", GOOD.replace(b"\n", b"\r\n", 3)),
]


@pytest.mark.parametrize(("code", "content"), FILE_FAULTS)
def test_what_is_wrong_with_a_file_is_found(code: str, content: bytes) -> None:
    found = file_findings(content, "de")
    assert code in {each.code for each in found}
    assert all(each.in_english() for each in found)


@pytest.mark.parametrize("content", [GOOD, GOOD.replace(b"\n", b"\r\n")])
def test_a_file_of_another_editor_is_fine(content: bytes) -> None:
    assert file_findings(content, "de") == []
    assert file_findings(po.parse(content), "de") == []


@pytest.mark.parametrize("content", [b"", bytes(range(256)), b"\x00" * 5000, b'msgid "', b"\xff\xfe" * 99])
def test_no_file_is_too_broken_to_be_told_about(content: bytes) -> None:
    assert file_findings(content, "xx")


@pytest.mark.parametrize("locale", HEADERS)
def test_both_usual_rules_of_a_language_are_right(locale: str) -> None:
    assert file_findings(po_text(locale, 'msgid "a"\nmsgstr "b"').encode(), locale) == []
    millions = "nplurals=3; plural=(n==0 || n==1) ? 0 : n!=0 && n%1000000==0 ? 1 : 2;"
    assert file_findings(po_text("fr", 'msgid "a"\nmsgstr "b"', millions).encode(), "fr") == []


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("unnamed_placeholders", Source("%s of %s")),
        ("unnamed_placeholders", Source("{} of {}")),
        ("plural_by_hand", Source("%(n)s file(s)")),
        ("plural_by_hand", Source("Wait...")),
        ("joined", Source("by ")),
        ("literal_percent", Source("100% done", flags=("python-format",))),
    ],
)
def test_an_english_text_that_cannot_be_translated_well_is_told_to_developers(code: str, source: Source) -> None:
    found = source_findings(source)
    assert [each.code for each in found] == [code]
    assert found[0].severity is Severity.SOURCE


@pytest.mark.parametrize(
    "source",
    [
        Source("%s left"), Source("%(a)s of %(b)s"), Source("{a} of {b}"), Source("Files (some)"), Source("Wait…"),
        Source("100% done"), Source("%(n)s%% done", flags=("python-format",)), Source("by\n"),
    ],
)  # fmt: skip
def test_an_english_text_that_is_fine_is_not_told(source: Source) -> None:
    assert source_findings(source) == []


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("composed", '_(f"Hello {name}")'),
        ("composed", '_l("Hello {}".format(name))'),
        ("composed", 'gettext("Hello %s" % name)'),
        ("composed", '_n("a", f"b {x}", 3)'),
        ("composed", 'pgettext("c", "Hello " + name)'),
        ("joined", '_("Hello") + " there"'),
        ("joined", '_("Hello") + _("there")'),
    ],
)
def test_code_that_hides_a_text_from_translators_is_told(code: str, line: str) -> None:
    assert [(number, found.code) for number, found in code_findings(f"x = 1\ny = {line}\n")] == [(2, code)]


@pytest.mark.parametrize("line", ['_("Hello")', '_l("Hello %(name)s", name=f"{x}")', '_("Hello") + ","', "_(text)",
                                  '_("a").format(x)', '"a" + "b"', '_n("a", "b", 1 + 2)'])  # fmt: skip
def test_code_that_is_fine_is_not_told(line: str) -> None:
    assert code_findings(f"y = {line}\n") == []


def test_our_own_code_and_texts_are_fine() -> None:
    told = [
        f"{path}:{line} {found.in_english()}"
        for path in sorted((ROOT / "backoffice").rglob("*.py"))
        for line, found in code_findings(path.read_text(encoding="utf-8"))
    ]
    assert told == []
