"""A grant reaches languages and single catalogs of languages, and nothing beyond."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.guards import covers
from backoffice.accounts.models import widest
from backoffice.catalogs.places import DOMAINS, Place
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotFound
from backoffice.foundation.permissions import ALL, OWN, Can, System, is_allowed, joined_parts, reachable_by
from backoffice.roles.explaining import explain, record_called
from backoffice.roles.reaches import is_possible, joined
from backoffice.workbench.models import Remark, Suggestion, Term
from backoffice.workbench.rights import place_of, places_for, rights_of
from tests import factories
from tests.catalogs.conftest import Writer
from tests.workbench.translating import GERMAN, person

MESSAGES, ADMIN = Place("de", "messages"), Place("de", "admin")


def holding(reach: str) -> System:
    actor = System("tester")
    actor.granted = {"translation.view": reach}
    return actor


@pytest.mark.parametrize(
    ("reach", "place", "may"),
    [
        ("de", MESSAGES, True),
        ("de", ADMIN, True),
        ("de", Place("de"), True),
        ("fr,de:messages", MESSAGES, True),
        ("fr,de:messages", ADMIN, False),
        ("de:messages", Place("de"), False),
        ("fr", MESSAGES, False),
        ("de_AT", MESSAGES, False),
        (ALL, ADMIN, True),
        (OWN, MESSAGES, False),
    ],
)
def test_a_catalog_is_reached_by_its_language_or_by_its_own_name(reach: str, place: Place, may: bool) -> None:
    assert is_allowed(holding(reach), Can.TRANSLATION_VIEW, place) is may


def test_a_language_covers_its_catalogs_when_somebody_gives_a_role() -> None:
    held = {"translation.view": "de,fr:admin"}
    assert covers(held, "translation.view", "de:messages,fr:admin")
    assert not covers(held, "translation.view", "fr")
    assert not covers({"translation.view": "de:messages"}, "translation.view", "de")


def test_a_part_that_another_includes_is_not_told_twice() -> None:
    assert joined_parts(["fr:admin", "de", "de:messages"]) == "de,fr:admin"
    assert widest([("translation.view", "de:admin"), ("translation.view", "de")]) == {"translation.view": "de"}
    assert joined(["de:messages", " fr ", "de"]) == "de,fr"


def test_a_reach_names_languages_and_catalogs_that_there_are(speaker: Flask, write: Writer) -> None:
    write("fr", "")
    with speaker.app_context():
        for reach, possible in {"de": True, "fr:admin": True, "it": False, "de:poems": False, "de:": False}.items():
            assert is_possible(Can.TRANSLATION_TRANSLATE, reach) is possible, reach
        assert not is_possible(Can.POST_VIEW, "de")
        assert not is_possible(Can.TRANSLATION_VIEW, ",".join(f"de:{'x' * 90}{number}" for number in range(3)))


@pytest.mark.both_databases
def test_lists_hold_what_the_grant_reaches(app: Flask) -> None:
    with app.app_context():
        for locale, domain in (("de", "messages"), ("de", "admin"), ("fr", "messages")):
            values = {"locale": locale, "domain": domain, "eid": "0" * 16, "msgid": "Save"}
            db.session.add(Suggestion(**values, forms=[f"{locale} {domain}"]))
            db.session.add(Remark(**values, text=f"{locale} {domain}"))
        db.session.add(Remark(domain="messages", eid="0" * 16, msgid="Save", text="everywhere"))
        db.session.add_all(Term(locale=locale, term="gate", translation=locale) for locale in ("de", "fr"))
        db.session.flush()
        actor = holding("de:admin,fr")
        where = reachable_by(actor, Can.TRANSLATION_VIEW, Suggestion)
        assert {each.forms[0] for each in db.session.scalars(select(Suggestion).where(where))} == {
            "de admin",
            "fr messages",
        }
        where = reachable_by(actor, Can.TRANSLATION_VIEW, Remark)
        assert {each.text for each in db.session.scalars(select(Remark).where(where))} == {
            "de admin",
            "fr messages",
            "everywhere",
        }
        actor.granted = {"term.view": "fr"}
        found = db.session.scalars(select(Term).where(reachable_by(actor, Can.TERM_VIEW, Term))).all()
        assert [each.translation for each in found] == ["fr"]
        assert is_allowed(actor, Can.TERM_VIEW, found[0])


@pytest.mark.parametrize("address", ["../..:messages", "de:../admin", "de:poems", "it:messages", "xx:messages", ":"])
def test_no_address_leads_out_of_the_catalogs_there_are(speaker: Flask, write: Writer, address: str) -> None:
    write("de", GERMAN)
    with speaker.app_context(), pytest.raises(NotFound):
        place_of(*address.split(":"))


def test_a_person_finds_the_catalogs_she_may_do_something_with(speaker: Flask, write: Writer) -> None:
    write("de", GERMAN)
    write("fr", "")
    with speaker.app_context():
        translator = person("suggest", reach="de,fr:admin")
        assert places_for(translator) == [*(Place("de", domain) for domain in DOMAINS), Place("fr", "admin")]
        rights = rights_of(translator, Place("fr", "admin"))
        assert (rights.view, rights.suggest, rights.translate, rights.review, rights.manage) == (
            True,
            True,
            *[False] * 3,
        )
        assert not rights_of(translator, Place("fr", "messages")).suggest
        assert places_for(factories.user()) == []


def test_whoever_asks_is_told_why_a_language_is_reached_or_not(app: Flask) -> None:
    with app.app_context():
        translator = person("translate", reach="de:messages")
        told = explain(translator, Can.TRANSLATION_TRANSLATE, record_called("translation:de:messages"))
        assert told.may
        assert "The languages de:messages include this one." in [reason.text for reason in told.reasons]
        told = explain(translator, Can.TRANSLATION_TRANSLATE, record_called("translation:de"))
        assert not told.may
        assert "The languages de:messages do not include this one." in [reason.text for reason in told.reasons]
        for name in ("translation:xx", "translation:de:poems", "translation:"):
            with pytest.raises(NotFound):
                record_called(name)
