"""Everything works with scripts switched off; they only make it faster."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from backoffice.accounts.seeding import DEMO_PASSWORD
from tests.e2e import stock
from tests.e2e.screen import Screen
from tests.people import PASSWORD

pytestmark = pytest.mark.xdist_group("e2e-plain")

#: The button of an operation that belongs to the page and not to one line.
FOR_ALL = "main button[name=action][value={}]:not([data-id] *)"


def test_the_browser_of_these_tests_runs_no_script(plain: Screen) -> None:
    plain.driver.get("data:text/html,<p id=p>none</p><script>p.textContent = 'some'</script>")
    assert plain.text == "none"


def test_a_moderator_signs_in_and_approves_by_the_button_of_a_line(plain: Screen) -> None:
    word = stock.word()
    first, second = stock.comments(plain.house, word, 2)
    plain.signs_in("ana", DEMO_PASSWORD).goes(f"/admin/comment/?search={word}")
    plain.does("approve", first).hears("Approved")
    plain.shows(first, "approved").shows(second, "pending")
    assert f"search={word}" in plain.driver.current_url


def test_a_moderator_ticks_lines_and_rejects_them_by_the_bar(plain: Screen) -> None:
    word = stock.word()
    first, second, third = stock.comments(plain.house, word, 3)
    plain.is_signed_in("ana").goes(f"/admin/comment/?search={word}")
    assert not [bar for bar in plain.all(FOR_ALL.format("reject")) if bar.is_displayed()]
    plain.ticks(first, third).one(FOR_ALL.format("reject")).click()
    plain.hears("Rejected", "2")
    plain.shows(first, "rejected").shows(second, "pending").shows(third, "rejected")


def test_a_moderator_filters_and_takes_the_filter_off_again(plain: Screen) -> None:
    word = stock.word()
    ids = stock.comments(plain.house, word, 2)
    plain.is_signed_in("ana").goes(f"/admin/comment/?search={word}").does("spam", ids[0])
    plain.shows(ids[0], "spam").presses("Filter").fills("flt_status", "spam").presses("Apply")
    plain.lists(ids[0])
    plain.presses("Remove filter").lists(*ids)


def test_a_moderator_searches_and_is_told_when_nothing_matches(plain: Screen) -> None:
    word = stock.word()
    (id,) = stock.comments(plain.house, word)
    plain.is_signed_in("ana").goes("/admin/comment/").fills("search", word).types(Keys.ENTER).lists(id)
    plain.fills("search", f"{word}x").types(Keys.ENTER)
    plain.sees("Nothing matches").presses("Clear search and filters")
    assert len(plain.ids()) > 1


def test_an_editor_sorts_by_the_head_of_a_column_and_back(plain: Screen) -> None:
    plain.is_signed_in("jonas").goes("/admin/post/?page_size=100")
    plain.presses("Title").one("th[aria-sort=ascending]")
    rising = plain.ids()
    plain.presses("Title").one("th[aria-sort=descending]")
    plain.lists(*rising[::-1])


def test_a_moderator_pages_forth_and_back(plain: Screen) -> None:
    stock.comments(plain.house, stock.word(), 25)
    plain.is_signed_in("ana").goes("/admin/comment/?page_size=20")
    first = plain.ids()
    assert len(first) == 20
    plain.one("a[rel=next]").click()
    second = plain.waits(lambda: plain.ids() if plain.one("a[rel=prev]") else None)
    assert second and not set(first) & set(second)
    plain.one("a[rel=prev]").click()
    plain.lists(*first)


def test_an_author_writes_a_post_in_the_plain_text_area_and_publishes_it(plain: Screen) -> None:
    title = f"Typed by hand {stock.word()}"
    plain.is_signed_in("tomas").goes("/admin/post/new/").fills("title", title)
    plain.fills("body", '<h2>Plain</h2><p onclick="x()">Typed <em>by hand</em>.</p>').presses("Save")
    plain.hears("Saved", title)
    plain.presses(title)
    assert plain.field("body").get_attribute("value") == "<h2>Plain</h2><p>Typed <em>by hand</em>.</p>"
    plain.goes("/admin/post/?flt_status=draft")
    plain.does("publish", stock.post_called(plain.house, title).id).hears("Published", title)
    plain.goes("/blog/").presses(title)
    assert plain.one("article em").text == "by hand"


def test_an_editor_gives_a_post_tags_by_typing_their_names(plain: Screen) -> None:
    id = stock.post(plain.house, stock.word())
    plain.is_signed_in("jonas").goes(f"/admin/post/edit/?id={id}")
    plain.fills("tags", "harbour, Outer island").presses("Save and stay")
    plain.hears("Saved")
    typed = plain.field("tags").get_attribute("value") or ""
    assert {name.strip() for name in typed.split(",")} == {"harbour", "outer-island"}


def test_a_moderator_who_types_half_a_title_is_shown_which_posts_could_be_meant(plain: Screen) -> None:
    word = stock.word()
    with plain.house.opened():
        for half in ("north", "south"):
            stock.factories.post(published=True, title=f"{word} {half}", author=stock.person("jonas"))
    plain.is_signed_in("ana").goes("/admin/comment/new/")
    plain.fills("post", word).fills("text", "We have asked the pilots.").presses("Save")
    plain.sees("Several could be meant").sees(f"{word} north").sees(f"{word} south")
    assert plain.field("text").get_attribute("value") == "We have asked the pilots."
    plain.expected.append("422")
    plain.fills("post", f"{word}-south").presses("Save")
    plain.hears("Saved")
    assert stock.post_called(plain.house, f"{word} south").slug == f"{word}-south"
    plain.sees(f"{word} south")


def test_a_name_that_nothing_bears_is_said_and_kept(plain: Screen) -> None:
    plain.is_signed_in("ana").goes("/admin/comment/new/")
    plain.fills("post", "no such post").fills("text", "Words.").presses("Save")
    plain.sees("Nothing here is called no such post")
    plain.expected.append("422")
    assert plain.field("post").get_attribute("value") == "no such post"


def test_menus_open_and_switch_language_and_theme(plain: Screen) -> None:
    name = stock.word()
    with plain.house.opened():
        stock.factories.user(username=name, roles=["translator"])
    plain.signs_in(name, PASSWORD).goes("/admin/")
    plain.presses("Account").presses("Dark")
    assert plain.one("html[data-theme='dark']")
    plain.presses("Language").presses("Deutsch")
    assert plain.one("html[lang='de']")


def test_the_sidebar_opens_and_closes_on_a_phone(plain: Screen) -> None:
    plain.resizes(390, 844).is_signed_in("ana").goes("/admin/")
    comments = "nav a[href='/admin/comment/']"
    assert not _is_on_screen(plain, comments)
    plain.presses("Open menu")
    plain.waits(lambda: _is_on_screen(plain, comments))
    plain.presses("Close menu")
    plain.waits(lambda: not _is_on_screen(plain, comments))
    plain.presses("Open menu").waits(lambda: _is_on_screen(plain, comments))
    plain.one(comments).click()
    assert plain.path == "/admin/comment/"


def _is_on_screen(screen: Screen, css: str) -> bool:
    return bool(
        screen.runs(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
            "const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
            "return box.width > 0 && box.right > 0 && box.left < innerWidth && !!top",
            css,
        )
    )
