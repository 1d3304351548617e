"""Reading .po files: all that is in them, where it stands, and of broken ones the line and the reason."""

from __future__ import annotations

import hashlib
import random
import time
from pathlib import Path

import django
import flask_admin
import polib
import pytest
import wtforms

from backoffice.catalogs import po, rereading, splicing
from backoffice.catalogs.places import ROOT
from backoffice.catalogs.po import Entry, PoFault, PoFile, eid_of
from tests.catalogs.torture import TORTURE

CATALOGS = {
    **{each.__name__: Path(each.__file__).parent for each in (flask_admin, wtforms, django)},
    "ours": ROOT / "translations",
}
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def torture() -> PoFile:
    return po.parse(TORTURE.encode())


def entry(file: PoFile, id: str, context: str | None = None) -> Entry:
    found = file.get(id, context)
    assert found is not None
    return found


def test_everything_that_is_said_of_an_entry_is_read() -> None:
    found = entry(torture(), "A text with %(name)s", "menu")
    assert found.forms == ("Ein Text mit %(name)s",)
    assert found.flags == ("python-format", "no-wrap", "max-length:30")
    assert found.comments == ("first comment", "   indented comment", "", "comment without a space")
    assert found.notes == ("a note", "another note")
    assert found.places == ("b.py:3", "a.py:1", "name with space.py:7")
    assert found.previous == ("menu", "An older text", None)
    assert TORTURE.split("\n")[found.line - 1] == 'msgctxt "menu"'


def test_texts_over_several_lines_and_escapes_are_put_together() -> None:
    file = torture()
    said = entry(file, "no blank line before this").forms[0]
    assert said == 'one blank line inside, an indent and a tab\t"quoted" back\\slash\n'
    assert entry(file, "%(num)s line").forms == ("%(num)s Zeile", "%(num)s Zeilen")
    assert entry(file, "escapes \a\vAA").forms == ("ä",)


def test_a_translated_entry_one_to_check_and_an_empty_one_are_told_apart() -> None:
    file = torture()
    states = {each.id: each.state for each in file.entries}
    assert (states["msgstr"], states["Disabled"], states["untranslated"]) == ("translated", "fuzzy", "untranslated")


def test_header_and_obsolete_entries_are_no_entries() -> None:
    file = torture()
    assert "" not in {each.id for each in file.entries}
    assert (file.header["X-Custom"], file.nplurals, file.plural) == ("kept", 2, "(n != 1)")
    assert [each.id for each in file.obsolete] == ["interleaved", "gone", "gone too"]


def test_the_version_changes_with_what_a_translator_decides_and_with_nothing_else() -> None:
    one = b'#: a.py\n# c\nmsgid "x"\nmsgstr "A"\n'
    same = po.parse(one).entries[0].base
    assert po.parse(one.replace(b"a.py", b"b.py")).entries[0].base == same
    for old, new in ((b'"A"', b'"B"'), (b"# c", b"# d"), (b"#: a.py", b"#, fuzzy")):
        assert po.parse(one.replace(old, new)).entries[0].base != same


def test_the_name_of_an_entry_comes_from_its_text_and_context_alone() -> None:
    assert eid_of("Save") == hashlib.sha256(b"Save").hexdigest()[:16]
    assert eid_of("Save", "menu") == hashlib.sha256(b"menu\x04Save").hexdigest()[:16]
    assert len({eid_of("Save"), eid_of("Save", ""), eid_of("Save", "menu")}) == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_line_ends_byte_order_mark_and_a_missing_last_line_end_change_nothing(
    newline: str, mark: str, end: str
) -> None:
    content = (mark + TORTURE + end).replace("\n", newline).encode()
    file = po.parse(content)
    assert [each.forms for each in file.entries] == [each.forms for each in torture().entries]
    assert splicing.spliced(file, []) == content


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b'msgid "a"\n<<<<<<< HEAD\nmsgstr "b"\n', 2, "conflict"),
        (b'msgid "a"\nmsgstr "b"\n=======\n', 3, "conflict"),
        (b'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', 4, "in line 1 already"),
        (HEADER.encode() + b'msgid ""\nmsgstr ""\n', 5, "second header"),
        (b'msgid "a"\nmsgstr "\xe4"\n', 2, "not UTF-8"),
        (b'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n', 1, "ISO-8859-1"),
        (b'msgid "a"\nmsgstr "b\n', 2, "quotation mark"),
        (b'msgid "a"\nmsgstr b"\n', 2, "quotation mark"),
        (b'msgid "a"\nmsgstr ""\n"b\n"c"\n', 3, "quotation mark"),
        (b'msgid "a"\nmsgstr "b" c\n', 2, "quotation mark"),
        (b'msgid "a"\nmsgstr "b\\q"\n', 2, "means nothing"),
        (b'msgid "a"\nmsgstr ""\n"b"\n"\\\\\\q"\n', 4, "means nothing"),
        (b'msgid "a"\n\nmsgid "b"\nmsgstr ""\n', 3, "no translation line"),
        (b'msgid "a"\n', 1, "no translation line"),
        (b'msgctxt "a"\nmsgstr "b"\n', 2, "follows no English text"),
        (b'msgstr "b"\n', 1, "follows no English text"),
        (b'"b"\n', 1, "follows no keyword"),
        (b'msgid "a"\nmsgid_plural "b"\nmsgstr "c"\n', 3, "numbered forms"),
        (b'msgid "a"\nmsgstr[0] "c"\n', 2, "without an English plural"),
        (b'msgid "a"\nmsgid_plural "b"\nmsgstr[1] "c"\nmsgstr[0] "c"\n', 3, "not numbered"),
        (b'msgid "a"\nmsgid_plural "b"\nmsgstr[x] "c"\n', 3, "number of this plural form"),
        (b'msgid "a"\n# no\nmsgstr "c"\n', 2, "comment stands inside"),
        (b'msgid "a"\n#~ msgid "b"\nmsgstr "c"\n', 2, "obsolete line"),
        (b'msgid "a"\rmsgstr "c"\r', 1, "Macintosh"),
        (b'MSGID "a"\nmsgstr "c"\n', 1, "neither a comment"),
        (b"\x00\x01\x02", 1, "neither a comment"),
    ],
)
def test_of_a_broken_file_the_line_and_the_reason_are_told(content: bytes, line: int, reason: str) -> None:
    with pytest.raises(PoFault) as caught:
        po.parse(content)
    assert caught.value.line == line
    assert reason in caught.value.in_english()


def test_a_file_without_a_rule_for_plurals_says_so() -> None:
    file = po.parse(HEADER.encode() + b'msgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n')
    assert (file.nplurals, file.plural) == (3, "")


def test_nothing_at_all_is_a_file_without_entries() -> None:
    assert po.parse(b"").entries == ()
    assert po.parse(b"\n# only a comment").entries == ()


@pytest.mark.parametrize("folder", CATALOGS.values(), ids=CATALOGS)
def test_every_installed_catalog_is_read_as_another_parser_reads_it(folder: Path) -> None:
    paths = sorted(folder.rglob("*.po"))
    assert paths
    for path in paths:
        file = po.parse(path.read_bytes())
        assert splicing.spliced(file, []) == file.content
        theirs = {(each.msgctxt, each.msgid): each for each in polib.pofile(str(path)) if not each.obsolete}
        assert {(each.context, each.id) for each in file.entries} == set(theirs)
        for each in file.entries:
            other = theirs[each.context, each.id]
            assert (each.plural or "") == other.msgid_plural
            assert each.forms == (tuple(other.msgstr_plural.values()) if each.plural is not None else (other.msgstr,))
            assert set(each.flags) == set(other.flags)


def _changed(lines: list[bytes], chance: random.Random) -> bytes:
    """The lines with a few of them removed, added or broken."""
    new = [
        b"",
        b'"x"',
        b'msgid "new"',
        b'msgstr ""',
        b"# c",
        b'#~ msgid "u"',
        b'#~ msgstr "v"',
        b"#, fuzzy",
        b'msgctxt "k"',
    ]
    for _count in range(chance.randint(1, 3)):
        at, kind = chance.randrange(len(lines)), chance.random()
        if kind < 0.25:
            del lines[at]
        elif kind < 0.5:
            lines.insert(at, chance.choice(new))
        elif kind < 0.75:
            lines[at] = lines[at][:-1] + b' zz"'
        else:
            lines[at:at] = lines[max(0, at - 4) : at + 2]
    return b"\n".join(lines)


def test_reading_again_from_what_is_known_is_the_same_as_reading_anew() -> None:
    chance = random.Random(5)
    known = po.parse(TORTURE.encode())

    def outcome(read: object) -> object:
        try:
            file = read()  # type: ignore[operator]
        except PoFault as fault:
            return fault.in_english()
        places = [(each.line, each.span) for each in file.entries]
        return file.head, file.entries, file.obsolete, places

    sound = 0
    for _round in range(1500):
        content = _changed(TORTURE.encode().split(b"\n"), chance)
        anew = outcome(lambda content=content: po.parse(content))
        assert outcome(lambda content=content: rereading.reread(known, content)) == anew
        sound += not isinstance(anew, str)
    assert sound > 200


@pytest.mark.parametrize(
    "content", ['#~ msgid "a"\n' * 200_000, "#: " + "\u2068a " * 150_000 + '\nmsgid "x"\nmsgstr ""\n']
)
def test_no_file_takes_long_whatever_is_in_it(content: str) -> None:
    begun = time.perf_counter()
    for entry in po.parse(content.encode()).entries:
        assert entry.source.places
    assert time.perf_counter() - begun < 5
