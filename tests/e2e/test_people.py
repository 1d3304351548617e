"""The main path of each person: what she comes for, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from backoffice.accounts.seeding import DEMO_PASSWORD
from backoffice.comments.models import CommentStatus
from tests.e2e import stock
from tests.e2e.screen import Screen
from tests.people import PASSWORD

pytestmark = pytest.mark.xdist_group("e2e-work")

DROP = """
const brought = new DataTransfer();
for (const [name, text] of arguments[0]) brought.items.add(new File([text], name, {type: "text/plain"}));
const target = document.querySelector("main form input[type=file]").closest("form");
for (const kind of ["dragenter", "dragover", "drop"])
  target.dispatchEvent(new DragEvent(kind, {dataTransfer: brought, bubbles: true, cancelable: true}));
"""


@pytest.mark.parametrize(
    ("action", "said", "status"),
    [
        ("approve", "Approved", CommentStatus.APPROVED),
        ("reject", "Rejected", CommentStatus.REJECTED),
        ("spam", "Marked as spam", CommentStatus.SPAM),
    ],
)
def test_a_moderator_decides_with_one_button_and_hears_what_happened(
    gazette: Screen, action: str, said: str, status: CommentStatus
) -> None:
    word = stock.word()
    other, id = stock.comments(gazette.house, word, 2)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?flt_status=pending&search={word}")
    gazette.lists(other, id).does(action, id).hears(said)
    assert stock.status(gazette.house, id) is status
    assert stock.status(gazette.house, other) is CommentStatus.PENDING
    gazette.goes(f"/admin/comment/?flt_status=pending&search={word}").lists(other)


def test_a_moderator_takes_back_a_slip(gazette: Screen) -> None:
    word = stock.word()
    (id,) = stock.comments(gazette.house, word)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?search={word}")
    gazette.does("spam", id).hears("Marked as spam")
    gazette.goes(f"/admin/comment/?search={word}").does("restore", id).hears("Restored")
    assert stock.status(gazette.house, id) is CommentStatus.PENDING


def test_an_author_sees_only_her_own_posts_and_what_is_said_under_them(gazette: Screen) -> None:
    word = stock.word()
    (hers,) = stock.comments(gazette.house, word, author="tomas")
    (another_s,) = stock.comments(gazette.house, word, author="jonas")
    gazette.is_signed_in("tomas").goes(f"/admin/comment/?search={word}").lists(hers)
    gazette.does("approve", hers).hears("Approved")
    gazette.goes(f"/admin/post/?search={word}")
    assert len(gazette.ids()) == 1
    gazette.expected.append("404")
    gazette.goes(f"/admin/comment/details/?id={another_s}")
    assert f"Remark 0 about {word}" not in gazette.text


def test_an_editor_writes_into_a_post_with_the_editor(gazette: Screen) -> None:
    word = stock.word()
    id = stock.post(gazette.house, word)
    gazette.is_signed_in("jonas").goes("/admin/post/").fills("search", word).types(Keys.ENTER)
    gazette.lists(id).presses(f"The post of {word}")
    gazette.is_ready()
    gazette.one("[contenteditable=true]").click()
    gazette.holds(Keys.CONTROL, Keys.END).types(Keys.ENTER, "- one", Keys.ENTER, "two")
    gazette.presses("Save")
    gazette.hears("Saved", word)
    assert stock.post_called(gazette.house, f"The post of {word}").body.endswith("<ul><li>one</li><li>two</li></ul>")


def test_an_editor_uploads_a_picture_by_the_form_and_sees_it(gazette: Screen, tmp_path: Path) -> None:
    picture = tmp_path / f"{stock.word()}.png"
    Image.new("RGB", (64, 48), "steelblue").save(picture)
    gazette.is_signed_in("jonas").goes("/admin/file/")
    gazette.driver.find_element("css selector", "main input[type=file]").send_keys(str(picture))
    gazette.presses("Upload")
    gazette.waits(lambda: picture.name in gazette.ids() or None, "the file in the list")
    preview = gazette.one(f"main [data-id='{picture.name}'] img")
    gazette.waits(lambda: gazette.runs("return arguments[0].naturalWidth > 0", preview) or None, "the small picture")


def test_an_editor_drops_several_files_and_keeps_those_that_may_be_kept(gazette: Screen) -> None:
    word = stock.word()
    names = [f"{word}-{number}.txt" for number in range(3)]
    gazette.is_signed_in("jonas").goes("/admin/file/")
    gazette.runs(DROP, [[name, "tides"] for name in names])
    gazette.waits(lambda: set(names) <= set(gazette.ids()) or None, "three files in the list")
    gazette.expected.append("422")
    gazette.runs(DROP, [[f"{word}.html", "<script>alert(1)</script>"]])
    gazette.sees(f"{word}.html")
    assert f"{word}.html" not in gazette.goes("/admin/file/").ids()


def test_a_translator_sees_how_far_the_languages_are_and_nothing_of_the_rest(gazette: Screen) -> None:
    gazette.signs_in("ivo", DEMO_PASSWORD)
    assert gazette.path == "/admin/"
    gazette.sees("Português")
    places = {link.get_attribute("href") for link in gazette.all("nav a[href*='/admin/']")}
    assert {str(place).removeprefix(gazette.house.address) for place in places} <= {
        "/admin/",
        "/admin/i18n/",
        "/admin/reminder/",
        "/admin/term/",
        "/admin/trash/",
    }
    gazette.expected.append("403")
    for place in ("comment", "post", "user", "role", "file", "tag", "audit"):
        gazette.goes(f"/admin/{place}/")
        assert gazette.ids() == []
        assert "administrator" in gazette.text


def test_an_administrator_invites_somebody_who_sets_her_password_and_is_given_a_role(gazette: Screen) -> None:
    name = stock.word()
    gazette.is_signed_in("mira").goes("/admin/user/new/")
    gazette.fills("name", f"Wanda {name}").fills("username", name).fills("email", f"{name}@example.org")
    gazette.presses("Save")
    link = gazette.one("main a[href*='/auth/invite/']").get_attribute("href") or ""

    gazette.driver.delete_all_cookies()
    gazette.driver.get(link)
    gazette.fills("password", PASSWORD).fills("again", PASSWORD).presses("Set password and sign in")
    gazette.waits(lambda: gazette.path == "/auth/profile" or None, "her profile")
    gazette.driver.delete_all_cookies()
    gazette.signs_in(name, PASSWORD)
    assert gazette.path == "/auth/profile"
    gazette.expected.append("404")
    gazette.driver.get(link)
    assert not gazette.all("input[name=again]")

    gazette.driver.delete_all_cookies()
    gazette.is_signed_in("mira").goes(f"/admin/user/?search={name}").presses(f"Wanda {name}")
    gazette.fills("Roles", "moderator").presses("Save")
    gazette.hears("Saved")

    gazette.driver.delete_all_cookies()
    gazette.signs_in(name, PASSWORD)
    assert gazette.path == "/admin/"
    gazette.one("nav a[href='/admin/comment/']")


def test_a_visitor_writes_a_comment_and_sees_that_it_waits(gazette: Screen) -> None:
    word = stock.word()
    id = stock.post(gazette.house, word)
    gazette.goes("/blog/").presses(f"The post of {word}")
    gazette.fills("name", "Wilma").fills("email", "wilma@example.org").fills("text", f"*Well* said, {word}.")
    gazette.presses("Send comment")
    gazette.hears("Wilma", "moderator")
    own = gazette.one("main [data-status=pending]")
    assert f"Well said, {word}." in own.text
    _status, _kind, page = gazette.house.reader().get(f"/blog/post/{id}")
    assert f"said, {word}" not in page
    gazette.is_signed_in("ana").goes(f"/admin/comment/?flt_status=pending&search={word}")
    assert len(gazette.ids()) == 1


def test_somebody_who_may_only_sign_in_lands_on_her_profile(gazette: Screen) -> None:
    gazette.signs_in("dara", DEMO_PASSWORD)
    gazette.waits(lambda: gazette.path == "/auth/profile" or None, "her profile")
    assert gazette.field("name").get_attribute("value") == "Dara Quillon"
    gazette.goes("/admin/")
    assert gazette.path == "/auth/profile"
    gazette.expected.append("403")
    gazette.goes("/admin/comment/")
    assert gazette.ids() == []
    gazette.goes("/auth/profile").fills("name", "Dara Q.").presses("Save")
    gazette.hears("Saved")
    gazette.fills("name", "Dara Quillon").presses("Save")
    gazette.hears("Saved")
