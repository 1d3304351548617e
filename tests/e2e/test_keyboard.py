"""The back office without a mouse: everything is reached, seen and left by keys."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from backoffice.accounts.seeding import DEMO_PASSWORD
from backoffice.comments.models import CommentStatus
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")

#: More stops than any page has.
MANY = 150
#: What keeps the eye from seeing where the focus is: nothing, or what is wrong. An outline is seen; anything else
#: has to look different once the focus has gone, and that is asked at the next stop.
SEEN = """
const element = document.activeElement;
const box = element.getBoundingClientRect();
const look = (one) => {
  const own = getComputedStyle(one);
  return own.boxShadow + own.borderColor + own.backgroundColor;
};
const wrong = [];
if (window.seenBefore && window.seenBefore.look === look(window.seenBefore.element))
  wrong.push(`${window.seenBefore.element.outerHTML.slice(0, 160)} looks the same without the focus`);
window.seenBefore = null;
if (element === document.body) return wrong;
if (!box.width || !box.height || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
  wrong.push(`${element.outerHTML.slice(0, 160)} is not on the screen`);
const own = getComputedStyle(element);
if (own.outlineStyle === "none" || parseFloat(own.outlineWidth) === 0)
  window.seenBefore = {element, look: look(element)};
return wrong;
"""
#: The editor notices a moment later that the focus has left it.
SETTLED = "return !document.querySelector('[contenteditable].ck-focused:not(:focus)')"
WHERE = "const at = document.activeElement; return at === document.body ? '' : at.outerHTML.slice(0, 160)"


def test_somebody_signs_in_and_skips_to_the_content(gazette: Screen) -> None:
    gazette.goes("/auth/login").types("ana", Keys.TAB, DEMO_PASSWORD, Keys.ENTER)
    gazette.waits(lambda: gazette.path == "/admin/" or None, "the first page")
    gazette.goes("/admin/comment/").types(Keys.TAB)
    assert gazette.focused.text == "Skip to content"
    assert gazette.runs(SEEN) == []
    gazette.types(Keys.ENTER, Keys.TAB)
    assert gazette.runs("return document.querySelector('main').contains(document.activeElement)")


def test_a_moderator_reaches_the_button_of_a_line_and_presses_it(gazette: Screen) -> None:
    word = stock.word()
    newer, older = stock.comments(gazette.house, word, 2)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?flt_status=pending&search={word}")
    tabs_to(gazette, f"main [data-id='{older}'] button[value=approve]")
    assert gazette.runs(SEEN) == []
    gazette.types(Keys.ENTER).hears("Approved")
    assert stock.status(gazette.house, older) is CommentStatus.APPROVED
    assert stock.status(gazette.house, newer) is CommentStatus.PENDING


def test_a_moderator_ticks_lines_by_the_space_bar(gazette: Screen) -> None:
    word = stock.word()
    ids = stock.comments(gazette.house, word, 2)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?flt_status=pending&search={word}")
    for id in ids:
        tabs_to(gazette, f"main [data-id='{id}'] input[name=rowid]")
        gazette.types(Keys.SPACE)
    tabs_to(gazette, "main button[value=spam]:not([data-id] *)", backwards=True)
    gazette.types(Keys.ENTER).hears("Marked as spam", "2")
    assert {stock.status(gazette.house, id) for id in ids} == {CommentStatus.SPAM}


def test_a_moderator_works_down_the_list_with_one_key_for_each_decision(gazette: Screen) -> None:
    word = stock.word()
    first, second, third, fourth = stock.comments(gazette.house, word, 4)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?flt_status=pending&search={word}")
    gazette.types("j", "a").hears("Approved")
    gazette.types("d").hears("Rejected")
    gazette.types("j", "s").hears("Marked as spam")
    gazette.waits(lambda: gazette.ids() == [str(third)] or None, "one line that is left")
    decided = [stock.status(gazette.house, id) for id in (first, second, third, fourth)]
    assert decided == [CommentStatus.APPROVED, CommentStatus.REJECTED, CommentStatus.PENDING, CommentStatus.SPAM]


def test_letters_decide_nothing_while_somebody_types(gazette: Screen) -> None:
    word = stock.word()
    (id,) = stock.comments(gazette.house, word)
    gazette.is_signed_in("ana").goes(f"/admin/comment/?flt_status=pending&search={word}").types("j")
    gazette.fills("search", "").types("a", "s", "d")
    assert gazette.field("search").get_attribute("value") == "asd"
    assert stock.status(gazette.house, id) is CommentStatus.PENDING


def test_the_list_of_keys_opens_and_closes_and_a_place_is_two_keys_away(gazette: Screen) -> None:
    gazette.is_signed_in("ana").goes("/admin/comment/").types("?")
    gazette.waits(lambda: "next line" in gazette.one("dialog[open]").text or None, "the list of keys")
    gazette.types(Keys.ESCAPE)
    gazette.waits(lambda: not gazette.all("dialog[open]") or None, "the list to close")
    (letter,) = [link.get_attribute("data-go") for link in gazette.all("nav a[href='/admin/reminder/']")]
    gazette.types("g", str(letter))
    gazette.waits(lambda: gazette.path == "/admin/reminder/" or None, "the reminders")


def test_the_palette_opens_by_ctrl_k_and_leads_to_a_page(gazette: Screen) -> None:
    gazette.is_signed_in("ana").goes("/admin/").holds(Keys.CONTROL, "k")
    gazette.waits(lambda: gazette.focused.tag_name == "input" or None, "the palette")
    gazette.types("Reminders")
    gazette.waits(lambda: "Reminders" in gazette.one("[role=dialog], dialog[open]").text or None)
    gazette.types(Keys.ENTER)
    gazette.waits(lambda: gazette.path == "/admin/reminder/" or None, "the reminders")


def test_escape_closes_the_palette_and_the_focus_is_where_it_was(gazette: Screen) -> None:
    gazette.is_signed_in("ana").goes("/admin/comment/")
    tabs_to(gazette, "main input[name=search]")
    gazette.holds(Keys.CONTROL, "k")
    gazette.waits(lambda: gazette.focused.get_attribute("name") != "search" or None, "the palette")
    gazette.types(Keys.ESCAPE)
    gazette.waits(lambda: gazette.focused.get_attribute("name") == "search" or None, "the search box")


def test_a_slash_leads_to_the_search_box_and_stays_a_letter_inside_it(gazette: Screen) -> None:
    gazette.is_signed_in("ana").goes("/admin/comment/").types("/")
    gazette.waits(lambda: gazette.focused.get_attribute("name") == "search" or None, "the search box")
    gazette.types("a/b")
    assert gazette.focused.get_attribute("value") == "a/b"


@pytest.mark.parametrize(
    "path",
    ["/admin/post/new/", "/admin/user/new/", "/admin/reminder/?flt_which=overdue", "/admin/file/", "/auth/profile"],
)
def test_the_focus_goes_round_a_page_is_always_seen_and_caught_nowhere(gazette: Screen, path: str) -> None:
    gazette.is_signed_in("mira").goes(path)
    gazette.is_ready()
    gazette.runs("document.activeElement.blur(); scrollTo(0, 0)")
    gazette.types(Keys.TAB)
    first, stops, unseen = gazette.focused, [], []
    for _ in range(MANY):
        gazette.waits(lambda: gazette.runs(SETTLED), "the editor to notice")
        stops.append(gazette.runs(WHERE))
        unseen += gazette.runs(SEEN)
        gazette.types(Keys.TAB)
        if gazette.focused == first:
            break
    assert gazette.focused == first, stops[-5:]
    assert unseen == []
    if path.endswith("/new/"):
        assert any('name="_save"' in where for where in stops)


def tabs_to(screen: Screen, css: str, *, backwards: bool = False) -> WebElement:
    """Press the tab key until this has the focus."""
    for _ in range(MANY):
        if screen.runs("return document.activeElement.matches(arguments[0])", css):
            return screen.focused
        screen.holds(Keys.SHIFT, Keys.TAB) if backwards else screen.types(Keys.TAB)
    raise AssertionError(f"The tab key does not lead to {css}")
