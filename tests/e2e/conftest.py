"""The product in a real browser: a server as an operator starts it, and Chromium in front of it.

`screen`: a browser at an empty back office of this process; `gazette`: one at the sample content of
BACKOFFICE_DEMO=1; `plain`: the same with scripts switched off. A test fails at its end if the console of the browser
has an error, the policy for content was broken, or the server logged a fault. With `--pictures` the pictures of the
README are taken anew.

Tests of one xdist group run in one process, so that there are never more browsers than groups.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.chromium import MISSING, Chromium
from tests.e2e.house import House
from tests.e2e.screen import Screen

_HERE = Path(__file__).parent
_SCREENS = ("screen", "gazette", "plain", "fresh")
#: What a browser says when it was too slow, and not that the product is wrong; pytest lists such a test as rerun.
_TOO_SLOW = ["TimeoutException", "StaleElementReferenceException", "WebDriverException"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--pictures`, known where these tests are named on the command line."""
    parser.addoption("--pictures", action="store_true", help="write docs/pictures/ anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test whose browser waited in vain is run once more; what fails twice, or on an assertion, has failed."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=_TOO_SLOW))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test at its end if the browser or the server complained meanwhile."""
    done = yield
    for name in _SCREENS:
        if screen := getattr(item, "funcargs", {}).get(name):
            complaints = screen.complaints()
            assert not complaints, "\n".join(complaints)
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Print what stood on the screen when a test failed."""
    report = yield
    if call.when == "call" and report.failed:
        for name in _SCREENS:
            if screen := getattr(item, "funcargs", {}).get(name):
                report.sections.append((f"on the screen at {screen.driver.current_url}", screen.text[:2000]))
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser of this process."""
    if MISSING:
        reason = f"{' and '.join(MISSING)} not installed"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(f"A browser is required: {reason}")
        pytest.skip(reason)
    browser = Chromium()
    yield browser
    browser.quit()


@pytest.fixture(scope="session")
def empty_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A back office as after the first start, with the account `admin`."""
    house = House(tmp_path_factory.mktemp("empty-house"))
    yield house
    house.stop()


@pytest.fixture(scope="session")
def demo_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A back office with the sample content and one account per role."""
    house = House(tmp_path_factory.mktemp("demo-house"), BACKOFFICE_DEMO="1")
    yield house
    house.stop()


@pytest.fixture
def screen(chromium: Chromium, empty_house: House) -> Screen:
    """Somebody in front of an empty back office."""
    return Screen(chromium.driver(), empty_house)


@pytest.fixture
def gazette(chromium: Chromium, demo_house: House) -> Screen:
    """Somebody in front of the back office of the sample content."""
    return Screen(chromium.driver(), demo_house)


@pytest.fixture
def plain(chromium: Chromium, demo_house: House) -> Screen:
    """The same with scripts switched off."""
    return Screen(chromium.driver(scripts=False), demo_house)
