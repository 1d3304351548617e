"""The words for days, hours and spans in the languages of the product: what `reading` looks for before it asks others.

Everything is in small letters, without accents and with one space between words; see `reading.plain_words`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Spoken:
    """How one language says when. Regular expressions, each for whole words."""

    #: "today", "tomorrow" …: how many days on.
    days: dict[str, int]
    #: Hours of the day that have a name.
    hours: dict[str, int]
    #: What stands before a span: "in 2 hours".
    within: str
    #: Units of spans.
    units: dict[str, str]
    #: Words that stand before a time and mean nothing more: "at", "um".
    at: str
    #: What may follow the number of an hour: "9 uhr 30", "9h30".
    oclock: str = ""
    #: What makes an hour one of the afternoon, or of the morning.
    afternoon: str = ""
    morning: str = ""
    #: "next" before or after a weekday or a unit.
    next: str = ""
    #: Small numbers in words.
    numbers: dict[str, float] = field(default_factory=dict)
    #: Words that carry nothing.
    noise: str = ""
    #: "end of the month" and the like are left to others.
    half: str = ""


_UNITS = ("minute", "hour", "day", "week", "month", "year")


def _units(*patterns: str) -> dict[str, str]:
    return dict(zip(_UNITS, patterns, strict=True))


SPOKEN: dict[str, Spoken] = {
    "en": Spoken(
        days={"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "day after tomorrow": 2, "overmorrow": 2},
        hours={"noon": 12, "midday": 12, "midnight": 24, "morning": 9, "afternoon": 15, "evening": 19, "tonight": 20},
        within="in|after",
        units=_units("m|mins?|minutes?", "h|hrs?|hours?", "d|days?", "w|wks?|weeks?", "months?", "y|yrs?|years?"),
        at="at|@",
        oclock="o'?clock",
        afternoon="pm|p\\.m\\.?|in the afternoon|in the evening",
        morning="am|a\\.m\\.?|in the morning",
        next="next|coming|this",
        numbers={"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10},
        noise="on|the|in|of|from now",
        half="half an?",
    ),
    "de": Spoken(
        days={"heute": 0, "morgen": 1, "ubermorgen": 2},
        hours={"mittags?": 12, "mitternacht": 24, "fruh": 9, "vormittags?": 10, "nachmittags?": 15, "abends?": 19},
        within="in|nach",
        units=_units("m|min|minuten?", "h|std|stunden?", "tag(?:en?)?", "wochen?", "monat(?:en?)?", "jahr(?:en?)?"),
        at="um|gegen",
        oclock="uhr",
        next="nachste[rnsm]?|kommende[rnsm]?|diese[rnsm]?",
        numbers={"ein": 1, "eine": 1, "einer": 1, "einem": 1, "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6},
        noise="am|den|der|die|das",
        half="einer halben|halbe[rn]?",
    ),
    "es": Spoken(
        days={"hoy": 0, "pasado manana": 2, "manana": 1},
        hours={
            "mediodia": 12,
            "medianoche": 24,
            "por la manana": 9,
            "(?:por la|esta) tarde": 17,
            "(?:por la|esta) noche": 21,
        },
        within="en|dentro de",
        units=_units("m|min|minutos?", "h|horas?", "dias?", "semanas?", "mes(?:es)?", "anos?"),
        at="a las?|al",
        oclock="h|horas",
        afternoon="pm|p\\.? ?m\\.?|de la tarde|de la noche",
        morning="am|a\\.? ?m\\.?|de la manana",
        next="proximo|proxima|este|esta|que viene",
        numbers={"un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "diez": 10},
        noise="el|la|los|de|del|dia",
        half="media",
    ),
    "fr": Spoken(
        days={"aujourd'?hui": 0, "apres-?demain": 2, "demain": 1},
        hours={"midi": 12, "minuit": 24, "matin": 9, "apres-?midi": 15, "(?:ce )?soir": 19},
        within="dans|d'ici",
        units=_units("m|min|mn|minutes?", "h|heures?", "j|jours?", "semaines?", "mois", "ans?|annees?"),
        at="a|vers",
        oclock="h|heures?",
        afternoon="de l'apres-?midi|du soir",
        morning="du matin",
        next="prochaine?|ce|cette",
        numbers={"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "dix": 10},
        noise="le|la|les|du|de|au",
        half="une demi-?",
    ),
    "pt": Spoken(
        days={"hoje": 0, "depois de amanha": 2, "amanha": 1},
        hours={"meio-?dia": 12, "meia-?noite": 24, "de manha|pela manha": 9, "a tarde|de tarde": 15, "a noite": 20},
        within="em|dentro de|daqui a",
        units=_units("m|min|minutos?", "h|horas?", "dias?", "semanas?", "mes(?:es)?", "anos?"),
        at="as|ao|pelas|a",
        oclock="h|horas",
        afternoon="da tarde|da noite|pm",
        morning="da manha|am",
        next="proximo|proxima|este|esta|que vem",
        numbers={"um": 1, "uma": 1, "dois": 2, "duas": 2, "tres": 3, "quatro": 4, "cinco": 5, "seis": 6, "dez": 10},
        noise="no|na|o|de|do|da|dia",
        half="meia",
    ),
    "ar": Spoken(
        days={"اليوم": 0, "بعد غد": 2, "بعد غدا": 2, "غدا": 1, "غد": 1, "بكره": 1},
        hours={"ظهرا|الظهر": 12, "منتصف الليل": 24, "صباحا|الصباح": 9, "عصرا|العصر": 16, "مساء|المساء": 19},
        within="بعد|خلال|في غضون",
        units=_units(
            "دقيقه|دقايق|دقيقتين",
            "ساعه|ساعات|ساعتين",
            "يوم|ايام|يومين",
            "(?:ال)?اسبوع|اسابيع|اسبوعين",
            "شهر|اشهر|شهور|شهرين",
            "سنه|سنوات|سنتين|عام|عامين",
        ),
        at="الساعه|في الساعه|علي الساعه",
        afternoon="م|مساء|عصرا|بعد الظهر",
        morning="ص|صباحا",
        next="القادم|القادمه|المقبل|المقبله|هذا|هذه",
        numbers={"واحد": 1, "واحده": 1, "ثلاث": 3, "ثلاثه": 3, "اربع": 4, "اربعه": 4, "خمس": 5, "خمسه": 5, "عشر": 10},
        noise="في|يوم|من",
        half="نصف",
    ),
}
#: Units that say two by themselves.
TWO = frozenset({"دقيقتين", "ساعتين", "يومين", "اسبوعين", "شهرين", "سنتين", "عامين"})
