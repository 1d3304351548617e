"""Who else has a form open, in every view: shown, kept current, guarded like the form, and no activity of anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from backoffice.accounts.entering import LastSeen, SignIn
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import ALL, OWN
from backoffice.records.presences import EXPIRES, Presence
from tests.browser import Browser, fields_in
from tests.house.every_view import (
    every_view,
    holder,
    is_owned,
    last_entry_id,
    made,
    record,
    statements,
    text_field,
    url,
)
from tests.house.test_every_view_forms import changed
from tests.house.test_every_view_scope import hers_and_foreign

pytestmark = pytest.mark.both_databases
SignInAs = Callable[[str], Browser]
SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}


def beat(browser: Browser, view: Any, id: int, **more: str) -> TestResponse:
    """What the script of a form sends."""
    return browser.submit(url(view, f"presence/?id={id}"), more, headers=SCRIPT)


def names(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200 and answer.json is not None
    return [name for _id, name, _sentence in answer.json["others"]]


def opened(browser: Browser, view: Any, id: int) -> tuple[str, dict[str, Any]]:
    """The page with the form and what stands in it."""
    browser.token()  # asked for now, so that no heartbeat has to open a page for it
    page = browser.get(url(view, f"edit/?id={id}")).text
    return page, dict(fields_in(page, holding=text_field(view)))


@every_view("edit")
def test_a_form_says_who_else_has_it_open_and_since_when(app: Flask, sign_in: SignInAs, view: Any) -> None:
    ana, admin, (id, other) = sign_in("ana"), sign_in("admin"), made(app, view, 2)
    assert "has been editing this since" not in opened(ana, view, id)[0]
    page = opened(admin, view, id)[0]
    assert "Ana Kestrin has been editing this since" in page
    assert "has been editing this since" not in opened(ana, view, other)[0], "another record"
    answer = beat(ana, view, id)
    assert len(names(answer)) == 1 and "Ana" not in names(answer)[0]


@every_view("edit")
def test_a_heartbeat_changes_nothing_and_is_no_activity(app: Flask, sign_in: SignInAs, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    opened(browser, view, id)
    long_ago = clock.now() - timedelta(hours=2)
    with app.app_context(), unit_of_work():
        version, entry = getattr(record(view, id), "version", None), last_entry_id()
        db.session.execute(update(SignIn).values(seen_at=long_ago))
        db.session.execute(update(LastSeen).values(seen_at=long_ago))
    assert beat(browser, view, id).status_code == 200
    assert beat(browser, view, id, left="1").status_code == 204
    with app.app_context():
        assert (getattr(record(view, id), "version", None), last_entry_id()) == (version, entry)
        assert {*db.session.scalars(select(SignIn.seen_at)), *db.session.scalars(select(LastSeen.seen_at))} == {
            long_ago
        }
    browser.get(url(view))
    with app.app_context():
        assert long_ago not in db.session.scalars(select(SignIn.seen_at)).all(), "a page that is opened is activity"


@every_view("edit")
def test_a_heartbeat_costs_one_question_and_one_line(app: Flask, sign_in: SignInAs, view: Any) -> None:
    browser, (id,) = sign_in("ana"), made(app, view)
    opened(browser, view, id)
    with statements(app) as seen:
        beat(browser, view, id)
    seen = [one for one in seen if "sign_ins" not in one]
    assert [one.split()[0] for one in seen] == ["SELECT", "UPDATE"], seen


@every_view("edit")
def test_a_heartbeat_is_guarded_like_the_form(app: Flask, sign_in: SignInAs, view: Any) -> None:
    (id,) = made(app, view)
    reader = sign_in(holder(app, view, ALL, "view"))
    assert beat(reader, view, id).status_code == 403
    assert app.test_client().post(url(view, f"presence/?id={id}"), headers=SCRIPT).status_code == 401
    ana = sign_in("ana")
    for unknown in ("", "0", "abc", "99999999", "9" * 30):
        assert ana.submit(url(view, f"presence/?id={unknown}"), headers=SCRIPT).status_code == 404
    with app.app_context():
        assert db.session.scalars(select(Presence)).all() == []


@every_view("edit", where=is_owned)
def test_who_is_at_a_foreign_record_is_not_told(app: Flask, sign_in: SignInAs, view: Any) -> None:
    username = holder(app, view, OWN)
    mine, foreign = hers_and_foreign(app, view, username)
    ana, author = sign_in("ana"), sign_in(username)
    opened(ana, view, foreign)
    opened(ana, view, mine)
    assert beat(author, view, foreign).status_code == 404
    assert names(beat(author, view, mine)) == ["Ana Kestrin"]
    with app.app_context():
        user_id = db.session.scalars(select(User.id).where(User.username == username)).one()
        kept = db.session.scalars(select(Presence.record_id).where(Presence.user_id == user_id)).all()
        assert kept == [str(mine)]


@every_view("edit")
def test_whoever_is_not_heard_of_is_forgotten(
    app: Flask, sign_in: SignInAs, view: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, admin, (id, other) = sign_in("ana"), sign_in("admin"), made(app, view, 2)
    opened(ana, view, id)
    opened(admin, view, id)
    later = clock.now() + EXPIRES + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert names(beat(admin, view, id)) == []
    assert len(names(beat(ana, view, id))) == 1
    with app.app_context():
        since = db.session.scalars(select(Presence.opened_at)).all()
        assert since == [later, later], "whoever comes back was away"
    much_later = later + EXPIRES + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: much_later)
    opened(ana, view, other)
    with app.app_context():
        assert db.session.scalars(select(Presence.record_id)).all() == [str(other)], "old rows are swept"


@every_view("edit")
def test_leaving_and_saving_end_it_but_only_for_that_page(app: Flask, sign_in: SignInAs, view: Any) -> None:
    ana, admin, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    _page, old = opened(ana, view, id)
    _page, new = opened(ana, view, id)
    assert beat(ana, view, id, left="1", page=old["page"][0]).status_code == 204
    assert names(beat(admin, view, id)) == ["Ana Kestrin"], "the page opened later is still there"
    assert beat(ana, view, id, left="1", page=new["page"][0]).status_code == 204
    assert names(beat(admin, view, id)) == []
    _page, fields = opened(ana, view, id)
    assert names(beat(admin, view, id)) == ["Ana Kestrin"]
    assert ana.submit(url(view, f"edit/?id={id}"), fields).status_code == 302
    assert names(beat(admin, view, id)) == []


@every_view("edit", where=lambda view: hasattr(view.model, "version"))
def test_a_page_hears_that_somebody_saved_a_newer_version(app: Flask, sign_in: SignInAs, view: Any) -> None:
    ana, admin, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    _page, mine = opened(ana, view, id)
    _page, theirs = opened(admin, view, id)
    version, name = mine["version"][0], text_field(view)
    assert beat(ana, view, id, version=version).json["saved"] is None  # type: ignore[index]
    admin.submit(url(view, f"edit/?id={id}"), {**theirs, name: changed(theirs[name][0])})
    _entry, saved = beat(ana, view, id, version=version).json["saved"]  # type: ignore[index]
    assert saved.startswith("admin saved this at ") and "saving will merge" in saved
    _entry, saved = beat(admin, view, id, version=version).json["saved"]  # type: ignore[index]
    assert saved.startswith("You saved this in another page at ")
    with app.app_context():
        now = str(record(view, id).version)
    assert beat(ana, view, id, version=now).json["saved"] is None  # type: ignore[index]


@every_view("edit")
def test_a_refused_form_still_says_who_is_there(app: Flask, sign_in: SignInAs, view: Any) -> None:
    ana, admin, (id,) = sign_in("ana"), sign_in("admin"), made(app, view)
    opened(admin, view, id)
    _page, fields = opened(ana, view, id)
    answer = ana.submit(url(view, f"edit/?id={id}"), {**fields, text_field(view): ""})
    assert answer.status_code == 422
    assert "has been editing this since" in answer.text
    assert fields_in(answer.text, holding=text_field(view))["page"] == fields["page"]
