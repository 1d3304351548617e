"""By what a text is recognised when it comes again, with other signs, spaces or capitals too."""

from __future__ import annotations

import hashlib

from backoffice.rules.folding import fold

#: Shorter texts, such as thanks, are written by many people; they are no repetition.
SHORTEST = 12


def print_of(text: str) -> int | None:
    """A signed number of 64 bits for the letters and digits of the text; None for what is too short to tell."""
    bare = "".join([each for each in fold(text) if each.isalnum()])
    if len(bare) < SHORTEST:
        # Of signs alone, such as a row of emoji, the signs count.
        bare = bare or "".join(fold(text).split())
        if len(bare) < SHORTEST:
            return None
    return int.from_bytes(hashlib.blake2b(bare.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)
