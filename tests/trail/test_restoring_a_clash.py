"""What comes back from the trash and finds its address taken: a new one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.deleting import remove
from backoffice.foundation.errors import AsksFor
from backoffice.foundation.permissions import System
from backoffice.posts.models import Tag
from backoffice.records import trash
from backoffice.records.audit import AuditEntry
from backoffice.records.trash import Trashed
from backoffice.trail.operations import restore
from tests import factories
from tests.browser import Browser, fields_in

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
KEEPER = System("keeper", "trash.view", "trash.restore", "tag.delete")
ACTION = "/admin/trash/action/"


def clashing(app: Flask) -> int:
    """The number in the trash of a tag of which another tag has the address now."""
    with app.app_context(), acting(actor=KEEPER), unit_of_work():
        tag = factories.tag(name="Harbour", slug="harbour")
        db.session.flush()
        remove(tag)
        db.session.flush()
        factories.tag(name="New harbour", slug="harbour")
        return db.session.scalars(select(Trashed.id)).one()


def tags(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return sorted((tag.name, tag.slug) for tag in db.session.scalars(select(Tag)))


def asked(browser: Browser, id: int) -> Any:
    answer = browser.submit(f"{ACTION}{id}", {"action": "restore"})
    assert answer.status_code == 422
    return answer


def test_the_taken_value_is_filled_in_to_be_changed(app: Flask, sign_in: SignIn) -> None:
    id = clashing(app)
    browser = sign_in("ana")
    answer = asked(browser, id)
    assert "Another record has this already. Choose something else." in answer.text
    fields = fields_in(answer.text, holding="instead.slug")
    assert fields["instead.slug"] == ["harbour"]
    typed = {**fields, "action": "restore", "instead.slug": "  old-harbour "}
    page = browser.submit(ACTION, typed, follow_redirects=True).text
    assert "Restored: Harbour" in page
    assert tags(app) == [("Harbour", "old-harbour"), ("New harbour", "harbour")]
    with app.app_context():
        assert db.session.scalars(select(Trashed)).all() == []
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None and entry.changes["slug"] == [None, "old-harbour"]


def test_only_what_is_taken_is_set(app: Flask, sign_in: SignIn) -> None:
    id = clashing(app)
    browser = sign_in("ana")
    fields = fields_in(asked(browser, id).text, holding="instead.slug")
    slipped = {"instead.name": "Slipped in", "instead.created_at": "2031-01-01", "instead.id": "77"}
    browser.submit(ACTION, {**fields, "action": "restore", "instead.slug": "old-harbour", **slipped})
    assert tags(app) == [("Harbour", "old-harbour"), ("New harbour", "harbour")]


@pytest.mark.parametrize(
    ("slug", "complaint"),
    [
        ("", "Give another one."),
        ("   ", "Give another one."),
        ("harbour", "Choose something else."),
        ("x" * 200, "Use at most 80 characters."),
        ("No address!", "Use"),
    ],
)
def test_what_is_no_better_is_asked_again_with_what_was_typed(
    app: Flask, sign_in: SignIn, slug: str, complaint: str
) -> None:
    id = clashing(app)
    browser = sign_in("ana")
    fields = fields_in(asked(browser, id).text, holding="instead.slug")
    answer = browser.submit(ACTION, {**fields, "action": "restore", "instead.slug": slug})
    assert answer.status_code == 422
    assert complaint in answer.text.partition('class="bo-error"')[2]
    assert fields_in(answer.text, holding="instead.slug")["instead.slug"] == [slug]
    assert tags(app) == [("New harbour", "harbour")]


def test_every_value_that_is_taken_is_asked_for_at_once(app: Flask) -> None:
    with app.app_context(), acting(actor=KEEPER), unit_of_work():
        user = factories.user(username="mara", email="mara@example.org", roles=[])
        db.session.delete(user)
        db.session.flush()
        factories.user(username="mara", email="mara@example.org", roles=[])
        item = db.session.scalars(select(Trashed)).one()
        with pytest.raises(AsksFor) as refusal:
            trash.restore(item, {"email": "mara@example.net"})
        found = {each.name: (each.value, bool(each.complaint)) for each in refusal.value.asked}
        assert found == {"username": ("mara", True), "email": ("mara@example.net", False)}
        trash.restore(item, {"email": "mara@example.net", "username": "Mara.Two"})
        user = db.session.scalars(select(User).where(User.email == "mara@example.net")).one()
        assert user.username == "mara.two", "as the model would have it"


def test_a_script_is_sent_to_the_page_that_asks(app: Flask, sign_in: SignIn) -> None:
    id = clashing(app)
    answer = sign_in("ana").submit(f"{ACTION}{id}", {"action": "restore"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 422 and answer.mimetype == "text/html"
    assert tags(app) == [("New harbour", "harbour")]


def test_among_many_it_is_skipped_and_named(app: Flask, sign_in: SignIn) -> None:
    clashing(app)
    with app.app_context(), acting(actor=KEEPER), unit_of_work():
        tag = factories.tag(name="Ferry")
        db.session.flush()
        remove(tag)
        db.session.flush()
        ids = list(db.session.scalars(select(Trashed.id)))
    page = (
        sign_in("ana")
        .submit(ACTION, {"action": "restore", "rowid": [str(id) for id in ids]}, follow_redirects=True)
        .text
    )
    assert "Restored: Ferry." in page
    assert "Skipped Harbour: Another record has its Address now: harbour." in page
    assert "Ferry" in dict(tags(app))


def test_other_surfaces_hear_it_in_words(app: Flask) -> None:
    id = clashing(app)
    with app.app_context(), pytest.raises(AsksFor, match="Another record has its Address now: harbour"):
        restore(db.session.get_one(Trashed, id), actor=KEEPER)


def test_restoring_under_a_new_name_can_be_taken_back(app: Flask, sign_in: SignIn) -> None:
    id = clashing(app)
    browser = sign_in("ana")
    fields = fields_in(asked(browser, id).text, holding="instead.slug")
    typed = {**fields, "action": "restore", "instead.slug": "old-harbour"}
    heard = browser.submit(ACTION, typed, headers={"X-Requested-With": "fetch"}).json
    assert browser.submit("/admin/undo/back/", {"batch": heard["undo"]}).status_code == 302
    assert tags(app) == [("New harbour", "harbour")]


def test_who_may_not_restore_is_not_asked(app: Flask, sign_in: SignIn) -> None:
    id = clashing(app)
    with app.app_context(), unit_of_work():
        role = factories.role(permissions={"trash.view": "all", "trash.restore": "all", "tag.view": "all"})
        username = factories.user(roles=[role]).username
    browser = sign_in(str(username))
    answer = browser.submit(ACTION, {"action": "restore", "rowid": str(id), "instead": "1", "instead.slug": "mine"})
    assert answer.status_code == 302
    assert tags(app) == [("New harbour", "harbour")]
