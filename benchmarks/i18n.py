"""What the translators' workbench does to files and how quick it is: `python -m benchmarks.i18n [--write]`.

Lines of a catalog that one edited text changes, over the catalogs of three projects, beside the writers of Babel and
polib; the same text saved again; eight processes saving four hundred texts of one file; a text saved in a catalog of
5,000, the page that lists them, and what a request pays for texts that are live at once.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from difflib import SequenceMatcher
from io import BytesIO, StringIO
from pathlib import Path

import django
import flask_admin
import polib
import wtforms
from babel.messages import pofile
from flask import Flask
from flask_babel import force_locale
from flask_migrate import upgrade
from rich.console import Console
from rich.table import Table

from backoffice.accounts.seeding import first_run
from backoffice.app import create_app
from backoffice.catalogs import checks, compiling, editing, po, serving, splicing
from backoffice.catalogs.editing import Edit
from backoffice.catalogs.places import OURS, ROOT, catalog_path
from backoffice.catalogs.po import Entry
from backoffice.catalogs.splicing import Change
from benchmarks.report import write_i18n
from benchmarks.serving import PASSWORD

PROJECTS = {each.__name__: Path(each.__file__).parent for each in (flask_admin, wtforms, django)}
FILES, ENTRIES, PROCESSES, TEXTS, SAVES = 120, 5_000, 8, 400, 60
LINES = "lines changed by one edited text, median (mean)"
console = Console()
Lines = list[tuple[str, str, str]]


def main() -> None:
    """Measure, show and, if asked to, write the tables into docs/i18n.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/i18n.md")
    chosen = parser.parse_args()
    results: dict[str, Lines] = {}
    for name, folder in PROJECTS.items():
        results[f"Files: {name}"] = list(_files(folder))
        _show(name, results[f"Files: {name}"])
    with tempfile.TemporaryDirectory() as folder_name:
        results["Many at once"] = list(_many_at_once(Path(folder_name)))
        _show("Many at once", results["Many at once"])
    with tempfile.TemporaryDirectory() as folder_name:
        results[f"A catalog of {ENTRIES:,} texts"] = list(_large(Path(folder_name)))
        _show("Large", results[f"A catalog of {ENTRIES:,} texts"])
    if chosen.write:
        write_i18n(results)


# What becomes of files


def _files(folder: Path) -> Iterator[tuple[str, str, str]]:
    chance = random.Random(1)
    paths = sorted(folder.rglob("*.po"))
    same = sum(_is_untouched(path.read_bytes()) for path in paths)
    yield "files that reading and saving the same texts leaves byte for byte", f"{same} of {len(paths)}", "all"
    counted: dict[str, list[int]] = {"ours": [], "Babel": [], "polib": []}
    for path in chance.sample(paths, min(FILES, len(paths))):
        content = path.read_bytes()
        entries = [entry for entry in po.parse(content).entries if entry.is_translated]
        if entries:
            entry = chance.choice(entries)
            forms = _other_words(entry, chance)
            for name, written in _writers(content, entry, forms):
                counted[name].append(_changed_lines(content, written))
    for name, numbers in counted.items():
        said = f"{statistics.median(numbers):g} ({statistics.mean(numbers):.1f})"
        yield f"{LINES}: {name}", said, "4" if name == "ours" else ""


def _is_untouched(content: bytes) -> bool:
    file = po.parse(content)
    changes = [Change(each.eid, each.forms, each.is_fuzzy, each.comments) for each in file.entries]
    return splicing.spliced(file, changes) == content


def _other_words(entry: Entry, chance: random.Random) -> tuple[str, ...]:
    """The forms with one word of one of them changed."""
    at = chance.randrange(len(entry.forms))
    words = entry.forms[at].split(" ")
    words[chance.randrange(len(words))] += "xy"
    return tuple(" ".join(words) if index == at else form for index, form in enumerate(entry.forms))


def _writers(content: bytes, entry: Entry, forms: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    yield "ours", splicing.spliced(po.parse(content), [Change(entry.eid, forms)])
    with redirect_stdout(StringIO()):
        catalog = pofile.read_po(BytesIO(content))
    message = catalog.get(entry.id, entry.context)
    message.string = forms[0] if entry.plural is None else forms
    made = BytesIO()
    pofile.write_po(made, catalog)
    yield "Babel", made.getvalue()
    theirs = polib.pofile(content.decode())
    found = theirs.find(entry.id, msgctxt=entry.context or False)
    if entry.plural is None:
        found.msgstr = forms[0]
    else:
        found.msgstr_plural = dict(enumerate(forms))
    yield "polib", f"{theirs}\n".encode()


def _changed_lines(before: bytes, after: bytes) -> int:
    """How many lines `diff` would show with a sign in front."""
    one, other = before.split(b"\n"), after.split(b"\n")
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum((end - start) + (stop - begin) for tag, start, end, begin, stop in blocks if tag != "equal")


# Many at once


def _catalog(folder: Path, entries: int) -> Path:
    """A catalog of so many texts, some long, some with placeholders, some with plurals."""
    path = catalog_path(folder, "de", OURS)
    path.parent.mkdir(parents=True)
    fields = ("Language: de", "Plural-Forms: nplurals=2; plural=(n != 1);", "Content-Type: text/plain; charset=utf-8")
    made = ['msgid ""\nmsgstr ""\n' + "".join(f'"{field}\\n"\n' for field in fields)]
    for number in range(entries):
        place = f"#: backoffice/part{number % 90}.py templates/part{number % 70}.html\n"
        if number % 25 == 0:
            source = f'msgid "%(num)s line {number}"\nmsgid_plural "%(num)s lines {number}"\n'
            told = f'msgstr[0] "%(num)s Zeile {number}"\nmsgstr[1] "%(num)s Zeilen {number}"\n'
            made.append(f"{place}#, python-format\n{source}{told}")
        elif number % 4 == 0:
            told = f'msgstr ""\n"Der Text %(name)s mit der Nummer {number} ist so lang, dass er "\n"umbrochen wird."\n'
            source = f'msgid ""\n"The text %(name)s with the number {number} is so long that it "\n"is wrapped."\n'
            made.append(f"{place}#, python-format\n{source}{told}")
        else:
            made.append(f'{place}msgid "A text with the number {number}"\nmsgstr "Ein Text mit der Nummer {number}"\n')
    path.write_text("\n".join(made), encoding="utf-8")
    return path


def _many_at_once(folder: Path) -> Iterator[tuple[str, str, str]]:
    path = catalog_path(folder, "de", OURS)
    path.parent.mkdir(parents=True)
    texts = "\n".join(f'msgid "Text {number}"\nmsgstr "Text {number}"\n' for number in range(TEXTS))
    path.write_text(f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n{texts}')
    command = [sys.executable, "-m", "benchmarks.i18n_worker", str(folder)]
    processes = [
        subprocess.Popen(
            [*command, str(each), str(PROCESSES)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for each in range(PROCESSES)
    ]
    time.sleep(5)
    begun = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    saved = sum(int(process.communicate()[0]) for process in processes)
    took = time.perf_counter() - begun
    there = sum(entry.forms[0].startswith("neu: ") for entry in po.parse(path.read_bytes()).entries)
    yield f"texts that {PROCESSES} processes saved in one file at once", f"{saved} of {TEXTS}", str(TEXTS)
    yield "of those, texts that are in the file afterwards", f"{there} of {TEXTS}", str(TEXTS)
    yield "time for each of them, with the others waiting", f"{took / TEXTS * 1000:.0f} ms", ""


# A large catalog


def _large(folder: Path) -> Iterator[tuple[str, str, str]]:
    path = _catalog(folder / "translations", ENTRIES)
    content = path.read_bytes()
    yield "reading the file", _milliseconds(lambda: po.parse(content)), ""
    file = po.parse(content)
    rule = compiling.rule_of(file, "de")[0]
    took = _fastest(lambda: [checks.errors(each.source, each.forms, rule, "de") for each in file.entries])
    yield "looking for errors, for each text", f"{took / ENTRIES * 1e6:.0f} µs", "60 µs"
    with _application(folder) as app:
        times = list(_saves(app, path))
        yield "saving one text, the first in a process", f"{times[0] * 1000:.0f} ms", ""
        yield (
            "saving one text, median, with its trail and compiled",
            f"{statistics.median(times[1:]) * 1000:.0f} ms",
            "50 ms",
        )
        yield "the page that lists the texts, median", f"{statistics.median(_pages(app)[1:]) * 1000:.0f} ms", "50 ms"
        yield "what a request pays for texts that are live", f"{_per_request(app) * 1e6:.0f} µs", "100 µs"


@contextmanager
def _application(folder: Path) -> Iterator[Flask]:
    settings = {
        "INSTANCE": folder,
        "DATABASE_URL": f"sqlite:///{folder}/measured.sqlite",
        "TRANSLATIONS": str(folder / "translations"),
        "ADMIN_PASSWORD": PASSWORD,
        "LOG_LEVEL": "ERROR",
        "TESTING": True,
    }
    app = create_app(settings)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    first_run(app)
    yield app


def _saves(app: Flask, path: Path) -> Iterator[float]:
    entries = [entry for entry in po.parse(path.read_bytes()).entries if entry.plural is None]
    for entry in random.Random(4).sample(entries, SAVES + 1):
        with app.app_context():
            begun = time.perf_counter()
            outcome = editing.save(
                path.parents[2], "de", OURS, [Edit(entry.eid, entry.base, (f"{entry.forms[0]} neu",))]
            )[0]
            yield time.perf_counter() - begun
        assert outcome.status == "saved", outcome


def _pages(app: Flask, address: str = "/admin/i18n/de/messages/", times: int = 12) -> Sequence[float]:
    """How long the list takes for somebody who is signed in; the first time its file is read and checked."""
    client = app.test_client()
    page = client.get("/auth/login").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    client.post("/auth/login", data={"csrf_token": token, "username": "admin", "password": PASSWORD})
    measured = []
    for _each in range(times):
        begun = time.perf_counter()
        answer = client.get(address)
        measured.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.status
    return measured


def _per_request(app: Flask) -> float:
    """What one request spends on looking whether the catalogs of all three domains changed, above not looking."""

    def ask() -> None:
        with app.test_request_context("/"), force_locale("de"):
            for name in ("messages", "admin", "wtforms"):
                domain = serving.of(app, name)
                assert domain is not None
                domain.get_translations()

    def do_not_ask() -> None:
        with app.test_request_context("/"), force_locale("de"):
            pass

    ask()
    return _fastest(ask, 300) - _fastest(do_not_ask, 300)


def _fastest(do: Callable[[], object], times: int = 5) -> float:
    measured = []
    for _each in range(times):
        begun = time.perf_counter()
        do()
        measured.append(time.perf_counter() - begun)
    return statistics.median(measured)


def _milliseconds(do: Callable[[], object]) -> str:
    return f"{_fastest(do) * 1000:.0f} ms"


def _show(title: str, lines: Lines) -> None:
    shown = Table(title=title)
    for heading in ("what", "measured", "at most, or at least"):
        shown.add_column(heading)
    for line in lines:
        shown.add_row(*line)
    console.print(shown)


if __name__ == "__main__":
    main()
