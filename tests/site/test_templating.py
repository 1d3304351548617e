"""Moments and numbers as the reader says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import get_babel

from backoffice.foundation import clock
from backoffice.site import templating

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def tuesday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still at NOW."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.mark.usefixtures("tuesday_noon")
@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (NOW, "just now"),
        (NOW - timedelta(seconds=59), "just now"),
        (NOW - timedelta(minutes=5), "5 min. ago"),
        (NOW - timedelta(hours=3), "3 hr. ago"),
        (NOW - timedelta(hours=13), "Mon 23:00"),
        (NOW - timedelta(days=5), "Thu 12:00"),
        (NOW - timedelta(days=30), "8 Feb"),
        (NOW - timedelta(days=400), "3 Feb 2025"),
        (NOW + timedelta(hours=2), "14:00"),
        (NOW + timedelta(days=2), "12 Mar 12:00"),
        (NOW + timedelta(days=400), "14 Apr 2027 12:00"),
    ],
)
def test_a_moment_is_told_as_a_colleague_would(app: Flask, moment: datetime, said: str) -> None:
    with app.test_request_context():
        assert templating.when(moment).replace("\u202f", " ") == said


@pytest.mark.usefixtures("tuesday_noon")
def test_a_moment_is_told_in_the_zone_of_the_reader(app: Flask) -> None:
    with app.test_request_context():
        assert templating.when(NOW - timedelta(hours=13)) == "Mon 23:00"
    with app.test_request_context():
        get_babel().timezone_selector = lambda: "Asia/Tokyo"
        assert templating.when(NOW - timedelta(hours=13)) == "Tue 08:00", "told in the zone of somebody else"
        assert "9:00" in templating.moment(NOW)
        assert templating.utc(NOW) == "2026-03-10 12:00:00 UTC"
        assert templating.iso(NOW) == "2026-03-10T12:00:00Z"


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "pt", "ar"])
def test_every_language_tells_every_storable_moment(app: Flask, locale: str) -> None:
    extremes = [datetime(1970, 1, 1, tzinfo=UTC), NOW, datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)]
    with app.test_request_context(f"/?lang={locale}"):
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
            get_babel().timezone_selector = lambda zone=zone: zone
            for moment in extremes:
                for filter_ in (
                    templating.when,
                    templating.moment,
                    templating.day,
                    templating.clock_time,
                    templating.ago,
                ):
                    assert filter_(moment)


def test_numbers_have_the_digits_and_separators_of_the_reader(app: Flask) -> None:
    said = {}
    for locale in ("en", "de", "ar"):
        with app.test_request_context(f"/?lang={locale}"):
            said[locale] = templating.number(1234567)
    assert said["en"] == "1,234,567"
    assert said["de"] == "1.234.567"


def test_a_static_file_has_the_stamp_of_its_content(app: Flask) -> None:
    with app.test_request_context():
        address = templating.static("admin/tokens.css")
        assert address.startswith("/static/admin/tokens.css?v=")
        assert len(address.split("v=")[1]) == 10
        assert templating.static("nothing.css").endswith("?v=0")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("المقال", '"المقال"'),
        ("Últ. alteração", '"Últ\\2e  alteração"'),
        ('a"b\\c', '"a\\22 b\\5c c"'),
        ("</style>", '"\\3c \\2f style\\3e "'),
    ],
)
def test_a_text_stands_in_a_style_sheet_as_it_is_and_cannot_leave_it(text: str, written: str) -> None:
    assert templating.css_string(text) == written
