"""Catalogs that are written are in the trail: begun before the file is touched, done or not done afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from backoffice.catalogs import history, po
from backoffice.catalogs.replacing import replace_file
from backoffice.foundation.database import db
from backoffice.records import journal
from backoffice.records.journal import Ending, Facts, OpenAction, Opened

#: What catalogs are called in the trail.
RESOURCE = "translation"
#: So many entries of one write are named in the trail; the history of each has the rest.
MOST_TOLD = 100


class CatalogWitness:
    """Knows what the catalogs of a folder hold; see `journal.Witness`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A catalog is put in place at once, by whoever comes last; nobody has to wait."""
        yield

    def found(self, opened: Opened) -> Ending:
        """Whether the file holds what was to be written, or at least the texts, if somebody wrote it since."""
        path = self.folder / opened.facts["file"]
        return Ending(_of_file(path) == opened.facts["sha256"] or _holds(path, opened.facts.get("entries") or ()))

    def told(self, facts: Facts) -> Facts:
        """The checksums before and after, and what became of the entries."""
        told = {name: value for name, value in facts.items() if name not in ("file", "entries", "through")}
        return {**told, **_texts(facts.get("entries") or ())}

    def follow(self, opened: Opened, ending: Ending) -> None:
        """Write the history of the entries that were changed."""
        if ending.is_done:
            history.follow(opened)


def install() -> None:
    """Let the journal look into the catalogs."""
    journal.witnessed_by(RESOURCE, lambda: CatalogWitness(_folder()))


def can_be_recorded() -> bool:
    """Whether there is a database with a trail; catalogs are also kept where there is none, as in a fresh checkout."""
    try:
        return inspect(db.engine).has_table(OpenAction.__tablename__)
    except SQLAlchemyError:
        return False


def write_recorded(path: Path, content: bytes) -> None:
    """Put the content in place of a catalog below the folder of translations, and write that down. Commits."""
    folder = _folder()
    file = path.relative_to(folder).as_posix()
    facts = {"file": file, "sha256": checksum(content), "size": len(content)}
    if before := _of_file(path):
        facts["sha256_before"] = before
    with journal.written_down(CatalogWitness(folder), f"{RESOURCE}.{'update' if before else 'create'}", file, facts):
        replace_file(path, content)


def edit_written_down(
    folder: Path, path: Path, before: bytes, after: bytes, facts: Facts
) -> AbstractContextManager[None]:
    """Inside, the content of a catalog is put in place; see `journal.written_down` and, for the facts, `history`."""
    file = path.relative_to(folder).as_posix()
    told = {"file": file, "sha256": checksum(after), "size": len(after), **facts}
    if before:
        told["sha256_before"] = checksum(before)
    return journal.written_down(CatalogWitness(folder), history.ACTION, file, told)


def _holds(path: Path, entries: Sequence[Facts]) -> bool:
    """Whether a file has the texts that were to be written."""
    try:
        file = po.parse(path.read_bytes())
    except (OSError, po.PoFault):
        return False
    found = [file.find(each["eid"]) for each in entries]
    return bool(found) and all(
        entry is not None and [*entry.forms] == [*each["after"]] for entry, each in zip(found, entries, strict=True)
    )


def _texts(entries: Sequence[Facts]) -> Facts:
    """What of the entries stands in the trail: one with its texts, of several their names."""
    if len(entries) != 1:
        return {"count": len(entries), "eids": [each["eid"] for each in entries[:MOST_TOLD]]} if entries else {}
    each = entries[0]
    return {
        "eid": each["eid"],
        "text": each["id"],
        "before": _with_flags(each["before"], each["before_flags"]),
        "after": _with_flags(each["after"], each["after_flags"]),
        **({"overridden": each["overridden"]} if each["overridden"] else {}),
    }


def _with_flags(forms: Sequence[str] | None, flags: Sequence[str]) -> list[str]:
    return [*(forms or ()), *(f"#, {flag}" for flag in flags if flag == po.FUZZY)]


def _folder() -> Path:
    return Path(current_app.config["TRANSLATIONS"])


def checksum(content: bytes) -> str:
    """What stands for the content of a file in the trail."""
    return hashlib.sha256(content).hexdigest()


def _of_file(path: Path) -> str:
    try:
        return checksum(path.read_bytes())
    except FileNotFoundError:
        return ""
