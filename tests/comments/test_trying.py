"""Trying a rule on past comments: the same as if it had been switched on, and nothing that a person may not see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from backoffice.comments import trying
from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import VISITOR, approve, reject, spam, submit
from backoffice.comments.trying import try_rule
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput, NotAllowed
from backoffice.foundation.permissions import OWN, Can, System
from backoffice.posts.models import PostStatus
from backoffice.records.audit import AuditEntry
from backoffice.rules.kinds import LooksAt, RuleAction, RuleKind
from backoffice.rules.models import Finding, Rule
from tests import factories

pytestmark = pytest.mark.both_databases
K = RuleKind
MODERATOR = System("moderator", Can.COMMENT_MODERATE)
SEES = System("somebody", Can.COMMENT_VIEW, Can.COMMENT_VIEW_CONTACT)
#: One rule of each kind that a comment meets when it is sent, so that some of the comments below fit and some do not.
RULES: dict[str, dict[str, Any]] = {
    "words": {"kind": K.WORDS, "lines": "clown*"},
    "names": {"kind": K.WORDS, "lines": "bob", "looks_at": LooksAt.NAME},
    "patterns": {"kind": K.PATTERNS, "lines": r"\bn\w+"},
    "links": {"kind": K.LINKS, "number": 1},
    "blocked": {"kind": K.BLOCKED_DOMAINS, "lines": "evil.com"},
    "trusted": {"kind": K.TRUSTED_DOMAINS, "lines": "good.org"},
    "new": {"kind": K.NEW_AUTHOR, "number": 2},
    "rejected": {"kind": K.REJECTED_LATELY, "number": 1, "of_last": 3},
    "repeated": {"kind": K.REPEATED, "number": 1, "days": 2},
    "flood": {"kind": K.FLOOD, "number": 1, "minutes": 120},
    "old": {"kind": K.OLD_POST, "days": 3},
}
TEXTS = (
    "Clowns at the harbour, all of them",
    "Nothing to say about it, really",
    "See a.evil.com and good.org for more",
    "Only good.org knows about the ferries",
)
PEOPLE = (
    ("Ana", "ana@example.org", "192.0.2.1"),
    ("Bob", "bob@evil.com", "192.0.2.2"),
    ("Cy", "cy@example.org", "192.0.2.1"),
)
DECISIONS = (approve, None, reject, spam, approve)


@pytest.fixture
def past(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, set[str]]]:
    """Comments that were sent hour by hour while all the rules were on and people decided: what fitted, by comment."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    with app.app_context():
        db.session.execute(delete(Rule).execution_options(unaudited_because="a test begins"))
        for name, values in RULES.items():
            factories.rule(name=name, is_active=True, action=RuleAction.HOLD, **{"lines": "", **values})
        post = factories.post(status=PostStatus.PUBLISHED, published_at=now - timedelta(days=2))
        ids = []
        for number in range(30):
            now += timedelta(minutes=40 + 25 * (number % 4))
            name, email, address = PEOPLE[number % 3]
            comment = submit(post, actor=VISITOR, name=name, email=email, address=address, text=TEXTS[(number * 7) % 4])
            ids.append(comment.id)
            now += timedelta(minutes=3)
            decide = DECISIONS[number % 5]
            if decide is not None and number >= 2:
                target = db.session.get_one(Comment, ids[number - 2])
                if decide.fits(target):
                    decide(target, actor=MODERATOR)
        found: dict[int, set[str]] = {id: set() for id in ids}
        for finding in db.session.scalars(select(Finding)):
            found[finding.comment_id].add(finding.rule_name)
        yield found


@pytest.mark.parametrize("name", RULES)
def test_a_try_finds_what_would_have_been_found(past: dict[int, set[str]], name: str) -> None:
    rule = db.session.scalars(select(Rule).where(Rule.name == name)).one()
    tried = try_rule(rule, actor=SEES, seconds=60)
    expected = {id for id, names in past.items() if name in names}
    assert 0 < len(expected) < len(past), "the past has to have both"
    assert (tried.looked_at, tried.fits, tried.is_whole) == (len(past), len(expected), True)
    assert {sample.id for sample in tried.samples} <= expected
    assert len(tried.samples) == min(len(expected), trying.SAMPLES)
    assert sum(tried.decided.values()) == len(expected)


def test_a_try_says_what_was_decided_and_marks_what_was_found(app: Flask) -> None:
    with app.app_context():
        for status in (CommentStatus.APPROVED, CommentStatus.APPROVED, CommentStatus.SPAM):
            factories.comment(text="About Clowns", status=status)
        factories.comment(text="About ferries")
        tried = try_rule(factories.rule(lines="clowns"), actor=SEES)
        assert (tried.looked_at, tried.fits) == (4, 3)
        assert tried.decided == {CommentStatus.APPROVED: 2, CommentStatus.SPAM: 1}
        assert tried.samples[0].parts == [("About ", False), ("Clowns", True)]
        assert tried.samples[0].told == "Word: clowns"


def test_a_try_changes_nothing(app: Flask) -> None:
    with app.app_context():
        comment, rule = factories.comment(text="clowns"), factories.rule(lines="clowns", action=RuleAction.REJECT)
        before, version = db.session.query(AuditEntry).count(), comment.version
        try_rule(rule, actor=SEES)
        db.session.flush()
        assert (comment.status, comment.version) == (CommentStatus.PENDING, version)
        assert db.session.query(AuditEntry).count() == before
        assert not db.session.scalar(select(Finding.id))


def test_a_try_of_many_stops_in_time_and_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_SLICE", 3)
    with app.app_context():
        post = factories.post(published=True)
        for number in range(10):
            factories.comment(post=post, text="clowns", created_at=clock.now() - timedelta(minutes=number // 4))
        rule = factories.rule(lines="clowns")
        whole = try_rule(rule, actor=SEES, seconds=60)
        assert (whole.looked_at, whole.fits, whole.is_whole) == (10, 10, True)
        assert len({sample.id for sample in whole.samples}) == 10
        some = try_rule(rule, actor=SEES, seconds=60, most=7)
        assert (some.looked_at, some.is_whole) == (7, False)
        assert [sample.id for sample in some.samples] == [sample.id for sample in whole.samples][:7]
        assert try_rule(rule, actor=SEES, seconds=-1).looked_at == 0


def test_an_author_tries_on_the_comments_under_her_own_posts(app: Flask) -> None:
    with app.app_context():
        author = factories.user(roles=[factories.role(permissions={"rule.view": "all", "comment.view": OWN})])
        own = factories.comment(text="clowns", post=factories.post(published=True, author=author))
        factories.comment(text="clowns")
        tried = try_rule(factories.rule(lines="clowns"), actor=author)
        assert (tried.looked_at, [sample.id for sample in tried.samples]) == (1, [own.id])


@pytest.mark.parametrize(
    "values",
    [
        {"lines": "x", "looks_at": LooksAt.EMAIL},
        {"kind": K.PATTERNS, "lines": "x", "looks_at": LooksAt.EMAIL},
        {"kind": K.BLOCKED_DOMAINS, "lines": "evil.com"},
        {"kind": K.FLOOD, "number": 1, "minutes": 1},
    ],
)
def test_who_may_not_see_addresses_cannot_find_them_out_by_trying(app: Flask, values: dict[str, Any]) -> None:
    with app.app_context():
        rule = factories.rule(**values)
        with pytest.raises(NotAllowed) as refusal:
            try_rule(rule, actor=System("x", Can.COMMENT_VIEW))
        assert refusal.value.permission == "comment.view_contact"
        with pytest.raises(NotAllowed):
            try_rule(factories.rule(), actor=System("x"))


def test_staff_are_not_judged_and_a_rule_that_cannot_be_asked_is_refused(app: Flask) -> None:
    with app.app_context():
        factories.comment(text="clowns", author=factories.user())
        assert try_rule(factories.rule(lines="clowns"), actor=SEES).looked_at == 0
        with pytest.raises(InvalidInput):
            try_rule(factories.rule(kind=K.PATTERNS, lines="(a"), actor=SEES)
