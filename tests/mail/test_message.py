"""Nothing that somebody typed becomes a header, an address or a second message."""

from __future__ import annotations

from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from flask import Flask

from backoffice.mail.message import message_of
from backoffice.records.outbox import OutboxMail
from tests import factories

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}
NASTY = [
    "Tide\r\nBcc: all@example.org",
    "Tide\nBcc: all@example.org\n\nbody",
    "Tide\u2028Bcc: all@example.org",
    "Tide\x85Bcc: all@example.org",
    "=?utf-8?q?Tide=0D=0ABcc:_all@example.org?=",
    "=?utf-8?b?VGlkZQ0KQmNjOiBhbGxAZXhhbXBsZS5vcmc=?=",
    "\x00\x00",
    "x" * 5000,
    "مد وجزر " * 60,
    "tide " * 300,
    'Ana, "the" <boss@example.org>; all@example.org',
    "\ud83d",
    "%(name)s {{ 7 * 7 }}",
]


def read(mail: OutboxMail, **how: Any) -> EmailMessage:
    """The message as a server and a reader's program would see it."""
    sent = message_of(mail, **how)
    head = sent.split(b"\r\n\r\n", 1)[0]
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert b"\n" not in head.replace(b"\r\n", b"")
    return message_from_string(sent.decode(), policy=default)


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("place", ["subject", "recipient_name"])
def test_nothing_typed_becomes_a_header_or_a_reader(app: Flask, place: str, nasty: str) -> None:
    with app.app_context():
        # Past the promise, as if somebody had written into the table.
        mail = factories.mail()
        setattr(mail, place, nasty)
        message = read(mail)
    assert set(message.keys()) <= HEADERS
    assert len(message.keys()) == len(set(message.keys()))
    assert [each.addr_spec for each in message["To"].addresses] == [mail.recipient]
    assert "\n" not in message["Subject"]
    assert "\n" not in message["To"].addresses[0].display_name
    assert message.get_body(("plain",)).get_content().strip() == mail.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "headers",
    [
        {"Bcc\r\nX": "all@example.org"},
        {"X-One": "a\r\nBcc: all@example.org"},
        {"Subject": "Another"},
        {"To": "all@example.org"},
        {"Content-Type": "text/html"},
        {"": "x"},
        {"X Y": "x"},
    ],
)
def test_a_header_that_a_mail_brings_along_changes_none_of_ours(app: Flask, headers: dict[str, str]) -> None:
    with app.app_context():
        mail = factories.mail(headers=headers)
        message = read(mail)
    assert set(message.keys()) <= HEADERS | {"X-One"}
    assert message["Subject"] == mail.subject
    assert "\n" not in (message["X-One"] or "")


def test_a_header_that_a_mail_brings_along_is_sent(app: Flask) -> None:
    with app.app_context():
        message = read(factories.mail(headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("ana@exämple.org", "ana@xn--exmple-cua.org"),
        ("ana@例え.jp", "ana@xn--r8jz45g.jp"),
        ("änä@example.org", "änä@example.org"),
        ("o'neill+tide@example.org", "o'neill+tide@example.org"),
    ],
)
def test_addresses_of_every_script_reach_their_reader(app: Flask, address: str, sent: str) -> None:
    with app.app_context():
        message = read(factories.mail(recipient=address))
    assert [each.addr_spec for each in message["To"].addresses] == [sent]


def test_a_name_with_a_comma_is_one_name(app: Flask) -> None:
    with app.app_context():
        message = read(factories.mail(recipient_name='Kestrin, Ana "Gull"'))
    assert [each.display_name for each in message["To"].addresses] == ['Kestrin, Ana "Gull"']


def test_the_text_comes_plain_and_formatted(app: Flask) -> None:
    with app.app_context():
        message = read(factories.mail(text="Ebb\n" + "flow " * 400, html="<p>Ebb</p>", locale="de"))
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().split() == ["Ebb", *["flow"] * 400]
    assert html.get_content().strip() == "<p>Ebb</p>"
    assert (message["Content-Language"], message["Auto-Submitted"]) == ("de", "auto-generated")


def test_a_mail_is_the_same_message_at_every_attempt(app: Flask) -> None:
    with app.app_context():
        mail = factories.mail(html=None)
        assert message_of(mail) == message_of(mail)


def test_what_only_its_reader_may_read_can_be_left_out(app: Flask) -> None:
    with app.app_context():
        sent = message_of(factories.mail(text="the tide key", html="<p>the tide key</p>"), with_text=False)
    assert b"tide key" not in sent
