"""Which language a person reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask, render_template_string, session
from flask_babel import force_locale, get_locale

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.i18n import LOCALES, known_locale, negotiated_locale, speaking
from backoffice.site.language import select_locale
from backoffice.site.templating import when
from tests.browser import Browser

JUNK = [
    "",
    "xx",
    "../../etc",
    "de/../en",
    "de\x00",
    "d" * 500,
    "de;q=1",
    "zz-ZZ",
    "*",
    "-",
    "_",
    "%s",
    "<b>",
    "1",
    "i-klingon",
]


def language_of(page: str) -> str:
    """The language a page says it is in."""
    return page.split('<html lang="', 1)[1].split('"', 1)[0]


@pytest.mark.parametrize("tag", JUNK)
def test_junk_is_no_language_wherever_it_comes_from(app: Flask, tag: str) -> None:
    assert known_locale(tag) is None
    with app.test_request_context("/", query_string={"lang": tag}, headers={"Accept-Language": "de"}):
        session["locale"] = tag
        assert select_locale() == "de"


@pytest.mark.parametrize("tag", JUNK)
def test_no_address_with_a_junk_language_breaks(client: Browser, tag: str) -> None:
    answer = client.get("/auth/login", query_string={"lang": tag})
    assert (answer.status_code, language_of(answer.text)) == (200, "en")


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("de-AT", "de"), ("de_CH", "de"), ("DE", "de"), ("pt-BR", "pt"), ("pt-PT", "pt"), ("es-419", "es"),
        ("ar-EG", "ar"), ("ar-Latn", "ar"), ("fr-Latn-CA", "fr"), ("en-GB", "en"),
        ("zh-TW", None), ("zh-Hant-TW", None), ("iw", None), ("no", None),
    ],
)  # fmt: skip
def test_a_tag_means_the_closest_language_that_is_offered(tag: str, locale: str | None) -> None:
    assert known_locale(tag) == locale


def test_old_and_chinese_tags_find_their_language_where_it_is_offered() -> None:
    offered = ("en", "he", "nb", "zh_Hant", "zh_Hans", "pt_BR", "pt")
    asked = ("iw", "no", "zh-TW", "zh-CN", "zh-Hant-HK", "pt-BR", "pt-AO")
    assert [known_locale(tag, offered) for tag in asked] == ["he", "nb", "zh_Hant", "zh_Hans", "zh_Hant", "pt_BR", "pt"]


def test_the_browser_is_asked_in_its_order_of_preference(client: Browser) -> None:
    assert negotiated_locale(["zh-TW", "fr-CA", "de"]) == "fr"
    page = client.get("/auth/login", headers={"Accept-Language": "de;q=0.5, ar-EG, fr;q=0.8, es;q=0"}).text
    assert language_of(page) == "ar"
    assert 'dir="rtl"' in page.split(">", 2)[1]


def test_the_address_goes_before_the_session_the_profile_and_the_browser(
    app: Flask, sign_in: Callable[[str], Browser]
) -> None:
    browser = sign_in("mo")
    german = {"Accept-Language": "de"}
    assert language_of(browser.get("/auth/profile", headers=german).text) == "de"
    with app.app_context(), unit_of_work():
        db.session.query(User).filter_by(username="mo").one().locale = "fr"
    assert language_of(browser.get("/auth/profile", headers=german).text) == "fr"
    browser.get("/babel/es")
    assert language_of(browser.get("/auth/profile", headers=german).text) == "es"
    assert language_of(browser.get("/auth/profile?lang=pt", headers=german).text) == "pt"
    assert language_of(browser.get("/auth/profile?lang=en", headers=german).text) == "en"


def test_choosing_by_a_link_lasts_for_the_session_only(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("mo")
    browser.get("/babel/de")
    assert language_of(browser.get("/auth/profile").text) == "de"
    with app.app_context():
        assert not db.session.query(User).filter_by(username="mo").one().locale


def test_choosing_by_the_menu_is_kept_in_the_profile(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("mo")
    assert browser.submit("/babel/ar").status_code == 302
    with app.app_context():
        assert db.session.query(User).filter_by(username="mo").one().locale == "ar"
    assert language_of(sign_in("mo").get("/auth/profile").text) == "ar"


@pytest.mark.parametrize("locale", ["xx", "de-DE", "EN", "..", "%2e%2e"])
def test_a_language_that_is_not_offered_is_not_at_its_address(client: Browser, locale: str) -> None:
    assert client.get(f"/babel/{locale}").status_code == 404


def test_a_visitor_of_each_language_gets_the_words_of_that_language(client: Browser) -> None:
    titles = {locale: client.get(f"/auth/login?lang={locale}").text for locale in LOCALES}
    words = {"en": "Password", "de": "Passwort", "es": "Contraseña", "fr": "Mot de passe", "pt": "Palavra-passe"}
    assert all(word in titles[locale] for locale, word in words.items())
    assert "كلمة المرور" in titles["ar"]


MOMENT = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "day", "number"),
    [
        ("en", "March 9, 2026", "1,234,567.5"),
        ("de", "9. März 2026", "1.234.567,5"),
        ("fr", "9 mars 2026", "1\u202f234\u202f567,5"),
        ("pt", "9 de março de 2026", "1.234.567,5"),
        ("ar", "9 مارس 2026", "1,234,567.5"),
    ],
)
def test_days_and_numbers_are_written_as_the_reader_writes_them(app: Flask, locale: str, day: str, number: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert render_template_string("{{ m|day }}|{{ 1234567.5|number }}", m=MOMENT) == f"{day}|{number}"


@pytest.mark.parametrize(
    ("locale", "weekday", "day", "year", "coming"),
    [
        ("en", "Thu 14:05", "1 Feb", "1 Feb 2025", "20 Mar 14:05"),
        ("de", "Do., 14:05", "1. Feb.", "1. Feb. 2025", "20. März 14:05"),
        ("fr", "jeu. 14:05", "1 févr.", "1 févr. 2025", "20 mars 14:05"),
        ("es", "jue, 14:05", "1 feb", "1 feb 2025", "20 mar 14:05"),
        ("pt", "qui., 14:05", "1 de fev.", "1 de fev. de 2025", "20 de mar. 14:05"),
        ("ar", "الخميس 14:05", "1 فبراير", "1 فبراير 2025", "20 مارس 14:05"),
    ],
)
def test_moments_of_lists_are_short_and_in_the_order_of_the_language(
    app: Flask, monkeypatch: pytest.MonkeyPatch, locale: str, weekday: str, day: str, year: str, coming: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MOMENT)
    moments = [(2026, 3, 5), (2026, 2, 1), (2025, 2, 1), (2026, 3, 20)]
    with app.test_request_context(), force_locale(locale):
        told = [when(datetime(*parts, 14, 5, tzinfo=UTC)) for parts in moments]
    assert told == [weekday, day, year, coming]


def test_moments_are_told_in_the_zone_of_the_reader(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    with app.test_request_context(), force_locale("en"):
        assert "2:05" in render_template_string("{{ m|clock_time }}", m=MOMENT)
    browser = sign_in("mo")
    with app.app_context(), unit_of_work():
        db.session.query(User).filter_by(username="mo").one().time_zone = "Asia/Tokyo"
    with browser:
        browser.get("/auth/profile?lang=de")
        assert render_template_string("{{ m|clock_time }}", m=MOMENT) == "23:05"


def test_jobs_and_commands_speak_english_unless_told(app: Flask) -> None:
    with app.app_context():
        assert select_locale() == "en"
        with speaking("ar"):
            assert str(get_locale()) == "ar"
        with speaking("../../etc"):
            assert str(get_locale()) == "en"


def test_a_page_says_that_it_depends_on_the_language_of_the_browser(client: Browser) -> None:
    assert "Accept-Language" in client.get("/auth/login").headers["Vary"]
