"""What the decorator of operations promises: the order of its questions, the names in the trail, the promises."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from backoffice.foundation.acting import acting, present
from backoffice.foundation.database import after_commit, db, unit_of_work
from backoffice.foundation.errors import DomainError, InvalidInput, NotAllowed, NotApplicable
from backoffice.foundation.forms import InputForm
from backoffice.foundation.i18n import _l
from backoffice.foundation.operations import operation
from backoffice.foundation.permissions import Can, System
from backoffice.posts.models import Tag
from backoffice.records.audit import AuditEntry
from tests import factories

EDITOR = System("editor", Can.TAG_EDIT)
NOBODY = System("nobody")
KEPT: list[str] = []


class WordForm(InputForm):
    """Asks for a word."""

    word = StringField("Word", [InputRequired("Say a word."), Length(max=10)])
    times = IntegerField("Times", [Optional()])


@operation(
    Tag,
    needs=Can.TAG_EDIT,
    label=_l("Rename"),
    done=_l("Renamed"),
    takes=WordForm,
    when=lambda tag: tag.name != "fixed",
)
def rename(tag: Tag, *, actor: Any, word: str) -> str:
    """Give the tag another name.

    More about it.
    """
    after_commit(lambda: KEPT.append(word))
    tag.name = word
    if word == "broken":
        raise InvalidInput("That is no word.", field="word")
    assert present().actor is actor
    return word.upper()


def actions(tag: Tag) -> list[str]:
    """The names in the trail of a tag, oldest first."""
    query = select(AuditEntry.action).where(AuditEntry.target_type == "tag", AuditEntry.target_id == tag.id)
    return list(db.session.scalars(query.order_by(AuditEntry.id)))


def test_an_operation_says_everything_a_surface_needs() -> None:
    assert (rename.name, rename.action, rename.help) == ("rename", "tag.rename", "Give the tag another name.")
    assert rename.needs is Can.TAG_EDIT
    assert rename.takes is WordForm


@pytest.mark.both_databases
def test_it_does_its_work_under_its_name_and_gives_back_the_result(app: Flask) -> None:
    with app.app_context():
        tag = factories.tag()
        assert rename(tag, actor=EDITOR, word="north") == "NORTH"
        assert actions(tag) == ["tag.create", "tag.rename"]


@pytest.mark.both_databases
def test_a_change_made_before_keeps_its_own_name(app: Flask) -> None:
    with app.app_context(), acting(actor=EDITOR, surface="shell"):
        tag = factories.tag()
        tag.slug = "changed-by-hand"
        rename(tag, actor=EDITOR, word="north")
        assert actions(tag) == ["tag.create", "tag.edit", "tag.rename"]


def test_permission_comes_before_whether_it_applies(app: Flask) -> None:
    with app.app_context():
        tag = factories.tag(name="fixed")
        with pytest.raises(NotAllowed) as refusal:
            rename(tag, actor=NOBODY, word="north")
        assert refusal.value.permission == "tag.edit"
        with pytest.raises(NotApplicable):
            rename(tag, actor=EDITOR, word="north")


def test_a_refusal_forgets_the_promises_of_this_step_only(app: Flask) -> None:
    KEPT.clear()
    with app.app_context(), unit_of_work():
        tags = [factories.tag(), factories.tag()]
        for tag, word in zip(tags, ("north", "broken"), strict=True):
            try:
                with db.session.begin_nested():
                    rename(tag, actor=EDITOR, word=word)
            except DomainError as error:
                assert str(error) == "That is no word."
    assert KEPT == ["north"]


@pytest.mark.both_databases
def test_a_refused_row_leaves_neither_change_nor_entry(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            tag = factories.tag(name="south")
            with pytest.raises(InvalidInput), db.session.begin_nested():
                rename(tag, actor=EDITOR, word="broken")
        db.session.expire_all()
        assert tag.name == "south"
        assert actions(tag) == ["tag.create"]


def test_the_name_is_given_back_when_it_is_over(app: Flask) -> None:
    with app.app_context(), acting(actor=EDITOR, surface="shell", action="import"):
        rename(factories.tag(), actor=EDITOR, word="north")
        assert present().action == "import"
        with pytest.raises(InvalidInput):
            rename(factories.tag(), actor=EDITOR, word="broken")
        assert present().action == "import"


def test_inputs_are_checked_by_the_form_of_the_operation() -> None:
    assert WordForm.checked({"word": "north", "times": "3"}) == {"word": "north", "times": 3}
    for values, field in (
        ({}, "word"),
        ({"word": "far too long a word"}, "word"),
        ({"word": "a", "times": "x"}, "times"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            WordForm.checked(values)
        assert refusal.value.field == field
    assert WordForm.input_names() == ["word", "times"]
    assert WordForm.has_required()


def test_who_acts_is_known_inside_the_block_and_nowhere_else() -> None:
    outside = present()
    with acting(actor=EDITOR, surface="cli", action="tag.rename") as outer:
        with acting(surface="job"):
            assert (present().actor, present().surface, present().action) == (EDITOR, "job", "tag.rename")
            assert present().request_id == outer.request_id
        assert present() == outer
    assert present().actor is outside.actor is None
    assert present().surface == "shell"
