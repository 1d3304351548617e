"""Mail to moderators that comments wait: for who wishes it, seldom, and only where something came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.foundation import clock
from backoffice.foundation.database import unit_of_work
from tests import factories, people
from tests.notices.post_office import mails, tell_who_wish

pytestmark = pytest.mark.both_databases


def wishing(username: str = "mo") -> User:
    with unit_of_work():
        person = people.person(username)
        notices.switch(person, Notice.WAITING, on=True)
    return person


def comes(**changes: Any) -> None:
    with unit_of_work():
        factories.comment(created_at=clock.now(), **changes)


def test_nobody_gets_it_who_does_not_wish_it(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            people.person("mo")
        comes()
        tell_who_wish()
        assert mails() == []


def test_a_moderator_hears_how_many_wait_and_since_when_and_has_peace_for_an_hour(
    app: Flask, later: Callable[..., None]
) -> None:
    with app.app_context():
        wishing()
        comes()
        later(hours=3)
        comes()
        tell_who_wish()
        (mail,) = mails()
        assert "2 comments wait" in mail.subject and "3 hr" in mail.text
        comes()
        later(minutes=59)
        tell_who_wish()
        assert len(mails()) == 1
        later(minutes=2)
        tell_who_wish()
        assert "3 comments wait" in mails()[1].subject


def test_without_anything_new_there_is_no_second_mail(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        wishing()
        comes()
        tell_who_wish()
        later(days=2)
        tell_who_wish()
        assert len(mails()) == 1


def test_an_author_hears_of_comments_on_her_own_posts_only(app: Flask) -> None:
    with app.app_context():
        author = wishing("aut")
        comes()
        tell_who_wish()
        assert mails() == []
        comes(post=factories.post(published=True, author_id=author.id))
        tell_who_wish()
        assert "1 comment waits" in mails(author.email)[0].subject


def test_a_moment_written_under_a_wrong_clock_holds_nothing_up(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        wishing()
        comes()
        later(days=400)
        tell_who_wish()
        later(days=-400, hours=2)
        comes()
        tell_who_wish()
        assert len(mails()) == 2


def test_the_switch_that_begins_off_is_kept_beside_those_that_begin_on(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        person = people.person("mo")
        assert not notices.wants(person, Notice.WAITING) and notices.wants(person, Notice.COMMENTS)
        notices.choose(person, ["waiting"])
        assert {notice for notice in Notice if notices.wants(person, notice)} == {Notice.WAITING}
        notices.choose(person, [notice.value for notice in Notice if notice.begins_on])
        assert person.unwanted is None


def test_a_thousand_are_told_of_as_more_than_a_thousand(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.notices.waiting.MOST_COUNTED", 3)
    with app.app_context():
        wishing()
        with unit_of_work():
            post = factories.post(published=True)
            for _number in range(5):
                factories.comment(post=post, created_at=clock.now() - timedelta(minutes=5))
        tell_who_wish()
        assert "more than 3 comments wait" in mails()[0].subject
