"""What a person may not see she does not learn from the trail, the trash, undo or background work either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.comments import operations
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.deleting import remove
from backoffice.records.tasks import TaskState
from backoffice.records.trash import Trashed
from backoffice.trail.operations import purge
from tests import factories
from tests.browser import Browser
from tests.records.test_tasks import ask, comments, the

pytestmark = pytest.mark.both_databases
SignIn = Callable[[Any], Browser]
TITLE = "Quarrel at the harbour"


def reader(app: Flask, **permissions: str) -> User:
    """Somebody who holds just these, `.` written as `__`."""
    with app.app_context(), unit_of_work():
        held = {name.replace("__", "."): reach for name, reach in permissions.items()}
        return factories.user(roles=[factories.role(permissions=held)])


def admin() -> Any:
    return db.session.scalars(select(User).where(User.username == "admin")).one()


@pytest.fixture
def batch(app: Flask) -> str:
    """Two posts, changed together by the administrator."""
    with app.app_context():
        with unit_of_work():
            posts = [factories.post(title=f"{TITLE} {number}") for number in (1, 2)]
        with unit_of_work(), acting(actor=admin(), surface="admin", request_id="TOGETHER"):
            for post in posts:
                post.title += " again"
            db.session.flush()
    return "TOGETHER"


def test_the_page_before_undo_names_nothing_that_is_hidden(app: Flask, sign_in: SignIn, batch: str) -> None:
    browser = sign_in(reader(app, audit__view="all", tag__view="all"))
    answer = browser.get(f"/admin/undo/?batch={batch}")
    assert TITLE not in answer.text
    assert answer.status_code == 404
    assert TITLE in sign_in("rita").get(f"/admin/undo/?batch={batch}").text


def test_the_answer_of_undo_names_nothing_that_is_hidden(app: Flask, sign_in: SignIn, batch: str) -> None:
    browser = sign_in(reader(app, audit__view="all", tag__view="all"))
    for headers in ({}, {"X-Requested-With": "fetch"}):
        answer = browser.submit("/admin/undo/back/", {"batch": batch}, headers=headers)
        assert TITLE not in answer.text
        assert answer.status_code == 404


def test_a_batch_of_which_only_a_part_may_be_seen_is_not_shown(app: Flask, sign_in: SignIn, batch: str) -> None:
    with app.app_context(), unit_of_work(), acting(actor=admin(), surface="admin", request_id=batch):
        factories.tag(name="Visible")
        db.session.flush()
    browser = sign_in(reader(app, audit__view="all", tag__view="all"))
    assert browser.get(f"/admin/undo/?batch={batch}").status_code == 404


def test_the_trail_of_the_trash_tells_nobody_what_else_is_hidden(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with unit_of_work():
            post = factories.post(title=TITLE)
        with unit_of_work(), acting(actor=admin(), surface="admin"):
            remove(post)
            db.session.flush()
            purge(db.session.scalars(select(Trashed)).one(), actor=admin())
    for permissions in ({"trash__view": "all", "tag__view": "all"}, {"trash__view": "own", "post__view": "own"}):
        browser = sign_in(reader(app, audit__view="all", **permissions))
        assert TITLE not in browser.get("/admin/audit/").text
    assert TITLE in sign_in("rita").get("/admin/audit/").text


def test_the_trash_shows_only_what_could_be_seen_before(app: Flask, sign_in: SignIn) -> None:
    hers = reader(app, trash__view="all", trash__restore="all", tag__view="all", post__view="own")
    with app.app_context():
        with unit_of_work():
            post, tag = factories.post(title=TITLE), factories.tag(name="Lantern")
            own = factories.post(title="Her own", author=db.session.get_one(User, hers.id))
        with unit_of_work(), acting(actor=admin(), surface="admin"):
            for record in (post, tag):
                remove(record)
                db.session.flush()
        with unit_of_work(), acting(actor=db.session.get_one(User, hers.id), surface="admin"):
            remove(own)
            db.session.flush()
        item = db.session.scalars(select(Trashed).where(Trashed.title == TITLE)).one().id
    browser = sign_in(hers)
    page = browser.get("/admin/trash/").text
    assert "Lantern" in page and "Her own" in page
    assert TITLE not in page
    assert browser.get(f"/admin/trash/details/?id={item}").status_code == 404
    answer = browser.submit("/admin/trash/action/", {"action": "restore", "rowid": str(item)})
    assert answer.status_code == 404
    assert TITLE not in answer.text


def test_what_a_task_left_out_is_named_only_to_whoever_asked_for_it(app: Flask, sign_in: SignIn) -> None:
    mine = sign_in("mo")
    with app.app_context():
        comments(2)
        mo = db.session.scalars(select(User).where(User.username == "mo")).one()
        id = ask(operations.approve, mo)
        with unit_of_work():
            task = the(id)
            task.state, task.total, task.skipped, task.left_out = TaskState.DONE, 1, 1, [[TITLE, "because"]]
    assert TITLE in mine.get(f"/admin/jobs/{id}/").text
    page = sign_in(reader(app, job__view="all")).get(f"/admin/jobs/{id}/").text
    assert TITLE not in page
    assert "1 left out" in page


def test_hidden_columns_are_hidden_in_entries_and_in_the_history(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with unit_of_work():
            comment = factories.comment(author_email="before@example.org")
        with unit_of_work(), acting(actor=admin(), surface="admin"):
            comment.author_email = "after@example.org"
            db.session.flush()
        from backoffice.records.audit import AuditEntry

        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        number, about = entry.id, comment.id
    browser = sign_in(reader(app, audit__view="all", comment__view="all"))
    pages = [
        f"/admin/audit/details/?id={number}",
        f"/admin/comment/details/?id={about}",
        "/admin/audit/",
        f"/admin/audit/?flt_record=comment+{about}",
        "/admin/audit/?flt_field=comment.author_email",
    ]
    for page in pages:
        assert "@example.org" not in browser.get(page).text.replace("person", "")


def test_drafts_of_others_are_hidden_from_an_author_who_may_see_the_trail(app: Flask, sign_in: SignIn) -> None:
    author = reader(app, audit__view="all", post__view="own", post__edit="own")
    with app.app_context(), unit_of_work():
        draft = factories.post(title=TITLE)
        own = factories.post(title="Her own draft", author=db.session.get_one(User, author.id))
        db.session.flush()
        drafts = draft.id, own.id
    browser = sign_in(author)
    for page in ("/admin/audit/", "/admin/", f"/admin/audit/?flt_record=post+{drafts[0]}", "/admin/undo/"):
        assert TITLE not in browser.get(page).text
    assert "Her own draft" in browser.get("/admin/audit/").text
    with app.app_context():
        from backoffice.records.audit import AuditEntry

        hidden = db.session.scalars(
            select(AuditEntry.id).where(AuditEntry.target_type == "post", AuditEntry.target_id == drafts[0])
        ).one()
    assert browser.get(f"/admin/audit/details/?id={hidden}").status_code == 404


def test_an_erased_entry_cannot_be_asked_for_by_whoever_may_not_see_it(app: Flask, sign_in: SignIn, batch: str) -> None:
    browser = sign_in(reader(app, audit__view="all", audit__erase="all", tag__view="all"))
    with app.app_context():
        from backoffice.records.audit import AuditEntry

        number = db.session.scalars(select(AuditEntry.id).where(AuditEntry.request_id == batch)).first()
    given = {"action": "erase", "rowid": str(number), "reason": "x", "confirm": f"#{number}"}
    assert browser.submit("/admin/audit/action/", given).status_code == 404
