"""The pictures of the README, taken from the sample content: `pytest tests/e2e/test_pictures.py --pictures`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from backoffice.catalogs.po import eid_of
from tests.e2e.chromium import Chromium
from tests.e2e.house import ROOT, House
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-look")

FOLDER = ROOT / "docs" / "pictures"
#: Bytes of one picture at most: the README shows several.
LARGEST = 250_000
#: Name, who is signed in, where, and what differs from English, light and 1440 by 900.
SHOTS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("sign-in", "", "/auth/login", {}),
    ("blog", "", "/blog/", {}),
    ("desk", "ana", "/admin/moderation/", {}),
    ("desk-phone", "ana", "/admin/moderation/", {"width": 390, "height": 844, "scale": 2}),
    ("comments", "ana", "/admin/comment/", {}),
    ("comments-dark", "ana", "/admin/comment/", {"theme": "dark"}),
    ("comments-phone", "ana", "/admin/comment/?flt_status=pending", {"width": 390, "height": 844, "scale": 2}),
    ("post-editor", "tomas", "/admin/post/edit/?id=1", {}),
    ("dashboard", "mira", "/admin/", {}),
    ("workbench", "ivo", f"/admin/i18n/de/messages/{eid_of('%(num)s comment waits.')}", {}),
    ("calendar", "mira", "/admin/reminder/calendar/", {}),
    ("roles", "mira", "/admin/role/desk/?area=comments", {}),
    ("audit", "mira", "/admin/audit/", {}),
    ("dashboard-arabic", "mira", "/admin/?lang=ar", {}),
)


@pytest.fixture
def fresh(chromium: Chromium, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """Somebody in front of sample content that no test has touched."""
    if not request.config.getoption("--pictures", default=False):
        pytest.skip("pictures are taken with --pictures only")
    house = House(tmp_path / "house", BACKOFFICE_DEMO="1")
    yield Screen(chromium.driver(), house)
    house.stop()


def test_the_pictures_of_the_readme_show_the_product_of_today(fresh: Screen) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    a_morning_passes(fresh)
    for name, username, path, how in SHOTS:
        metrics = {
            "width": how.get("width", 1440),
            "height": how.get("height", 900),
            "deviceScaleFactor": how.get("scale", 1),
            "mobile": False,
        }
        preferred = {"name": "prefers-color-scheme", "value": how.get("theme", "light")}
        fresh.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        fresh.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [preferred]})
        fresh.driver.delete_all_cookies()
        if username:
            fresh.is_signed_in(username)
        fresh.goes(path).is_ready()
        fresh.runs("document.activeElement.blur()")
        fresh.waits(lambda: fresh.runs("return [...document.images].every((image) => image.complete)") or None)
        size = kept(fresh.driver.get_screenshot_as_png(), FOLDER / f"{name}.png")
        assert size <= LARGEST, f"{name}.png has {size} bytes"


def a_morning_passes(screen: Screen) -> None:
    """Some work is done, so that the first page has something to tell."""
    screen.is_signed_in("ana").goes("/admin/comment/?flt_status=pending&search=roof")
    screen.does("spam", screen.ids()[0]).hears("Marked as spam")
    screen.goes("/admin/comment/?flt_status=pending&sort=created_at&desc=0")
    for action, said in (("approve", "Approved"), ("reject", "Rejected")):
        (id, *_others) = screen.ids()
        screen.does(action, id).hears(said)
        screen.shows(id, None)
    screen.driver.delete_all_cookies()
    screen.is_signed_in("jonas").goes("/admin/tag/new/").fills("name", "Winter").presses("Save")
    screen.hears("Saved")
    screen.driver.delete_all_cookies()
    screen.is_signed_in("mira").goes("/admin/post/new/").is_ready().fills("title", "What the winter timetable costs")
    screen.one("[contenteditable=true]").send_keys("The count of June, again.")
    screen.presses("Save")
    screen.hears("Saved")


def kept(png: bytes, path: Path) -> int:
    """Write a picture as small as it can be with all its colours; returns its bytes."""
    Image.open(io.BytesIO(png)).convert("RGB").save(path, optimize=True)
    return path.stat().st_size
