"""`flask i18n`: collecting texts and keeping catalogs, with as few changed lines as possible."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from babel.messages import Catalog
from click.testing import Result
from flask import Flask

from backoffice.catalogs import checks, extraction, reading, upkeep
from backoffice.catalogs.places import MAPPING, ROOT, TEMPLATE, catalog_path
from backoffice.foundation.i18n import LOCALES, SOURCE_LOCALE
from tests.catalogs.conftest import Writer

GERMAN = (
    '#: a.py\nmsgid "Saved."\nmsgstr "Gespeichert."\n\n#: b.py\n#, python-format\nmsgid "Hello %(name)s."\n'
    'msgstr "Hallo %(name)s."\n'
)


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["i18n", *words])


def template_of(*texts: str | tuple[str, str]) -> Catalog:
    """A template with these texts, each from a file of its own."""
    template = Catalog()
    for number, text in enumerate(texts):
        template.add(text, None, [(f"{number}.py", 1)])
    return template


# Collecting


def sources(folder: Path) -> Path:
    """A small product with texts in all three kinds of files."""
    for name, content in {
        "backoffice/a.py": "_('One')\nlabel = _l('Two')\n_n('%(num)s line', '%(num)s lines', 3)\nother('No')\n",
        "backoffice/static/x.js": "say(_('Three %(name)s', {name}));\nsay(_n(`%(num)s key`, `%(num)s keys`, 2));\n",
        "backoffice/static/vendor/y.js": "_('Not ours')\n",
        "templates/z.html": "{{ _('Four') }}{% trans %}\n  Five\n  six{% endtrans %}{{ _n('a', 'b', 2) }}\n"
        "{# Translators: on a button #}\n{{ _('Seven') }}\n",
        "templates/feed.xml": "{{ _('Eight') }}",
        "tests/t.py": "_('Not a text')\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_texts_are_collected_from_code_templates_and_scripts(tmp_path: Path) -> None:
    found = {reading.key_of(message)[0] for message in reading.entries(extraction.collect(sources(tmp_path)))}
    ours = {"One", "Two", "Three %(name)s", "Four", "Five six", "Seven", "Eight", "a"}
    assert found == ours | {"%(num)s line", "%(num)s key"}


def test_a_comment_for_translators_comes_along(tmp_path: Path) -> None:
    assert extraction.collect(sources(tmp_path)).get("Seven").auto_comments == ["on a button"]


def test_collecting_twice_makes_the_same_bytes_wherever_the_folder_is(tmp_path: Path) -> None:
    one, two = (
        extraction.template_bytes(extraction.collect(sources(tmp_path / name))) for name in ("here", "elsewhere")
    )
    assert one == two
    assert str(tmp_path).encode() not in one


def test_a_moved_line_changes_nothing(tmp_path: Path) -> None:
    before = extraction.template_bytes(extraction.collect(sources(tmp_path)))
    file = tmp_path / "backoffice" / "a.py"
    file.write_text("\n\n\n" + file.read_text())
    assert extraction.template_bytes(extraction.collect(tmp_path)) == before


def test_plain_pybabel_collects_the_same_texts(tmp_path: Path) -> None:
    sources(tmp_path / "product")
    made = tmp_path / "made.pot"
    pybabel = [sys.executable, "-m", "babel.messages.frontend", "extract", "-F", str(MAPPING), "-o", str(made)]
    options = ["--sort-by-file", "--add-location=file", "--add-comments=Translators:", "--strip-comment-tags"]
    subprocess.run([*pybabel, *options, "."], check=True, cwd=tmp_path / "product", capture_output=True)
    ours = extraction.template_bytes(extraction.collect(tmp_path / "product"))
    assert made.read_bytes().split(b"\n\n", 1)[1] == ours.split(b"\n\n", 1)[1]


@pytest.mark.parametrize("text", ["100% done", "a {name}", "%(num)s file(s)", " edge", "%d lines"])
def test_an_english_text_that_cannot_be_translated_well_is_told(text: str) -> None:
    assert list(checks.source_faults(text))


# Beginning and updating


def test_a_new_language_begins_with_all_our_texts_and_only_the_missing_ones_of_packages(
    speaker: Flask, folder: Path
) -> None:
    assert run(speaker, "init", "it").exit_code == 0
    ours, _problems = reading.read_po(catalog_path(folder, "it", "messages"), "it")
    template, _problems = reading.read_po(TEMPLATE)
    assert len(ours) == len(template)
    overlay, _problems = reading.read_po(catalog_path(folder, "it", "wtforms"), "it")
    assert overlay.get("Date must be at least %(min)s.")
    assert not overlay.get("Not a valid integer value.")


@pytest.mark.parametrize("name", ["../../etc", "xx", "DE", "de/..", ""])
def test_what_is_no_language_begins_nothing(speaker: Flask, folder: Path, name: str) -> None:
    result = run(speaker, "init", name)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert list(folder.iterdir()) == []


def test_a_language_that_has_catalogs_is_not_begun_again(speaker: Flask, write: Writer) -> None:
    path = write("de", GERMAN)
    before = path.read_bytes()
    run(speaker, "init", "de")
    assert path.read_bytes() == before
    assert run(speaker, "init", "de").exit_code == 1


def test_an_update_in_step_touches_no_byte(write: Writer) -> None:
    path = write("de", GERMAN)
    wanted = template_of("Saved.", "Hello %(name)s.")
    assert upkeep.update(path, "de", wanted)
    before, changed = path.read_bytes(), path.stat().st_mtime_ns
    assert not upkeep.update(path, "de", wanted)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, changed)


def test_an_update_guesses_nothing(write: Writer) -> None:
    path = write("de", GERMAN)
    upkeep.update(path, "de", template_of("Saved", "Hello %(name)s!"))
    catalog, _problems = reading.read_po(path, "de")
    assert [(message.string, message.fuzzy) for message in reading.entries(catalog)] == [("", False), ("", False)]


def test_a_text_that_comes_back_gets_the_translation_it_had(write: Writer) -> None:
    path = write("de", GERMAN)
    upkeep.update(path, "de", template_of("Saved."))
    upkeep.update(path, "de", template_of("Saved.", "Hello %(name)s."))
    catalog, _problems = reading.read_po(path, "de")
    assert catalog.get("Hello %(name)s.").string == "Hallo %(name)s."
    assert not catalog.obsolete


def test_an_update_keeps_the_header_of_another_program(write: Writer) -> None:
    path = write("de", GERMAN)
    path.write_text(path.read_text().replace('"Language: de\\n"', '"Language: de\\n"\n"X-Generator: Poedit 3\\n"'))
    upkeep.update(path, "de", template_of("Saved."))
    assert '"X-Generator: Poedit 3\\n"' in path.read_text()


def test_an_update_changes_only_the_lines_of_what_changed(write: Writer) -> None:
    path = write("de", GERMAN)
    upkeep.update(path, "de", template_of("Saved.", "Hello %(name)s."))
    before = path.read_text().splitlines()
    upkeep.update(path, "de", template_of("Saved.", "Hello %(name)s.", "New."))
    after = path.read_text().splitlines()
    assert after[: len(before)] == before
    assert len(after) == len(before) + 4


def test_a_file_with_mistakes_is_not_written_over(speaker: Flask, write: Writer) -> None:
    path = write("de", GERMAN + '\nmsgid "x"\nmsgstr "torn')
    before = path.read_bytes()
    result = run(speaker, "update")
    assert (result.exit_code, path.read_bytes()) == (1, before)
    assert "quotation mark" in result.output


def test_plain_pybabel_updates_what_we_updated_without_a_difference(speaker: Flask, write: Writer) -> None:
    path = write("de", GERMAN)
    run(speaker, "update")
    before = path.read_bytes()
    options = ["-N", "--ignore-pot-creation-date", "-D", "messages"]
    pybabel = [sys.executable, "-m", "babel.messages.frontend", "update", "-i", str(TEMPLATE)]
    subprocess.run([*pybabel, "-d", str(path.parents[2]), *options], check=True, capture_output=True)
    assert path.read_bytes().split(b"\n\n", 1)[1].rstrip() == before.split(b"\n\n", 1)[1].rstrip()


# Compiling


def test_compiling_writes_what_is_sound_and_says_what_is_not(speaker: Flask, write: Writer) -> None:
    path = write("de", GERMAN + '\nmsgid "Bye %(name)s."\nmsgstr "Tschüss %(naem)s."')
    result = run(speaker, "compile")
    assert result.exit_code == 1
    assert "Bye %(name)s." in result.output
    compiled = polib.mofile(str(path.with_suffix(".mo")))
    assert {entry.msgid: entry.msgstr for entry in compiled} == {
        "Saved.": "Gespeichert.",
        "Hello %(name)s.": "Hallo %(name)s.",
    }


def test_fresh_files_are_not_compiled_again(speaker: Flask, write: Writer) -> None:
    compiled = write("de", GERMAN).with_suffix(".mo")
    assert run(speaker, "compile", "--check").exit_code == 1
    assert run(speaker, "compile").exit_code == 0
    before = compiled.stat()
    assert run(speaker, "compile").exit_code == 0
    assert (compiled.stat().st_ino, compiled.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert run(speaker, "compile", "--check").exit_code == 0


def test_a_catalog_from_the_future_is_compiled_once(speaker: Flask, write: Writer) -> None:
    path = write("de", GERMAN)
    os.utime(path, (4_000_000_000, 4_000_000_000))
    run(speaker, "compile")
    assert run(speaker, "compile", "--check").exit_code == 0


def test_a_compiled_file_is_replaced_at_once(tmp_path: Path) -> None:
    target = tmp_path / "a.mo"
    upkeep.replace_file(target, b"one")
    target.chmod(0o640)
    before = target.stat()
    upkeep.replace_file(target, b"two")
    assert target.read_bytes() == b"two"
    assert target.stat().st_ino != before.st_ino
    assert target.stat().st_mode == before.st_mode
    assert list(tmp_path.iterdir()) == [target]


# Checking


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('msgid "Saved."\nmsgstr ""', "is not translated"),
        ('#, fuzzy\nmsgid "Saved."\nmsgstr "Gespeichert."', "is only a guess"),
        ('msgid "Saved."\nmsgstr "%(x)s"', "has the placeholder %(x)s"),
        ('msgid "Saved."\nmsgstr "<b>Gespeichert.</b>"', "markup"),
        ('msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\nmsgstr[1] ""', "is not translated"),
        ('msgid "Saved."\nmsgstr "a"\n\nmsgid "Saved."\nmsgstr "b"', "is in line 7 already"),
        ('>>>>>>> theirs', "mark of a conflict"),
    ],
)  # fmt: skip
def test_a_check_says_each_thing_that_is_wrong_in_one_line(
    speaker: Flask, write: Writer, entry: str, said: str
) -> None:
    write("de", entry)
    result = run(speaker, "check", "de")
    assert result.exit_code == 1
    assert any(line.startswith("de/LC_MESSAGES/messages.po:") and said in line for line in result.output.splitlines())


def test_a_warning_is_told_when_asked_for_and_fails_nothing(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Saved."\nmsgstr "Ist  gespeichert."')
    result = run(speaker, "check", "de", "--errors-only", "--warnings")
    assert result.exit_code == 0
    assert "de/LC_MESSAGES/messages.po:7: 'Saved.': " in result.output
    assert "(warning)" not in run(speaker, "check", "de", "--errors-only").output


def test_what_is_only_not_translated_yet_fails_only_the_check_of_completeness(speaker: Flask, write: Writer) -> None:
    write("de", 'msgid "Saved."\nmsgstr ""')
    assert run(speaker, "check", "de", "--errors-only").exit_code == 0
    assert run(speaker, "check", "de").exit_code == 1


def test_an_update_can_be_asked_whether_it_would_change_something(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", GERMAN)
    before = path.read_bytes()
    assert run(speaker, "update", "--check", "-l", "de").exit_code == 1
    assert path.read_bytes() == before
    assert run(speaker, "update", "-l", "de").exit_code == 0
    assert run(speaker, "update", "--check").exit_code == 0


def test_a_check_misses_the_texts_a_catalog_lacks(speaker: Flask, write: Writer) -> None:
    write("de", GERMAN)
    assert "is missing; run `flask i18n update`" in run(speaker, "check").output


def test_a_check_wants_the_plural_rule_of_the_language(speaker: Flask, write: Writer) -> None:
    write("de", GERMAN, rule="nplurals=1; plural=0;")
    assert "nplurals=2" in run(speaker, "check", "de").output


def test_a_table_says_how_far_each_language_is(speaker: Flask) -> None:
    lines = run(speaker, "stats").output.splitlines()
    assert [line.split()[0] for line in lines[::2]] == [locale for locale in LOCALES if locale != SOURCE_LOCALE]
    assert all("to translate" in line and "words" in line for line in lines[1::2])
    assert len(run(speaker, "stats", "--domains").output.splitlines()) == 2 * len(lines)


def test_reading_and_writing_keeps_every_shipped_catalog_as_it_is() -> None:
    for path in sorted((ROOT / "translations").rglob("*.po")):
        catalog, problems = reading.read_po(path, path.parts[-3])
        made = io.BytesIO(upkeep._written(catalog)).getvalue()
        assert problems == []
        assert made.split(b"\n\n", 1)[1] == path.read_bytes().split(b"\n\n", 1)[1], path


@pytest.mark.parametrize("words", [("update", "-l", "cs"), ("compile", "-l", "cs"), ("check", "cs")])
def test_a_language_that_is_not_begun_is_said_to_be_none_and_not_begun(
    speaker: Flask, folder: Path, write: Writer, words: tuple[str, ...]
) -> None:
    write("de", "")
    result = run(speaker, *words)
    assert result.exit_code == 1
    assert "flask i18n init cs" in result.output
    assert [each.name for each in folder.iterdir()] == ["de"]
