"""The outbox in the back office: what is promised, what became of it, and nothing that was not meant for the reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.mail.delivering import deliver_due
from backoffice.records import outbox
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import MailStatus, OutboxMail
from tests import factories
from tests.browser import Browser, fields_in

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]


def mail(app: Flask, **changes: Any) -> int:
    """The number of a new mail."""
    with app.app_context(), unit_of_work():
        return factories.mail(**changes).id


def now(app: Flask, id: int) -> OutboxMail:
    """The mail as it stands."""
    with app.app_context():
        return db.session.get_one(OutboxMail, id)


def does(browser: Browser, action: str, id: int) -> str:
    """Press a button on the line of a mail; the page that follows."""
    answer = browser.submit("/admin/outbox/action/", {"action": action, "rowid": str(id)}, follow_redirects=True)
    return answer.text


def test_the_outbox_lists_what_was_promised(app: Flask, sign_in: SignIn) -> None:
    mail(app, recipient="jo@example.org", subject="Low tide")
    mail(app, subject="High tide", status=MailStatus.FAILED)
    ana = sign_in("ana")
    page = ana.get("/admin/outbox/").text
    assert "jo@example.org" in page
    assert "Low tide" in page
    assert "High tide" in page
    narrowed = ana.get("/admin/outbox/?flt_status=failed").text
    assert "High tide" in narrowed
    assert "Low tide" not in narrowed
    assert "Low tide" in ana.get("/admin/outbox/?flt_recipient=jo%40example.org").text
    assert "High tide" not in ana.get("/admin/outbox/?search=low").text


def test_only_who_may_sees_the_outbox(app: Flask, sign_in: SignIn) -> None:
    id = mail(app)
    for username in ("ed", "mo", "aut", "tra"):
        browser = sign_in(username)
        for address in ("/admin/outbox/", f"/admin/outbox/details/?id={id}", f"/admin/outbox/file/{id}.eml"):
            assert browser.get(address).status_code == 403, address
    reader = sign_in("rita")
    assert reader.get(f"/admin/outbox/details/?id={id}").status_code == 200
    assert reader.submit("/admin/outbox/action/", {"action": "retry", "rowid": str(id)}).status_code == 403


def test_a_mail_is_shown_as_its_reader_gets_it_and_can_do_nothing_here(app: Flask, sign_in: SignIn) -> None:
    nasty = (
        '<p>Ebb <b>and</b> flow</p><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:3">x</a>'
    )
    id = mail(app, text="Ebb <script> and flow", html=nasty)
    page = sign_in("ana").get(f"/admin/outbox/details/?id={id}").text
    assert "Ebb &lt;script&gt; and flow" in page
    assert "alert(" not in page
    assert "javascript:" not in page
    assert re.search(r"<p>Ebb <(b|strong)>and</\1> flow</p>", page)


def test_the_page_of_a_mail_names_its_language(app: Flask, sign_in: SignIn) -> None:
    assert "Deutsch" in sign_in("ana").get(f"/admin/outbox/details/?id={mail(app, locale='de')}").text


def test_a_mail_can_be_downloaded_as_a_file(app: Flask, sign_in: SignIn) -> None:
    id = mail(app, subject="Low tide", text="Ebb")
    ana = sign_in("ana")
    assert f'href="/admin/outbox/file/{id}.eml"' in ana.get(f"/admin/outbox/details/?id={id}").text
    answer = ana.get(f"/admin/outbox/file/{id}.eml")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "message/rfc822"
    assert message_from_bytes(answer.data, policy=default)["Subject"] == "Low tide"
    for number in ("0", "999999", str(2**31), str(2**70)):
        assert ana.get(f"/admin/outbox/file/{number}.eml").status_code == 404


def test_what_lets_its_reader_in_is_shown_to_nobody_else(app: Flask, sign_in: SignIn) -> None:
    secret = {"text": "open sesame", "html": "<p>open sesame</p>", "is_secret": True}
    id, ana = mail(app, **secret), sign_in("ana")
    for address in ("/admin/outbox/", f"/admin/outbox/details/?id={id}", f"/admin/outbox/file/{id}.eml"):
        assert "sesame" not in ana.get(address).text
    found = ana.get("/admin/outbox/?search=sesame").text
    assert f"data-id={id}" not in found
    assert "sesame" not in does(ana, "retry", id)


def test_what_failed_is_sent_again(app: Flask, sign_in: SignIn) -> None:
    id = mail(app, status=MailStatus.FAILED, attempts=8, last_error="550 no")
    assert "To be sent now" in does(sign_in("ana"), "retry", id)
    assert (now(app, id).status, now(app, id).attempts) == (MailStatus.WAITING, 0)
    assert deliver_due(app) == 1
    assert now(app, id).status is MailStatus.SENT


def test_what_waits_can_be_cancelled_and_is_not_sent(app: Flask, sign_in: SignIn) -> None:
    id = mail(app, is_secret=True)
    does(sign_in("ana"), "cancel", id)
    assert (now(app, id).status, now(app, id).text) == (MailStatus.CANCELLED, "")
    assert deliver_due(app) == 0


def test_a_dead_letter_goes_to_another_address_and_the_trail_says_so(app: Flask, sign_in: SignIn) -> None:
    id = mail(app, status=MailStatus.FAILED, attempts=1, last_error="550 no", recipient="rtia@example.org")
    ana = sign_in("ana")
    form = {"action": "redirect", "rowid": str(id)}
    assert "another address" in ana.get(f"/admin/outbox/details/?id={id}").text
    asked = ana.submit("/admin/outbox/action/", {**form, "ask": "1"}).text
    assert 'value="rtia@example.org"' in asked
    assert "550 no" in asked
    refused = ana.submit("/admin/outbox/action/", {**form, "email": "no address"})
    assert refused.status_code == 422
    assert "no address" in refused.text
    assert now(app, id).recipient == "rtia@example.org"
    ana.submit("/admin/outbox/action/", {**form, "email": " rita@example.org "})
    assert (now(app, id).recipient, now(app, id).status) == ("rita@example.org", MailStatus.WAITING)
    page = ana.get(f"/admin/outbox/details/?id={id}").text
    assert "Sent to another address" in page
    assert "rtia@example.org" in page
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "mail.redirect")).one()
        assert entry.changes == {"before": [None, "rtia@example.org"], "after": [None, "rita@example.org"]}
    assert deliver_due(app) == 1


def test_a_newcomer_is_told_that_nothing_leaves_the_machine_and_where_mail_is(app: Flask, sign_in: SignIn) -> None:
    page = sign_in("ana").get("/admin/outbox/").text
    assert "Nothing leaves this machine" in page
    assert str(app.config["MAIL_ROUTE"].folder) in page


def test_the_outbox_tells_how_much_stands_in_it_and_since_when(app: Flask, sign_in: SignIn) -> None:
    for hours in (1, 3):
        mail(app, next_at=clock.now() - timedelta(hours=hours))
    mail(app, status=MailStatus.FAILED)
    page = sign_in("ana").get("/admin/outbox/").text
    summary = " ".join(re.sub(r"<[^>]+>", " ", page.split('class="bo-outbox"', 1)[1].split("</ul>", 1)[0]).split())
    assert "2 due oldest 3 hr" in summary
    assert "1 failed" in summary


def test_only_who_may_send_again_has_the_queue_tried(app: Flask, sign_in: SignIn) -> None:
    assert sign_in("rita").submit("/admin/outbox/queue/try/", {}).status_code == 403
    page = sign_in("ana").submit("/admin/outbox/queue/try/", {}, follow_redirects=True).text
    assert "not paused" in page


@pytest.mark.parametrize("status", [MailStatus.SENT, MailStatus.SENDING, MailStatus.CANCELLED])
@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_what_is_gone_stays_as_it_is(app: Flask, sign_in: SignIn, action: str, status: MailStatus) -> None:
    id = mail(app, status=status)
    assert "does not apply" in does(sign_in("ana"), action, id)
    assert now(app, id).status is status


def promised_with_a_tag(app: Flask, browser: Browser) -> tuple[str, int]:
    """A batch that made a tag and promised a mail: its id, and the number of the mail."""
    page = browser.get("/admin/tag/new/").text
    browser.submit("/admin/tag/new/", {**fields_in(page, holding="name"), "name": "Tides"})
    with app.app_context(), unit_of_work():
        batch = db.session.scalars(
            select(AuditEntry.request_id).where(AuditEntry.action == "tag.create").order_by(AuditEntry.id.desc())
        ).first()
        return str(batch), factories.mail(request_id=batch, subject="Tides are here").id


def takes_back(browser: Browser, batch: str) -> str:
    """Press Undo; what the next page says."""
    return browser.submit("/admin/undo/back/", {"batch": batch}, follow_redirects=True).text


def test_undo_calls_back_what_still_waits_and_redo_promises_it_again(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    batch, id = promised_with_a_tag(app, ana)
    page = takes_back(ana, batch)
    assert now(app, id).status is MailStatus.CANCELLED
    assert "Tides are here" not in page
    with app.app_context():
        undone = db.session.scalars(select(AuditEntry.request_id).order_by(AuditEntry.id.desc())).first()
    takes_back(ana, str(undone))
    assert now(app, id).status is MailStatus.WAITING


def test_undo_names_what_was_sent_already(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    batch, id = promised_with_a_tag(app, ana)
    assert deliver_due(app) == 1
    page = takes_back(ana, batch)
    assert "Tides are here" in page
    assert "was sent already" in page
    assert now(app, id).status is MailStatus.SENT


def test_an_invitation_goes_by_mail_to_who_has_an_address(app: Flask, sign_in: SignIn) -> None:
    ana = sign_in("ana")
    with app.app_context(), unit_of_work():
        mira = factories.user(
            username="mira", name="Mira Tolvane", email="mira@example.org", locale="de", password_hash=None
        )
        silent = factories.user(username="silent", email=None)
    page = ana.submit("/admin/user/action/", {"action": "invite", "rowid": str(mira.id)}, follow_redirects=True).text
    assert "by mail to mira@example.org" in page
    shown = re.search(r'href="(http://localhost/auth/invite/[^"]+)"', page)
    assert shown
    with app.app_context():
        sent = db.session.scalars(select(OutboxMail)).one()
        assert (sent.recipient, sent.user_id, sent.is_secret, sent.locale) == ("mira@example.org", mira.id, True, "de")
        assert shown[1] in sent.text
        assert shown[1] in (sent.html or "")
    ana.submit("/admin/user/action/", {"action": "invite", "rowid": str(silent.id)}, follow_redirects=True)
    with app.app_context():
        assert db.session.scalars(select(OutboxMail.recipient)).all() == ["mira@example.org"]
    assert shown[1] not in ana.get("/admin/audit/?page_size=100").text


def test_a_promise_wakes_the_sender_after_the_commit_only(app: Flask) -> None:
    woken: list[Any] = []
    with outbox.promised.connected_to(woken.append, sender=app), app.app_context():
        with pytest.raises(ZeroDivisionError), unit_of_work():
            outbox.wake()
            1 // 0
        assert woken == []
        with unit_of_work():
            outbox.wake()
            assert woken == []
    assert woken == [app]
