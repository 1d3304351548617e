"""Passwords: bcrypt over a pre-hash, so that long ones count to the last byte and nothing raises.

The pre-hash is base64(SHA-256(password)), as bcrypt takes 72 bytes at most and stops at NUL; 44 bytes of base64 carry
neither problem. Source: OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt".
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterable
from functools import cache

import bcrypt

from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l

SHORTEST = 8
LONGEST_BYTES = 1024
ROUNDS = 12

#: So many signs after a common password make no other password of it: Password2026!
MOST_APPENDED = 5

# Two hashes at once keep both cores busy; more would only make every request wait.
_gate = threading.BoundedSemaphore(2)


def hashed(password: str, rounds: int = ROUNDS) -> str:
    """The hash to store. Raises InvalidInput if the password is too short or too long."""
    check(password)
    with _gate:
        return bcrypt.hashpw(_prehashed(password), bcrypt.gensalt(rounds)).decode()


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one. Takes the same time for an unknown account (`stored` None)."""
    usable = len(password.encode("utf-8", "surrogatepass")) <= LONGEST_BYTES
    with _gate:
        try:
            same = bcrypt.checkpw(_prehashed(password if usable else ""), (stored or _DUMMY).encode())
        except ValueError:
            same = False
    return same and usable and stored is not None


def check(password: str) -> None:
    """Refuse what cannot be a password, in words."""
    size = len(password.encode("utf-8", "surrogatepass"))
    if len(password) < SHORTEST:
        raise InvalidInput(_l("Use at least %(num)s characters.", num=SHORTEST), field="password")
    if size > LONGEST_BYTES:
        raise InvalidInput(
            _l("Use a shorter password, at most %(num)s bytes.", num=LONGEST_BYTES),
            field="password",
        )


def check_choice(password: str, *, about: Iterable[str | None] = ()) -> None:
    """Refuse the same, what many people use, and what the person is called (`about`), in words."""
    check(password)
    plain = password.casefold().strip()
    if _within(plain, _common()):
        raise InvalidInput(
            _l("Many people use this password, so it is tried first. Choose another, for example a few words."),
            field="password",
        )
    if _within(plain, {name.casefold() for name in about if name}):
        raise InvalidInput(_l("Choose a password that does not say who you are."), field="password")


def _within(plain: str, known: frozenset[str] | set[str]) -> bool:
    """Whether the password is one of these, perhaps with a few digits or signs after it."""
    if plain in known:
        return True
    for length in range(1, min(MOST_APPENDED, len(plain) - 4) + 1):
        if plain[-length].isalpha() or plain[-length].isspace():
            return False
        if plain[:-length] in known:
            return True
    return False


@cache
def _common() -> frozenset[str]:
    """The passwords that people use most, as found in public collections; see the package `zxcvbn`."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # it is large, and most processes never ask

    return frozenset(FREQUENCY_LISTS["passwords"])


def _prehashed(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest())


#: Compared with when there is no account, so that a stranger learns nothing from the clock.
_DUMMY = bcrypt.hashpw(b"nobody", bcrypt.gensalt(ROUNDS)).decode()
