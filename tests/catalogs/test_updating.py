"""Bringing a catalog in line with its template: what did not change keeps its lines, and nothing written is lost."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import write_po

from backoffice.catalogs import po, updating
from backoffice.catalogs.updating import Policy
from tests.catalogs.test_splicing import changed_lines
from tests.catalogs.torture import TORTURE


def template(*texts: str | tuple[str, str], context: str | None = None) -> Catalog:
    made = Catalog()
    for number, text in enumerate(texts):
        made.add(text, None, [(f"{number}.py", 1)], context=context)
    return made


def catalog(*entries: str) -> bytes:
    fields = ("X-Mine: kept", "Plural-Forms: nplurals=2; plural=(n != 1);", "Content-Type: text/plain; charset=utf-8")
    header = "".join(f'"{field}\\n"\n' for field in fields)
    return "\n".join([f'msgid ""\nmsgstr ""\n{header}', *entries]).encode()


def entry(text: str, form: str, place: str = "0.py", above: str = "") -> str:
    return f'{above}#: {place}\nmsgid "{text}"\nmsgstr "{form}"\n'


def update(before: bytes, wanted: Catalog, policy: Policy | None = None) -> list[str]:
    after = updating.updated(po.parse(before), wanted, policy)
    assert updating.updated(po.parse(after), wanted, policy) == after
    return changed_lines(before, after)


def test_what_is_in_step_keeps_every_byte() -> None:
    before = catalog(entry("a", "A", "0.py"), entry("b", "B", "1.py"))
    assert update(before, template("a", "b")) == []


def test_a_new_text_stands_where_the_template_has_it() -> None:
    before = catalog(entry("a", "A", "0.py"), entry("c", "C", "2.py"))
    assert update(before, template("a", "b", "c")) == ["+#: 1.py", '+msgid "b"', '+msgstr ""', "+"]


def test_a_text_of_another_file_changes_one_line() -> None:
    before = catalog(entry("a", "A", "old.py"))
    assert update(before, template("a")) == ["-#: old.py", "+#: 0.py"]


def test_a_note_for_translators_comes_and_goes() -> None:
    before, wanted = catalog(entry("a", "A")), Catalog()
    wanted.add("a", None, [("0.py", 1)], auto_comments=["On a button"])
    assert update(before, wanted) == ["+#. On a button"]
    assert update(catalog(entry("a", "A", above="#. On a button\n")), template("a")) == ["-#. On a button"]


def test_what_translators_wrote_above_an_entry_stays_as_they_wrote_it() -> None:
    mine = f"#  indented\n#\n# a comment {'that goes on ' * 9}\n"
    before = catalog(entry("a", "A", above=mine), entry("b", "B", "1.py"))
    assert update(before, template("a", "b", "c")) == ["+#: 2.py", '+msgid "c"', '+msgstr ""', "+"]


def test_the_older_english_stays_and_what_became_of_it_in_earlier_versions_goes() -> None:
    kept = '#| msgid "old"\n'
    before = catalog(f'#: 0.py\n#, fuzzy\n{kept}msgid "a"\nmsgstr "A"\n')
    assert update(before, template("a")) == []
    debris = '# | msgid "old"\n# | "older"\n'
    assert update(catalog(entry("a", "A", above=debris)), template("a")) == ['-# | msgid "old"', '-# | "older"']


def test_a_text_that_is_gone_is_kept_and_comes_back_with_all_that_was_said() -> None:
    both = catalog(entry("a", "A"), entry("b", "B", "1.py", "# mine\n#, fuzzy\n"))
    gone = updating.updated(po.parse(both), template("a"))
    assert gone.endswith(b'\n# mine\n#, fuzzy\n#~ msgid "b"\n#~ msgstr "B"\n')
    back = po.parse(updating.updated(po.parse(gone), template("a", "b")))
    assert back.obsolete == ()
    found = back.get("b")
    assert found is not None
    assert (found.forms, found.is_fuzzy, found.comments) == (("B",), True, ("mine",))


def test_a_text_that_nobody_translated_leaves_nothing_behind() -> None:
    after = updating.updated(po.parse(catalog(entry("a", "A"), entry("b", "", "1.py"))), template("a"))
    assert po.parse(after).obsolete == ()


def test_a_new_english_plural_changes_its_line_and_a_text_that_gets_one_is_to_be_checked() -> None:
    plural = '#: 0.py\nmsgid "a"\nmsgid_plural "as"\nmsgstr[0] "A"\nmsgstr[1] "As"\n'
    assert update(catalog(plural), template(("a", "aas"))) == ['-msgid_plural "as"', '+msgid_plural "aas"']
    after = po.parse(updating.updated(po.parse(catalog(entry("a", "A"))), template(("a", "as")))).entries[0]
    assert (after.forms, after.is_fuzzy, after.plural) == (("A", ""), True, "as")


def test_nothing_is_guessed_unless_that_is_wanted() -> None:
    before = catalog(entry("Save the post", "Beitrag speichern"))
    wanted = template("Save the post", "Save the posts")
    assert '+msgstr ""' in update(before, wanted)
    lines = update(before, wanted, Policy(guesses=True, remembers=True))
    assert [line for line in lines if line != "+"] == [
        "+#: 1.py",
        "+#, fuzzy",
        '+#| msgid "Save the post"',
        '+msgid "Save the posts"',
        '+msgstr "Beitrag speichern"',
    ]


def test_flags_that_somebody_set_stay_and_those_of_the_code_come() -> None:
    before = catalog('#: 0.py\n#, no-wrap\nmsgid "a %(b)s"\nmsgstr "A %(b)s"\n')
    assert update(before, template("a %(b)s")) == ["-#, no-wrap", "+#, no-wrap, python-format"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_of_the_torture_file_only_what_the_template_lacks_changes(newline: str) -> None:
    file = po.parse(TORTURE.replace("\n", newline).encode())
    wanted = Catalog()
    for each in file.entries:
        if each.id != "msgstr":
            text = each.id if each.plural is None else (each.id, each.plural)
            places = [(place, None) for place in each.places]
            wanted.add(text, None, places, auto_comments=each.notes, context=each.context)
    after = updating.updated(file, wanted)
    new = po.parse(after)
    assert [entry.id for entry in new.entries] == [entry.id for entry in file.entries if entry.id != "msgstr"]
    assert {entry.id for entry in new.obsolete} == {"interleaved", "gone", "gone too", "msgstr"}
    assert all(new.get(entry.id, entry.context) == entry for entry in file.entries if entry.context)
    assert after.count(b"\r\n") == (after.count(b"\n") if newline == "\r\n" else 0)
    assert b"# a comment at the end" in after


def test_pybabel_brings_a_catalog_of_ours_to_the_same_entries(tmp_path: Path) -> None:
    chance = random.Random(2)
    words = [f"text number {number} of the product" for number in range(60)]
    for round_ in range(5):
        old, new = chance.sample(words, 40), chance.sample(words, 40)
        path = tmp_path / f"{round_}.po"
        before = updating.updated(po.parse(catalog()), template(*sorted(old)))
        path.write_bytes(updating.updated(po.parse(before), template(*sorted(new))))
        ours = path.read_bytes()
        with (tmp_path / "t.pot").open("wb") as file:
            write_po(file, template(*sorted(new)), include_lineno=False)
        options = ["-N", "--ignore-pot-creation-date", "-l", "de", "-o", str(path), "-i", str(tmp_path / "t.pot")]
        pybabel = [sys.executable, "-m", "babel.messages.frontend", "update"]
        subprocess.run([*pybabel, *options], check=True, capture_output=True)
        theirs = path.read_bytes()
        assert theirs.split(b"\n\n", 1)[1].rstrip() == ours.split(b"\n\n", 1)[1].rstrip()
