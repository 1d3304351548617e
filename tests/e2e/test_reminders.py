"""Reminders in a browser: one line, the form, the bell, the calendar by keys, and all of it without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.reminders.models import Reminder
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


def saved(screen: Screen, subject: str) -> Reminder | None:
    """The reminder of this subject, as the database has it."""
    with screen.house.opened():
        found: Reminder | None = db.session.scalar(select(Reminder).where(Reminder.subject == subject))
        return found


def due(screen: Screen, subject: str, username: str = "ana") -> int:
    """A reminder that is due since an hour."""
    with screen.house.opened():
        person = db.session.scalar(select(User).where(User.username == username))
        return int(
            stock.factories.reminder(subject=subject, recipient=person, due_at=clock.now() - timedelta(hours=1)).id
        )


def test_a_line_becomes_a_reminder_after_it_told_what_it_understood(gazette: Screen) -> None:
    word = stock.word()
    gazette.is_signed_in("ana").goes("/admin/reminder/")
    gazette.fills("line", f"Call {word} tomorrow 9:00").sees(f"“Call {word}”")
    assert saved(gazette, f"Call {word}") is None
    gazette.presses("Add").hears("Saved", word)
    assert saved(gazette, f"Call {word}") is not None


def test_the_form_tells_what_words_and_a_rule_mean_while_one_types(gazette: Screen) -> None:
    word = stock.word()
    gazette.is_signed_in("ana").goes("/admin/reminder/new/")
    gazette.fills("subject", word).fills("local_at.words", "tomorrow 9:00")
    clock_field = gazette.driver.find_element(By.NAME, "local_at")
    gazette.waits(lambda: (clock_field.get_attribute("value") or "").endswith("T09:00"))
    gazette.fills("rule.every", "day")
    gazette.waits(lambda: len([each for each in gazette.all("[data-coming] li") if each.is_displayed()]) == 5)
    gazette.presses("Save").hears("Saved", word)
    reminder = saved(gazette, word)
    assert reminder is not None
    assert reminder.rule == "FREQ=DAILY"


def test_the_bell_opens_a_list_of_what_is_due(gazette: Screen) -> None:
    word = stock.word()
    due(gazette, word)
    gazette.is_signed_in("ana").goes("/admin/comment/")
    gazette.driver.find_element(By.CSS_SELECTOR, "[data-bell] summary").click()
    gazette.sees(word)


def test_the_calendar_is_walked_by_arrows(gazette: Screen) -> None:
    gazette.is_signed_in("ana").goes("/admin/reminder/calendar/?month=2031-03")
    day = gazette.driver.find_element(By.CSS_SELECTOR, '[data-day="2031-03-05"]')
    gazette.driver.execute_script("arguments[0].focus()", day)
    for key, place in (
        (Keys.ARROW_RIGHT, "2031-03-06"),
        (Keys.ARROW_DOWN, "2031-03-13"),
        (Keys.ARROW_LEFT, "2031-03-12"),
    ):
        gazette.driver.switch_to.active_element.send_keys(key)
        assert gazette.driver.switch_to.active_element.get_attribute("data-day") == place
    gazette.driver.switch_to.active_element.send_keys(Keys.PAGE_DOWN)
    gazette.waits(lambda: "month=2031-04" in gazette.driver.current_url)


def test_without_scripts_a_reminder_is_written_in_words_and_put_off(plain: Screen) -> None:
    word = stock.word()
    plain.is_signed_in("ana").goes("/admin/reminder/new/")
    plain.fills("subject", word).fills("local_at.words", "tomorrow 9:00").presses("Save").sees("Understood as")
    assert saved(plain, word) is None
    plain.presses("Save").hears("Saved", word)
    late = stock.word()
    id = due(plain, late)
    plain.goes("/admin/reminder/due/")
    plain.driver.find_element(By.CSS_SELECTOR, f'li[data-id="{id}"] summary').click()
    plain.presses("In 1 hour").hears("Alarm snoozed, still due as before", late)
