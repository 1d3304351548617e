"""Rules in the back office: their form, their order, and trying one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation.database import db, unit_of_work
from backoffice.rules.default_rules import DEFAULT_RULES
from backoffice.rules.models import APART, Rule
from backoffice.rules.operations import move_down, move_up
from tests import factories
from tests.browser import Browser, fields_in
from tests.house.every_view import row_ids

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
NEW, TRY = "/admin/rule/new/", "/admin/rule/try/"


def typed(browser: Browser, **fields: str) -> dict[str, Any]:
    """The form for a new rule with these fields filled in."""
    return {**fields_in(browser.get(NEW).text, holding="lines"), "name": "Mine", **fields}


def names(app: Flask) -> list[str]:
    """The rules in their order."""
    with app.app_context():
        return list(db.session.scalars(select(Rule.name).order_by(Rule.position, Rule.id)))


def order(rules: list[Rule]) -> list[str]:
    return [rule.name for rule in sorted(rules, key=lambda rule: (rule.position, rule.id))]


def test_a_new_installation_starts_with_rules_that_hold_and_a_new_rule_stands_last(app: Flask, sign_in: SignIn) -> None:
    assert names(app) == [str(name) for name, _values in DEFAULT_RULES]
    browser = sign_in("ana")
    assert browser.submit(NEW, typed(browser, lines="clowns")).status_code == 302
    assert names(app)[-1] == "Mine"
    with app.app_context():
        assert db.session.scalars(select(Rule.is_active).order_by(Rule.position)).all() == [True] * 5 + [False]


def test_the_list_stands_in_the_order_in_which_rules_are_asked(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context():
        ids = list(db.session.scalars(select(Rule.id).order_by(Rule.position)))
    assert row_ids(browser.get("/admin/rule/").text) == ids
    assert browser.submit(f"/admin/rule/action/{ids[3]}", {"action": "move_up"}).status_code == 302
    assert row_ids(browser.get("/admin/rule/").text) == [ids[0], ids[1], ids[3], ids[2], ids[4]]


@pytest.mark.parametrize(
    ("fields", "column", "sentence"),
    [
        ({"kind": "words"}, "lines", "Write at least one line."),
        ({"kind": "patterns", "lines": "good\n(a"}, "lines", "Line 2 is no pattern: a bracket “(” is not closed: (a"),
        ({"kind": "patterns", "lines": "a*"}, "lines", "Line 1 fits every text."),
        ({"kind": "links"}, "number", "Give a whole number from 0 to 1000."),
        ({"kind": "links", "number": "-1"}, "number", "Give a whole number from 0 to 1000."),
        ({"kind": "score", "number": "101"}, "number", "Give a whole number from 1 to 100."),
        ({"kind": "flood", "number": "3"}, "minutes", "Give a whole number from 1 to 1440."),
        ({"kind": "blocked_domains", "lines": "evil"}, "lines", "Line 1 is no domain"),
    ],
)
def test_what_a_kind_cannot_do_without_is_said_beside_the_field(
    app: Flask, sign_in: SignIn, fields: dict[str, str], column: str, sentence: str
) -> None:
    browser = sign_in("ana")
    form = typed(browser, **fields)
    answer = browser.submit(NEW, form)
    assert answer.status_code == 422
    complaint = re.search(rf'id="{column}-e">.*?</svg>(.*?)</p>', answer.text)
    assert complaint and sentence in complaint.group(1)
    again = fields_in(answer.text, holding="lines")
    assert all(again[name][0] == value for name, value in fields.items())
    assert "Mine" not in names(app)


def test_fields_that_a_kind_does_not_use_may_stay_empty_or_filled(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    assert browser.submit(NEW, typed(browser, kind="new_author", number="1")).status_code == 302
    assert browser.submit(NEW, typed(browser, kind="links", number="1", lines="(a")).status_code == 302


def test_a_rule_moves_past_one_other_whatever_room_there_is(app: Flask) -> None:
    with app.app_context():
        for one in db.session.scalars(select(Rule)):
            db.session.delete(one)
        db.session.flush()
        person = factories.user(roles=["administrator"])
        for positions in ([1, 2, 3, 4], [APART, 2 * APART, 3 * APART, 4 * APART], [5, 5, 5, 5]):
            rules = [factories.rule(name=name, position=place) for name, place in zip("abcd", positions, strict=True)]
            for verb, index, expected in (
                (move_up, 2, "acbd"),
                (move_down, 0, "cabd"),
                (move_up, 3, "cadb"),
                (move_up, 2, "cadb"),
            ):
                verb(rules[index], actor=person)
                assert "".join(order(rules)) == expected, (positions, verb.name, index)
            for one in rules:
                db.session.delete(one)
            db.session.flush()


def test_moving_a_rule_changes_no_other(app: Flask) -> None:
    with app.app_context():
        rules = [factories.rule() for _ in range(4)]
        person = factories.user(roles=["administrator"])
        for _ in range(10):
            move_up(rules[3], actor=person)
            move_down(rules[3], actor=person)
        assert [rule.version for rule in rules[:3]] == [1, 1, 1]


def test_a_rule_is_tried_before_it_is_saved(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(text="About <b>clowns</b> & others")
        factories.comment()
    browser = sign_in("ana")
    answer = browser.submit(f"{TRY}typed/", typed(browser, lines="clowns"))
    assert answer.status_code == 200
    assert "It would hold 1 of the newest 2 comments" in answer.text
    assert "About &lt;b&gt;<mark>clowns</mark>&lt;/b&gt; &amp; others" in answer.text
    assert "Mine" not in names(app)
    wrong = browser.submit(f"{TRY}typed/", typed(browser, kind="patterns", lines="(a"))
    assert wrong.status_code == 422
    assert "Line 1 is no pattern" in wrong.text


def test_a_saved_rule_is_tried_from_its_page(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(text="clowns")
        id = factories.rule(lines="clowns").id
    browser = sign_in("mo")
    assert f'href="{TRY}?id={id}"' in browser.get(f"/admin/rule/details/?id={id}").text
    assert "It would hold 1 of the newest 1 comments" in browser.get(f"{TRY}?id={id}").text
    for number in ("0", "999999", "x", "", "9" * 30):
        assert browser.get(f"{TRY}?id={number}").status_code == 404


def test_who_may_not_see_comments_or_addresses_cannot_try(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        id = factories.rule(kind="blocked_domains", lines="evil.com").id
        blind = factories.user(roles=[factories.role(permissions={"rule.view": "all", "rule.edit": "all"})])
    for who in (blind, "rita"):
        answer = sign_in(who).get(f"{TRY}?id={id}")  # type: ignore[arg-type]
        assert answer.status_code == 403
