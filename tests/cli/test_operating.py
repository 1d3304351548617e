"""Operations on the command line do what they do elsewhere, and say what they did not."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from backoffice.accounts.entering import AccessLink
from backoffice.accounts.operations import invite
from backoffice.cli.groups import HouseGroup
from backoffice.cli.operating import operation_command
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import after_commit, db, unit_of_work
from backoffice.foundation.errors import NotApplicable
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import Operation, operation
from backoffice.foundation.permissions import Can
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.terminal import refusal, run


class ToneForm(InputForm):
    """How to say it."""

    tone_of_voice = StringField(_l("Tone of voice"), [InputRequired(_l("Say how.")), Length(max=5, message="Shorter.")])


kept: list[int] = []


@operation(Comment, needs=Can.COMMENT_MODERATE, label=_l("Praise"), done=_l("Praised"), takes=ToneForm)
def praise(comment: Comment, *, actor: Any, tone_of_voice: str) -> None:
    """Say something kind about the comment.

    More of this is not shown.
    """
    comment.reason = tone_of_voice
    after_commit(lambda: kept.append(comment.id))
    if comment.author_name == "Grump":
        raise NotApplicable(_l("There is nothing to praise."))


def with_command(app: Flask, verb: Operation) -> Flask:
    group = HouseGroup("trial")
    group.add_command(operation_command(verb))
    app.cli.add_command(group)
    return app


def comments(app: Flask, *names: str) -> list[int]:
    with app.app_context(), unit_of_work():
        post = factories.post(published=True)
        return [factories.comment(post=post, author_name=name).id for name in names]


def column(app: Flask, attribute: Any) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(attribute).order_by(Comment.id)))


@pytest.mark.both_databases
def test_several_records_are_changed_by_one_command(app: Flask) -> None:
    ids = comments(app, "Ana", "Bo")
    result = run(app, "comments", "approve", *ids)
    assert (result.exit_code, result.stdout) == (0, "Approved: 2. Skipped: 0.\n")
    assert column(app, Comment.status) == [CommentStatus.APPROVED] * 2


@pytest.mark.both_databases
def test_what_is_refused_is_named_and_the_rest_is_done(app: Flask) -> None:
    first, grump, last = comments(app, "Ana", "Grump", "Bo")
    kept.clear()
    result = run(with_command(app, praise), "trial", "praise", first, grump, last, "--tone-of-voice", "warm")
    assert result.exit_code == 1
    assert result.stdout == "Praised: 2. Skipped: 1.\n"
    assert result.stderr == f"Grump (#{grump}): There is nothing to praise.\n"
    assert column(app, Comment.reason) == ["warm", "", "warm"]
    assert kept == [first, last], "a refused record keeps no promise"


@pytest.mark.both_databases
@pytest.mark.parametrize("unknown", ["999999", "abc", "-", "٣", "9" * 30, "1.0", "1,2", ""], ids=repr)
def test_an_unknown_number_is_named_and_the_rest_is_done(app: Flask, unknown: str) -> None:
    (known,) = comments(app, "Ana")
    result = run(app, "comments", "spam", "--", unknown, known)
    assert result.exit_code == 1
    assert "not found" in refusal(result)
    assert column(app, Comment.status) == [CommentStatus.SPAM]


def test_a_number_given_twice_counts_once(app: Flask) -> None:
    (known,) = comments(app, "Ana")
    assert run(app, "comments", "approve", known, known).stdout == "Approved: 1. Skipped: 0.\n"


def test_what_does_not_apply_is_refused_in_the_words_of_the_operation(app: Flask) -> None:
    (known,) = comments(app, "Ana")
    result = run(app, "comments", "restore", known)
    assert refusal(result) == f"Ana (#{known}): Restore does not apply to this any more."


def test_an_input_that_is_optional_can_be_given(app: Flask) -> None:
    (known,) = comments(app, "Ana")
    run(app, "comments", "reject", known, "--reason", "Off the subject")
    assert column(app, Comment.reason) == ["Off the subject"]


def test_an_input_that_is_required_is_asked_for(app: Flask) -> None:
    (known,) = comments(app, "Ana")
    assert "--tone-of-voice" in refusal(run(with_command(app, praise), "trial", "praise", known))


def test_an_input_that_is_not_accepted_changes_nothing(app: Flask) -> None:
    (known,) = comments(app, "Ana")
    result = run(with_command(app, praise), "trial", "praise", known, "--tone-of-voice", "far too long")
    assert refusal(result) == "Error: Shorter."
    assert column(app, Comment.reason) == [""]


def test_help_is_the_first_line_of_what_the_operation_promises(app: Flask) -> None:
    told = run(with_command(app, praise), "trial", "praise", "--help").stdout
    assert "Say something kind about the comment." in told
    assert "More of this" not in told
    assert "Tone of voice" in told


@pytest.mark.both_databases
def test_the_trail_names_the_operation_the_actor_and_the_surface(app: Flask) -> None:
    first, second = comments(app, "Ana", "Bo")
    run(app, "comments", "approve", first, second)
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "comment.approve")).all()
    assert [(entry.actor_name, entry.surface, entry.target_id) for entry in entries] == [
        ("cli", "cli", first),
        ("cli", "cli", second),
    ]
    assert len({entry.request_id for entry in entries}) == 1


def test_what_an_operation_reveals_is_printed_with_its_address(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        person = factories.user(roles=[], password_hash=None).id
    result = run(with_command(app, invite), "trial", "invite", person)
    assert "is not shown again" in result.stdout
    assert "\n/auth/invite/" in result.stdout


def test_an_address_that_is_printed_is_whole_where_the_settings_say_where_we_are(make_app: Any) -> None:
    app = make_app(BASE_URL="https://gazette.example")
    with app.app_context(), unit_of_work():
        person = factories.user(roles=[], password_hash=None).id
    assert "\nhttps://gazette.example/auth/invite/" in run(with_command(app, invite), "trial", "invite", person).stdout


def test_a_command_holds_only_the_permission_of_its_operation(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        chief = factories.user(roles=["administrator"], password_hash=None).id
    result = run(with_command(app, invite), "trial", "invite", chief)
    assert "may do more than you" in refusal(result)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AccessLink)) == 0
