"""Two people in one form: both keep what they wrote."""

from __future__ import annotations

import pytest

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


def test_two_people_write_in_one_post_and_nothing_is_lost(gazette: Screen) -> None:
    id = stock.post(gazette.house, stock.word())
    gazette.is_signed_in("mira").goes(f"/admin/post/edit/?id={id}").is_ready()
    with gazette.house.opened(), acting(actor=stock.person("jonas"), surface="admin"), unit_of_work():
        post = db.session.get_one(Post, id)
        post.title, post.summary = "Ferries in winter", "By Jonas"
    gazette.expected.append("409")
    gazette.fills("title", "Ferries in the snow").presses("Save and stay")
    gazette.sees("You and jonas changed the same field").sees("only jonas changed it: Summary")
    assert gazette.field("summary").get_attribute("value") == "By Jonas"
    assert gazette.field("title").get_attribute("value") == "Ferries in the snow"
    assert "was not saved" not in gazette.text, "the draft is offered, though all of it is here"
    gazette.one("input[name='keep.title'][value=theirs]").click()
    gazette.presses("Save and stay").hears("Saved")
    assert gazette.field("title").get_attribute("value") == "Ferries in winter"
