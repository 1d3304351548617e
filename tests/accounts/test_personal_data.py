"""All that is kept about a person as a file, and forgetting her: nothing of hers is left where people look."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, Text, cast, inspect, literal, select

from backoffice.accounts.entering import LastSeen, SignIn
from backoffice.accounts.models import User
from backoffice.accounts.operations import reactivate
from backoffice.comments.models import Comment
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import Model, db, unit_of_work
from backoffice.foundation.errors import NotAllowed, NotApplicable
from backoffice.foundation.permissions import ALL, EVERYTHING, System
from backoffice.people import personal_data
from backoffice.people.erasing import erase
from backoffice.posts.models import Post
from backoffice.records import seals
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.records.undoing import undo
from backoffice.records.verifying import verify
from tests import factories
from tests.browser import Browser
from tests.terminal import refusal, run

pytestmark = pytest.mark.both_databases
SignInAs = Callable[[str | User], Browser]
OPERATOR = System("operator", EVERYTHING)
WHY = "She asked"


def wanda() -> User:
    """Somebody who wrote things."""
    person = factories.user(username="wanda", name="Wanda Writer", email="wanda@example.org", roles=["author"])
    post = factories.post(author=person, title="Words from the harbour")
    factories.comment(post=post, author=person, author_name="Wanda Writer", author_email="wanda@example.org")
    factories.reminder(owner=person, subject="Mine")
    factories.post(title="Words of others")
    return person


def opened(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the file holds: data, and the lines of the activity."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        lines = file.read("activity.jsonl").decode().splitlines()
        return json.loads(file.read("data.json")), [json.loads(line) for line in lines]


def test_every_table_that_points_at_people_is_in_the_file_or_left_out_on_purpose(app: Flask) -> None:
    pointing = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "users" for key in column.foreign_keys)
    }
    told = set(personal_data.LEFT_OUT)
    for model, criterion in personal_data.SECTIONS.values():
        table = inspect(model).local_table
        told |= {f"{table.name}.{column.name}" for column in table.columns if column.name in str(criterion(1))}
    assert pointing <= told, f"say what becomes of {sorted(pointing - told)}"
    assert set(personal_data.LEFT_OUT) <= pointing


def test_a_person_gets_all_of_her_own_and_nothing_of_others(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        wanda()
    browser = sign_in("wanda")
    answer = browser.submit("/auth/profile/data", {})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    data, activity = opened(answer.data)
    assert data["account"]["username"] == "wanda"
    assert data["account"]["roles"] == ["author"]
    assert [post["title"] for post in data["posts"]] == ["Words from the harbour"]
    assert [each["author_name"] for each in data["comments"]] == ["Wanda Writer"]
    assert [each["subject"] for each in data["reminders"]] == ["Mine"]
    assert len(data["sessions"]) == 1
    assert "user.sign_in" in [line["action"] for line in activity]
    assert "Words of others" not in answer.data.decode("latin-1")


def test_no_secret_is_in_the_file(app: Flask) -> None:
    with app.app_context():
        person = wanda()
        factories.mail(user_id=person.id, is_secret=True, text="The secret link", subject="Way in")
        text = json.dumps(personal_data.gathered(person))
        assert person.password_hash and person.password_hash not in text
        assert person.session_key not in text
        assert "The secret link" not in text
        assert "Way in" in text


def test_the_trail_says_that_it_was_made(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        number = wanda().id
    sign_in("wanda").submit("/auth/profile/data", {})
    sign_in("ana").submit(f"/admin/personal-data/{number}/", {})
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.disclose")).all()
        assert [(entry.actor_name, entry.target_id) for entry in entries] == [("wanda", number), ("ana", number)]


def test_others_need_the_permission_and_may_not_stand_below(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        number = wanda().id
        small = {"user.view": ALL}
        looker = factories.user(roles=[factories.role(permissions=small)])
        clerk = factories.user(roles=[factories.role(permissions={**small, "user.disclose": ALL})])
        plain = factories.user(roles=["default"]).id
    assert sign_in(looker).submit(f"/admin/personal-data/{number}/", {}).status_code == 403
    answer = sign_in(clerk).submit(f"/admin/personal-data/{number}/", {}, follow_redirects=True)
    assert "may do more than you" in answer.text
    assert sign_in(clerk).submit(f"/admin/personal-data/{plain}/", {}).mimetype == "application/zip"
    assert sign_in(clerk).submit("/admin/personal-data/999999/", {}).status_code == 404
    assert "Export personal data" in sign_in(clerk).get(f"/admin/user/details/?id={plain}").text
    assert "Export personal data" not in sign_in(looker).get(f"/admin/user/details/?id={plain}").text


def traces(words: str) -> list[str]:
    """The tables and columns in which these words stand."""
    found = []
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                continue
            holds = select(literal(1)).select_from(table).where(cast(column, Text).ilike(f"%{words}%"))
            if db.session.execute(holds).first() is not None:
                found.append(f"{table.name}.{column.name}")
    return found


def test_nothing_of_a_person_is_left_once_she_is_erased(app: Flask, sign_in: SignInAs) -> None:
    with app.app_context(), unit_of_work():
        person = wanda()
        factories.mail(user_id=person.id, recipient="wanda@example.org", text="Dear Wanda Writer")
        number = person.id
    browser = sign_in("wanda")
    profile = {"name": "Wanda Writer", "time_zone": "UTC", "theme": "auto", "density": "compact"}
    browser.submit("/auth/profile", profile)
    with app.app_context():
        assert "users.email" in traces("wanda@example.org")
        with acting(actor=OPERATOR, request_id=new_request_id()), unit_of_work():
            erase(db.session.get_one(User, number), actor=OPERATOR, reason=WHY)
        assert traces("wanda@example.org") == []
        # The trail keeps under which user name things were done.
        assert traces("wanda") == ["audit_entries.actor_name"]
        gone = db.session.get_one(User, number)
        assert (gone.username, gone.email, gone.is_active, gone.roles) == (f"erased-{number}", None, False, [])
        assert db.session.query(SignIn).filter_by(user_id=number).count() == 0
        assert db.session.get(LastSeen, number) is None
    assert browser.get("/auth/profile").status_code in (302, 401)


def test_what_she_wrote_stays(app: Flask) -> None:
    with app.app_context():
        person = wanda()
        erase(person, actor=OPERATOR, reason=WHY)
        assert (
            db.session.scalars(select(Post).where(Post.author_id == person.id)).one().title == "Words from the harbour"
        )
        comment = db.session.scalars(select(Comment).where(Comment.author_id == person.id)).one()
        assert (comment.author_name, comment.author_email, comment.author_address) == ("Erased person", None, None)


def test_the_trail_keeps_that_it_was_done_why_and_stays_whole(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        number = wanda().id
    with app.app_context():
        with unit_of_work():
            seals.seal(seals.house_key())
        with acting(actor=OPERATOR, request_id=new_request_id()), unit_of_work():
            erase(db.session.get_one(User, number), actor=OPERATOR, reason=WHY)
        done = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.erase")).one()
        assert (done.target_id, done.actor_name, done.changes) == (number, "operator", {})
        why = select(AuditEntry).where(AuditEntry.action == "audit.erase")
        assert {entry.changes["reason"][1] for entry in db.session.scalars(why)} == {WHY}
        with unit_of_work():
            seals.seal(seals.house_key())
        assert not verify(seals.house_key()).fault


def test_nothing_brings_her_back(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        number = wanda().id
    with app.app_context():
        batch = new_request_id()
        with acting(actor=OPERATOR, request_id=batch), unit_of_work():
            erase(db.session.get_one(User, number), actor=OPERATOR, reason=WHY)
        with acting(actor=OPERATOR, request_id=new_request_id()), unit_of_work():
            outcome = undo(batch, actor=OPERATOR)
        assert outcome.done == []
        assert db.session.get_one(User, number).username == f"erased-{number}"
        for again in (
            lambda user: erase(user, actor=OPERATOR, reason=WHY),
            lambda user: reactivate(user, actor=OPERATOR),
        ):
            with pytest.raises(NotApplicable):
                again(db.session.get_one(User, number))


def test_nobody_erases_herself_one_above_or_the_last_administrator(app: Flask) -> None:
    with app.app_context():
        ana = factories.user(roles=["administrator"])
        clerk = factories.user(roles=[factories.role(permissions={"user.erase": ALL})])
        db.session.commit()
        with pytest.raises(NotApplicable):
            erase(ana, actor=ana, reason=WHY)
        with pytest.raises(NotAllowed):
            erase(ana, actor=clerk, reason=WHY)
        erase(ana, actor=OPERATOR, reason=WHY)
        db.session.commit()
        last = db.session.scalars(select(User).where(User.username == "admin")).one()
        with pytest.raises(NotApplicable, match="without an end"):
            erase(last, actor=OPERATOR, reason=WHY)
        db.session.rollback()
        assert last.is_active


def test_the_page_asks_for_a_reason_and_a_name(app: Flask, sign_in: SignInAs) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        number = wanda().id
    form = {"action": "erase", "rowid": str(number)}
    asked = browser.submit("/admin/user/action/", form)
    assert "Nothing brings it back after that." in asked.text
    wrong = browser.submit("/admin/user/action/", {**form, "reason": WHY, "confirm": "Somebody"})
    assert wrong.status_code == 422
    with app.app_context():
        assert db.session.get_one(User, number).username == "wanda"
    done = browser.submit("/admin/user/action/", {**form, "reason": WHY, "confirm": "Wanda Writer"})
    assert done.status_code == 302
    with app.app_context():
        assert db.session.get_one(User, number).username == f"erased-{number}"
        assert db.session.query(OutboxMail).filter(OutboxMail.user_id == number).count() == 0


def test_the_command_line_writes_the_file_and_forgets(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        number = wanda().id
    target = tmp_path / "wanda.zip"
    assert run(app, "accounts", "data", "wanda", "--to", target).exit_code == 0
    assert opened(target.read_bytes())[0]["account"]["name"] == "Wanda Writer"
    assert target.stat().st_mode & 0o077 == 0
    assert "could not be written" in refusal(run(app, "accounts", "data", "wanda", "--to", target))
    assert "There is no account" in refusal(run(app, "accounts", "data", "nobody.here", "--to", tmp_path / "x"))
    assert run(app, "accounts", "erase", "wanda", "--reason", WHY, typed="n\n").exit_code != 0
    assert run(app, "accounts", "erase", "wanda", "--reason", WHY, "--yes").exit_code == 0
    assert f"erased-{number}" in run(app, "accounts", "list").stdout
    assert refusal(run(app, "accounts", "erase", f"erased-{number}", "--reason", WHY, "--yes"))
    assert "without an end" in refusal(run(app, "accounts", "erase", "admin", "--reason", WHY, "--yes"))
