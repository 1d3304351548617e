"""Calling a rule wrong, taking that back, and how the list of rules tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from backoffice.comments.disputes import dispute, withdraw_dispute
from backoffice.comments.models import CommentStatus
from backoffice.comments.rule_figures import MOST, Figures, figures_of
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def test_a_moderator_calls_a_rule_wrong_and_takes_it_back(app: Flask) -> None:
    with app.app_context():
        comment, person = factories.comment(), factories.user(roles=["moderator"])
        finding = factories.finding(comment=comment, rule_name="No clowns")
        other = factories.finding(comment=comment, is_decisive=False)
        version = comment.version
        dispute(comment, actor=person, finding=finding.id)
        assert finding.disputed_by == person.id and finding.disputed_at is not None
        assert (other.disputed_at, comment.version) == (None, version)
        with pytest.raises(NotApplicable):
            dispute(comment, actor=person, finding=finding.id)
        withdraw_dispute(comment, actor=person, finding=finding.id)
        assert (finding.disputed_by, finding.disputed_at) == (None, None)
        with pytest.raises(NotApplicable):
            withdraw_dispute(comment, actor=person)
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2)).all()
        assert [entry.action for entry in entries] == ["comment.withdraw_dispute", "comment.dispute"]
        assert entries[0].changes == {"rule": [None, "No clowns"]}


def test_a_finding_of_another_comment_cannot_be_called_wrong_here(app: Flask) -> None:
    with app.app_context():
        comment, finding = factories.comment(), factories.finding(comment=factories.comment())
        with pytest.raises(NotApplicable):
            dispute(comment, actor=factories.user(roles=["moderator"]), finding=finding.id)


def test_it_is_called_wrong_from_the_page_of_the_comment(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        comment = factories.comment()
        finding = factories.finding(comment=comment)
        id, number = comment.id, finding.id
    browser = sign_in("mo")
    answer = browser.submit(f"/admin/comment/action/{id}", {"action": "dispute", "finding": str(number)})
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.get_one(type(finding), number).disputed_at is not None
    again = browser.submit(
        f"/admin/comment/action/{id}", {"action": "dispute", "finding": str(number)}, follow_redirects=True
    )
    assert "No rule is left here to call wrong" in again.text


def test_a_rule_is_told_how_often_it_fitted_and_was_wrong(app: Flask) -> None:
    with app.app_context():
        rule, approving, person = factories.rule(), factories.rule(), factories.user()
        by_person = {"decided_by_id": person.id, "decided_at": clock.now()}
        for status, changes in (
            (CommentStatus.APPROVED, by_person),
            (CommentStatus.SPAM, by_person),
            (CommentStatus.PENDING, {}),
            (CommentStatus.APPROVED, {}),
        ):
            comment = factories.comment(status=status, **changes)
            factories.finding(comment=comment, rule_id=rule.id)
            factories.finding(comment=comment, rule_id=approving.id, action="approve")
        disputed = factories.comment()
        factories.finding(comment=disputed, rule_id=rule.id, disputed_at=clock.now())
        old = factories.comment(created_at=clock.now() - timedelta(days=31))
        factories.finding(comment=old, rule_id=rule.id)
        assert figures_of([rule.id, approving.id, factories.rule().id]) == {
            rule.id: Figures(fits=5, overruled=2),
            approving.id: Figures(fits=4, overruled=1),
        }
        assert figures_of([]) == {}


def test_figures_of_many_rules_are_one_query_and_look_at_some_findings_only(app: Flask) -> None:
    with app.app_context():
        rules, comment = [factories.rule() for _ in range(5)], factories.comment()
        for _ in range(MOST + 5):
            factories.finding(comment=comment, rule_id=rules[0].id)
        seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: seen.append(statement))
        found = figures_of([rule.id for rule in rules])
        assert found[rules[0].id].fits == MOST and found[rules[0].id].is_capped
        assert len(seen) == 1
