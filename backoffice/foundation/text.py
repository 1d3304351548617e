"""Plain text from outside: cleaned of what no column, page or mail can carry, and checked for what it claims to be."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from slugify import slugify

# C0 and C1 controls but tab and line feed, and the characters that turn the direction of what follows.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean_text(value: str | None) -> str:
    """Several lines of text: NFC, line ends as line feeds, no control, direction or half characters, trimmed."""
    value = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value or "").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROLS.sub("", value)).strip()


def clean_line(value: str | None) -> str:
    """One line of text: like `clean_text`, with every run of white space as one space."""
    return " ".join(clean_text(value).split())


def is_email(address: str) -> bool:
    """Whether the text is one address of the usual form; no name is looked up."""
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """The IANA zones a person may choose, sorted, `UTC` first."""
    listed = sorted(
        zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
    )
    return ("UTC", *listed)


def is_time_zone(name: str | None) -> bool:
    """Whether the name is one of `time_zones`."""
    return bool(name) and name in time_zones()


def slug_of(text: str, longest: int = 80) -> str:
    """Letters, digits and hyphens for an address; Latin letters for other scripts; `untitled` if nothing is left."""
    return slugify(text, max_length=longest, word_boundary=True) or "untitled"


SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def is_slug(text: str) -> bool:
    """Whether the text can stand in an address as it is."""
    return bool(SLUG.fullmatch(text))


def shortened(text: str, longest: int) -> str:
    """The text on one line, cut at a word if it is longer than `longest` characters, then ending in an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    cut = text[:longest].rsplit(" ", 1)[0] or text[:longest]
    return cut.rstrip(" ,;:.") + "…"
