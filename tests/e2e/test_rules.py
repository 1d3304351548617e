"""Making a rule, trying it before it is saved, and what it then does to a reader; scripts are off."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from backoffice.foundation.database import db
from backoffice.rules.models import Rule
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-plain")


def shown(plain: Screen) -> set[str]:
    """Which of two fields that no kind of rule has together can be seen."""
    fields = {name: plain.driver.find_element("name", name) for name in ("lines", "minutes")}
    return {name for name, field in fields.items() if field.is_displayed()}


def test_an_administrator_makes_a_rule_tries_it_and_switches_it_on(plain: Screen) -> None:
    word = stock.word()
    stock.comments(plain.house, word, 2)
    plain.is_signed_in("mira").goes("/admin/rule/new/")
    assert shown(plain) == {"lines"}
    plain.fills("kind", "flood")
    assert shown(plain) == {"minutes"}
    plain.fills("kind", "words").fills("name", f"No {word}").fills("lines", word)
    before = plain.driver.current_window_handle
    plain.presses("Try")
    plain.waits(lambda: len(plain.driver.window_handles) == 2 or None)
    plain.driver.switch_to.window(next(each for each in plain.driver.window_handles if each != before))
    plain.sees("It would hold 2 of")
    assert {mark.text for mark in plain.all("mark")} == {word}
    plain.driver.close()
    plain.driver.switch_to.window(before)
    assert plain.field("lines").get_attribute("value") == word, "what was typed is still there"
    plain.presses("Save").hears("Saved")
    with plain.house.opened():
        id = db.session.scalars(select(Rule.id).where(Rule.name == f"No {word}")).one()
    plain.does("switch_on", id).hears("Switched on")
    with plain.house.opened():
        assert db.session.get_one(Rule, id).is_active
    plain.does("switch_off", id).hears("Switched off")
