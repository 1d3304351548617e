"""When people mean, by the words they use for it."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from backoffice.reminders.reading import understood

ZONE = "Europe/Berlin"
#: A Saturday, half past one in the afternoon there.
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
SAID = {
    "en": {
        "tomorrow 9:00": "2026-11-22 09:00",
        "tomorrow at 9": "2026-11-22 09:00",
        "in 2 h": "2026-11-21 15:30",
        "in 2 hours": "2026-11-21 15:30",
        "in half an hour": "2026-11-21 14:00",
        "in 10 min": "2026-11-21 13:40",
        "in an hour": "2026-11-21 14:30",
        "in 3 days": "2026-11-24 13:30",
        "in a week": "2026-11-28 13:30",
        "monday": "2026-11-23 09:00",
        "monday 10am": "2026-11-23 10:00",
        "next friday at 14:30": "2026-11-27 14:30",
        "today 17:00": "2026-11-21 17:00",
        "tonight": "2026-11-21 20:00",
        "noon": "2026-11-22 12:00",
        "9:00": "2026-11-22 09:00",
        "23:15": "2026-11-21 23:15",
        "dec 24 8:00": "2026-12-24 08:00",
        "24 december": "2026-12-24 09:00",
        "2026-12-24 18:00": "2026-12-24 18:00",
        "day after tomorrow 7 pm": "2026-11-23 19:00",
        "next week": "2026-11-28 09:00",
        "in two weeks at 9:00": "2026-12-05 09:00",
        "at 5pm": "2026-11-21 17:00",
        "friday afternoon": "2026-11-27 15:00",
        "in 1.5 hours": "2026-11-21 15:00",
        "25/12 10:00": "2026-12-25 10:00",
        "the 3rd of january": "2027-01-03 09:00",
    },
    "de": {
        "morgen 9 Uhr": "2026-11-22 09:00",
        "morgen um 9": "2026-11-22 09:00",
        "morgen früh": "2026-11-22 09:00",
        "übermorgen 14:30": "2026-11-23 14:30",
        "in 2 Stunden": "2026-11-21 15:30",
        "in 2 h": "2026-11-21 15:30",
        "in einer Stunde": "2026-11-21 14:30",
        "in 10 Minuten": "2026-11-21 13:40",
        "in einer halben Stunde": "2026-11-21 14:00",
        "in drei Tagen": "2026-11-24 13:30",
        "in einer Woche": "2026-11-28 13:30",
        "Montag": "2026-11-23 09:00",
        "am Montag um 10": "2026-11-23 10:00",
        "nächsten Freitag 14 Uhr 30": "2026-11-27 14:30",
        "heute 17 Uhr": "2026-11-21 17:00",
        "heute Abend": "2026-11-21 19:00",
        "mittags": "2026-11-22 12:00",
        "9:00": "2026-11-22 09:00",
        "24.12. 8:00": "2026-12-24 08:00",
        "24. Dezember": "2026-12-24 09:00",
        "24.12.2026 18:00": "2026-12-24 18:00",
        "nächste Woche": "2026-11-28 09:00",
        "Freitag nachmittag": "2026-11-27 15:00",
        "um 17 Uhr": "2026-11-21 17:00",
        "kommenden Dienstag": "2026-11-24 09:00",
    },
    "es": {
        "mañana a las 9": "2026-11-22 09:00",
        "mañana 9:00": "2026-11-22 09:00",
        "mañana por la mañana": "2026-11-22 09:00",
        "pasado mañana a las 14:30": "2026-11-23 14:30",
        "en 2 horas": "2026-11-21 15:30",
        "dentro de 2 horas": "2026-11-21 15:30",
        "en una hora": "2026-11-21 14:30",
        "en 10 minutos": "2026-11-21 13:40",
        "en media hora": "2026-11-21 14:00",
        "en tres días": "2026-11-24 13:30",
        "en una semana": "2026-11-28 13:30",
        "lunes": "2026-11-23 09:00",
        "el lunes a las 10": "2026-11-23 10:00",
        "el próximo viernes a las 14:30": "2026-11-27 14:30",
        "hoy a las 17:00": "2026-11-21 17:00",
        "esta noche": "2026-11-21 21:00",
        "mediodía": "2026-11-22 12:00",
        "9:00": "2026-11-22 09:00",
        "24/12 8:00": "2026-12-24 08:00",
        "24 de diciembre": "2026-12-24 09:00",
        "24/12/2026 18:00": "2026-12-24 18:00",
        "la próxima semana": "2026-11-28 09:00",
        "a las 5 de la tarde": "2026-11-21 17:00",
        "viernes por la tarde": "2026-11-27 17:00",
    },
    "fr": {
        "demain à 9h": "2026-11-22 09:00",
        "demain 9:00": "2026-11-22 09:00",
        "demain matin": "2026-11-22 09:00",
        "après-demain à 14h30": "2026-11-23 14:30",
        "dans 2 heures": "2026-11-21 15:30",
        "dans une heure": "2026-11-21 14:30",
        "dans 10 minutes": "2026-11-21 13:40",
        "dans une demi-heure": "2026-11-21 14:00",
        "dans trois jours": "2026-11-24 13:30",
        "dans une semaine": "2026-11-28 13:30",
        "lundi": "2026-11-23 09:00",
        "lundi à 10 heures": "2026-11-23 10:00",
        "vendredi prochain à 14h30": "2026-11-27 14:30",
        "aujourd'hui à 17h": "2026-11-21 17:00",
        "ce soir": "2026-11-21 19:00",
        "midi": "2026-11-22 12:00",
        "9:00": "2026-11-22 09:00",
        "24/12 8:00": "2026-12-24 08:00",
        "24 décembre": "2026-12-24 09:00",
        "le 24 décembre à 8h": "2026-12-24 08:00",
        "24/12/2026 18:00": "2026-12-24 18:00",
        "la semaine prochaine": "2026-11-28 09:00",
        "à 17h": "2026-11-21 17:00",
        "vendredi après-midi": "2026-11-27 15:00",
    },
    "pt": {
        "amanhã às 9": "2026-11-22 09:00",
        "amanhã 9:00": "2026-11-22 09:00",
        "amanhã de manhã": "2026-11-22 09:00",
        "depois de amanhã às 14:30": "2026-11-23 14:30",
        "em 2 horas": "2026-11-21 15:30",
        "daqui a 2 horas": "2026-11-21 15:30",
        "em uma hora": "2026-11-21 14:30",
        "em 10 minutos": "2026-11-21 13:40",
        "em meia hora": "2026-11-21 14:00",
        "em três dias": "2026-11-24 13:30",
        "em uma semana": "2026-11-28 13:30",
        "segunda-feira": "2026-11-23 09:00",
        "segunda-feira às 10": "2026-11-23 10:00",
        "próxima sexta-feira às 14:30": "2026-11-27 14:30",
        "hoje às 17h": "2026-11-21 17:00",
        "hoje à noite": "2026-11-21 20:00",
        "meio-dia": "2026-11-22 12:00",
        "9:00": "2026-11-22 09:00",
        "24/12 8:00": "2026-12-24 08:00",
        "24 de dezembro": "2026-12-24 09:00",
        "24/12/2026 18:00": "2026-12-24 18:00",
        "próxima semana": "2026-11-28 09:00",
        "às 5 da tarde": "2026-11-21 17:00",
        "sexta às 10": "2026-11-27 10:00",
    },
    "ar": {
        "غدا الساعة 9": "2026-11-22 09:00",
        "غداً 9:00": "2026-11-22 09:00",
        "غدا صباحا": "2026-11-22 09:00",
        "بعد غد الساعة 14:30": "2026-11-23 14:30",
        "بعد ساعتين": "2026-11-21 15:30",
        "بعد ساعة": "2026-11-21 14:30",
        "بعد 10 دقائق": "2026-11-21 13:40",
        "بعد نصف ساعة": "2026-11-21 14:00",
        "بعد 3 أيام": "2026-11-24 13:30",
        "بعد أسبوع": "2026-11-28 13:30",
        "الاثنين": "2026-11-23 09:00",
        "يوم الاثنين الساعة 10": "2026-11-23 10:00",
        "الجمعة القادمة الساعة 14:30": "2026-11-27 14:30",
        "اليوم الساعة 17:00": "2026-11-21 17:00",
        "اليوم مساء": "2026-11-21 19:00",
        "ظهرا": "2026-11-22 12:00",
        "9:00": "2026-11-22 09:00",
        "24 ديسمبر": "2026-12-24 09:00",
        "24/12/2026 18:00": "2026-12-24 18:00",
        "الأسبوع القادم": "2026-11-28 09:00",
        "الساعة 5 مساء": "2026-11-21 17:00",
        "بعد ٣ أيام": "2026-11-24 13:30",
        "غدا الساعة ٩": "2026-11-22 09:00",
    },
}
CASES = [(locale, text, when) for locale, table in SAID.items() for text, when in table.items()]


def local(text: str, locale: str, now: datetime = NOW, zone: str = ZONE) -> str | None:
    """What is understood, as clocks there show it."""
    found = understood(text, zone, locale, now)
    return f"{found.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if found else None


@pytest.mark.parametrize(("locale", "text", "when"), CASES, ids=[f"{locale} {text}" for locale, text, _ in CASES])
def test_it_is_understood(locale: str, text: str, when: str) -> None:
    assert local(text, locale) == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("tomorrow 9:00 UTC", "2026-11-22T09:00"),
        ("2026-11-22T09:00Z", "2026-11-22T09:00"),
        ("9am EST", "2026-11-21T14:00"),
    ],
)
def test_a_zone_that_is_named_counts_and_not_the_reader_s(text: str, when: str) -> None:
    assert understood(text, ZONE, "en", NOW) == datetime.fromisoformat(when).replace(tzinfo=UTC)


def test_english_is_understood_everywhere() -> None:
    assert local("tomorrow 9:00", "de") == "2026-11-22 09:00"
    assert local("in 2 h", "ar") == "2026-11-21 15:30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday",
        "2020-01-01 9:00",
        "today 9:00",
        "call rita",
        "tomorrow call rita",
        "tomorrow 25:00",
        "31.02. 9:00",
        "29.2.2027",
        "29 february 2027",
        "2026-13-01",
        "9",
        "99999999999",
        "in 99999 years",
        "2150-01-01",
        "x" * 5000,
        "=1+1",
        "<script>",
        "../../etc",
        "\U0001f600",
        "1 " * 40,
        "next " * 16,
        "9:00 " * 16,
    ],
)
def test_what_is_no_moment_to_come_is_not_guessed(text: str) -> None:
    start = perf_counter()
    assert understood(text, ZONE, "en", NOW) is None
    assert perf_counter() - start < 2


def test_a_time_that_has_passed_means_tomorrow_and_a_day_next_year() -> None:
    assert local("13:29", "en") == "2026-11-22 13:29"
    assert local("13:31", "en") == "2026-11-21 13:31"
    assert local("saturday 9:00", "en") == "2026-11-28 09:00"
    assert local("1 march 8:00", "en") == "2027-03-01 08:00"


def test_hours_pass_and_days_go_by_the_calendar_when_clocks_change() -> None:
    evening = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # ten in the evening there
    assert understood("in 12 hours", ZONE, "en", evening) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)
    assert local("in 1 day", "en", evening) == "2026-10-25 22:00"
    night = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    # Clocks skip that time.
    assert local("tomorrow 2:30", "en", night) == "2026-03-29 03:00"


def test_another_language_is_asked_of_others_and_no_number_is_lost() -> None:
    assert local("明日 9時", "ja") == "2026-11-22 09:00"
    # Half understood is not understood.
    assert local("domani alle 9", "it") is None
