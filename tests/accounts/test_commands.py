"""`flask accounts`: making people, and seeing who may do what and why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import passwords
from backoffice.accounts.models import User
from backoffice.accounts.operations import set_roles
from backoffice.foundation.database import db, unit_of_work
from backoffice.foundation.permissions import EVERYTHING, System
from backoffice.records.audit import AuditEntry
from tests import factories, people
from tests.browser import Browser
from tests.terminal import refusal, run


def account(app: Flask, username: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()


@pytest.mark.both_databases
def test_an_account_is_made_with_address_and_roles(app: Flask) -> None:
    run(app, "accounts", "create", "Mo", "--email", "Mo@Example.org", "--role", "moderator", "--role", "author")
    made = account(app, "mo")
    assert (made.name, made.email, [role.name for role in made.roles]) == (
        "Mo",
        "mo@example.org",
        ["author", "moderator"],
    )


def test_a_person_signs_in_with_the_password_from_the_standard_input(app: Flask, client: Browser) -> None:
    result = run(app, "accounts", "create", "mo", "--password-stdin", typed="  a pass phrase  \nand more\n")
    assert result.stdout == "Created mo.\n"
    assert client.sign_in("mo", "  a pass phrase  ").status_code == 302


def test_without_a_password_a_link_lets_the_person_set_her_own(app: Flask, client: Browser) -> None:
    result = run(app, "accounts", "create", "mo", "--full-name", "Mo Hallvik")
    assert account(app, "mo").password_hash is None
    path = re.search(r"^/auth/invite/\S+$", result.stdout, re.MULTILINE)
    assert path, result.stdout
    assert client.get(path[0]).status_code == 200


@pytest.mark.parametrize("typed", [b"", b"short\n", b"\xff\xfe\xfd secret words\n", b"x" * 2000], ids=repr)
def test_a_password_that_cannot_be_one_makes_no_account(app: Flask, typed: bytes) -> None:
    refusal(run(app, "accounts", "create", "mo", "--password-stdin", typed=typed))
    with app.app_context():
        assert db.session.scalars(select(User).where(User.username == "mo")).all() == []


def test_a_password_is_in_neither_the_output_nor_the_trail(app: Flask) -> None:
    result = run(app, "accounts", "create", "mo", "--password-stdin", typed="lighthouse keeper\n")
    with app.app_context():
        told = json.dumps([entry.changes for entry in db.session.scalars(select(AuditEntry))])
    assert "lighthouse" not in result.output + told
    assert passwords.matches("lighthouse keeper", account(app, "mo").password_hash)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("admin",), "There is an account admin already."),
        (("ADMIN",), "There is an account admin already."),
        (("no good",), "Use 1 to 40 small letters"),
        (("mo", "--email", "nothing"), "Give a full address"),
        (("mo", "--role", "pirate"), "There is no role pirate. There are: administrator, editor"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_refused_in_words(app: Flask, words: tuple[str, ...], said: str) -> None:
    assert said in refusal(run(app, "accounts", "create", *words))


@pytest.mark.both_databases
def test_an_address_that_somebody_has_is_refused_and_nobody_is_made(app: Flask) -> None:
    run(app, "accounts", "create", "mo", "--email", "mo@example.org")
    assert "mo@example.org" in refusal(run(app, "accounts", "create", "mona", "--email", "MO@example.org"))
    with app.app_context():
        assert db.session.scalars(select(User).where(User.username == "mona")).all() == []


def test_making_an_account_is_in_the_trail_as_done_by_the_command_line(app: Flask) -> None:
    run(app, "accounts", "create", "mo", "--role", "moderator")
    number = account(app, "mo").id
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.target_id == number)).all()
        told = {(entry.action, entry.actor_name, entry.surface) for entry in entries if entry.target_type == "user"}
    assert {("user.create", "cli", "cli"), ("user.set_roles", "cli", "cli")} <= told


def test_everybody_is_listed_with_roles(app: Flask) -> None:
    run(app, "accounts", "create", "mo", "--role", "moderator", "--full-name", "Mo [b]Hallvik")
    listed = run(app, "accounts", "list").stdout
    assert re.search(r"^mo +Mo \[b\]Hallvik +moderator +yes", listed, re.MULTILINE)


def test_the_list_for_other_programs_has_every_account_and_no_secret(app: Flask) -> None:
    run(app, "accounts", "create", "mo", "--role", "moderator")
    people_listed = json.loads(run(app, "accounts", "list", "--json").stdout)
    assert {person["username"]: person["roles"] for person in people_listed} == {
        "admin": ["administrator"],
        "mo": ["moderator"],
    }
    assert set(people_listed[0]) == {"username", "name", "email", "roles", "ends", "is_active", "last_seen_at"}


@pytest.mark.both_databases
def test_the_roles_are_listed_with_what_they_grant_how_far_and_to_how_many(app: Flask) -> None:
    roles = json.loads(run(app, "accounts", "roles", "--json").stdout)
    assert list(roles)[:2] == ["administrator", "editor"]
    assert roles["administrator"]["grants"] == {"*": "all"}
    assert roles["administrator"]["people"] == 1
    assert roles["author"]["grants"]["post.edit"] == "own"
    shown = run(app, "accounts", "roles").stdout
    assert re.search(r"^author +0 +own +comment\.create, comment\.moderate", shown, re.MULTILINE)


@pytest.fixture
def cast(app: Flask) -> Callable[[str], str]:
    def made(username: str) -> str:
        with app.app_context(), unit_of_work():
            return people.person(username).username

    return made


def test_a_yes_is_explained_by_the_role_that_grants_it(app: Flask, cast: Callable[[str], str]) -> None:
    result = run(app, "accounts", "explain", cast("mo"), "comment.moderate")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Yes: mo may do comment.moderate on all records.",
        "  moderator grants comment.moderate on all records.",
    ]


def test_the_wider_of_two_reaches_counts_and_both_are_told(app: Flask, cast: Callable[[str], str]) -> None:
    with app.app_context(), unit_of_work():
        user = people.person(cast("aut"))
        roles = [*user.roles, factories.find_role("moderator")]
        set_roles(user, actor=System("test", EVERYTHING), roles=roles)
    told = run(app, "accounts", "explain", "aut", "comment.view").stdout
    assert "Yes: aut may do comment.view on all records." in told
    assert "author grants comment.view on own records." in told
    assert "moderator grants comment.view on all records." in told


def test_the_role_that_holds_everything_explains_every_yes(app: Flask) -> None:
    result = run(app, "accounts", "explain", "admin", "user.edit")
    assert result.exit_code == 0
    assert "administrator grants * on all records, which is every permission." in result.stdout


def test_a_no_says_what_is_missing_and_who_would_grant_it(app: Flask, cast: Callable[[str], str]) -> None:
    result = run(app, "accounts", "explain", cast("mo"), "post.edit")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "No: mo may not do post.edit.",
        "  moderator does not grant it.",
        "  Roles that grant it: administrator, editor, author.",
    ]


def test_a_person_without_roles_is_told_as_such(app: Flask) -> None:
    run(app, "accounts", "create", "mo")
    assert "The account has no role." in run(app, "accounts", "explain", "mo", "post.edit").stdout


def test_who_is_deactivated_may_do_nothing_whatever_the_roles(app: Flask, cast: Callable[[str], str]) -> None:
    with app.app_context(), unit_of_work():
        people.person(cast("mo")).is_active = False
    result = run(app, "accounts", "explain", "mo", "comment.moderate")
    assert result.exit_code == 1
    assert "No: mo is deactivated and cannot sign in." in result.stdout


def test_a_person_can_be_named_by_her_address(app: Flask, cast: Callable[[str], str]) -> None:
    cast("mo")
    assert run(app, "accounts", "explain", "mo@example.org", "comment.moderate").exit_code == 0


@pytest.mark.parametrize("words", [("nobody-here", "post.edit"), ("admin", "post.fly"), ("admin", "*")], ids=" ".join)
def test_who_or_what_is_not_there_is_refused(app: Flask, words: tuple[str, str]) -> None:
    assert "There is no" in refusal(run(app, "accounts", "explain", *words))
