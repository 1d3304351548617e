"""Signed out while a page is open: nothing typed is lost, and what was pressed is done once, by whoever pressed it."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from sqlalchemy import func, select

from backoffice.accounts.seeding import DEMO_PASSWORD
from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation.database import db
from backoffice.posts.models import Post
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


@pytest.fixture
def desk(gazette: Screen) -> Screen:
    """A browser whose server answers 401 and 422 on purpose."""
    gazette.expected += ["401", "422"]
    return gazette


def is_signed_out(screen: Screen) -> None:
    """The session is gone while the page stays."""
    screen.driver.delete_all_cookies()


def signs_in_again(screen: Screen, password: str = DEMO_PASSWORD, username: str | None = None) -> None:
    """Fill in the dialog; the name stands there already."""
    if username:
        screen.fills("username", username)
    screen.fills("password", password).types(Keys.ENTER)


def how_many(screen: Screen, title: str) -> int:
    """Posts of this title."""
    with screen.house.opened():
        return db.session.scalar(select(func.count()).where(Post.title == title)) or 0


def test_a_post_is_saved_after_signing_in_again_once_and_whole(desk: Screen) -> None:
    title = f"Ferries of {stock.word()}"
    desk.is_signed_in("mira").goes("/admin/post/new/").fills("title", title).is_ready()
    desk.one("[contenteditable=true]").send_keys("They leave at nine.")
    is_signed_out(desk)
    desk.presses("Save and stay").sees("You were signed out").sees("everything you typed is kept")
    assert desk.field("username").get_attribute("value") == "mira"
    assert desk.focused.get_attribute("name") == "password"
    signs_in_again(desk, "not the password")
    desk.hears("do not match")
    assert desk.focused.get_attribute("name") == "password"
    assert how_many(desk, title) == 0
    signs_in_again(desk)
    desk.hears("Saved", title)
    assert stock.post_called(desk.house, title).body == "<p>They leave at nine.</p>"
    assert how_many(desk, title) == 1
    desk.fills("title", f"{title}, again").presses("Save and stay").hears("Saved", "again")


def test_whoever_closes_the_dialog_keeps_the_form_as_it_is(desk: Screen) -> None:
    (id,) = stock.comments(desk.house, stock.word())
    desk.is_signed_in("ana").goes(f"/admin/comment/edit/?id={id}").fills("text", "The tide is late.")
    is_signed_out(desk)
    desk.presses("Save").sees("You were signed out")
    desk.types(Keys.ESCAPE).hears("You are signed out", "stays on this page")
    assert not desk.all("dialog[open]")
    assert desk.field("text").get_attribute("value") == "The tide is late."
    assert desk.runs("const event = new Event('beforeunload', {cancelable: true}); return !dispatchEvent(event)"), (
        "leaving would not ask"
    )
    desk.presses("Sign in")
    signs_in_again(desk)
    desk.hears("You are signed in again")
    desk.presses("Save").hears("Saved")
    with desk.house.opened():
        assert db.session.get_one(Comment, id).text == "The tide is late."


def test_a_button_of_a_list_does_its_work_after_signing_in_again(desk: Screen) -> None:
    word = stock.word()
    (id,) = stock.comments(desk.house, word)
    desk.is_signed_in("ana").goes(f"/admin/comment/?search={word}")
    is_signed_out(desk)
    desk.does("approve", id).sees("You were signed out")
    assert stock.status(desk.house, id) is CommentStatus.PENDING
    signs_in_again(desk)
    desk.hears("Approved")
    desk.shows(id, "approved")
    assert stock.status(desk.house, id) is CommentStatus.APPROVED
    desk.does("reject", id).hears("Rejected")


def test_another_person_does_not_send_what_somebody_typed(desk: Screen) -> None:
    title = f"Gulls of {stock.word()}"
    desk.is_signed_in("mira").goes("/admin/post/new/").fills("title", title).is_ready()
    is_signed_out(desk)
    desk.presses("Save").sees("You were signed out")
    signs_in_again(desk, username="jonas")
    desk.sees("jonas is signed in now").sees("typed by mira and was not sent")
    assert how_many(desk, title) == 0
    desk.types(Keys.ESCAPE).waits(lambda: not desk.all("dialog[open]"))
    desk.presses("Save").sees("jonas is signed in now")
    assert how_many(desk, title) == 0
    desk.presses("Sign in as mira")
    signs_in_again(desk)
    desk.hears("Saved", title)
    with desk.house.opened():
        author = db.session.scalars(select(Post).where(Post.title == title)).one().author
        assert author.username == "mira"


def test_whoever_comes_back_in_another_tab_need_not_sign_in_twice(desk: Screen) -> None:
    title = f"Terns of {stock.word()}"
    desk.is_signed_in("mira").goes("/admin/post/new/").fills("title", title).is_ready()
    is_signed_out(desk)
    desk.presses("Save").sees("You were signed out")
    desk.is_signed_in("mira")
    desk.hears("Saved", title)
    assert how_many(desk, title) == 1


def test_an_upload_goes_on_after_signing_in_again(desk: Screen, tmp_path: Path) -> None:
    names = [f"{stock.word()}.txt" for _ in range(2)]
    for name in names:
        (tmp_path / name).write_text("Tides.")
    desk.is_signed_in("mira").goes("/admin/file/")
    is_signed_out(desk)
    desk.field("file").send_keys("\n".join(str(tmp_path / name) for name in names))
    desk.presses("Upload").sees("You were signed out")
    signs_in_again(desk)
    desk.sees(names[0]).sees(names[1])
    desk.waits(lambda: not desk.all("progress"))
    folder = desk.house.folder / "instance" / "files"
    assert [name for name in names if (folder / name).exists()] == names


def test_a_question_that_nobody_answers_holds_a_form_back_only_once(desk: Screen) -> None:
    title = f"Skuas of {stock.word()}"
    desk.expected.append("ERR_BLOCKED_BY_CLIENT")
    desk.is_signed_in("mira").goes("/admin/post/new/").fills("title", title).is_ready()
    for addresses in (["*/auth/session*"], []):
        desk.driver.execute_cdp_cmd("Network.enable", {})
        desk.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": addresses})
        if addresses:
            desk.presses("Save").hears("No answer from the server")
            assert how_many(desk, title) == 0
            desk.presses("Save").hears("Saved", title)
    assert how_many(desk, title) == 1


def test_the_way_back_is_as_ever(desk: Screen) -> None:
    word = stock.word()
    id = stock.post(desk.house, word)
    desk.is_signed_in("mira").goes("/admin/post/").goes(f"/admin/post/edit/?id={id}").is_ready()
    desk.fills("title", f"Herons of {word}").presses("Save").hears("Saved")
    assert desk.path == "/admin/post/"
    desk.driver.back()
    desk.waits(lambda: desk.path == "/admin/post/edit/")
    desk.driver.back()
    desk.waits(lambda: desk.path == "/admin/post/")
