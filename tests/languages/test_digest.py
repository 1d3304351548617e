"""Mail about new strings: once, to whoever translates the language, wants to know, and can be written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import notices
from backoffice.accounts.models import User
from backoffice.accounts.notices import Notice
from backoffice.foundation.database import db, unit_of_work
from backoffice.languages import arrivals, digest
from backoffice.languages.jobs import tell_new_texts
from backoffice.records.outbox import OutboxMail
from tests import factories
from tests.catalogs.conftest import Writer
from tests.workbench.translating import GERMAN

pytestmark = pytest.mark.both_databases

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The list of texts, with one."""
    path = tmp_path / "messages.pot"
    path.write_text(HEAD + 'msgid "Saved a copy."\nmsgstr ""\n')
    monkeypatch.setattr("backoffice.catalogs.library.TEMPLATE", path)
    return path


def comes(template: Path, *texts: str) -> None:
    template.write_text(template.read_text() + "".join(f'\nmsgid "{text}"\nmsgstr ""\n' for text in texts))


def run() -> None:
    tell_new_texts.function(tell_new_texts.actor)


def somebody(reach: str = "de", can: str = "translate", **changes: object) -> User:
    with unit_of_work():
        role = factories.role(permissions={"translation.view": reach, f"translation.{can}": reach})
        return factories.user(roles=[role], **changes)


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


@pytest.fixture
def speaking_house(house: Flask, template: Path) -> Flask:
    """The application, which has seen all there is."""
    with house.app_context():
        run()
    return house


def test_what_is_there_from_the_start_is_not_new(house: Flask, template: Path) -> None:
    with house.app_context():
        somebody()
        run()
        assert mails() == []


def test_a_translator_is_told_once_of_new_strings_in_her_languages(speaking_house: Flask, template: Path) -> None:
    with speaking_house.app_context():
        her = somebody()
        somebody("fr")
        comes(template, "Weigh the anchor.", "Cast off.")
        run()
        run()
        (mail,) = mails()
        assert mail.recipient == her.email
        assert "2 new strings to translate" in mail.subject
        assert "Weigh the anchor." in mail.text and "/admin/i18n/de/" in mail.text
        assert "Weigh the anchor." in (mail.html or "")
        assert db.session.scalar(select(arrivals.Arrival).where(arrivals.Arrival.told_at.is_(None))) is None


def test_what_was_translated_meanwhile_is_not_told(speaking_house: Flask, template: Path, write: Writer) -> None:
    with speaking_house.app_context():
        somebody()
        comes(template, "Cast off.")
        write("de", GERMAN + '\nmsgid "Cast off."\nmsgstr "Ablegen."\n')
        run()
        assert mails() == []


@pytest.mark.parametrize("changes", [{"is_active": False}, {"email": None}])
def test_who_cannot_be_written_to_is_passed_over(
    speaking_house: Flask, template: Path, changes: dict[str, object]
) -> None:
    with speaking_house.app_context():
        somebody(**changes)
        comes(template, "Cast off.")
        run()
        assert mails() == []


def test_who_does_not_want_to_be_told_is_not(speaking_house: Flask, template: Path) -> None:
    with speaking_house.app_context():
        her = somebody()
        with unit_of_work():
            notices.choose(db.session.get_one(User, her.id), [Notice.ROLES.value])
        comes(template, "Cast off.")
        run()
        assert mails() == []


def test_who_only_suggests_is_told_and_who_only_looks_is_not(speaking_house: Flask, template: Path) -> None:
    with speaking_house.app_context():
        suggester = somebody(can="suggest")
        somebody(can="review")
        comes(template, "Cast off.")
        run()
        assert [mail.recipient for mail in mails()] == [suggester.email]


def test_a_text_that_goes_and_comes_back_is_new_again(speaking_house: Flask, template: Path) -> None:
    with speaking_house.app_context():
        before = template.read_text()
        comes(template, "Cast off.")
        with unit_of_work():
            assert arrivals.take_in() == 1
        template.write_text(before)
        with unit_of_work():
            arrivals.take_in()
        comes(template, "Cast off.")
        with unit_of_work():
            assert arrivals.take_in() == 1
            assert digest.tell() == 0
