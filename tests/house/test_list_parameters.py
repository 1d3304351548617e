"""Whatever an address says, a list answers: never with an error of ours, and quickly."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from backoffice.admin import filters
from backoffice.admin.columns import Column
from backoffice.foundation.database import unit_of_work
from tests.browser import Browser
from tests.house.every_view import every_view, live, url, varied

both_databases = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
#: As they stand in an address. The ninth is half of a surrogate pair, which no text may hold.
VALUES = (
    "-1", "0", str(2**31), str(2**63), str(10**30), "abc", "1,2", "%00", "%ED%A0%80", "x" * 10_000, "%F0%9F%9A%A2",
    quote("' OR 1=1 --"), "%25_%5C%22*()", quote("2026-02-30"), "9999-12-31", "0001-01-01",
)  # fmt: skip
#: Work for one answer, not counting that other programs keep the processor busy.
SECONDS = 2.0


#: What the machinery reads without asking the view; behind them what Flask itself would read, if a list handed the
#: names of its address on.
SHARED = ("page", "page_size", "desc", "url", "lang", "endpoint", "_external", "_scheme", "_method", "_anchor")


def parameters_of(app: Flask, view: Any) -> list[str]:
    """Everything that the list reads from its address."""
    return [*SHARED, *own_parameters_of(app, view)]


def own_parameters_of(app: Flask, view: Any) -> list[str]:
    """What means something else in each list."""
    found = ["sort", "search", "at", "after", "before", "columns"]
    for name in view.column_filters or ():
        found += filters.filter_for(Column(view.model, name), live(app, view).pickers.get(name)).arguments()
    return found


def assert_answers(browser: Browser, address: str) -> None:
    """The address gives a page or a refusal, within two seconds."""
    began = time.thread_time()
    answer = browser.get(address)
    took = time.thread_time() - began
    assert answer.status_code < 500, address[:300]
    assert took < SECONDS, f"{address[:300]} took {took:.1f} s"


@every_view("view")
def test_nonsense_in_one_parameter_is_borne(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 5)
    names = parameters_of(app, view) if view.model.resource == "comment" else own_parameters_of(app, view)
    for name in names:
        for value in VALUES:
            assert_answers(browser, url(view, f"?{name}={value}"))


@both_databases
@every_view("view")
def test_nonsense_in_all_parameters_at_once_is_borne(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, names = sign_in("ana"), parameters_of(app, view)
    with app.app_context(), unit_of_work():
        varied(view, 5)
    for value in VALUES:
        assert_answers(browser, url(view, "?" + "&".join(f"{name}={value}" for name in names if len(value) < 999)))
    for name in (*names, "nothing"):
        assert_answers(browser, url(view, "?" + f"{name}=a&" * 1500))
    assert_answers(browser, url(view, "?search=" + "+".join(f"w{number}" for number in range(1500))))


@both_databases
@every_view("view")
def test_nonsense_in_the_address_of_a_record_is_borne(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    for value in VALUES:
        for page in ("edit/", "details/", "new/"):
            assert_answers(browser, url(view, f"{page}?id={value}&url={value}&lang={value}"))
        for name in view.choosing:
            query = f"name={name}&query={value}&limit={value}&offset={value}"
            assert_answers(browser, url(view, f"ajax/lookup/?{query}"))
        assert browser.get(url(view, f"export/{value}/")).status_code == (404 if "export" in view.verbs else 403)


@both_databases
@every_view("export")
def test_nonsense_in_the_address_of_an_export_is_borne(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 5)
    for value in VALUES:
        query = "&".join(
            f"{name}={value}" for name in ("sort", "desc", "search", "columns", "after") if len(value) < 999
        )
        assert_answers(browser, url(view, f"export/csv/?{query}"))


@both_databases
@every_view("view")
def test_nonsense_posted_to_an_operation_is_borne(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    names = ["nothing", *(operation.name for operation in live(app, view).all_operations)]
    bodies = [value for value in VALUES if len(value) < 999]
    for name in names:
        for body in bodies:
            fields = (
                f"csrf_token={quote(browser.token())}&action={name}&rowid={body}&version={body}&reason={body}&at={body}"
            )
            answer = browser.post(url(view, "action/"), data=fields, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, (name, body)
