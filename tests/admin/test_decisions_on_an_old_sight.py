"""Two people at one list: the second decision on a record is told who was faster, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from backoffice.comments.models import Comment
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
LIST, ACTION = "/admin/comment/", "/admin/comment/action/"
SCRIPT = {"X-Requested-With": "fetch"}


def made(app: Flask, many: int) -> list[int]:
    with app.app_context(), unit_of_work():
        return [factories.comment().id for _time in range(many)]


def status(app: Flask, id: int) -> str:
    with app.app_context():
        return db.session.get_one(Comment, id).status.value


def seen(browser: Browser) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', browser.get(LIST).text)
    assert found
    return found.group(1)


def decide(browser: Browser, action: str, *ids: int, **more: str) -> Any:
    return browser.submit(ACTION, {"action": action, "rowid": [str(id) for id in ids], **more}, headers=SCRIPT)


def test_one_that_somebody_decided_is_refused_with_who_and_what(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app, 1)
    mo, ana = sign_in("mo"), sign_in("ana")
    sight = seen(mo)
    decide(ana, "reject", id)
    answer = decide(mo, "approve", id, seen=sight)
    assert answer.status_code == 409
    assert "ana was faster: Rejected" in answer.json["message"]
    assert status(app, id) == "rejected"


def test_of_many_it_is_left_out_and_named(app: Flask, sign_in: SignIn) -> None:
    first, second = made(app, 2)
    mo, ana = sign_in("mo"), sign_in("ana")
    sight = seen(mo)
    decide(ana, "spam", first)
    answer = decide(mo, "approve", first, second, seen=sight)
    assert answer.status_code == 200
    assert "ana was faster: Marked as spam" in answer.json["message"]
    assert (status(app, first), status(app, second)) == ("spam", "approved")


def test_nobody_stands_in_her_own_way(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app, 1)
    mo = sign_in("mo")
    sight = seen(mo)
    decide(mo, "approve", id, seen=sight)
    assert decide(mo, "reject", id, seen=sight).status_code == 200
    assert status(app, id) == "rejected"


def test_a_fresh_sight_decides_again(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app, 1)
    mo, ana = sign_in("mo"), sign_in("ana")
    decide(ana, "reject", id)
    assert decide(mo, "approve", id, seen=seen(mo)).status_code == 200
    assert status(app, id) == "approved"


@pytest.mark.parametrize("text", ["", "yesterday", "nan", "inf", "-1", "1e300", "99999999999", "2026-01-01T00:00:00"])
def test_nonsense_for_a_moment_hinders_nobody(app: Flask, sign_in: SignIn, text: str) -> None:
    (id,) = made(app, 1)
    assert decide(sign_in("mo"), "approve", id, seen=text).status_code == 200


def test_the_page_that_asks_for_inputs_remembers_the_sight(app: Flask, sign_in: SignIn) -> None:
    (id,) = made(app, 1)
    mo = sign_in("mo")
    sight = seen(mo)
    page = mo.submit(ACTION, {"action": "reject", "rowid": str(id), "seen": sight, "reason": "x" * 501}).text
    assert f'name="seen" value="{sight}"' in page
