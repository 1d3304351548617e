"""A house where one number names a record of somebody else in every table, each with a word that gives it away."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Integer, select

from backoffice import create_app
from backoffice.accounts.entering import SignIn
from backoffice.accounts.models import User
from backoffice.foundation.database import Model, db, unit_of_work
from backoffice.foundation.permissions import ALL, EVERYTHING
from backoffice.moderation.models import SavedView
from backoffice.readers.models import Note
from backoffice.records.tasks import Task, TaskState
from tests import databases as dbs
from tests import factories, people
from tests.browser import Browser
from tests.house.source import ROOT

#: The number of somebody else's record of every kind, and one that no record has.
FOREIGN, MISSING = 4711, 998_877
FILE = f"people/{FOREIGN}/notes.txt"
BATCH = "ZQREQUEST001"
#: What shows the word of a kind that has no permission to be seen of its own.
ALSO_SHOWN_BY: Mapping[str, tuple[str, ...]] = {
    "note": ("comment.moderate",),
    "address": ("user.view",),
    "task": ("audit.view",),
    "saved": (),
    "device": (),
}


@contextmanager
def house(databases: dbs.Databases, folder: Path, **changes: Any) -> Iterator[Flask]:
    """An application on a database of its own, with everything that belongs to somebody else."""
    url = databases.fresh(dbs.SQLITE)
    # Whoever walks all addresses changes catalogs and settings of languages on the way.
    translations = shutil.copytree(ROOT / "translations", folder / "translations")
    app = create_app(dbs.settings(url, folder, **{"TRANSLATIONS": translations, **changes}))
    app.test_client_class = Browser
    with app.app_context(), unit_of_work():
        everything_of_somebody_else()
    file = folder / "files" / FILE
    file.parent.mkdir(parents=True)
    file.write_text("zqfile")
    yield app
    dbs.close(app)
    databases.drop(url)


def everything_of_somebody_else() -> None:
    """One record of every kind a person can own or hide, under the number `FOREIGN`."""
    me: Any = {"id": FOREIGN}
    owner = factories.user(**me, username="zq", name="Zora Quill", email="zqaddress@example.org", roles=["author"])
    factories.role(**me, name="zqrole")
    factories.tag(**me)
    factories.post(**me, title="zqpost", author=owner)
    factories.comment(**me, text="zqcomment")
    factories.reminder(**me, subject="zqreminder", owner=owner)
    factories.restriction(**me, value="zqrestriction@example.net")
    factories.reason(**me, label="zqreason")
    factories.rule(**me, name="zqrule")
    factories.mail(**me, subject="zqmail", user_id=FOREIGN)
    factories.trash(**me, title="zqtrash")
    factories.audit(**me, actor_id=FOREIGN, target_title="zqaudit", request_id=BATCH)
    view = SavedView(**me, owner_id=FOREIGN, name="zqsaved")
    note = Note(**me, author_key="name:reader", text="zqnote", by_id=FOREIGN)
    task = Task(
        **me, actor_id=FOREIGN, kind="export", title="zqtask", request_id=BATCH, state=TaskState.FAILED, error="zqtask"
    )
    session = SignIn(**me, user_id=FOREIGN, key_digest="0" * 64)
    if hasattr(session, "device"):
        session.device = "zqdevice"
    for record in (view, note, task, session):
        db.session.add(record)
        db.session.flush()


def hidden_from(grants: Mapping[str, str]) -> list[str]:
    """The words that no page may show to a person with these grants."""
    kinds = ("role", "post", "comment", "reminder", "restriction", "reason", "rule", "mail", "trash", "audit")
    shown_by = {kind: (f"{kind}.view",) for kind in kinds} | {"file": ("file.view",), **ALSO_SHOWN_BY}
    return [
        f"zq{kind}"
        for kind, names in shown_by.items()
        if EVERYTHING not in grants and not any(grants.get(name) == ALL for name in names)
    ]


def as_they_are(folder: Path) -> dict[str, Any]:
    """Every record of somebody else as the database has it, and the file."""
    found: dict[str, Any] = {"file": (folder / "files" / FILE).read_bytes()}
    for table in Model.metadata.sorted_tables:
        number = table.c.get("id")
        if number is not None and isinstance(number.type, Integer):
            row = db.session.execute(select(table).where(number == FOREIGN)).mappings().first()
            found[table.name] = dict(row) if row is not None else None
    return found


def signed_in(app: Flask, username: str) -> Browser:
    """The browser of one of the cast, made on first use."""
    with app.app_context(), unit_of_work():
        people.person(username)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    assert browser.sign_in(username, people.PASSWORD).status_code == 302
    return browser


def deactivated(app: Flask) -> Browser:
    """The browser of an editor whom somebody sent away while she was signed in."""
    with app.app_context(), unit_of_work():
        username = factories.user(roles=["editor"]).username
    browser: Browser = app.test_client()  # type: ignore[assignment]
    assert browser.sign_in(username, people.PASSWORD).status_code == 302
    with app.app_context(), unit_of_work():
        db.session.scalars(select(User).where(User.username == username)).one().is_active = False
    return browser
