"""What moderators know of an author: how she fared, by which names, what holds for her."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backoffice.comments import standing
from backoffice.comments.models import CommentStatus
from backoffice.comments.standing import standing_of
from backoffice.foundation import clock
from backoffice.readers import notes
from backoffice.readers.models import Measure
from backoffice.readers.subjects import Subject
from tests import factories

pytestmark = pytest.mark.both_databases
APPROVED, PENDING, REJECTED, SPAM = (
    CommentStatus.APPROVED,
    CommentStatus.PENDING,
    CommentStatus.REJECTED,
    CommentStatus.SPAM,
)
RUDI = {"author_name": "Rudi", "author_email": "rudi@example.net", "author_address": "198.51.100.4"}


def moderator() -> Any:
    return factories.user(roles=["moderator"])


def test_an_author_is_counted_by_what_became_of_her_comments(app: Flask) -> None:
    with app.app_context():
        begun = clock.now() - timedelta(days=40)
        factories.comment(status=APPROVED, created_at=begun, **RUDI)
        for status in (APPROVED, APPROVED, REJECTED, SPAM):
            factories.comment(status=status, **RUDI)
        factories.comment(status=SPAM, author_name="Rudi")
        one = factories.comment(**RUDI)
        found = standing_of(one, moderator())
        assert (found.approved, found.rejected, found.spam, found.pending) == (3, 1, 1, 1)
        assert (found.total, found.decided, found.is_more) == (6, 5, False)
        assert found.share_rejected == pytest.approx(0.4)
        assert found.first_seen == begun
        assert found.key == "email:rudi@example.net"
        assert len(found.last) == 5
        assert one not in found.last


def test_who_was_never_decided_about_has_no_share(app: Flask) -> None:
    with app.app_context():
        assert standing_of(factories.comment(), moderator()).share_rejected is None


def test_an_account_goes_before_an_address_and_an_address_before_a_name(app: Flask) -> None:
    with app.app_context():
        dara = factories.user()
        factories.comment(author=dara, status=APPROVED, author_email="one@example.net")
        factories.comment(author_name="Rudi", author_email=None, status=SPAM)
        mo = moderator()
        by_account = standing_of(factories.comment(author=dara, author_email="two@example.net"), mo)
        assert (by_account.key, by_account.total) == (f"account:{dara.id}", 2)
        by_name = standing_of(factories.comment(author_name="Rudi", author_email=None), mo)
        assert (by_name.key, by_name.total, by_name.spam) == ("name:Rudi", 2, 1)
        by_address = standing_of(factories.comment(author_name="Rudi", author_email="three@example.net"), mo)
        assert by_address.total == 1


def test_of_very_many_the_newest_are_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MOST_COUNTED", 3)
    with app.app_context():
        begun = clock.now() - timedelta(days=40)
        for number in range(5):
            factories.comment(status=SPAM, created_at=begun + timedelta(days=number), **RUDI)
        found = standing_of(factories.comment(**RUDI), moderator())
        assert found.is_more
        assert found.total == 4
        assert found.first_seen == begun


def test_other_names_at_the_same_address_are_for_who_may_see_addresses(app: Flask) -> None:
    with app.app_context():
        for name in ("Rudi", "Rudolf", "Ruth"):
            factories.comment(author_name=name, author_address="198.51.100.4")
        factories.comment(author_name="Far away", author_address="198.51.100.5")
        one = factories.comment(**RUDI)
        assert sorted(standing_of(one, moderator()).other_names) == ["Rudolf", "Ruth"]
        role = factories.role(permissions={"comment.moderate": "all", "comment.view": "all"})
        assert standing_of(one, factories.user(roles=[role])).other_names == ()


def test_what_holds_and_what_held_stand_apart(app: Flask) -> None:
    with app.app_context():
        one = factories.comment(**RUDI)
        now = clock.now()
        hold = factories.restriction(value="rudi@example.net", measure=Measure.HOLD)
        ban = factories.restriction(known_by=Subject.NETWORK, value="198.51.100.0/24")
        over = factories.restriction(value="rudi@example.net", until=now - timedelta(days=1))
        read = factories.restriction(value="rudi@example.net", measure=Measure.WARN, acknowledged_at=now)
        factories.restriction(value="other@example.net")
        found = standing_of(one, moderator())
        assert list(found.restrictions) == [ban, hold]
        assert list(found.past) == [read, over]
        assert found.warnings == 1
        role = factories.role(permissions={"comment.moderate": "all"})
        hidden = standing_of(one, factories.user(roles=[role]))
        assert list(hidden.restrictions) == list(hidden.past) == []


def test_notes_are_told_with_who_wrote_them(app: Flask) -> None:
    with app.app_context():
        one, mo = factories.comment(**RUDI), moderator()
        notes.write("Knows the harbour well.", author_key="email:rudi@example.net", comment_id=one.id, actor=mo)
        (note,) = standing_of(one, mo).notes
        assert (note.text, note.by) == ("Knows the harbour well.", mo)


def test_an_author_of_posts_sees_the_comments_on_her_own_posts_only(app: Flask) -> None:
    with app.app_context():
        aut = factories.user(roles=["author"])
        mine = factories.post(published=True, author=aut)
        factories.comment(**RUDI)
        seen = factories.comment(post=mine, **RUDI)
        found = standing_of(factories.comment(post=mine, **RUDI), aut)
        assert list(found.last) == [seen]
        assert found.total == 3
