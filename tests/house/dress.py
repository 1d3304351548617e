"""The headers that every answer of the house wears, whatever it is an answer to."""

from __future__ import annotations

import re
from typing import Any

#: Worn by everything, errors and files included.
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: How little the next site may learn of an address; nothing at all where the address is a key.
REFERRERS = ("strict-origin-when-cross-origin", "no-referrer")
#: What a page may not say of the machinery behind it.
NEVER = ("X-Powered-By", "Access-Control-Allow-Origin")
PROTECTION = re.compile(
    r"default-src 'none'; script-src 'self' 'nonce-[\w-]{20,}'; .*"
    r"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def lacking(answer: Any, *, is_private: bool = False) -> list[str]:
    """What is wrong with the headers of an answer; `is_private` is what nobody but the person may keep."""
    wrong = [
        f"{name}: {answer.headers.get(name)}" for name, value in ALWAYS.items() if answer.headers.get(name) != value
    ]
    wrong += [f"{name} is told" for name in NEVER if name in answer.headers]
    if answer.headers.get("Referrer-Policy") not in REFERRERS:
        wrong.append(f"Referrer-Policy: {answer.headers.get('Referrer-Policy')}")
    if answer.mimetype == "text/html" and answer.status_code != 304:
        policy = answer.headers.get("Content-Security-Policy", "")
        wrong += [] if PROTECTION.fullmatch(policy) else [f"Content-Security-Policy: {policy}"]
    if is_private:
        kept = answer.headers.get("Cache-Control", "")
        is_safe = kept == "no-store" or ("private" in kept and answer.mimetype != "text/html")
        wrong += [] if is_safe else [f"Cache-Control: {kept}"]
    return wrong
