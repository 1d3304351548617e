"""Where mail goes is said by one setting, which is checked at the start and never shown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.foundation.database import db, unit_of_work
from backoffice.mail.delivering import deliver_due
from backoffice.records.outbox import OutboxMail
from config import SettingError, mail_route, settings_from
from tests import factories
from tests.mail.server import NAME, PASSWORD, MailServer

INSTANCE = Path("/srv/instance")


def route(url: str, sender: str = "", base_url: str = "") -> object:
    """What the settings say."""
    return mail_route(url, sender, instance=INSTANCE, base_url=base_url)


def test_mail_goes_into_the_instance_folder_unless_something_is_said() -> None:
    made = route("")
    assert (made.kind, made.folder, made.sender) == ("file", INSTANCE / "mail", "no-reply@localhost")  # type: ignore[attr-defined]
    assert route("file:/var/spool/tide mail").folder == Path("/var/spool/tide mail")  # type: ignore[attr-defined]
    assert route("file:///var/spool/tide").folder == Path("/var/spool/tide")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "port"), [("smtp", 25), ("smtps", 465), ("smtp+starttls", 587)])
def test_a_server_is_named_by_one_address(kind: str, port: int) -> None:
    made = route(f"{kind}://desk:p%40ss%3Aw%2Frd@mail.example.org")
    assert (made.kind, made.host, made.port) == (kind, "mail.example.org", port)  # type: ignore[attr-defined]
    assert (made.username, made.password) == ("desk", "p@ss:w/rd")  # type: ignore[attr-defined]
    assert route(f"{kind}://mail.example.org:2525/").port == 2525  # type: ignore[attr-defined]
    assert route(f"{kind}://[::1]:2525").host == "::1"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://desk:hush-hush@mail.example.org",
        "smtp:desk:hush-hush@mail.example.org",
        "smtp://",
        "smtp://desk:hush-hush@",
        "smtp://desk:hush-hush@mail.example.org:port",
        "smtp://desk:hush-hush@mail.example.org:99999",
        "smtp://desk:hush-hush@mail.example.org/inbox",
        "smtp://desk:hush-hush@mail.example.org?tls=1",
        "smtp://desk:hush/hush-hush@mail.example.org",
        "smtp://desk@mail.example.org",
        "smtp://:hush-hush@mail.example.org",
    ],
)
def test_an_address_that_cannot_be_used_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingError) as refusal:
        route(url)
    assert "BACKOFFICE_MAIL_URL" in refusal.value.message
    assert "hush" not in refusal.value.message
    assert refusal.value.__suppress_context__ or refusal.value.__cause__ is None


@pytest.mark.parametrize("sender", ["desk", "desk@", "a b@example.org", "desk@example.org\nBcc: all@example.org"])
def test_a_sender_that_is_no_address_stops_the_start(sender: str) -> None:
    with pytest.raises(SettingError, match="BACKOFFICE_MAIL_FROM"):
        route("", sender)


def test_mail_comes_from_the_public_host_unless_something_is_said() -> None:
    assert route("", base_url="https://gazette.example/x").sender == "no-reply@gazette.example"  # type: ignore[attr-defined]
    assert route("", base_url="https://münchen.example").sender == "no-reply@xn--mnchen-3ya.example"  # type: ignore[attr-defined]
    assert route("", "desk@example.org", "https://gazette.example").sender == "desk@example.org"  # type: ignore[attr-defined]


def test_the_address_can_be_kept_in_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "mail-url"
    kept.write_text("smtps://desk:hush@mail.example.org\n")
    values = settings_from({"BACKOFFICE_MAIL_URL_FILE": str(kept), "BACKOFFICE_INSTANCE": str(tmp_path)})
    assert values["MAIL_URL"] == "smtps://desk:hush@mail.example.org"


def test_the_password_is_known_to_the_delivery_alone(
    make_app: Callable[..., Flask], server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    for password, delivered in (("p%40ss%3Aw%2Frd", 1), ("hush-hush", 0)):
        app = make_app(MAIL_URL=f"smtp://{NAME}:{password}@127.0.0.1:{server.port}")
        assert PASSWORD not in repr(app.config)
        assert "hush" not in repr(app.config)
        with app.app_context(), unit_of_work():
            id = factories.mail().id
        with caplog.at_level(logging.DEBUG):
            assert deliver_due(app) == delivered
        with app.app_context():
            mail = db.session.scalars(select(OutboxMail).where(OutboxMail.id == id)).one()
        assert mail.last_error == ("" if delivered else "535 5.7.8 Authentication credentials invalid")
    assert "hush" not in caplog.text
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("kind", ["smtps", "smtp+starttls"])
def test_a_server_that_speaks_no_tls_is_told_nothing_where_tls_was_asked_for(
    make_app: Callable[..., Flask], server: MailServer, kind: str
) -> None:
    app = make_app(MAIL_URL=f"{kind}://{NAME}:hush@127.0.0.1:{server.port}")
    with app.app_context(), unit_of_work():
        factories.mail()
    assert deliver_due(app) == 0
    assert server.ids == []
