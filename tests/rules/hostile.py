"""Texts that were made to hurt whoever reads them, each as long as a comment may be."""

from __future__ import annotations

import random

LONGEST = 10_000

HOSTILE: dict[str, str] = {
    "one letter": "a" * LONGEST,
    "no space": "abcdefghij" * (LONGEST // 10),
    "emoji": "😀👩‍👩‍👧" * (LONGEST // 6),
    "right to left": "\u202eשלום\u202c مرحبا " * (LONGEST // 13),
    "marks": "a" + "\u0301" * (LONGEST - 1),
    "NUL": "bad\x00word " * (LONGEST // 9),
    "zero width": "b\u200ba\u200cd\u200dw\u2060o\ufeffr\u00add " * (LONGEST // 14),
    "wide": "ｂａｄ　ｗｏｒｄ．ｃｏｍ " * (LONGEST // 13),
    "dots": "a." * (LONGEST // 2),
    "schemes": "http://" * (LONGEST // 7),
    "domains": "a.com " * (LONGEST // 6),
    "spaces": " \n\t\u00a0" * (LONGEST // 4),
    "ligatures": "ﬁßŉǰΐ㎏﷽" * (LONGEST // 7),
    "brackets": "[(<" * (LONGEST // 3),
    "nothing": "",
}


def scrambled(seed: int, length: int = 400) -> str:
    """Letters of many scripts, marks, joiners and pieces of links, by chance but the same each time."""
    chance = random.Random(seed)
    pieces = [
        *("bad", "word", "BAD", "b\u00e0d", "bad\u0301", "\u200b", "\u0308", "ß", "ﬁ", "😀", " ", "\n", ".", "com"),
        *(
            "http://",
            "www.",
            "ا",
            "ש",
            "\x00",
            "\ufeff",
            "日本",
            "क्ष",
            "-",
            "*",
            "'",
            "’",
            "/",
            "@",
            "ＢＡＤ",
            "İ",
            "ŉ",
        ),
    ]
    return "".join(chance.choices(pieces, k=length))
