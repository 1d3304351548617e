"""Choosing several records by typing: what is chosen stands as tokens, the box holds only what is being typed."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")

TOKENS = "return [...document.querySelectorAll('[aria-label=Chosen] > li')].map((each) => each.textContent.trim())"
SENT = "return document.querySelector('input[name=tags]').value"


def chosen(screen: Screen, *names: str) -> None:
    """Wait until just these stand as tokens."""
    screen.waits(lambda: screen.runs(TOKENS) == list(names) or None, f"{names}, not {screen.runs(TOKENS)}")


@pytest.fixture
def form(gazette: Screen) -> Screen:
    """An editor at the form of a post without tags; two tags are there."""
    id = stock.post(gazette.house, stock.word())
    with gazette.house.opened():
        for name in ("quayside", "quarry"):
            if not stock.factories.db.session.scalar(stock.factories.select(stock.factories.Tag).filter_by(name=name)):
                stock.factories.tag(name=name)
    return gazette.is_signed_in("jonas").goes(f"/admin/post/edit/?id={id}").is_ready()


def test_tags_are_chosen_typed_and_taken_out_without_a_mouse(form: Screen) -> None:
    form.fills("Tags", "quay").one("[role=option]")
    form.types(Keys.ARROW_DOWN, Keys.ENTER)
    chosen(form, "quayside")
    assert form.field("Tags").get_attribute("value") == "", "what is chosen stands in the box as well"
    form.types("quarry", Keys.ENTER)
    chosen(form, "quayside", "quarry")
    form.types("third, fourth")
    chosen(form, "quayside", "quarry", "third")
    assert form.runs(SENT) == "quayside, quarry, third, fourth", "what is not finished would be lost"
    form.types(*[Keys.BACKSPACE] * len("fourth"), Keys.BACKSPACE)
    chosen(form, "quayside", "quarry")
    form.presses("Save and stay").hears("Saved")
    chosen(form, "quarry", "quayside")
    form.presses("Take out: quayside")
    chosen(form, "quarry")
    form.presses("Save and stay").hears("Saved")
    chosen(form, "quarry")


def test_tags_come_back_with_the_draft_of_a_form(form: Screen) -> None:
    address = form.driver.current_url
    form.fills("Tags", "quarry, ").fills("Tags", "unfini").sees("Kept in this browser")
    form.driver.switch_to.new_window("tab")
    form.driver.get(address)
    form.sees("was not saved").presses("Use it")
    chosen(form, "quarry", "unfini")
    assert form.runs(SENT) == "quarry, unfini"
