"""Somebody else has the same form open: one sees her come, save and go, and is never in her way."""

from __future__ import annotations

import pytest

from backoffice.foundation.acting import acting
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Post
from backoffice.records import presences
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")
#: The page asks every twenty seconds, and at once when it is looked at again.
LOOKS = "document.dispatchEvent(new Event('visibilitychange'))"


def test_one_sees_who_comes_saves_and_goes(gazette: Screen) -> None:
    id = stock.post(gazette.house, stock.word())
    gazette.is_signed_in("mira").goes(f"/admin/post/edit/?id={id}").is_ready()
    gazette.fills("title", "Ferries in winter")
    with gazette.house.opened(), unit_of_work():
        presences.arrive("post", id, "elsewhere", actor=stock.person("jonas"))
    gazette.runs(LOOKS)
    gazette.sees("has been editing this since").hears("has opened this as well.")
    with gazette.house.opened(), acting(actor=stock.person("jonas"), surface="admin"), unit_of_work():
        db.session.get_one(Post, id).summary = "By Jonas"
    gazette.runs(LOOKS)
    gazette.hears("saved this at", "Your text is kept; saving will merge.")
    with gazette.house.opened(), unit_of_work():
        presences.leave("post", id, actor=stock.person("jonas"))
    gazette.runs(LOOKS)
    gazette.hears("has left.")
    gazette.waits(lambda: "has been editing this since" not in gazette.text or None, "her line to go")
    assert gazette.field("title").get_attribute("value") == "Ferries in winter"
    gazette.presses("Save and stay").hears("Saved", "Kept what jonas changed meanwhile: Summary.")
    gazette.goes("/admin/post/")
    with gazette.house.opened():
        actor = stock.person("jonas")
        gazette.waits(lambda: not presences.others("post", id, actor=actor) or None, "mira to have left")
