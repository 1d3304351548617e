"""The list of every managed view: paging, sorting, searching, filters, size and the number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect

from backoffice.admin import filters
from backoffice.admin.columns import Column
from backoffice.foundation.database import UTCDateTime, unit_of_work
from backoffice.foundation.search import Searchable
from tests.browser import Browser
from tests.house.every_view import (
    BASE,
    all_ids,
    every_view,
    live,
    made,
    make,
    record,
    row_ids,
    set_word,
    shown,
    statements,
    url,
    varied,
    walked,
)

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def searched_columns(view: Any) -> list[str]:
    """The columns that the search box of the view looks into."""
    names = view.model.searched if issubclass(view.model, Searchable) else view.column_searchable_list or ()
    return [name for name in names if not Column(view.model, name).info.get("derived")]


@every_view("view")
def test_an_empty_list_says_so(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    page = browser.get(url(view))
    assert page.status_code == 200
    assert row_ids(page.text) or "bo-empty" in page.text
    nothing = browser.get(url(view, "?search=zzznobodywritesthis"))
    if searched_columns(view):
        assert not row_ids(nothing.text)
        assert "Nothing matches" in nothing.text


@every_view("view")
def test_a_list_shows_its_records_with_number_and_status(app: Flask, sign_in: SignIn, view: Any) -> None:
    ids = made(app, view, 3)
    page = sign_in("ana").get(url(view, "?page_size=100")).text
    assert set(ids) <= set(row_ids(page))
    if "status" in inspect(view.model).column_attrs:
        with app.app_context():
            for id in ids:
                assert f"<tr data-id={id} data-status={record(view, id).status.value}>" in page


@every_view("view")
def test_every_sort_reaches_each_record_once_forth_and_back(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 45)
    everything, sorts = all_ids(app, view), live(app, view).sortable() or ["id"]
    for name in sorts:
        up, last = walked(browser, url(view, f"?page_size=20&sort={name}&desc=0"))
        assert sorted(up) == sorted(everything), f"sorted by {name} some records are lost or doubled"
        back, _first = walked(browser, last, rel="prev")
        assert back == up, f"sorted by {name} the way back differs"
        down, last = walked(browser, url(view, f"?page_size=20&sort={name}&desc=1"))
        assert down == up[::-1], f"sorted by {name} downwards is not upwards turned round"
        back, _first = walked(browser, last, rel="prev")
        assert back == down, f"sorted by {name} downwards the way back differs"
        numbered = [id for page in (1, 2, 3, 4) for id in row_ids(_page(browser, view, name, page))]
        assert numbered == down[: len(numbered)], f"pages by number differ when sorted by {name}"
        if isinstance(Column(view.model, name).type, UTCDateTime):
            _assert_rising(app, view, name, up)


def _page(browser: Browser, view: Any, name: str, number: int) -> str:
    return browser.get(url(view, f"?page_size=20&sort={name}&desc=1&page={number}")).text


def _assert_rising(app: Flask, view: Any, name: str, ids: list[int]) -> None:
    with app.app_context():
        moments = [getattr(record(view, id), name) for id in ids]
    filled = [moment for moment in moments if moment is not None]
    assert moments == [None] * (len(moments) - len(filled)) + sorted(filled)


@every_view("view", where=lambda view: bool(searched_columns(view)))
def test_the_search_finds_words_in_every_searched_column(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser, wanted = sign_in("ana"), {}
    with app.app_context(), unit_of_work():
        make(view)
        for position, name in enumerate(searched_columns(view)):
            one = make(view)
            word = f"quizzical{'abcdefgh'[position]}"
            set_word(one, name, word)
            wanted[word] = one
        found = {word: one.id for word, one in wanted.items()}
    for word, id in found.items():
        assert shown(browser, view, f"search={word}") == [id]
        assert shown(browser, view, f"search={word.upper()}") == [id], "case makes a difference"
    assert sorted(shown(browser, view, "search=quizzical")) == sorted(found.values()), "the beginning of a word"


@every_view("view", where=lambda view: bool(view.column_filters))
def test_every_filter_finds_just_what_it_says(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 18)
    everything = sorted(all_ids(app, view))
    for name in view.column_filters:
        each = filters.filter_for(Column(view.model, name), live(app, view).pickers.get(name))
        with app.app_context():
            cases = _cases(view, each, [record(view, id) for id in everything])
        for query, wanted in cases.items():
            assert sorted(shown(browser, view, query)) == wanted, f"the filter {query}"
            is_in_force = "Remove filter" in browser.get(url(view, f"?{query}")).text
            assert is_in_force == ("nonsense" not in query), f"the pill of {query}"


def _cases(view: Any, each: filters.Filter, records: list[Any]) -> dict[str, list[int]]:
    """Queries for a filter, and the records that Python picks for them."""
    name = each.column.name

    def ids(fits: Callable[[Any], bool]) -> list[int]:
        return sorted(one.id for one in records if fits(getattr(one, name)))

    everything = sorted(one.id for one in records)
    if isinstance(each, filters.Choice):
        found = {
            f"{each.name}={value}": ids(
                lambda held, value=value: held == (value == "1" if held in (True, False) else value)
            )
            for value, _label in each.choices()
        }
        return {**found, f"{each.name}=nonsense": everything}
    if isinstance(each, filters.Period):
        first, last = (BASE + timedelta(days=number) for number in (2, 4))
        start = first.replace(hour=0)
        end = (last + timedelta(days=1)).replace(hour=0)
        return {
            f"{each.name}_from={first:%Y-%m-%d}": ids(lambda held: held is not None and held >= start),
            f"{each.name}_to={last:%Y-%m-%d}": ids(lambda held: held is not None and held < end),
            f"{each.name}_from={first:%Y-%m-%d}&{each.name}_to={last:%Y-%m-%d}": ids(
                lambda held: held is not None and start <= held < end
            ),
            f"{each.name}_from=nonsense": everything,
        }
    if isinstance(each, filters.Related):
        sample = next(value for one in records if (value := _one(getattr(one, name))))
        return {
            f"{each.name}={each.picker.handle(sample)}": ids(
                lambda held: sample in held if each.column.is_many else held is sample
            ),
            f"{each.name}=nobodyiscalledthis": [],
        }
    sample = next(value for one in records if (value := getattr(one, name)))
    return {f"{each.name}={sample}": ids(lambda held: held == sample), f"{each.name}=nobodyhasthis": []}


def _one(value: Any) -> Any:
    return next(iter(value), None) if isinstance(value, list) else value


@every_view("view")
def test_a_list_asks_as_few_questions_for_fifty_rows_as_for_one(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    made(app, view, 1)
    browser.get(url(view))
    with statements(app) as few:
        browser.get(url(view, "?page_size=50"))
    with app.app_context(), unit_of_work():
        varied(view, 52)
    with statements(app) as many:
        page = browser.get(url(view, "?page_size=50"))
    assert len(row_ids(page.text)) == 50
    assert len(many) <= len(few) + 2, "\n".join(many)
    assert len(many) <= 14, "\n".join(many)


@every_view("view")
def test_fifty_rows_stay_under_sixty_kibibytes(app: Flask, sign_in: SignIn, view: Any) -> None:
    with app.app_context(), unit_of_work():
        for one in varied(view, 50):
            for name, times in (("text", 3), ("summary", 3), ("description", 2), ("subject", 1)):
                if hasattr(one, name):
                    setattr(one, name, "Half of what readers write is longer than one line of a list. " * times)
    page = sign_in("ana").get(url(view, "?page_size=50"))
    assert len(row_ids(page.text)) == 50
    assert len(page.data) < 60 * 1024, f"{len(page.data)} bytes"


@every_view("view")
def test_a_list_answers_in_every_width_of_page(app: Flask, sign_in: SignIn, view: Any) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        varied(view, 55)
    for size in (20, 50):
        assert len(row_ids(browser.get(url(view, f"?page_size={size}")).text)) == size
    assert len(row_ids(browser.get(url(view, "?page_size=7")).text)) == 50
