"""Taking back what was just done: by a key, by a button without scripts, from the trash."""

from __future__ import annotations

import pytest

from backoffice.comments.models import CommentStatus
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


def test_a_moderator_takes_back_a_decision_with_one_key(gazette: Screen) -> None:
    word = stock.word()
    (id,) = stock.comments(gazette.house, word)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?search={word}")
    gazette.types("j", "s").shows(id, "spam")
    gazette.hears("Undo")
    gazette.types("z").hears("Taken back")
    gazette.shows(id, "pending")
    assert stock.status(gazette.house, id) is CommentStatus.PENDING
    gazette.types("z").hears("Taken back")
    gazette.shows(id, "spam")


def test_without_scripts_the_message_has_a_button_too(plain: Screen) -> None:
    word = stock.word()
    (id,) = stock.comments(plain.house, word)
    plain.is_signed_in("ana").goes(f"/admin/comment/?search={word}")
    plain.does("approve", id).hears("Approved")
    plain.presses("Undo").hears("Taken back")
    assert stock.status(plain.house, id) is CommentStatus.PENDING
    plain.goes("/admin/undo/").sees("taken back")


def test_an_editor_deletes_a_tag_and_brings_it_back_from_the_trash(gazette: Screen) -> None:
    name = stock.word()
    with gazette.house.opened():
        id = stock.factories.tag(name=name).id
    gazette.is_signed_in("jonas").goes(f"/admin/tag/details/?id={id}")
    gazette.does("delete")
    gazette.hears("Deleted", name)
    gazette.goes(f"/admin/trash/?search={name}")
    (item,) = gazette.ids()
    gazette.does("restore", item).hears("Restored", name)
    gazette.goes(f"/admin/tag/?search={name}")
    assert gazette.ids() == [str(id)]
