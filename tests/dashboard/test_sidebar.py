"""The sidebar counts what waits for the person who looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from backoffice.admin.menu import Section, Sidebar
from backoffice.foundation import clock
from backoffice.foundation.database import unit_of_work
from tests import factories
from tests.browser import Browser
from tests.people import person

SignIn = Callable[[str], Browser]


def counts(page: str) -> dict[str, str]:
    """The counts of the sidebar by the address they stand beside."""
    links = re.findall(r'<a href="(/admin/[^"]*)" data-go.*?</a>', page)
    found = {}
    for address in links:
        link = page[page.index(f'<a href="{address}" data-go') :].split("</a>", 1)[0]
        if count := re.search(r"</span>([0-9,+]+)</span>$", link):
            found[address] = count[1]
    return found


def test_each_person_reads_her_own_counts(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(post=factories.post(published=True, author=person("aut")))
        factories.comment(post=factories.post(published=True, author=person("ed")))
        factories.reminder(recipient=person("aut"), due_at=clock.now() - timedelta(hours=1))
        factories.reminder(recipient=person("mo"), due_at=clock.now() + timedelta(hours=1))
    assert counts(sign_in("mo").get("/admin/").text) == {"/admin/moderation/": "2"}
    assert counts(sign_in("aut").get("/admin/").text) == {"/admin/moderation/": "1", "/admin/reminder/": "1"}
    assert counts(sign_in("ed").get("/admin/").text) == {}


def test_a_reminder_of_somebody_else_is_not_counted_even_for_who_sees_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.reminder(recipient=person("mo"), due_at=clock.now() - timedelta(hours=1))
    browser = sign_in("ana")
    assert "Subject" in browser.get("/admin/reminder/").text
    assert counts(browser.get("/admin/").text) == {}


def test_counting_stops_where_nobody_counts_any_more(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sidebar, "most", 2)
    with app.app_context(), unit_of_work():
        for _each in range(4):
            factories.comment()
    assert counts(sign_in("mo").get("/admin/").text) == {"/admin/moderation/": "2+"}


def test_pages_without_a_sidebar_count_nothing(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_in("mo")
    monkeypatch.setattr(Sidebar, "waiting", lambda _self, _sections: pytest.fail("counted"))
    assert browser.get("/blog/").status_code == 200
    assert browser.get("/admin/palette/?query=lamp").status_code == 200


def test_every_place_has_a_letter_of_its_own(app: Flask) -> None:
    letters = app.jinja_env.globals["sidebar"].letters  # type: ignore[attr-defined]
    assert len(set(letters.values())) == len(letters)
    wanted = {"moderation": "m", "comment": "c", "post": "p", "tag": "t", "user": "u", "reminder": "r"}
    assert wanted.items() <= letters.items()
    assert "h" not in letters.values()


def test_a_letter_that_is_taken_gives_way_to_the_next_of_the_word() -> None:
    class View:
        def __init__(self, endpoint: str) -> None:
            self.endpoint = endpoint

        def is_visible(self) -> bool:
            return True

    views = [View(endpoint) for endpoint in ("role", "reminder", "re", "house", "hh")]
    assert Sidebar([(Section("All"), views)]).letters == {"role": "r", "reminder": "e", "house": "o"}
