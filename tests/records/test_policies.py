"""Policies: a closed list with defaults, read in one query and remembered no longer than it holds."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from backoffice.foundation import clock
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l
from backoffice.records.policies import (
    AUDIT_DAYS,
    POLICIES,
    SESSION_IDLE_MINUTES,
    TRASH_DAYS,
    Group,
    Kind,
    Policy,
    Setting,
    told,
    value_of,
)
from tests.house.every_view import statements

pytestmark = pytest.mark.both_databases
YES_OR_NO = Policy("open", Group.KEEPING, _l("Open"), _l("Open"), default=True, kind=Kind.BOOL)
CHOICE = Policy(
    "order",
    Group.KEEPING,
    _l("Order"),
    _l("Order"),
    default="new",
    kind=Kind.CHOICE,
    choices=(("new", _l("Newest first")), ("old", _l("Oldest first"))),
)


def put(policy: Policy, value: Any) -> None:
    with acting(surface="test"):
        db.session.add(Setting(name=policy.name, value=value))
        db.session.flush()


@pytest.mark.parametrize("policy", POLICIES, ids=[policy.name for policy in POLICIES])
def test_a_default_is_a_value_that_may_be_set(policy: Policy) -> None:
    policy.check(policy.default)


def test_names_are_given_once() -> None:
    assert len({policy.name for policy in POLICIES}) == len(POLICIES)


def test_the_default_holds_until_something_is_set(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        assert value_of(TRASH_DAYS) == 30
        put(TRASH_DAYS, 12)
        assert value_of(TRASH_DAYS) == 12
    with app.app_context():
        assert value_of(TRASH_DAYS) == 12
        assert value_of(AUDIT_DAYS) == 0


def test_all_policies_are_one_query_in_a_transaction(app: Flask) -> None:
    with app.app_context(), statements(app) as seen:
        for policy in POLICIES * 3:
            value_of(policy)
        assert len([one for one in seen if "settings" in one]) == 1


def test_what_was_rolled_back_was_never_set(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError), unit_of_work(), db.session.begin_nested():
            put(TRASH_DAYS, 12)
            assert value_of(TRASH_DAYS) == 12
            raise RuntimeError
        assert value_of(TRASH_DAYS) == 30
        with unit_of_work():
            savepoint = db.session.begin_nested()
            put(TRASH_DAYS, 12)
            assert value_of(TRASH_DAYS) == 12
            savepoint.rollback()
            assert value_of(TRASH_DAYS) == 30


def test_what_another_process_set_is_seen_in_the_next_transaction(app: Flask, make_app: Any) -> None:
    other = make_app()
    with app.app_context():
        assert value_of(TRASH_DAYS) == 30
        db.session.rollback()
        with other.app_context(), unit_of_work():
            put(TRASH_DAYS, 12)
        assert value_of(TRASH_DAYS) == 12


@pytest.mark.parametrize("value", [0, 3651, -1, True, "30", 30.0, None])
def test_a_number_out_of_range_is_refused_in_words(app: Flask, value: Any) -> None:
    with app.app_context(), pytest.raises(InvalidInput, match="whole number from 1 to 3650"):
        TRASH_DAYS.check(value)


def test_boxes_and_choices_take_what_they_offer(app: Flask) -> None:
    with app.app_context():
        YES_OR_NO.check(False)
        CHOICE.check("old")
        for policy, value in ((YES_OR_NO, 1), (YES_OR_NO, "y"), (CHOICE, "other"), (CHOICE, None)):
            with pytest.raises(InvalidInput):
                policy.check(value)


def test_a_row_written_by_hand_cannot_switch_a_policy_off(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        db.session.connection().execute(
            Setting.__table__.insert().values(  # type: ignore[attr-defined]
                name="trash_days", value="never", created_at=clock.now(), updated_at=clock.now(), version=1
            )
        )
        assert value_of(TRASH_DAYS) == 30


def test_amounts_are_told_in_words(app: Flask) -> None:
    with app.test_request_context():
        assert told(TRASH_DAYS, 1) == "1 day"
        assert told(AUDIT_DAYS, 0) == "for ever"
        assert told(SESSION_IDLE_MINUTES, 10080) == "10,080 minutes (7 days)"
        assert told(SESSION_IDLE_MINUTES, 90) == "90 minutes"
        assert told(SESSION_IDLE_MINUTES, 120) == "120 minutes (2 hours)"
        assert told(YES_OR_NO, True) == "yes"
        assert told(CHOICE, "old") == "Oldest first"
        with force_locale("de"):
            assert told(TRASH_DAYS, 30) == "30 Tage"


@pytest.mark.parametrize(
    ("locale", "days"),
    [("pt", "30 dias"), ("ar", "30 يومًا"), ("de", "30 Tage"), ("fr", "30\xa0jours"), ("es", "30 días")],
)
def test_days_are_days_in_every_language(app: Flask, locale: str, days: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert told(TRASH_DAYS, 30) == days


@pytest.mark.parametrize(("value", "is_good"), [(0, True), (30, True), (29, False), (1, False), (-1, False)])
def test_entries_are_kept_for_ever_or_long_enough_to_be_missed(value: int, is_good: bool) -> None:
    if is_good:
        AUDIT_DAYS.check(value)
    else:
        with pytest.raises(InvalidInput):
            AUDIT_DAYS.check(value)
