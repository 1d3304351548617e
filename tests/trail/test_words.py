"""What the audit trail calls what was done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from backoffice.admin import deeds
from backoffice.admin.words import views

#: Where the code names what it notes: `action="user.confirm"`, `audit.note("mail.retry", …)`.
NOTED = re.compile(r'(?:\baction=|\bnote\(\s*)f?"([a-z_]+)\.([a-z_]+)"')
CODE = Path(deeds.__file__).parents[1]


def noted() -> list[tuple[str, str]]:
    """Every kind of record with what is noted of it."""
    found = {match.groups() for path in CODE.rglob("*.py") for match in NOTED.finditer(path.read_text("utf-8"))}
    return sorted((kind, verb) for kind, verb in found)


@pytest.mark.parametrize(("kind", "verb"), noted())
def test_whatever_is_noted_has_words_for_people(app: Flask, kind: str, verb: str) -> None:
    with app.test_request_context("/admin/"):
        view = views().get(kind)
        known = {each.name for each in (*view.all_operations, *view.via.values())} if view is not None else set()
    assert verb in known | set(deeds.DEEDS)
