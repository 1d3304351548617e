"""Telling visitors apart without keeping who they are."""

from __future__ import annotations

import hashlib

from flask import current_app

from backoffice.readers.subjects import HOUSEHOLD_BITS, networks_of


def digest_of(account_id: int | None, address: str | None) -> str:
    """A word for a visitor: for her account, else for the address she comes from, of version 6 for its /64.

    It cannot be turned back without the secret key, and with it only by trying. Sessions do not count, for anybody can
    have as many as he likes.
    """
    who = f"account:{account_id}" if account_id is not None else f"network:{household(address)}"
    key = hashlib.sha256(f"visitors {current_app.config['SECRET_KEY']}".encode()).digest()
    return hashlib.blake2b(who.encode("utf-8", "surrogatepass"), key=key, digest_size=24).hexdigest()


def household(address: str | None) -> str:
    """The network that a visitor has for herself; the text as it is where it is no address."""
    networks = networks_of(address or "")
    return next(
        (each for each in networks if each.endswith(f":/{HOUSEHOLD_BITS}") or each.endswith("/32") and ":" not in each),
        address or "",
    )
