"""axe-core finds nothing serious on any kind of page, in light and in dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.e2e import pages, stock
from tests.e2e.house import ROOT
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-axe")

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RUN = """
const [options, done] = arguments;
axe.run(document, options).then((found) => done(found.violations.filter(
  (fault) => ["serious", "critical"].includes(fault.impact)).map(
  (fault) => `${fault.id}: ${fault.nodes.slice(0, 4).map((node) => `${node.html.slice(0, 200)} | ${
    (node.any[0] || node.all[0] || node.none[0] || {message: ""}).message}`).join("\\n      ")}`)));
"""
STILL = """
const isStill = document.getAnimations().every((each) => each.playState !== "running");
return isStill && !document.querySelector("[data-going]");
"""
#: Only colours differ between the themes.
RULES: Mapping[str, dict[str, Any]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {
        "resultTypes": ["violations"],
        "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    },
}


@pytest.mark.parametrize("theme", RULES)
def test_nothing_serious_is_found_in_the_back_office(gazette: Screen, theme: str) -> None:
    gazette.is_signed_in("mira").expected.append("404")
    assert found_on(gazette, pages.inside(gazette.house), theme) == {}


@pytest.mark.parametrize("theme", RULES)
def test_nothing_serious_is_found_where_visitors_are(gazette: Screen, theme: str) -> None:
    gazette.expected.append("404")
    assert found_on(gazette, pages.outside(gazette.house), theme) == {}


@pytest.mark.parametrize("theme", RULES)
def test_nothing_serious_is_found_while_menus_are_open_and_fields_are_refused(gazette: Screen, theme: str) -> None:
    wears(gazette, theme)
    gazette.is_signed_in("mira").goes("/admin/comment/?flt_status=pending")
    found = {}
    for menu in ("Export", "Filter", "Account", "Language"):
        gazette.presses(menu)
        found[menu] = faults(gazette, theme)
        gazette.goes("/admin/comment/?flt_status=pending")
    gazette.ticks(*gazette.ids()[:2])
    found["ticked"] = faults(gazette, theme)
    gazette.goes("/admin/audit/?page_size=20").presses("Filter")
    found["filters of the trail"] = faults(gazette, theme)
    gazette.goes("/admin/audit/?page_size=20").ticks(gazette.ids()[0]).one("main input[name=all]").click()
    gazette.one("main button[name=action][value=erase]:not([data-id] *)").click()
    gazette.sees("Among them")
    found["before all that match"] = faults(gazette, theme)
    with gazette.house.opened():
        item = stock.factories.trash().id
    gazette.goes("/admin/trash/").does("purge", item).field("confirm")
    found["before deleting for good"] = faults(gazette, theme)
    gazette.goes("/admin/user/new/").fills("name", "X").fills("username", "Not a name!").presses("Save")
    gazette.expected.append("422")
    gazette.one("[aria-invalid=true]")
    found["refused"] = faults(gazette, theme)
    (id, *_others) = gazette.goes("/admin/comment/?flt_status=rejected").ids()
    gazette.does("approve", id).hears("Approved")
    found["toast"] = faults(gazette, theme)
    gazette.goes("/admin/tag/new/").fills("name", "Tides").driver.delete_all_cookies()
    gazette.presses("Save").sees("You were signed out")
    found["signed out"] = faults(gazette, theme)
    gazette.types(Keys.ESCAPE).hears("stays on this page")
    found["still signed out"] = faults(gazette, theme)
    assert {name: each for name, each in found.items() if each} == {}


def found_on(screen: Screen, paths: Mapping[str, str], theme: str) -> dict[str, list[str]]:
    """What is serious, by page."""
    wears(screen, theme)
    found = {}
    for name, path in paths.items():
        screen.goes(path)
        screen.is_ready()
        if each := faults(screen, theme):
            found[name] = each
            print(f"{name} ({path})", *each, sep="\n    ")
    return found


def faults(screen: Screen, theme: str) -> list[str]:
    """What axe-core calls serious or critical on the page that is shown."""
    # Colours that fade in or out are measured when they have arrived.
    screen.waits(lambda: screen.runs(STILL) or None, "a page at rest")
    screen.runs(AXE.read_text(encoding="utf-8"))
    return list(screen.driver.execute_async_script(RUN, RULES[theme]))


def wears(screen: Screen, theme: str) -> None:
    """Let the system of the person prefer this theme."""
    preferred = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", preferred)
