"""An import is one thing to take back: what nobody touched since goes, the rest stays and is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from backoffice.accounts.models import User
from backoffice.comments.models import Comment
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.records import undoing
from backoffice.records.audit import AuditEntry
from tests import factories

pytestmark = pytest.mark.both_databases


def test_an_import_is_taken_back_but_for_what_somebody_changed_since(app: Flask, tmp_path: Path) -> None:
    table = tmp_path / "comments.csv"
    lines = [f"Name {number},2020-01-02T10:00:00,Text number {number},0" for number in range(20)]
    table.write_text("\n".join(["AUTHOR,DATE,CONTENT,CLASS", *lines]), encoding="utf-8")
    with app.app_context(), unit_of_work():
        post = factories.post().id
    result = app.test_cli_runner().invoke(args=["import", "comments", str(table), "--post", str(post)])
    assert result.exit_code == 0, result.output
    with app.app_context():
        batches = set(db.session.scalars(select(AuditEntry.request_id).where(AuditEntry.target_type == "comment")))
        assert len(batches) == 1
        admin = db.session.scalars(select(User).where(User.username == "admin")).one()
        with unit_of_work():
            touched = db.session.scalars(select(Comment).order_by(Comment.id)).first()
            assert touched is not None
            touched.text = "Somebody wrote this"
        with unit_of_work(), acting(actor=admin, surface="admin"):
            outcome = undoing.undo(batches.pop(), actor=admin)
        assert len(outcome.done) == 19
        assert outcome.skipped == [(touched.title_text, "It was changed since, so it stays.")]
        assert db.session.scalar(select(func.count(Comment.id))) == 1
