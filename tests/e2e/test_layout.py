"""No page scrolls sideways, in either direction of writing, and fingers find the buttons of a phone."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from tests.e2e import pages
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-look")

WIDTHS = (1440, 768, 390)
#: How far the document is wider than the window, and which elements stick out, innermost first.
STICKS_OUT = """
const page = document.documentElement;
const over = page.scrollWidth - innerWidth;
if (over <= 0) return null;
const rolls = (element) => element && element !== page && element !== document.body &&
  (getComputedStyle(element).overflowX !== "visible" || rolls(element.parentElement));
const out = [...document.body.querySelectorAll("*")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1) && !rolls(element.parentElement);
});
return `${over} px: ` + out.reverse().slice(0, 3).map((element) => element.outerHTML.slice(0, 120)).join(" | ");
"""
SMALL = """
return [...document.querySelectorAll("main [data-id] button, main [data-id] a[role=button]")].filter((button) => {
  const box = button.getBoundingClientRect();
  return box.width && box.height < 44;
}).map((button) => `${button.textContent.trim()}: ${button.getBoundingClientRect().height}`).slice(0, 5);
"""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_of_the_back_office_scrolls_sideways(gazette: Screen, language: str) -> None:
    gazette.is_signed_in("mira").expected.append("404")
    assert too_wide(gazette, pages.inside(gazette.house), language) == {}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_of_the_paper_scrolls_sideways(gazette: Screen, language: str) -> None:
    gazette.expected.append("404")
    assert too_wide(gazette, pages.outside(gazette.house), language) == {}


def test_the_buttons_of_a_list_are_large_enough_for_a_finger_on_a_phone(gazette: Screen) -> None:
    gazette.is_signed_in("mira")
    is_width(gazette, 390)
    small = {}
    for name, path in pages.inside(gazette.house).items():
        if name.startswith(("list of", "comments", "files")):
            small[name] = gazette.goes(path).runs(SMALL)
    assert {name: buttons for name, buttons in small.items() if buttons} == {}
    gazette.goes("/admin/comment/?flt_status=pending")
    assert gazette.one("main [data-id] button[name=action]").size["height"] >= 44


def test_a_list_becomes_cards_on_a_phone(gazette: Screen) -> None:
    gazette.is_signed_in("mira").goes("/admin/comment/")
    is_width(gazette, 390)
    assert gazette.runs(
        "const row = document.querySelector('main [data-id]');"
        "const tops = [...row.children].filter((each) => each.getClientRects().length)"
        ".map((each) => each.getBoundingClientRect().top);"
        "return new Set(tops).size > 1"
    )


def too_wide(screen: Screen, paths: Mapping[str, str], language: str) -> dict[str, str]:
    """What sticks out of which page at which width."""
    found = {}
    for name, path in paths.items():
        is_width(screen, WIDTHS[0])
        screen.goes(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert screen.one("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        screen.is_ready()
        for width in WIDTHS:
            is_width(screen, width)
            # Toolbars that measure themselves fit only after the next frames.
            if (out := screen.runs(STICKS_OUT)) and (out := settled(screen)):
                found[f"{name} at {width}"] = out
                print(f"{name} ({path}) at {width}: {out}")
    return found


def settled(screen: Screen) -> str:
    """What still sticks out after a moment."""
    for _ in range(60):
        time.sleep(0.05)
        if not (out := screen.runs(STICKS_OUT)):
            return ""
    return str(out)


def is_width(screen: Screen, width: int) -> None:
    """Give the page a window of this width; quicker than moving a window."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    screen.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
