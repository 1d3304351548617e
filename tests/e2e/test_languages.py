"""Whoever manages languages: begins one, offers it, brings a catalog back, and changes many strings after a look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.catalogs.po import parse
from tests.catalogs.conftest import po
from tests.e2e.chromium import Chromium
from tests.e2e.house import ADMIN_PASSWORD, House
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")

GERMAN = "\n\n".join(
    (
        'msgid "The gate of the harbour"\nmsgstr "Das Tor des Hafens"',
        'msgid "The title of the harbour"\nmsgstr "Der Titel des Hafens"',
    )
)
OVER = "return document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A back office with a small German catalog of its own."""
    folder = tmp_path_factory.mktemp("languages")
    made = House(folder / "house", BACKOFFICE_TRANSLATIONS=str(folder / "translations"))
    yield made
    made.stop()


@pytest.fixture
def catalog(house: House) -> Path:
    """The German catalog, as it was."""
    path = house.folder.parent / "translations" / "de" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(po("de", GERMAN), encoding="utf-8")
    return path


@pytest.fixture
def screen(chromium: Chromium, house: House, catalog: Path) -> Screen:
    """The administrator in front of it."""
    return Screen(chromium.driver(), house).is_signed_in("admin", ADMIN_PASSWORD)


@pytest.fixture
def plain(chromium: Chromium, house: House, catalog: Path) -> Screen:
    """The same without scripts."""
    return Screen(chromium.driver(scripts=False), house).is_signed_in("admin", ADMIN_PASSWORD)


def begins(screen: Screen, name: str, locale: str) -> None:
    """Begin a language in two clicks, and offer it."""
    screen.goes("/admin/i18n/").presses("New language")
    screen.one(f"button[name=locale][value={locale}]").click()
    screen.sees(name)
    screen.one("[name=offered]").click()
    screen.presses("Save").sees(f"Saved: {name}.")
    screen.goes("/admin/i18n/")
    assert "not offered yet" not in screen.one(f"[data-id={locale}]").text
    assert (screen.house.folder.parent / "translations" / locale / "LC_MESSAGES" / "messages.po").is_file()


def replaces(screen: Screen, catalog: Path) -> None:
    """Replace a word in two strings after a look."""
    screen.goes("/admin/i18n/de/messages/bulk")
    screen.one("[name=do][value=replace]").click()
    screen.fills("find", "Hafens").fills("replacement", "Ports").presses("Preview")
    screen.sees("2 strings would change").presses("Change 2 strings")
    screen.sees("2 strings saved.")
    assert [entry.forms[0] for entry in parse(catalog.read_bytes()).entries] == [
        "Das Tor des Ports",
        "Der Titel des Ports",
    ]


def brings_back(screen: Screen, catalog: Path, tmp_path: Path) -> None:
    """Upload a changed catalog, look at its report, and take one of two rows."""
    changed = tmp_path / "de.po"
    text = catalog.read_text(encoding="utf-8").replace("Das Tor", "Die Pforte").replace("Der Titel", "Der Name")
    changed.write_text(text, encoding="utf-8")
    screen.goes("/admin/i18n/de/messages/upload")
    screen.one("[name=file]").send_keys(str(changed))
    screen.presses("Preview").sees("The file would change 2 strings")
    screen.all("[name=row]")[0].click()
    screen.presses("Take the chosen ones").sees("1 string saved.")
    assert "Die Pforte" in catalog.read_text(encoding="utf-8")
    assert "Der Name" not in catalog.read_text(encoding="utf-8")


def test_a_language_is_begun_in_two_clicks_and_offered(screen: Screen) -> None:
    begins(screen, "Hrvatski", "hr")


def test_a_language_is_begun_without_scripts(plain: Screen) -> None:
    begins(plain, "Dansk", "da")


def test_many_strings_change_after_a_look_and_go_back_with_one_press(screen: Screen, catalog: Path) -> None:
    before = catalog.read_bytes()
    replaces(screen, catalog)
    screen.presses("Undo")
    screen.waits(lambda: catalog.read_bytes() == before, "the former texts")


def test_many_strings_change_without_scripts(plain: Screen, catalog: Path) -> None:
    replaces(plain, catalog)


def test_a_catalog_comes_back_row_by_row(screen: Screen, catalog: Path, tmp_path: Path) -> None:
    brings_back(screen, catalog, tmp_path)


def test_a_catalog_comes_back_row_by_row_without_scripts(plain: Screen, catalog: Path, tmp_path: Path) -> None:
    brings_back(plain, catalog, tmp_path)


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize(
    "path", ["", "new/", "checks/", "search/?q=harbour", "statistics/", "de/", "de/messages/bulk", "de/messages/upload"]
)
def test_no_page_is_wider_than_a_phone(screen: Screen, path: str, lang: str) -> None:
    screen.resizes(390, 844).goes(f"/admin/i18n/{path}{'&' if '?' in path else '?'}lang={lang}")
    assert screen.runs(OVER) <= 0
