"""The words of our scripts: the part of a catalog that browsers need, and its plural rule without code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from backoffice.catalogs import reading
from backoffice.catalogs.layers import Layer, Stamp, stamp_of
from backoffice.catalogs.places import TEMPLATE
from backoffice.catalogs.pseudo import Pseudo
from backoffice.catalogs.reading import UnreadableCatalog


@dataclass(frozen=True)
class ScriptWords:
    """A script that hands the words to `words.js`, and a stamp of its content for its address."""

    script: str
    stamp: str


def words_for(translations: Any) -> ScriptWords | None:
    """The words that the scripts need out of these translations; None where there are none, as for English."""
    if not isinstance(translations, Layer | Pseudo):
        return None
    held = translations.__dict__.get("script_words")
    if held is None or held[0] != stamp_of(TEMPLATE):
        held = translations.__dict__["script_words"] = (stamp_of(TEMPLATE), _made(translations))
    return held[1]


def texts_of_scripts() -> tuple[str, ...]:
    """The English texts that occur in scripts."""
    return _texts(stamp_of(TEMPLATE))


@lru_cache(maxsize=2)
def _texts(stamp: Stamp | None) -> tuple[str, ...]:
    try:
        template, _problems = reading.read_po(TEMPLATE)
    except UnreadableCatalog:
        return ()
    return tuple(
        reading.key_of(message)[0]
        for message in reading.entries(template)
        if any(path.endswith(".js") for path, _line in message.locations)
    )


def _made(layer: Layer | Pseudo) -> ScriptWords | None:
    words = {text: forms for text in texts_of_scripts() if (forms := layer.forms(text)) is not None}
    if not words:
        return None
    # What a browser gets has to be the forms in order for 0 to 199: no rule of a file is ever run as a script.
    catalog = {"forms": "".join(str(layer.plural(number)) for number in range(200)), "words": words}
    script = f"_speak({json.dumps(catalog, ensure_ascii=True, separators=(',', ':'), sort_keys=True)});\n"
    return ScriptWords(script, hashlib.sha256(script.encode()).hexdigest()[:10])
