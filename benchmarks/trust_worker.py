"""The parts of `benchmarks.trust` that run inside the application, each in a process of its own; prints JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice import create_app
from backoffice.comments.models import Comment
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import System
from backoffice.moderation import stamps
from backoffice.records import audit, seals, trash
from backoffice.records.verifying import verify

LISTENERS = (
    ("before_flush", audit._before_flush),
    ("after_flush", audit._after_flush),
    ("before_flush", trash._before_flush),
    ("after_flush", trash._after_flush),
)
ACTOR = System("measuring")


def saving(count: int) -> dict[str, float]:
    """Medians in milliseconds of loading a comment, changing it and committing, with and without the trail."""
    times: dict[str, list[float]] = {"with": [], "without": []}
    ids = list(db.session.scalars(select(Comment.id).order_by(Comment.id).limit(2 * count)))
    db.session.rollback()
    for number, id in enumerate(ids):
        # In turn, twenty at a time, so that a busy moment of the machine touches both.
        way = "with" if number // 20 % 2 else "without"
        if number % 20 == 0:
            change = event.listen if way == "with" else event.remove
            if number or way == "without":
                for name, listener in LISTENERS:
                    change(Session, name, listener)
        begun = time.perf_counter()
        save(id, f"Said in another way, {number}")
        times[way].append((time.perf_counter() - begun) * 1000)
    return {way: statistics.median(found[20:]) for way, found in times.items()}


def writing(number: int, count: int) -> dict[str, float]:
    """Save as fast as one process can; how many were saved and refused, and the slowest in milliseconds."""
    ids = list(db.session.scalars(select(Comment.id).order_by(Comment.id).offset(number * count).limit(count)))
    db.session.rollback()
    refused, slowest = 0, 0.0
    for id in ids:
        begun = time.perf_counter()
        try:
            save(id, f"Written by process {number}")
        except SQLAlchemyError:
            refused += 1
        slowest = max(slowest, (time.perf_counter() - begun) * 1000)
    return {"saved": len(ids) - refused, "refused": refused, "slowest": slowest}


def verifying() -> dict[str, float]:
    """Entries checked in a second."""
    begun = time.perf_counter()
    found = verify(seals.house_key())
    if found.fault:
        raise SystemExit(found.fault)
    return {"rate": found.checked / (time.perf_counter() - begun)}


def save(id: int, words: str) -> None:
    """One comment, as a form saves it."""
    with unit_of_work(), acting(actor=ACTOR, surface="admin"):
        db.session.get_one(Comment, id).text = words
        # Open desks are told either way; the trail alone is what is compared.
        stamps.touch()
    db.session.remove()


if __name__ == "__main__":
    parts: dict[str, Any] = {"saving": saving, "writing": writing, "verifying": verifying}
    with create_app().app_context():
        print(json.dumps(parts[sys.argv[1]](*map(int, sys.argv[2:]))))
