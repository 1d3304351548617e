"""Scoring one text with the present model, which each process remembers.

A new model is noticed within a second: one tiny query a second at most asks for its number.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import Select, select

from backoffice.foundation.database import db
from backoffice.spam.linear import DamagedModel, LinearModel, unpacked
from backoffice.spam.models import SpamModel

#: Seconds between two looks for a newer model.
LOOKS_EVERY = 1.0
_HELD = "spam"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scored:
    """How likely a text is spam, from 0 to 1, and the number of the model that says so."""

    value: float
    model_id: int


@dataclass(slots=True)
class _Held:
    looked_at: float = float("-inf")
    key: tuple[int, str] | None = None
    model: LinearModel | None = None
    damaged: set[tuple[int, str]] = field(default_factory=set)


def scored(text: str, *, name: str = "") -> Scored | None:
    """How likely the text is spam; None while there is no model. The name of its author is not looked at so far:
    names tell nothing about the readers of another post."""
    held = _present()
    if held.model is None or held.key is None:
        return None
    return Scored(held.model.value(text), held.key[0])


def weighing(text: str, name: str = "", most: int = 5) -> list[tuple[str, float]]:
    """The words and signs of the text that weighed most: above 0 for spam, below against it. Empty without a model."""
    held = _present()
    return [] if held.model is None else held.model.weighing(text, most)


def forget() -> None:
    """Look for a newer model at the next text, as after a training in this very process."""
    current_app.extensions.setdefault(_HELD, _Held()).looked_at = float("-inf")


def present_model() -> LinearModel | None:
    """The model that scores now, if there is one."""
    return _present().model


def _present() -> _Held:
    held: _Held = current_app.extensions.setdefault(_HELD, _Held())
    now = time.monotonic()
    if now - held.looked_at >= LOOKS_EVERY:
        held.looked_at = now
        newest = db.session.execute(_usable().limit(1)).first()
        if (tuple(newest) if newest else None) != held.key:
            _take(held)
    return held


def _take(held: _Held) -> None:
    """Take the newest model that can be read; one that is damaged is told of once and passed over."""
    for id, digest in db.session.execute(_usable()):
        key = (id, digest)
        if key == held.key:
            return
        if key in held.damaged:
            continue
        numbers = db.session.scalar(select(SpamModel.numbers).where(SpamModel.id == id)) or b""
        try:
            if hashlib.sha256(numbers).hexdigest() != digest:
                raise DamagedModel("its digest is another")
            held.model = unpacked(numbers)
        except DamagedModel as error:
            held.damaged.add(key)
            _log.error("spam model %s is damaged and is not used: %s", id, error)
            continue
        held.key = key
        return
    held.key = held.model = None


def _usable() -> Select[int, str]:
    return select(SpamModel.id, SpamModel.digest).where(SpamModel.numbers.is_not(None)).order_by(SpamModel.id.desc())
