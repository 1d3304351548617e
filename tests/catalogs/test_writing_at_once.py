"""Several people and programs write one catalog at the same time: nothing that was saved is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.catalogs import editing, locking, po, recording, replacing, splicing
from backoffice.catalogs.editing import Busy, Edit, ReadOnly
from backoffice.catalogs.history import Revision, Written, facts_of
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.places import ROOT
from backoffice.catalogs.po import eid_of
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import journal
from backoffice.records.audit import AuditEntry
from tests.catalogs.conftest import Writer

PROCESSES, TEXTS = 8, 80

_SAVE = """
import sys
from pathlib import Path
from backoffice.catalogs import editing, po
folder, first = Path(sys.argv[1]), int(sys.argv[2])
entries = po.parse((folder / "de/LC_MESSAGES/messages.po").read_bytes()).entries
sys.stdin.readline()
for entry in entries[first::8]:
    (outcome,) = editing.save(folder, "de", "messages", [editing.Edit(entry.eid, entry.base, (f"neu: {entry.id}",))])
    print(outcome.status)
"""


def texts(count: int) -> str:
    return "\n".join(f'msgid "Text {number}"\nmsgstr "Text {number}"\n' for number in range(count))


def started(folder: Path) -> list[subprocess.Popen[str]]:
    """Processes that wait for a line and then save every eighth text each."""
    return [
        subprocess.Popen(
            [sys.executable, "-c", _SAVE, str(folder), str(each)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for each in range(PROCESSES)
    ]


def test_eight_processes_and_an_editor_without_a_lock_lose_nothing(write: Writer, folder: Path) -> None:
    path = write("de", texts(TEXTS))
    processes = started(folder)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    added = 0
    while any(process.poll() is None for process in processes) and added < 40:
        content = path.read_bytes().rstrip(b"\n") + f'\n\n#~ msgid "gone {added}"\n#~ msgstr "x"\n'.encode()
        other = path.with_name("editor.tmp")
        other.write_bytes(content)
        os.replace(other, path)
        added += 1
        time.sleep(0.06)
    told = [line for process in processes for line in process.communicate()[0].split()]
    assert told == ["saved"] * TEXTS
    file = po.parse(path.read_bytes())
    assert [entry.forms[0] for entry in file.entries] == [f"neu: Text {number}" for number in range(TEXTS)]
    assert len(file.obsolete) == added
    assert sorted(each.name for each in path.parent.iterdir()) == [".messages.po.lock", "messages.mo", "messages.po"]


def test_of_eight_who_change_one_text_one_wins_and_seven_are_told(write: Writer, folder: Path) -> None:
    path = write("de", texts(1))
    entry = po.parse(path.read_bytes()).entries[0]
    outcomes: list[str] = []

    def save(number: int) -> None:
        (outcome,) = editing.save(folder, "de", "messages", [Edit(entry.eid, entry.base, (f"Text von {number}",))])
        outcomes.append(outcome.status)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["saved"]


def test_what_a_program_wrote_a_moment_before_stays(write: Writer) -> None:
    path = write("de", texts(1))
    stamp, theirs = stamp_of(path), b"written by another program"
    with pytest.raises(replacing.Moved), replacing.drafted_over(path, stamp, b"ours") as put:
        path.write_bytes(theirs)
        put()
    assert path.read_bytes() == theirs
    assert [each.name for each in path.parent.iterdir()] == ["messages.po"]


def test_a_file_that_is_being_written_is_waited_for(write: Writer) -> None:
    path = write("de", texts(1))
    begun = time.monotonic()
    assert replacing.quiet(path, None) == stamp_of(path)
    assert time.monotonic() - begun >= replacing.QUIET / 2
    begun = time.monotonic()
    replacing.quiet(path, None)
    assert time.monotonic() - begun < replacing.QUIET


def test_whoever_waits_too_long_is_told_so(write: Writer) -> None:
    path = write("de", texts(1))
    with locking.alone(path), pytest.raises(Busy), locking.alone(path, seconds=0.05):
        pass
    with locking.alone(path, seconds=0.05):
        pass


def test_where_files_cannot_be_locked_a_file_of_its_own_is_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / ".a.po.lock"
    with locking._held(lock, time.monotonic() + 1), pytest.raises(Busy), locking._held(lock, time.monotonic() + 0.05):
        pass
    assert list(tmp_path.iterdir()) == []
    lock.with_suffix(".held").write_text(f"{journal.process_name()}0 1")
    with locking._held(lock, time.monotonic() + 1):
        pass
    assert list(tmp_path.iterdir()) == []


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Without the rights of the administrator of the machine, whom no folder refuses."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_disk_that_cannot_be_written_refuses_before_anything_is_recorded(speaker: Flask, write: Writer) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "de" / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(write("de", texts(1)).read_bytes())
        os.chmod(folder, 0o755)
        os.chmod(path.parent, 0o555)
        with speaker.app_context(), _as_nobody(), pytest.raises(ReadOnly):
            editing.save(folder, "de", "messages", [Edit(eid_of("Text 0"), None, ("Neu",))])
        with speaker.app_context():
            assert (
                db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("translation."))).all() == []
            )
        os.chmod(path.parent, 0o755)


@pytest.mark.both_databases
@pytest.mark.parametrize("happened", ["nothing", "written", "written and changed since"])
def test_a_save_that_was_cut_off_is_in_the_history_if_it_happened(
    speaker: Flask, write: Writer, folder: Path, happened: str
) -> None:
    path = write("de", texts(2))
    before = po.parse(path.read_bytes())
    eid = eid_of("Text 0")
    after = splicing.spliced(before, [splicing.Change(eid, ("Neu",))])
    with speaker.app_context():
        written = Written(eid, "Text 0", None, ("Text 0",), (), ("Neu",), ())
        facts = {"file": "de/LC_MESSAGES/messages.po", "sha256": recording.checksum(after)}
        facts |= facts_of("de", "messages", [written])
        with unit_of_work(), acting(surface="web", request_id="cut off"):
            opened = journal.begin(recording.CatalogWitness(folder), "translation.edit", "de", facts)
            db.session.get_one(journal.OpenAction, opened.id).process = f"{journal.process_name()}0"
        if happened != "nothing":
            path.write_bytes(after.replace(b"Text 1", b"Text 2") if "since" in happened else after)
        assert journal.settle_left() == 1
        rows = db.session.scalars(select(Revision)).all()
        assert [row.after for row in rows] == ([] if happened == "nothing" else [["Neu"]])


def test_a_language_that_is_published_by_hand_is_not_compiled(speaker: Flask, write: Writer, folder: Path) -> None:
    path = write("de", texts(1))
    (folder / "languages.cfg").write_text("[de]\npublish = manual\n")
    with speaker.app_context():
        (outcome,) = editing.save(folder, "de", "messages", [Edit(eid_of("Text 0"), None, ("Neu",))])
    assert outcome.status == "saved"
    assert not path.with_suffix(".mo").exists()


def test_line_ends_and_mark_of_a_file_from_windows_stay(write: Writer, folder: Path) -> None:
    path = write("de", texts(2))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").rstrip())
    before = path.read_bytes()
    editing.save(folder, "de", "messages", [Edit(eid_of("Text 1"), None, ("Eins\r\nzwei",), fuzzy=True)])
    after = path.read_bytes()
    assert after.startswith(before[: before.index(b'msgid "Text 1"')])
    assert after.count(b"\r\n") == after.count(b"\n")
    assert not after.endswith(b"\n")


def test_a_header_without_a_rule_for_plurals_stops_nobody(write: Writer, folder: Path) -> None:
    plural = 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    path = write("de", plural, rule="nplurals=INTEGER; plural=EXPRESSION;")
    (outcome,) = editing.save(folder, "de", "messages", [Edit(eid_of("a"), None, ("c", "d"))])
    assert outcome.status == "saved"
    assert b"EXPRESSION" in path.read_bytes()


def test_who_translated_last_is_named_once_an_hour_where_that_is_wanted(
    speaker: Flask, write: Writer, folder: Path
) -> None:
    path = write("de", texts(3))
    speaker.config["NAME_TRANSLATORS"] = True

    class Ana:
        """Somebody with a name."""

        id, actor_name = None, "Ana"

    with speaker.app_context(), acting(actor=Ana()):
        editing.save(folder, "de", "messages", [Edit(eid_of("Text 0"), None, ("Neu",))])
        first = path.read_bytes()
        assert b'"Last-Translator: Ana\\n"' in first
        editing.save(folder, "de", "messages", [Edit(eid_of("Text 1"), None, ("Neu",))])
    assert path.read_bytes() == first.replace(b'msgstr "Text 1"', b'msgstr "Neu"')
