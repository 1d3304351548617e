"""A role that ends: it counts to its very moment and not a second longer, and nobody gives for longer than he holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import ending, known_grants, queries
from backoffice.accounts.giving import give_role, take_role
from backoffice.accounts.jobs import end_roles
from backoffice.accounts.models import RoleTerm, User
from backoffice.accounts.operations import deactivate, set_permissions, set_roles
from backoffice.foundation import clock
from backoffice.foundation.acting import acting, new_request_id
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.errors import InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.permissions import ALL, EVERYTHING, Can, System, is_allowed
from backoffice.jobs.running import run as run_job
from backoffice.records.audit import AuditEntry
from backoffice.records.outbox import OutboxMail
from backoffice.records.undoing import undo
from tests import factories, people
from tests.browser import Browser
from tests.terminal import refusal, run

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]
OPERATOR = System("operator", EVERYTHING)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Lets time pass."""
    real = clock.now
    passed = timedelta()

    def on(**how_long: float) -> None:
        nonlocal passed
        passed += timedelta(**how_long)

    monkeypatch.setattr(clock, "now", lambda: real() + passed)
    yield on


def soon(**how_long: float) -> datetime:
    return clock.now() + timedelta(**how_long)


def limited(role: str, **how_long: float) -> User:
    """A person who holds this role for so long."""
    person = factories.user(roles=[])
    give_role(person, actor=OPERATOR, role=role, until=soon(**how_long))
    return person


def fresh(person: User) -> User:
    """The person as the database knows her."""
    db.session.commit()
    db.session.expire_all()
    return db.session.get_one(User, person.id)


def test_a_role_counts_until_its_end_and_not_from_then_on(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        person = limited("moderator", hours=1)
        assert is_allowed(person, Can.COMMENT_MODERATE)
        later(minutes=59)
        assert is_allowed(fresh(person), Can.COMMENT_MODERATE)
        later(minutes=2)
        assert not is_allowed(fresh(person), Can.COMMENT_MODERATE)
        assert fresh(person).granted == {}


def test_a_person_who_stays_loaded_loses_the_role_at_the_moment_too(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        person = limited("moderator", hours=1)
        assert is_allowed(person, Can.COMMENT_MODERATE)
        later(hours=2)
        assert not is_allowed(person, Can.COMMENT_MODERATE)


def test_the_query_that_finds_who_is_signed_in_knows_ends(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        person = limited("moderator", hours=1)
        query = select(known_grants.as_text()).where(User.id == person.id)
        assert "comment.moderate=all" in (db.session.scalar(query) or "")
        later(hours=2)
        assert db.session.scalar(query) is None


def test_her_next_page_is_refused(app: Flask, sign_in: SignIn, later: Callable[..., None]) -> None:
    with app.app_context(), unit_of_work():
        person = limited("moderator", hours=1)
    browser = sign_in(person)
    assert browser.get("/admin/comment/").status_code == 200
    later(hours=2)
    assert browser.get("/admin/comment/").status_code == 403


def test_other_roles_go_on(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        person = factories.user(roles=["author"])
        give_role(person, actor=OPERATOR, role="moderator", until=soon(hours=1))
        later(hours=2)
        assert is_allowed(fresh(person), Can.POST_EDIT)
        assert reach(person) == "own"


def reach(person: User) -> str | None:
    return person.granted.get("post.edit")


def test_the_job_takes_what_has_ended_and_tells_the_person(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context(), unit_of_work():
        person = limited("moderator", hours=1)
        number, name = person.id, person.username
    with app.app_context():
        assert run_job(end_roles) == ""
        assert [role.name for role in db.session.get_one(User, number).roles] == ["moderator"]
        db.session.rollback()
        later(hours=2)
        assert run_job(end_roles) == ""
        found = db.session.get_one(User, number)
        assert (found.roles, found.terms) == ([], [])
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == ending.ENDED)).one()
        assert (entry.actor_name, entry.surface, entry.target_id) == ("job:end-roles", "job", number)
        assert entry.changes["roles"] == [["moderator"], None]
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.subject.contains("has ended"))).one()
        assert (mail.recipient, "moderator" in mail.text) == (f"{name}@example.org", True)
        assert run_job(end_roles) == ""
        assert db.session.query(AuditEntry).filter(AuditEntry.action == ending.ENDED).count() == 1


def test_she_is_reminded_once_before_each_end(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context(), unit_of_work():
        person = limited("moderator", days=10)
        number = person.id

    def reminders() -> int:
        db.session.rollback()
        assert run_job(end_roles) == ""
        return db.session.query(OutboxMail).filter(OutboxMail.subject.contains("ends soon")).count()

    with app.app_context():
        assert reminders() == 0
        later(days=4)
        assert (reminders(), reminders()) == (1, 1)
        with unit_of_work():
            found = db.session.get_one(User, number)
            give_role(found, actor=OPERATOR, role="moderator", until=soon(days=5))
        assert reminders() == 2


def test_who_switched_that_mail_off_gets_none(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context(), unit_of_work():
        person = factories.user(roles=[], unwanted=["roles"])
        give_role(person, actor=OPERATOR, role="moderator", until=soon(hours=1))
    with app.app_context():
        assert run_job(end_roles) == ""
        later(hours=2)
        assert run_job(end_roles) == ""
        assert db.session.query(OutboxMail).count() == 0


def test_a_role_is_given_with_one_entry_that_tells_its_end(app: Flask) -> None:
    with app.app_context():
        person, ana = factories.user(roles=[]), people.person("ana")
        db.session.flush()
        before = db.session.query(AuditEntry).count()
        until = datetime.fromisoformat("2090-01-02T03:04:05+00:00")
        give_role(person, actor=ana, role="moderator", until=until)
        assert db.session.query(AuditEntry).count() == before + 1
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert entry.action == "user.give_role"
        assert entry.changes == {
            "roles": [None, ["moderator"]],
            "terms": [None, ["moderator until 2090-01-02 03:04:05 UTC"]],
        }


def test_another_end_counts_the_version_up_and_is_told(app: Flask) -> None:
    with app.app_context():
        person = limited("moderator", days=1)
        version = person.version
        give_role(person, actor=OPERATOR, role="moderator", until=None)
        assert (person.version, person.terms) == (version + 1, [])
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert list(entry.changes) == ["terms"]


def test_a_role_that_is_taken_takes_its_end_along(app: Flask) -> None:
    with app.app_context():
        person = limited("moderator", days=1)
        take_role(person, actor=OPERATOR, role="moderator")
        assert (fresh(person).roles, db.session.query(RoleTerm).count()) == ([], 0)
        give_role(person, actor=OPERATOR, role="moderator")
        assert fresh(person).terms == []


def test_the_form_keeps_ends_of_roles_that_stay(app: Flask) -> None:
    with app.app_context():
        person = limited("moderator", days=1)
        set_roles(person, actor=OPERATOR, roles=[*person.roles, factories.find_role("author")])
        assert [term.role.name for term in fresh(person).terms] == ["moderator"]
        set_roles(person, actor=OPERATOR, roles=[factories.find_role("author")])
        assert fresh(person).terms == []


@pytest.mark.parametrize("change", ["give", "limit", "unlimit", "take", "form"])
def test_undo_puts_roles_and_ends_back(app: Flask, change: str) -> None:
    with app.app_context():
        ana = people.person("ana")
        person = factories.user(roles=["author"])
        if change != "give":
            give_role(person, actor=ana, role="moderator", until=soon(days=5) if change != "limit" else None)
        db.session.commit()
        state = lambda: {role.name: person.end_of(role) for role in person.roles}  # noqa: E731
        before, batch = state(), new_request_id()
        with acting(actor=ana, request_id=batch), unit_of_work():
            match change:
                case "give" | "limit":
                    give_role(person, actor=ana, role="moderator", until=soon(days=2))
                case "unlimit":
                    give_role(person, actor=ana, role="moderator")
                case "take":
                    take_role(person, actor=ana, role="moderator")
                case "form":
                    set_roles(person, actor=ana, roles=[])
        assert state() != before
        with acting(actor=ana, request_id=new_request_id()), unit_of_work():
            outcome = undo(batch, actor=ana)
        assert outcome.skipped == []
        person = fresh(person)
        assert state() == before


def test_an_end_comes_back_although_its_role_has_another_name_now(app: Flask) -> None:
    with app.app_context():
        ana = people.person("ana")
        person = limited("moderator", days=5)
        until, batch = person.terms[0].until, new_request_id()
        with acting(actor=ana, request_id=batch), unit_of_work():
            give_role(person, actor=ana, role="moderator")
        for name in ("Watch", "Night watch"):
            with acting(actor=ana, request_id=new_request_id()), unit_of_work():
                role = fresh(person).roles[0]
                role.name = name
        with acting(actor=ana, request_id=new_request_id()), unit_of_work():
            assert undo(batch, actor=ana).skipped == []
        assert [(term.role.name, term.until) for term in fresh(person).terms] == [("Night watch", until)]


def test_undo_gives_no_role_back_whose_time_is_over(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        ana = people.person("ana")
        person = limited("moderator", hours=1)
        batch = new_request_id()
        with acting(actor=ana, request_id=batch), unit_of_work():
            take_role(person, actor=ana, role="moderator")
        later(hours=2)
        with acting(actor=ana, request_id=new_request_id()), unit_of_work():
            outcome = undo(batch, actor=ana)
        assert outcome.done == []
        assert "time is over" in outcome.skipped[0][1]
        assert fresh(person).roles == []


#: Whether somebody who holds a role until tomorrow (or for ever) may give it until then, for longer, for ever.
TABLE = [
    ("for ever", "an hour", True),
    ("for ever", "a week", True),
    ("for ever", "for ever", True),
    ("tomorrow", "an hour", True),
    ("tomorrow", "tomorrow", True),
    ("tomorrow", "a week", False),
    ("tomorrow", "for ever", False),
    ("not", "an hour", False),
    ("not", "for ever", False),
]
MOMENTS = {"an hour": timedelta(hours=1), "tomorrow": timedelta(days=1), "a week": timedelta(days=7)}


@pytest.mark.parametrize("role", ["moderator", "administrator"])
@pytest.mark.parametrize(("held", "given", "may"), TABLE)
def test_nobody_gives_for_longer_than_he_holds(app: Flask, role: str, held: str, given: str, may: bool) -> None:
    with app.app_context():
        now = clock.now()
        until = {name: now + length for name, length in MOMENTS.items()}
        giver = factories.role(permissions={"role.grant": ALL})
        actor, person = factories.user(roles=[giver]), factories.user(roles=[])
        if held != "not":
            give_role(actor, actor=OPERATOR, role=role, until=until.get(held))
        if may:
            give_role(person, actor=actor, role=role, until=until.get(given))
            assert [one.name for one in person.roles] == [role]
        else:
            with pytest.raises(NotAllowed):
                give_role(person, actor=actor, role=role, until=until.get(given))
            assert person.roles == []


@pytest.mark.parametrize("way", ["longer", "for ever", "form", "role"])
def test_nobody_lengthens_what_he_holds_himself(app: Flask, way: str) -> None:
    with app.app_context():
        actor = limited("administrator", days=1)
        own = factories.role(permissions={})
        set_roles(actor, actor=OPERATOR, roles=[*actor.roles, own])
        ways: dict[str, Callable[[], Any]] = {
            "longer": lambda: give_role(actor, actor=actor, role="administrator", until=soon(days=2)),
            "for ever": lambda: give_role(actor, actor=actor, role="administrator"),
            "form": lambda: set_roles(actor, actor=actor, roles=[*actor.roles, factories.find_role("editor")]),
            "role": lambda: set_permissions(own, actor=actor, permissions={"user.edit": ALL}),
        }
        with pytest.raises(NotAllowed):
            ways[way]()
        assert [term.role.name for term in actor.terms] == ["administrator"]


def test_locales_of_two_roles_are_held_as_long_as_both(app: Flask) -> None:
    with app.app_context():
        giver = factories.role(permissions={"role.grant": ALL})
        german, french = (factories.role(permissions={"translation.view": one}) for one in ("de", "fr"))
        both = factories.role(permissions={"translation.view": "de,fr"})
        actor, person = factories.user(roles=[giver, german]), factories.user(roles=[])
        give_role(actor, actor=OPERATOR, role=french.name, until=soon(days=2))
        with pytest.raises(NotAllowed):
            give_role(person, actor=actor, role=both.name)
        give_role(person, actor=actor, role=both.name, until=soon(days=1))
        give_role(factories.user(roles=[]), actor=actor, role=german.name)


def last_one() -> User:
    """The only administrator there is."""
    admin = db.session.scalars(select(User).where(User.username == "admin")).one()
    assert db.session.scalars(queries.holders_of_everything()).all() == [admin]
    return admin


@pytest.mark.parametrize("other", ["none", "deactivated", "ending"])
@pytest.mark.parametrize("way", ["limit", "take", "form", "deactivate"])
def test_the_last_whose_everything_does_not_end_stays(app: Flask, way: str, other: str) -> None:
    with app.app_context():
        admin, actor = last_one(), OPERATOR
        if other == "deactivated":
            factories.user(roles=["administrator"], is_active=False)
        if other == "ending":
            limited("administrator", days=400)
        ways: dict[str, Callable[[], Any]] = {
            "limit": lambda: give_role(admin, actor=actor, role="administrator", until=soon(days=900)),
            "take": lambda: take_role(admin, actor=actor, role="administrator"),
            "form": lambda: set_roles(admin, actor=actor, roles=[]),
            "deactivate": lambda: deactivate(admin, actor=System("another", EVERYTHING)),
        }
        db.session.commit()
        with pytest.raises(NotApplicable, match="without an end"):
            ways[way]()
        db.session.rollback()
        assert last_one().is_active


def test_the_last_one_may_go_once_there_is_another_without_an_end(app: Flask) -> None:
    with app.app_context():
        admin = last_one()
        second = limited("administrator", days=1)
        with pytest.raises(NotApplicable):
            take_role(admin, actor=OPERATOR, role="administrator")
        db.session.rollback()
        second = factories.user(roles=["administrator"])
        take_role(admin, actor=second, role="administrator")
        assert admin.roles == []


def test_a_person_whose_higher_role_has_ended_is_above_nobody(app: Flask, later: Callable[..., None]) -> None:
    with app.app_context():
        keeper = factories.user(roles=[factories.role(permissions={"role.grant": ALL, "user.deactivate": ALL})])
        person = limited("administrator", hours=1)
        db.session.commit()
        with pytest.raises(NotAllowed):
            deactivate(person, actor=keeper)
        later(hours=2)
        deactivate(person, actor=keeper)
        assert not person.is_active


@pytest.mark.parametrize("wrong", [timedelta(seconds=-1), timedelta(days=-400)])
def test_an_end_lies_ahead(app: Flask, wrong: timedelta) -> None:
    with app.app_context():
        person = factories.user(roles=[])
        with pytest.raises(InvalidInput) as refused:
            give_role(person, actor=OPERATOR, role="moderator", until=clock.now() + wrong)
        assert refused.value.field == "until"


def test_the_same_again_is_refused_in_words(app: Flask) -> None:
    with app.app_context():
        person = factories.user(roles=["moderator"])
        with pytest.raises(NotApplicable):
            give_role(person, actor=OPERATOR, role="moderator")
        with pytest.raises(NotApplicable):
            take_role(person, actor=OPERATOR, role="author")
        with pytest.raises(InvalidInput):
            give_role(person, actor=OPERATOR, role="no such")


def test_many_get_a_role_at_once_with_an_entry_each_and_one_undo(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        several = [factories.user(roles=["author"]) for _ in range(3)]
        numbers = [person.id for person in several]
        has_it = factories.user(roles=["moderator"], name="Has It")
    answer = browser.submit(
        "/admin/user/action/",
        {
            "action": "give_role",
            "rowid": [str(number) for number in (*numbers, has_it.id)],
            "role": "moderator",
            "until": f"{soon(days=3):%Y-%m-%dT%H:%M:%SZ}",
        },
        follow_redirects=True,
    )
    # Who has it without an end now has it with one.
    assert "Role given: 4." in answer.text
    with app.app_context():
        given = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.give_role")).all()
        assert sorted(entry.target_id for entry in given) == sorted([*numbers, has_it.id])
        (batch,) = {entry.request_id for entry in given}
    assert (
        browser.submit("/admin/undo/back/", {"batch": batch, "url": "/admin/user/"}, follow_redirects=True).status_code
        == 200
    )
    with app.app_context():
        roles = {n: [role.name for role in db.session.get_one(User, n).roles] for n in (*numbers, has_it.id)}
        assert roles == {**dict.fromkeys(numbers, ["author"]), has_it.id: ["moderator"]}
        assert db.session.query(RoleTerm).count() == 0


def test_of_many_those_above_are_left_out_and_named(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        grants = {"user.view": ALL, "role.grant": ALL, "tag.view": ALL}
        keeper = factories.user(roles=[factories.role(permissions=grants)])
        small = factories.role(permissions={"tag.view": ALL}).name
        below, above = factories.user(roles=[]), factories.user(roles=["administrator"], name="Way Above")
        numbers = [str(below.id), str(above.id)]
    answer = sign_in(keeper).submit(
        "/admin/user/action/", {"action": "give_role", "rowid": numbers, "role": small}, follow_redirects=True
    )
    assert "Way Above may do more than you" in answer.text
    with app.app_context():
        assert [role.name for role in db.session.get_one(User, int(numbers[0])).roles] == [small]
        assert [role.name for role in db.session.get_one(User, int(numbers[1])).roles] == ["administrator"]


def test_the_form_offers_only_what_the_person_may_give(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        grants = {"user.view": ALL, "role.grant": ALL, "tag.view": ALL}
        keeper = factories.user(roles=[factories.role(permissions=grants)])
        small = factories.role(permissions={"tag.view": ALL}).name
        other = factories.user(roles=[]).id
    page = sign_in(keeper).submit("/admin/user/action/", {"action": "give_role", "rowid": str(other)}).text
    assert f'value="{small}"' in page
    assert 'value="administrator"' not in page


def test_the_page_of_a_person_tells_ends(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        person = factories.user(roles=[])
        until = datetime.fromisoformat("2090-01-02T03:04:05+00:00")
        give_role(person, actor=OPERATOR, role="moderator", until=until)
    page = sign_in("ana").get(f"/admin/user/details/?id={person.id}").text
    assert "moderator until" in page
    assert "2090" in page


def test_roles_are_given_and_taken_on_the_command_line(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        factories.user(username="mo", roles=[])
    assert run(app, "accounts", "give", "mo", "moderator", "--until", "2090-01-02").exit_code == 0
    with app.app_context():
        mo = db.session.scalars(select(User).where(User.username == "mo")).one()
        assert [f"{term.until:%Y-%m-%d %H:%M}" for term in mo.terms] == ["2090-01-02 00:00"]
    assert "moderator until 2090-01-02" in " ".join(run(app, "accounts", "list").stdout.split())
    assert '"moderator": "2090-01-02T00:00:00+00:00"' in run(app, "accounts", "list", "--json").stdout
    assert run(app, "accounts", "take", "mo", "moderator").exit_code == 0
    with app.app_context():
        assert db.session.scalars(select(User).where(User.username == "mo")).one().roles == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("give", "mo", "no-role"), "There is no role"),
        (("give", "nobody.here", "moderator"), "There is no account"),
        (("give", "mo", "moderator", "--until", "tomorrow"), "Give a day"),
        (("give", "mo", "moderator", "--until", "2020-01-01"), "to come"),
        (("give", "mo", "moderator", "--until", "9999-01-01"), "between 1970"),
        (("give", "admin", "administrator", "--until", "2090-01-01"), "without an end"),
        (("take", "mo", "moderator"), "does not have this role"),
        (("take", "admin", "administrator"), "without an end"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_the_command_line_refuses_in_words(app: Flask, words: tuple[str, ...], said: str) -> None:
    with app.app_context(), unit_of_work():
        factories.user(username="mo", roles=[])
    assert said in refusal(run(app, "accounts", *words))
