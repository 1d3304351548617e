"""A moment typed in the reader's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask_babel import get_babel
from werkzeug.datastructures import MultiDict
from wtforms import Form

from backoffice.foundation.fields import MomentField


class WhenForm(Form):
    """One moment."""

    at = MomentField("At")


@pytest.fixture
def in_berlin(app: Flask) -> Iterator[None]:
    """The reader lives in Berlin."""
    with app.test_request_context():
        get_babel().timezone_selector = lambda: "Europe/Berlin"
        yield


def read(text: str, before: datetime | None = None) -> Any:
    """The form after somebody typed this where that stood."""
    form = WhenForm(MultiDict({"at": text}), at=before)
    form.validate()
    return form.at


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-01-15T09:30", datetime(2026, 1, 15, 8, 30, tzinfo=UTC)),
        ("2026-07-15T09:30", datetime(2026, 7, 15, 7, 30, tzinfo=UTC)),
        ("2026-07-15 09:30:15", datetime(2026, 7, 15, 7, 30, 15, tzinfo=UTC)),
        ("2026-07-15T09:30Z", datetime(2026, 7, 15, 9, 30, tzinfo=UTC)),
        ("2026-07-15T09:30:00+02:00", datetime(2026, 7, 15, 7, 30, tzinfo=UTC)),
        ("2028-02-29T12:00", datetime(2028, 2, 29, 11, 0, tzinfo=UTC)),
        # The clocks go back on that day: 02:30 comes twice, and the first is meant.
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_zone_of_the_reader(typed: str, meant: datetime) -> None:
    field = read(typed)
    assert not field.errors
    assert field.data == meant


@pytest.mark.usefixtures("in_berlin")
@pytest.mark.parametrize(
    "typed",
    ["2026-03-29T02:30", "2026-02-29T10:00", "soon", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59",
     "1969-12-31T12:00", "2150-01-01T00:00Z", "2026-01-15", "2026-01-15T25:00", "\u0662-01-15T09:30x"],
)  # fmt: skip
def test_a_time_that_is_none_is_refused_in_words(typed: str) -> None:
    field = read(typed)
    assert field.errors
    assert field.data is None or field.data.tzinfo
    assert field._value() == typed, "what was typed is lost"


@pytest.mark.usefixtures("in_berlin")
def test_a_time_the_clocks_skip_comes_with_another_that_exists() -> None:
    assert "03:30" in str(read("2026-03-29T02:30").errors[0])


@pytest.mark.usefixtures("in_berlin")
def test_what_was_shown_and_not_touched_stays_as_it_was() -> None:
    for before in (
        datetime(2026, 7, 15, 7, 30, 15, 250, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, 59, tzinfo=UTC),  # the second 02:30 of that night
    ):
        shown = WhenForm(at=before).at._value()
        assert read(shown, before).data == before
    assert read("2026-07-15T09:31", datetime(2026, 7, 15, 7, 30, 15, tzinfo=UTC)).data.second == 0


@pytest.mark.usefixtures("in_berlin")
def test_an_empty_field_means_no_moment() -> None:
    assert read("").data is None
    assert read("   ").data is None
    assert WhenForm().at._value() == ""


@pytest.mark.usefixtures("in_berlin")
def test_the_field_names_its_zone() -> None:
    assert WhenForm().at.zone_name == "Europe/Berlin"
    assert WhenForm(at=datetime(2026, 7, 15, 7, 30, tzinfo=UTC)).at._value() == "2026-07-15T09:30"
