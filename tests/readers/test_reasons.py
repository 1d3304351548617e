"""Reasons for rejecting: chosen or typed, the last one remembered, mailed to one author who wants it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.comments.models import Comment, CommentStatus
from backoffice.comments.operations import approve, reject, restore
from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotApplicable
from backoffice.foundation.i18n import speaking
from backoffice.readers import reasons
from backoffice.readers.default_reasons import DEFAULT_REASONS, in_words
from backoffice.readers.models import CannedReason, ConfirmedAddress
from backoffice.readers.operations import move_down, move_up
from backoffice.readers.queries import offered
from backoffice.records.outbox import OutboxMail
from tests import factories
from tests.browser import Browser

pytestmark = pytest.mark.both_databases


def confirmed(email: str, locale: str = "en") -> None:
    """Somebody said yes to mail at this address."""
    row = ConfirmedAddress(email=email, locale=locale)
    row.confirmed_at = row.asked_at
    db.session.add(row)
    db.session.flush()
    row.confirmed_at = row.asked_at


def labels() -> list[str]:
    return [each.label for each in db.session.scalars(offered())]


def moderator() -> object:
    return factories.user(roles=["moderator"])


def test_a_new_installation_offers_six_reasons(app: Flask) -> None:
    with app.app_context():
        assert labels() == [
            "Off topic",
            "Insulting",
            "Advertising",
            "Personal data",
            "Against the law",
            "In the wrong language",
        ]


def test_a_reason_is_moved_past_its_neighbours_and_not_past_the_ends(app: Flask) -> None:
    with app.app_context():
        ana = factories.user(roles=["administrator"])
        last = db.session.scalars(offered()).all()[-1]
        for place in (4, 3, 2, 1, 0):
            move_up(last, actor=ana)
            assert labels()[place] == "In the wrong language"
        with pytest.raises(NotApplicable):
            move_up(last, actor=ana)
        move_down(last, actor=ana)
        assert labels()[:2] == ["Off topic", "In the wrong language"]


def test_reasons_that_lie_on_one_another_are_moved_all_the_same(app: Flask) -> None:
    with app.app_context():
        ana, listed = factories.user(roles=["administrator"]), db.session.scalars(offered()).all()
        for each in listed:
            each.position = 1.0
        db.session.flush()
        before = labels()
        move_up(listed[3], actor=ana)
        assert labels() == [*before[:2], before[3], before[2], *before[4:]]


def test_what_was_typed_comes_before_what_was_chosen(app: Flask) -> None:
    with app.app_context():
        mo, one = moderator(), db.session.scalars(offered()).first()
        assert one is not None
        first, second = factories.comment(), factories.comment()
        reject(first, actor=mo, reason_id=one.id)
        reject(second, actor=mo, reason_id=one.id, reason=" Mine ")
        assert (first.reason, second.reason) == ("It is not about the article.", "Mine")
        with pytest.raises(InvalidInput):
            reject(factories.comment(), actor=mo, reason_id=99_999)


def test_the_last_reason_is_that_of_the_person_and_of_what_stands(app: Flask) -> None:
    with app.app_context():
        mo, other = factories.user(roles=["moderator"]), factories.user(roles=["moderator"])
        assert reasons.last_of(mo) is None
        chosen = db.session.scalars(offered()).all()[1]
        reject(factories.comment(), actor=mo, reason_id=chosen.id)
        assert reasons.last_of(mo) == reasons.LastReason(chosen.text, chosen.id)
        latest = factories.comment()
        reject(latest, actor=mo, reason="Mine")
        approve(factories.comment(), actor=mo)
        assert reasons.last_of(mo) == reasons.LastReason("Mine")
        restore(latest, actor=mo)
        assert reasons.last_of(mo) == reasons.LastReason(chosen.text, chosen.id)
        assert reasons.last_of(other) is None


def test_the_author_is_told_in_her_language_and_can_stop_it(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        one = factories.comment(author_email="harriet@example.net", author_name="Harriet")
        confirmed("harriet@example.net", "de")
        chosen = db.session.scalars(offered()).first()
        assert chosen is not None
        reject(one, actor=moderator(), reason_id=chosen.id, tell=True)
        mail = db.session.scalar(select(OutboxMail))
        assert mail is not None
        assert (mail.recipient, mail.locale) == ("harriet@example.net", "de")
        with speaking("de"):
            assert in_words(chosen.text) in mail.text
        assert "Harriet" in mail.text
        assert one.text in mail.text
        assert "/mail/unsubscribe/" in mail.text
        assert mail.html


def test_who_did_not_confirm_is_not_told_and_nothing_is_decided(app: Flask) -> None:
    with app.app_context():
        one = factories.comment()
        with pytest.raises(InvalidInput) as refusal, db.session.begin_nested():
            reject(one, actor=moderator(), tell=True)
        assert refusal.value.field == "tell"
        db.session.refresh(one)
        assert one.status is CommentStatus.PENDING


def test_many_rejected_at_once_mail_nobody(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    with app.app_context(), unit_of_work():
        ids = [factories.comment(author_email=f"r{number}@example.net").id for number in range(3)]
        for number in range(3):
            confirmed(f"r{number}@example.net")
    fields = {"action": "reject", "rowid": [str(id) for id in ids], "tell": "y", "reason": "x"}
    page = sign_in("mo").submit("/admin/comment/action/", fields)
    assert page.status_code == 422
    assert "one comment at a time" in page.text
    with app.app_context():
        assert db.session.query(OutboxMail).count() == 0
        assert {db.session.get(Comment, id).status for id in ids} == {CommentStatus.PENDING}
        assert reject.in_bulk is not None
        with pytest.raises(InvalidInput):
            reject.in_bulk(actor=moderator(), tell=True)


def test_the_page_that_asks_offers_mail_only_where_it_can_be_sent(
    app: Flask, sign_in: Callable[[str], Browser]
) -> None:
    with app.app_context(), unit_of_work():
        known, unknown = factories.comment(author_email="harriet@example.net").id, factories.comment().id
        confirmed("harriet@example.net")
    mo = sign_in("mo")

    def asked(*ids: int) -> str:
        # A reason too long is sent back, with the page that asks.
        fields = {"action": "reject", "rowid": [str(id) for id in ids], "reason": "x" * 600}
        return mo.submit("/admin/comment/action/", fields).text

    assert 'name="tell"' in asked(known)
    assert "Off topic" in asked(known)
    assert 'name="tell"' not in asked(unknown)
    assert 'name="tell"' not in asked(known, unknown)


def test_mail_is_for_one_comment_of_a_request(app: Flask) -> None:
    with app.app_context():
        mo = moderator()
        confirmed("harriet@example.net")
        first, second = (factories.comment(author_email="harriet@example.net") for _ in "12")
        with acting(request_id="ONEREQUEST"):
            reject(first, actor=mo, tell=True)
            with pytest.raises(InvalidInput):
                reject(second, actor=mo, tell=True)


def test_every_default_reason_fits_its_columns() -> None:
    for label, text in DEFAULT_REASONS:
        CannedReason(label=str(label), text=str(text))
