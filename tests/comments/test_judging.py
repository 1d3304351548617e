"""What becomes of a comment that is sent: the rules, what they leave behind, and what happens when one fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, select, text

from backoffice.comments import judging
from backoffice.comments.facts import CommentFacts
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import VISITOR, approve, submit
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post, PostStatus
from backoffice.readers import flags
from backoffice.readers.models import FlagReason, Measure, Restriction
from backoffice.readers.subjects import Subject
from backoffice.records.audit import AuditEntry
from backoffice.records.policies import COMMENTS_WITHOUT_RULE, Setting
from backoffice.rules import active, findings
from backoffice.rules.kinds import RuleAction, RuleKind
from backoffice.rules.models import Finding, Rule, TextPrint
from tests import factories

pytestmark = pytest.mark.both_databases
K, A = RuleKind, RuleAction
LONG_TEXT = "The same long words again, whatever the post is about."


@pytest.fixture(autouse=True)
def no_rules(app: Flask) -> None:
    """Begin without the rules of a new installation."""
    with app.app_context():
        db.session.execute(delete(Rule).execution_options(unaudited_because="a test begins"))
        db.session.commit()


def rule(kind: RuleKind, action: RuleAction = A.HOLD, **columns: Any) -> Rule:
    """A rule that is switched on."""
    made: Rule = factories.rule(kind=kind, action=action, is_active=True, **{"lines": "", **columns})
    return made


def sent(text: str = "Some words", *, post: Post | None = None, **changes: Any) -> Comment:
    """A comment that a visitor sends."""
    values = {"name": "Ana", "email": "ana@example.org", "address": "192.0.2.9", **changes}
    return submit(post or factories.post(published=True), actor=VISITOR, text=text, **values)


def earlier(status: CommentStatus, many: int = 1, **changes: Any) -> None:
    """Comments that the same author sent yesterday."""
    at = clock.now() - timedelta(days=1)
    for _ in range(many):
        values = {"author_email": "ana@example.org", "created_at": at, "decided_at": at, **changes}
        factories.comment(status=status, **values)


@pytest.mark.parametrize(
    ("action", "status"), [(A.HOLD, "pending"), (A.SPAM, "spam"), (A.REJECT, "rejected"), (A.APPROVE, "approved")]
)
def test_a_rule_does_what_it_says_and_the_trail_names_it(app: Flask, action: RuleAction, status: str) -> None:
    with app.app_context():
        made = rule(K.WORDS, action, lines="clowns", name="No clowns", reason="We said no clowns", weight=7)
        comment = sent("About clowns")
        assert comment.status.value == status
        assert (comment.decided_at is None, comment.decided_by_id) == (status == "pending", None)
        assert comment.reason == ("We said no clowns" if status == "rejected" else "")
        (finding,) = findings.of([comment.id])[comment.id]
        assert (finding.rule_id, finding.rule_name, finding.kind, finding.action) == (
            made.id,
            "No clowns",
            "words",
            action,
        )
        assert (finding.spans, finding.weight, finding.is_decisive) == ([[6, 12]], 7, True)
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.target_type == "comment", AuditEntry.target_id == comment.id)
        ).all()
        told = [(entry.action, entry.actor_name) for entry in entries]
        decided = [("comment.decide", "rules")] if status != "pending" else []
        assert told == [("comment.submit", "visitor"), *decided]
        assert not decided or entries[1].changes["rule"] == [None, "No clowns"]


def test_the_order_of_the_rules_decides_and_all_that_fit_are_kept(app: Flask) -> None:
    with app.app_context():
        rule(K.WORDS, A.APPROVE, lines="good", name="Good", position=1)
        rule(K.LINKS, A.SPAM, number=0, name="Links", position=2)
        comment = sent("good a.com")
        assert comment.status is CommentStatus.APPROVED
        found = findings.of([comment.id])[comment.id]
        assert [(each.rule_name, each.is_decisive) for each in found] == [("Good", True), ("Links", False)]


@pytest.mark.parametrize("policy", [None, "pending", "approved"])
def test_what_no_rule_fits_waits_unless_the_house_says_otherwise(app: Flask, policy: str | None) -> None:
    with app.app_context():
        if policy:
            db.session.add(Setting(name=COMMENTS_WITHOUT_RULE.name, value=policy))
            db.session.flush()
        comment = sent()
        assert comment.status.value == (policy or "pending")
        assert findings.of([comment.id]) == {}


def test_an_author_with_approvals_is_no_new_one(app: Flask) -> None:
    with app.app_context():
        rule(K.NEW_AUTHOR, number=2)
        rule(K.WORDS, A.APPROVE, lines="words")
        assert sent().status is CommentStatus.PENDING
        earlier(CommentStatus.APPROVED, 2)
        earlier(CommentStatus.APPROVED, 3, author_email="other@example.org")
        assert sent().status is CommentStatus.APPROVED
        assert sent(email="new@example.org").status is CommentStatus.PENDING


def test_an_author_rejected_lately_is_held(app: Flask) -> None:
    with app.app_context():
        rule(K.REJECTED_LATELY, A.REJECT, number=2, of_last=3)
        earlier(CommentStatus.SPAM)
        assert sent().status is CommentStatus.PENDING
        earlier(CommentStatus.REJECTED)
        comment = sent()
        assert comment.status is CommentStatus.REJECTED
        assert findings.of([comment.id])[comment.id][0].detail == {"rejected": 2, "decided": 2}


def test_the_same_text_again_is_noticed_in_other_signs_and_capitals(app: Flask) -> None:
    with app.app_context():
        rule(K.REPEATED, A.SPAM, number=1, days=7)
        assert sent(LONG_TEXT).status is CommentStatus.PENDING
        assert sent(LONG_TEXT.upper() + " !!!", email="other@example.org").status is CommentStatus.SPAM
        assert sent("Thanks!").status is CommentStatus.PENDING
        assert sent("Thanks!").status is CommentStatus.PENDING, "short words are written by many"


def test_a_text_is_known_again_whatever_way_it_came_in(app: Flask) -> None:
    with app.app_context():
        rule(K.REPEATED, A.SPAM, number=2, days=7)
        factories.comment(text=LONG_TEXT, created_at=clock.now() - timedelta(days=2))
        factories.comment(text=LONG_TEXT, created_at=clock.now() - timedelta(days=8))
        assert sent(LONG_TEXT.replace(" ", "  ")).status is CommentStatus.PENDING, "one of them is too old"
        assert sent(LONG_TEXT).status is CommentStatus.SPAM


def test_a_repetition_is_forgotten_after_its_days(app: Flask) -> None:
    with app.app_context():
        rule(K.REPEATED, A.SPAM, number=1, days=7)
        first = sent(LONG_TEXT)
        db.session.scalars(select(TextPrint).where(TextPrint.comment_id == first.id)).one().created_at -= timedelta(
            days=8
        )
        assert sent(LONG_TEXT).status is CommentStatus.PENDING


def test_many_in_a_short_time_are_counted_by_author_and_by_address(app: Flask) -> None:
    with app.app_context():
        rule(K.FLOOD, A.SPAM, number=2, minutes=10)
        assert sent().status is CommentStatus.PENDING
        assert sent(address="192.0.2.10").status is CommentStatus.PENDING
        assert sent(address="192.0.2.11").status is CommentStatus.SPAM, "the same e-mail"
        assert sent(email="b@example.org").status is CommentStatus.PENDING, "one from this address before"
        assert sent(email="c@example.org").status is CommentStatus.SPAM, "the same address"
        earlier(CommentStatus.PENDING, 5, author_email="d@example.org", author_address="192.0.2.50")
        assert sent(email="d@example.org", address="192.0.2.51").status is CommentStatus.PENDING, "long ago"


def test_an_old_post_and_blocked_mail_domains_are_noticed(app: Flask) -> None:
    with app.app_context():
        rule(K.OLD_POST, A.REJECT, days=14)
        rule(K.BLOCKED_DOMAINS, A.SPAM, lines="evil.com")
        old = factories.post(status=PostStatus.PUBLISHED, published_at=clock.now() - timedelta(days=15))
        assert sent(post=old).status is CommentStatus.REJECTED
        assert sent(email="a@mail.evil.com").status is CommentStatus.SPAM


def test_whoever_is_always_held_waits_whatever_a_rule_says(app: Flask) -> None:
    with app.app_context():
        rule(K.WORDS, A.APPROVE, lines="words")
        db.session.add(
            Restriction(measure=Measure.HOLD, known_by=Subject.EMAIL, value="ana@example.org", reason="Careful")
        )
        db.session.flush()
        comment = sent()
        assert comment.status is CommentStatus.PENDING
        assert [each.kind for each in findings.of([comment.id])[comment.id]] == ["held", "words"]


def test_a_rule_that_the_database_refuses_to_answer_loses_no_comment(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(self: CommentFacts, days: int) -> int:
        return int(db.session.execute(text("SELECT * FROM no_such_table")).scalar_one())

    with app.app_context():
        rule(K.REPEATED, A.SPAM, number=1, days=7, name="Broken")
        rule(K.WORDS, A.APPROVE, lines="words")
        db.session.commit()
        monkeypatch.setattr(CommentFacts, "copies", failing)
        with caplog.at_level(logging.ERROR), unit_of_work():
            id = sent().id
        assert "Broken" in caplog.text
    with app.app_context():
        comment = db.session.get_one(Comment, id)
        assert comment.status is CommentStatus.PENDING
        assert [each.kind for each in findings.of([id])[id]] == ["fault", "words"]


def test_a_damaged_rule_in_the_database_holds_and_does_not_stop(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context():
        rule(K.PATTERNS, A.SPAM, lines="(a")
        with caplog.at_level(logging.ERROR):
            comment = sent()
        assert comment.status is CommentStatus.PENDING
        assert (
            findings.of([comment.id])[comment.id][0].told == "This rule could not be worked out, so the comment is held"
        )


def test_only_what_active_rules_ask_for_is_looked_up(app: Flask) -> None:
    with app.app_context():
        rule(K.WORDS, lines="clowns")
        factories.rule(kind=K.NEW_AUTHOR, number=1, lines="")
        post = factories.post(published=True)
        sent(post=post)
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        sent(post=post)
        event.remove(db.engine, "before_cursor_execute", note)
        assert not [each for each in seen if "FROM comments" in each or "FROM text_prints" in each]


def test_a_change_of_a_rule_is_noticed_by_other_processes(make_app: Callable[..., Flask]) -> None:
    one, other = make_app(), make_app()
    with other.app_context():
        before = active.active_rules()
    with one.app_context(), unit_of_work():
        rule(K.WORDS, lines="clowns", name="New")
    with other.app_context():
        assert active.active_rules() == before, "it looks once a second"
        other.extensions["rules"].looked_at -= active.LOOKS_EVERY
        assert [each.name for each in active.active_rules()] == ["New"]
        assert active.active_rules()[0] is active.active_rules()[0], "made ready once"


def report(comment: Comment, *visitors: str) -> None:
    """Visitors report the comment, and the rules are asked."""
    for visitor in visitors:
        assert flags.add(comment.id, visitor=visitor, reason=FlagReason.SPAM)
        judging.flagged(comment)


def test_reports_of_readers_take_a_comment_off_the_site_until_somebody_decides(app: Flask) -> None:
    with app.app_context():
        rule(K.FLAGS, number=2, name="Reported")
        comment, moderator = factories.comment(status=CommentStatus.APPROVED), factories.user(roles=["moderator"])
        version = comment.version
        report(comment, "one")
        assert (comment.status, comment.version) == (CommentStatus.APPROVED, version)
        report(comment, "two")
        assert (comment.status, comment.version) == (CommentStatus.PENDING, version + 1)
        (finding,) = findings.of([comment.id])[comment.id]
        assert (finding.rule_name, finding.detail) == ("Reported", {"flags": 2})
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.actor_name) == ("comment.decide", "rules")
        approve(comment, actor=moderator)
        report(comment, "three")
        assert comment.status is CommentStatus.APPROVED, "what the moderator has seen does not count again"


def test_reports_of_what_waits_are_told_once(app: Flask) -> None:
    with app.app_context():
        rule(K.FLAGS, A.SPAM, number=1)
        comment = factories.comment()
        report(comment, "one", "two", "three")
        assert comment.status is CommentStatus.PENDING
        assert len(findings.of([comment.id])[comment.id]) == 1


def test_findings_go_with_their_comment_and_outlive_their_rule(app: Flask) -> None:
    with app.app_context():
        made = rule(K.WORDS, lines="words")
        comment = sent()
        db.session.delete(made)
        db.session.flush()
        db.session.expire_all()
        (finding,) = findings.of([comment.id])[comment.id]
        assert (finding.rule_id, finding.told) == (None, "Word: words")
        db.session.delete(comment)
        db.session.flush()
        assert not db.session.scalar(select(Finding.id))
