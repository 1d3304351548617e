"""In which letters a language is written, and which letters a text has."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from babel.core import get_global

_RANGES = {
    "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a",
    "Cyrl": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "Grek": "\u0370-\u037d\u037f-\u03ff\u1f00-\u1fff",
    "Arab": "\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Hebr": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Armn": "\u0531-\u0587",
    "Geor": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "Deva": "\u0900-\u097f\ua8e0-\ua8ff",
    "Beng": "\u0980-\u09ff",
    "Guru": "\u0a00-\u0a7f",
    "Gujr": "\u0a80-\u0aff",
    "Orya": "\u0b00-\u0b7f",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Sinh": "\u0d80-\u0dff",
    "Thai": "\u0e00-\u0e7f",
    "Laoo": "\u0e80-\u0eff",
    "Tibt": "\u0f00-\u0fff",
    "Mymr": "\u1000-\u109f",
    "Khmr": "\u1780-\u17ff",
    "Mong": "\u1800-\u18af",
    "Ethi": "\u1200-\u139f",
    "Hang": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "Kana": "\u3040-\u30ff\uff66-\uff9d",
    "Hani": "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
}
_LETTERS = {script: re.compile(f"[{letters}]") for script, letters in _RANGES.items()}
#: Scripts with capital letters.
CASED = frozenset(("Latn", "Cyrl", "Grek", "Armn"))
_MANY = {"Jpan": ("Kana", "Hani"), "Kore": ("Hang", "Hani"), "Hans": ("Hani",), "Hant": ("Hani",), "Hrkt": ("Kana",)}
_MANY |= {"Aran": ("Arab",)}
_MIXED = re.compile(
    rf"[{_RANGES['Latn']}](?=[{_RANGES['Cyrl']}{_RANGES['Grek']}])|[{_RANGES['Cyrl']}{_RANGES['Grek']}](?=[{_RANGES['Latn']}])"
)
_WORD = re.compile(r"[^\W\d_]+")
#: Written by many in two scripts, whatever the name of the catalog says.
_EITHER = {"sr": ("Cyrl", "Latn"), "bs": ("Latn", "Cyrl"), "uz": ("Latn", "Cyrl"), "az": ("Latn", "Cyrl", "Arab")}
_EITHER |= {"ku": ("Latn", "Arab"), "tt": ("Cyrl", "Latn"), "kk": ("Cyrl", "Latn", "Arab"), "pa": ("Guru", "Arab")}


@lru_cache(maxsize=512)
def scripts_of(locale: str) -> tuple[str, ...]:
    """The scripts that a language is written in; nothing for one that nobody knows."""
    name, _at, variant = locale.replace("-", "_").partition("@")
    language, *rest = name.split("_")
    script = next((part for part in rest if len(part) == 4), {"latin": "Latn", "cyrillic": "Cyrl"}.get(variant, ""))
    if not script and language in _EITHER:
        return _EITHER[language]
    likely = get_global("likely_subtags")
    if not script and language:
        script = (likely.get(name) or likely.get(language) or "__").split("_")[1]
    return tuple(each for each in _MANY.get(script, (script,)) if each in _LETTERS)


def letters_of(text: str) -> Counter[str]:
    """How many letters of each script a text has."""
    if text.isascii():
        return Counter(Latn=len(_LETTERS["Latn"].findall(text)))
    counted = {script: len(letters.findall(text)) for script, letters in _LETTERS.items()}
    return Counter({script: count for script, count in counted.items() if count})


def mixed_word(text: str) -> str | None:
    """A word of Latin letters among Cyrillic or Greek ones that look alike, or None."""
    if text.isascii() or not _MIXED.search(text):
        return None
    return next((word for word in _WORD.findall(text) if len(word) > 2 and _MIXED.search(word)), None)
