"""Nothing is remembered outside an application: two of them live side by side in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice import create_app
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Tag
from backoffice.records.audit import AuditEntry
from tests import databases as dbs
from tests import factories
from tests.browser import Browser


@pytest.fixture
def other(databases: dbs.Databases, tmp_path: Path) -> Iterator[Flask]:
    """An application on another database, made after the first."""
    folder = tmp_path / "other"
    folder.mkdir()
    app = create_app(dbs.settings(databases.fresh(dbs.SQLITE), folder, PUBLICATION="The Other Paper"))
    app.test_client_class = Browser
    yield app
    dbs.close(app)


def test_two_applications_share_no_view(app: Flask, other: Flask) -> None:
    ours, theirs = (one.extensions["managed_views"] for one in (app, other))
    assert ours.keys() == theirs.keys()
    for resource in ours:
        assert ours[resource] is not theirs[resource]
    assert app.url_map is not other.url_map
    assert {rule.rule for rule in app.url_map.iter_rules()} == {rule.rule for rule in other.url_map.iter_rules()}


def test_two_applications_share_no_record(app: Flask, other: Flask) -> None:
    with app.app_context(), unit_of_work():
        factories.tag(name="Only here")
    with other.app_context():
        assert db.session.scalar(select(func.count()).select_from(Tag)) == 0
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Tag)) == 1


def test_both_applications_answer_in_turn(app: Flask, other: Flask, sign_in: Callable[[str], Browser]) -> None:
    ours = sign_in("admin")
    theirs: Browser = other.test_client()  # type: ignore[assignment]
    assert theirs.sign_in("admin", dbs.ADMIN_PASSWORD).status_code == 302
    for _turn in range(2):
        assert "The Other Paper" in theirs.get("/admin/tag/").text
        assert "The Other Paper" not in ours.get("/admin/tag/").text


def test_a_second_application_does_not_double_the_trail(app: Flask, other: Flask) -> None:
    with app.app_context(), unit_of_work():
        id = factories.tag().id
    with app.app_context():
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.target_type == "tag", AuditEntry.target_id == id)
        ).all()
        assert [entry.action for entry in entries] == ["tag.create"]


def test_an_application_can_be_made_again_with_the_same_settings(make_app: Callable[..., Flask]) -> None:
    first, second = make_app(), make_app()
    assert first is not second
    assert second.test_client().get("/auth/login").status_code == 200
    assert first.test_client().get("/auth/login").status_code == 200
