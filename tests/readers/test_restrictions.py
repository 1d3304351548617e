"""Bans, warnings and holds: whom they meet, for how long, and who may make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.readers import restrictions
from backoffice.readers.models import Measure, Restriction
from backoffice.readers.operations import establish, lift
from backoffice.readers.subjects import Subject
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
DAY = timedelta(days=1)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        (Subject.EMAIL, "rude@mail.example.org"),
        (Subject.DOMAIN, "mail.example.org"),
        (Subject.DOMAIN, "example.org"),
        (Subject.NETWORK, "192.0.2.7/32"),
        (Subject.NETWORK, "192.0.2.0/24"),
        (Subject.NETWORK, "192.0.0.0/8"),
    ],
)
def test_one_query_finds_what_holds_for_a_writer(app: Flask, subject: Subject, value: str) -> None:
    with app.app_context():
        one = factories.restriction(known_by=subject, value=value)
        for other in ("rude@other.example.org", "rude@mail.example.com"):
            factories.restriction(known_by=Subject.EMAIL, value=other)
        factories.restriction(known_by=Subject.DOMAIN, value="l.example.org")
        factories.restriction(known_by=Subject.NETWORK, value="192.0.2.8/32")
        with counted() as sent:
            found = restrictions.on(email="Rude@mail.example.org", address="192.0.2.7")
        assert [each.id for each in found] == [one.id]
        assert len(sent) == 1


def test_an_account_is_met_under_whatever_name_it_goes_now(app: Flask) -> None:
    with app.app_context():
        dara = factories.user(username="dara")
        one = factories.restriction(known_by=Subject.ACCOUNT, value="dara", account_id=dara.id)
        dara.username = "sara"
        assert [each.id for each in restrictions.on(account_id=dara.id)] == [one.id]
        assert restrictions.on(account_id=dara.id + 1) == []


def test_nobody_is_looked_for_without_a_query(app: Flask) -> None:
    with app.app_context(), counted() as sent:
        assert restrictions.on() == restrictions.on(email="", address="") == []
        assert sent == []


def test_a_ban_ends_by_itself(app: Flask) -> None:
    with app.app_context():
        factories.restriction(value="rude@example.org", until=clock.now() + DAY)
        assert restrictions.on(email="rude@example.org")
        assert restrictions.on(email="rude@example.org", now=clock.now() + DAY) == []


def test_a_warning_that_was_read_holds_no_more(app: Flask) -> None:
    with app.app_context():
        one = factories.restriction(value="rude@example.org", measure=Measure.WARN)
        assert restrictions.on(email="rude@example.org") == [one]
        one.acknowledged_at = clock.now()
        assert restrictions.on(email="rude@example.org") == []


def test_a_ban_comes_before_a_warning_and_a_hold(app: Flask) -> None:
    with app.app_context():
        for measure in (Measure.HOLD, Measure.WARN, Measure.BAN):
            factories.restriction(value="rude@example.org", measure=measure)
        found = restrictions.on(email="rude@example.org")
        assert [each.measure for each in found] == [Measure.BAN, Measure.WARN, Measure.HOLD]


def test_a_ban_that_was_lifted_holds_no_more_and_stays_in_the_list(app: Flask) -> None:
    with app.app_context():
        one = factories.restriction(value="rude@example.org")
        lift(one, actor=factories.user(roles=["moderator"]))
        assert restrictions.on(email="rude@example.org") == []
        assert db.session.get(Restriction, one.id) is one


@pytest.mark.parametrize("subject", [Subject.ACCOUNT, Subject.EMAIL])
def test_staff_cannot_be_banned(app: Flask, subject: Subject) -> None:
    with app.app_context():
        mo = factories.user(roles=["moderator"])
        value = mo.username if subject is Subject.ACCOUNT else mo.email
        made = Restriction(measure=Measure.BAN, known_by=subject, value=value, reason="x")
        with pytest.raises(InvalidInput, match="works here"):
            establish(made, actor=factories.user(roles=["administrator"]))


def test_an_account_without_rights_can_be_banned(app: Flask) -> None:
    with app.app_context():
        dara = factories.user()
        made = Restriction(measure=Measure.BAN, known_by=Subject.ACCOUNT, value=dara.username.upper(), reason="x")
        establish(made, actor=factories.user(roles=["administrator"]))
        assert (made.account, made.value) == (dara, dara.username)


def test_who_may_not_see_contact_data_cannot_ban_by_it(app: Flask) -> None:
    with app.app_context():
        role = factories.role(permissions={"restriction.create": "all"})
        made = Restriction(measure=Measure.BAN, known_by=Subject.EMAIL, value="rude@example.org", reason="x")
        with pytest.raises(NotAllowed):
            establish(made, actor=factories.user(roles=[role]))


def test_a_restriction_made_by_hand_is_stored_in_one_spelling(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("mo")
    fields = {"measure": "ban", "known_by": "network", "value": "192.0.2.77/24", "reason": "Flood", "until": ""}
    assert browser.submit("/admin/restriction/new/", fields).status_code == 302
    with app.app_context():
        assert restrictions.on(address="192.0.2.1")[0].value == "192.0.2.0/24"
    fields = {**fields, "known_by": "domain", "value": "everybody"}
    page = browser.submit("/admin/restriction/new/", fields)
    assert page.status_code == 422
    assert "Give a domain" in page.text


def test_the_title_of_a_restriction_tells_no_contact_data(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        assert "rude" not in factories.restriction(value="rude@example.org").title_text
