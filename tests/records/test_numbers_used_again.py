"""SQLite gives the number of the newest record again once that is deleted: nobody is taken for another then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.deleting import remove
from backoffice.jobs import tasks as running
from backoffice.posts.models import Tag
from backoffice.records import undoing, undoing_in_bulk
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases


def admin() -> Any:
    return db.session.scalars(select(User).where(User.username == "admin")).one()


def one_after_the_other() -> Tag:
    """A tag is made, changed and deleted, each by a request of its own; then somebody makes another."""
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="MADE"):
        tag = factories.tag(name="The first")
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="CHANGED"):
        tag.name = "Harbour"
        db.session.flush()
    with unit_of_work(), acting(actor=admin(), surface="admin", request_id="GONE"):
        remove(tag)
        db.session.flush()
    with unit_of_work(), acting(surface="admin", request_id="ANOTHER"):
        return factories.tag(name="Harbour", slug="another")


@pytest.mark.parametrize("batch", ["MADE", "CHANGED"])
@pytest.mark.parametrize("in_the_background", [False, True])
def test_undo_leaves_the_next_record_alone(app: Flask, batch: str, in_the_background: bool) -> None:
    with app.app_context():
        other = one_after_the_other()
        if in_the_background:
            with unit_of_work():
                undoing_in_bulk.begin_taking_back(batch, "Undo", actor=admin())
            running.work(app)
        else:
            with unit_of_work(), acting(actor=admin(), surface="admin"):
                outcome = undoing.undo(batch, actor=admin())
            assert [reason for _title, reason in outcome.skipped] == ["It is not there any more."]
        db.session.expire_all()
        assert [tag.name for tag in db.session.scalars(select(Tag))] == ["Harbour"]
        assert db.session.get_one(Tag, other.id).version == 1


def test_its_page_does_not_show_what_the_other_went_through(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("ana")
    with app.app_context():
        number = one_after_the_other().id
    assert "The first" not in browser.get(f"/admin/tag/edit/?id={number}").text
