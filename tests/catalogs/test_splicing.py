"""Changing a .po file: the lines of the entry change and no other, and what was meant is what two parsers read."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import django
import flask_admin
import pytest
import wtforms

from backoffice.catalogs import headers, po, splicing
from backoffice.catalogs.checks import Source
from backoffice.catalogs.places import ROOT
from backoffice.catalogs.po import Entry, PoFile, eid_of
from backoffice.catalogs.splicing import Addition, Change, Unsound
from tests.catalogs.torture import TORTURE

CATALOGS = {
    **{each.__name__: Path(each.__file__).parent for each in (flask_admin, wtforms, django)},
    "ours": ROOT / "translations",
}


def changed_lines(before: bytes, after: bytes) -> list[str]:
    """The lines that went and came, with a sign in front."""
    lines = unified_diff(before.decode().split("\n"), after.decode().split("\n"), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def torture() -> PoFile:
    return po.parse(TORTURE.encode())


def splice(file: PoFile, *changes: Change) -> list[str]:
    """The changed lines, proved."""
    after = splicing.spliced(file, changes)
    splicing.verified(file, after, [change.eid for change in changes])
    return changed_lines(file.content, after)


def test_a_new_text_changes_its_own_line() -> None:
    assert splice(torture(), Change(eid_of("msgstr"), ("Neu",))) == [
        '-msgstr "msgid \\"msgstr\\""',
        '+msgstr "Neu"',
    ]


def test_of_a_plural_only_the_form_that_changed_is_written() -> None:
    lines = splice(torture(), Change(eid_of("%(num)s line"), ("%(num)s Reihe", "%(num)s Zeilen")))
    assert lines == ['-msgstr[0] "%(num)s Zeile"', '+msgstr[0] "%(num)s Reihe"']


def test_a_missing_plural_form_is_added_and_one_too_many_goes() -> None:
    eid = eid_of("%(num)s line")
    assert splice(torture(), Change(eid, ("%(num)s Zeile", "%(num)s Zeilen", "drei"))) == ['+msgstr[2] "drei"']
    assert splice(torture(), Change(eid, ("%(num)s Zeile",))) == ['-msgstr[1] ""', '-"%(num)s "', '-"Zeilen"']


def test_an_entry_that_is_to_be_checked_gets_one_line_more() -> None:
    assert splice(torture(), Change(eid_of("untranslated"), ("Text",), fuzzy=True)) == [
        "+#, fuzzy",
        '-msgstr ""',
        '+msgstr "Text"',
    ]
    lines = splice(torture(), Change(eid_of("A text with %(name)s", "menu"), fuzzy=True))
    assert lines == [
        "-#, python-format, no-wrap, max-length:30",
        "+#, fuzzy, python-format, no-wrap, max-length:30",
    ]


def test_what_was_checked_loses_its_flag_and_the_older_english() -> None:
    assert splice(torture(), Change(eid_of("Disabled"), ("Aus",), fuzzy=False)) == [
        "-#, fuzzy",
        '-#| msgid "Enabled"',
        '-msgstr "Aktiviert"',
        '+msgstr "Aus"',
    ]


def test_a_comment_comes_changes_and_goes() -> None:
    assert splice(torture(), Change(eid_of("untranslated"), comments=("one", "", "two"))) == ["+# one", "+#", "+# two"]
    eid = eid_of("A text with %(name)s", "menu")
    assert splice(torture(), Change(eid, comments=("other",))) == [
        "-# first comment",
        "+# other",
        "-#    indented comment",
        "-#",
        "-#comment without a space",
    ]
    assert "first comment" not in splicing.spliced(torture(), [Change(eid, comments=())]).decode()


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "\n",
        "ends\n",
        'quote " and \\ back',
        "tab\tand\rreturn",
        "word " * 60,
        "x" * 300,
        "\u2028 line separator \x0b \x85 end",
        "اللغة العربية " * 20,
        "#, fuzzy",
        "msgid",
        "",
    ],
)
def test_whatever_is_typed_comes_back_as_it_was_typed(text: str) -> None:
    file = torture()
    for each in file.entries:
        after = splicing.spliced(file, [Change(each.eid, tuple(text for _form in each.forms), comments=(text,))])
        read = splicing.verified(file, after, [each.eid]).find(each.eid)
        assert read is not None
        assert set(read.forms) == {text}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_line_ends_mark_and_last_line_stay_as_the_file_has_them(newline: str, mark: str, end: str) -> None:
    content = mark + TORTURE[: TORTURE.index("#, fuzzy\n#| msgid")].rstrip() + end
    file = po.parse(content.replace("\n", newline).encode())
    eid = eid_of("%(num)s line")
    after = splicing.spliced(file, [Change(eid, ("a\nb", "word " * 40), True, ("new",))])
    splicing.verified(file, after, [eid])
    text = after.decode()
    assert text.startswith(mark + "# Translators")
    assert text.count("\r\n") == (text.count("\n") if newline == "\r\n" else 0)
    assert text.endswith("\n") == bool(end)


def test_a_new_entry_stands_behind_the_others_and_before_what_is_obsolete() -> None:
    source = Source("new %(num)s", "news %(num)s", "c", ("python-format",))
    addition = Addition(source, ("neu %(num)s", "neue %(num)s"), comments=("mine",))
    file = torture()
    after = splicing.appended(file, [addition])
    read = splicing.verified(file, after, [eid_of("new %(num)s", "c")])
    assert read.entries[-1].forms == ("neu %(num)s", "neue %(num)s")
    assert read.entries[-1].comments == ("mine",)
    assert all(line.startswith("+") for line in changed_lines(file.content, after))


@pytest.mark.parametrize("content", ["", "# only a comment", 'msgid "a"\nmsgstr "b"', 'msgid "a"\nmsgstr "b"\n\n\n'])
def test_a_new_entry_can_be_added_to_any_file(content: str) -> None:
    after = splicing.appended(
        po.parse(content.encode()), [Addition(Source("x"), ("y",)), Addition(Source("z"), ("z",))]
    )
    assert [each.id for each in po.parse(after).entries][-2:] == ["x", "z"]
    assert after.decode().startswith(content.rstrip("\n"))


def test_a_field_of_the_header_changes_alone() -> None:
    file = torture()
    assert changed_lines(file.content, headers.with_header(file, {"language": "de_AT"})) == [
        '-"Language: de\\n"',
        '+"Language: de_AT\\n"',
    ]
    long = changed_lines(file.content, headers.with_header(file, {"Project-Id-Version": "1"}))
    assert long[-1] == '+"Project-Id-Version: 1\\n"'
    assert len(long) == 3
    assert changed_lines(file.content, headers.with_header(file, {"X-New": 'a "b"'})) == ['+"X-New: a \\"b\\"\\n"']
    assert headers.with_header(file, {"Language": "de"}) == file.content


def test_a_file_without_a_header_gets_one() -> None:
    after = headers.with_header(po.parse(b'msgid "a"\nmsgstr "b"\n'), {"Plural-Forms": "nplurals=1; plural=0;"})
    assert po.parse(after).nplurals == 1
    assert after.endswith(b'msgid "a"\nmsgstr "b"\n')


def test_a_file_that_says_more_than_was_meant_is_not_put_in_place() -> None:
    file = torture()
    eid = eid_of("msgstr")
    good = splicing.spliced(file, [Change(eid, ("Neu",))])
    splicing.verified(file, good, [eid])
    for bad in (
        good.replace(b'"Aktiviert"', b'"Aktiv"'),
        good.replace(b'msgstr "Neu"', b'msgstr "Neu'),
        good.replace(b"auch weg", b"ganz weg"),
        good.replace(b"Language: de", b"Language: fr"),
        good.replace(b'msgid "msgstr"\nmsgstr "Neu"\n', b""),
    ):
        with pytest.raises(Unsound):
            splicing.verified(file, bad, [eid])


def _edited(entry: Entry, chance: random.Random) -> Change:
    """One change as a translator makes it: a word, another text, to check or not."""
    kind, forms = chance.random(), list(entry.forms)
    at = chance.randrange(len(forms))
    if kind < 0.6:
        words = forms[at].split(" ")
        words[chance.randrange(len(words))] += "ß"
        forms[at] = " ".join(words)
    elif kind < 0.8:
        forms[at] = forms[at][::-1]
    return Change(entry.eid, tuple(forms), fuzzy=chance.random() < 0.2 or entry.is_fuzzy)


@pytest.mark.parametrize("folder", CATALOGS.values(), ids=CATALOGS)
def test_random_edits_of_installed_catalogs_touch_nothing_else(folder: Path) -> None:
    chance, checked = random.Random(3), 0
    for path in sorted(folder.rglob("*.po")):
        file = po.parse(path.read_bytes())
        if not file.entries:
            continue
        chosen = chance.sample(file.entries, min(2, len(file.entries)))
        changes = [_edited(entry, chance) for entry in chosen]
        after = splicing.spliced(file, changes)
        others = {entry.eid: entry for entry in file.entries if entry not in chosen}
        read = splicing.verified(file, after, [change.eid for change in changes])
        for change in changes:
            entry = read.by_eid[change.eid]
            assert (entry.forms, entry.is_fuzzy) == (change.forms, change.fuzzy)
        assert all(read.find(eid) == entry for eid, entry in others.items())
        checked += 1
    assert checked


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="GNU gettext is not installed")
def test_gnu_gettext_accepts_what_was_changed(tmp_path: Path) -> None:
    chance = random.Random(11)
    for path in sorted(CATALOGS["wtforms"].rglob("*.po"))[:12] + sorted(CATALOGS["ours"].rglob("wtforms.po")):
        file = po.parse(path.read_bytes())
        chosen = chance.sample(file.entries, min(5, len(file.entries)))
        changes = [Change(each.eid, tuple(form + " x" for form in each.forms)) for each in chosen]
        made = tmp_path / path.name
        made.write_bytes(splicing.spliced(file, changes))
        subprocess.run(["msgfmt", "-o", "/dev/null", str(made)], check=True, capture_output=True)


def test_pybabel_changes_nothing_in_a_file_of_ours_after_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    template = tmp_path / "messages.pot"
    long = "A rather long sentence that Babel has to wrap because it does not fit into a line of a catalog."
    template.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"POT-Creation-Date: 2026-11-20 00:00+0000\\n"\n\n'
        f'#: a.py\nmsgid ""\n"{long[:72]}"\n"{long[72:]}"\nmsgstr ""\n\n#: b.py\n#, python-format\n'
        'msgid "%(num)s line"\nmsgid_plural "%(num)s lines"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    )
    pybabel = [sys.executable, "-m", "babel.messages.frontend"]
    subprocess.run([*pybabel, "init", "-i", template, "-o", path, "-l", "de"], check=True, capture_output=True)
    update = [*pybabel, "update", "-i", template, "-o", path, "-l", "de", "--ignore-pot-creation-date"]
    subprocess.run(update, check=True, capture_output=True)
    file = po.parse(path.read_bytes())
    changes = [
        Change(
            file.entries[0].eid, ("Ein recht langer Satz, den Babel umbrechen muss, " * 3 + "\nund noch einer.",), True
        ),
        Change(file.entries[1].eid, ("%(num)s Zeile", "%(num)s Zeilen"), comments=("By hand",)),
    ]
    path.write_bytes(splicing.spliced(file, changes))
    ours = path.read_bytes()
    subprocess.run(update, check=True, capture_output=True)
    assert changed_lines(ours, path.read_bytes()) == []


@pytest.mark.parametrize("beside", ['msgctxt "note"\nmsgid ""\nmsgstr "x"', 'msgid"Open"\nmsgstr"x"'])
def test_an_entry_that_babel_does_not_understand_keeps_none_from_being_saved(beside: str) -> None:
    file = po.parse(f'msgid "Saved."\nmsgstr "y"\n\n{beside}\n'.encode())
    for entry in file.entries:
        written = splicing.spliced(file, [Change(entry.eid, ("Für immer",), True)])
        saved = splicing.verified(file, written, [entry.eid]).by_eid[entry.eid]
        assert (saved.forms, saved.is_fuzzy) == (("Für immer",), True)
