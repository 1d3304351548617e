"""A translator at the workbench: she types, is told at once what is wrong, saves by a key, and loses no word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.common.action_chains import ActionChains

from backoffice.catalogs.po import eid_of, parse
from tests.catalogs.conftest import po
from tests.e2e.chromium import Chromium
from tests.e2e.house import ADMIN_PASSWORD, House
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")

BASE = "/admin/i18n/de/messages/"
GATES = tuple(f"Gate number {number} of the old harbour" for number in "ABC")
HELLO, LINES, TITLE = "Hello dear %(name)s.", "%(num)s fine rope", "The title of the harbour"
GERMAN = "\n\n".join(
    (
        *(f'msgid "{gate}"\nmsgstr ""' for gate in GATES),
        f'msgid "{HELLO}"\nmsgstr "Hallo %(name)s."',
        f'msgid "{LINES}"\nmsgid_plural "%(num)s fine ropes"\nmsgstr[0] "%(num)s Seil"\nmsgstr[1] "%(num)s Seile"',
        f'msgid "{TITLE}"\nmsgstr "Der Titel des Hafens"',
    )
)
AT = "return document.querySelector('main [data-eid]')?.dataset.eid"
BOX = "return document.getElementById('m0').value"
FOCUSED = "return document.activeElement.id"
OVER = "return document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A back office with a small German catalog of its own."""
    folder = tmp_path_factory.mktemp("workbench")
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


def said(catalog: Path, text: str) -> tuple[str, ...]:
    """What the file says."""
    entry = parse(catalog.read_bytes()).get(text)
    assert entry is not None
    return entry.forms


def opens(screen: Screen, text: str, query: str = "") -> Screen:
    """Open an entry and wait until its box has the focus."""
    screen.goes(f"{BASE}{eid_of(text)}{query}")
    return is_at(screen, text)


def is_at(screen: Screen, text: str) -> Screen:
    """Wait until this entry is open and its box has the focus."""
    screen.waits(lambda: screen.runs(AT) == eid_of(text) or None, f"the entry {text!r}")
    screen.waits(lambda: screen.runs(FOCUSED) == "m0" or None, f"the focus, not {screen.runs(FOCUSED)}")
    return screen


def empties(screen: Screen) -> Screen:
    """Take everything out of the box that has the focus."""
    return screen.holds(Keys.CONTROL, "a").types(Keys.DELETE)


def confirms(screen: Screen) -> Screen:
    """Ctrl and Enter; once more if the warnings were not shown before."""
    return screen.holds(Keys.CONTROL, Keys.ENTER)


def test_one_string_after_the_other_without_the_mouse(screen: Screen, catalog: Path) -> None:
    opens(screen, GATES[0], "?state=untranslated&q=Gate number")
    screen.types("Tor A des alten Hafens")
    screen.waits(lambda: "none here" in screen.text or None, "the checks")
    confirms(screen)
    is_at(screen, GATES[1]).hears("Saved.", "2 left.")
    assert said(catalog, GATES[0]) == ("Tor A des alten Hafens",)
    screen.presses("Undo")
    screen.hears("Taken back")
    screen.waits(lambda: eid_of(GATES[0]) in screen.ids() or None, "the string in the list again")
    assert said(catalog, GATES[0]) == ("",)
    screen.one("#m0").click()
    screen.types("Tor B des alten Hafens")
    screen.waits(lambda: "none here" in screen.text or None, "the checks")
    confirms(screen)
    is_at(screen, GATES[2])
    screen.driver.back()
    screen.waits(lambda: screen.runs(AT) == eid_of(GATES[1]) or None, "the entry before")
    assert screen.runs(BOX) == "Tor B des alten Hafens"


def test_what_is_wrong_is_said_while_one_types_and_it_can_be_kept_to_check(screen: Screen, catalog: Path) -> None:
    opens(screen, HELLO)
    empties(screen).types("Moin %(nom)s.")
    screen.sees("It has the placeholder %(nom)s")
    assert screen.one("#m0").get_attribute("aria-invalid") == "true"
    screen.expected.append("422")
    confirms(screen)
    screen.hears("It was not saved")
    assert screen.runs(BOX) == "Moin %(nom)s."
    assert said(catalog, HELLO) == ("Hallo %(name)s.",)
    screen.one("#m0").click()
    ActionChains(screen.driver).key_down(Keys.CONTROL).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(
        Keys.SHIFT
    ).key_up(Keys.CONTROL).perform()
    screen.hears("Kept as to check.")
    entry = parse(catalog.read_bytes()).get(HELLO)
    assert entry is not None
    assert (entry.forms, entry.is_fuzzy) == (("Moin %(nom)s.",), True)


def test_placeholders_go_in_at_the_caret_by_key_and_by_mouse(screen: Screen) -> None:
    opens(screen, HELLO)
    empties(screen).types("Hallo , moin ")
    screen.holds(Keys.CONTROL, "1")
    assert screen.runs(BOX) == "Hallo , moin %(name)s"
    screen.types(Keys.HOME, *[Keys.ARROW_RIGHT] * 6)
    screen.presses("%(name)s")
    assert screen.runs(BOX) == "Hallo %(name)s, moin %(name)s"
    screen.holds(Keys.CONTROL, "z")
    assert screen.runs(BOX) == "Hallo , moin %(name)s"
    # Left as it was, the page asks nothing when it is closed.
    empties(screen).types("Hallo %(name)s.")


def test_what_was_typed_and_not_saved_is_there_when_one_comes_back(screen: Screen, catalog: Path) -> None:
    opens(screen, GATES[0], "?state=untranslated&q=Gate number")
    screen.types("Halb fertig")
    screen.holds(Keys.ALT, Keys.ARROW_DOWN)
    is_at(screen, GATES[1])
    screen.holds(Keys.ALT, Keys.ARROW_UP)
    is_at(screen, GATES[0]).sees("It is back.")
    assert screen.runs(BOX) == "Halb fertig"
    screen.presses("Drop it")
    assert screen.runs(BOX) == ""
    assert said(catalog, GATES[0]) == ("",)


def test_two_people_at_one_string_see_both_and_choose(screen: Screen, catalog: Path) -> None:
    opens(screen, TITLE)
    empties(screen).types("Des Hafens Titel")
    catalog.write_text(catalog.read_text().replace("Der Titel des Hafens", "Hafenname"), encoding="utf-8")
    screen.waits(lambda: "none here" in screen.text or None, "the checks")
    screen.expected.append("409")
    confirms(screen)
    screen.sees("The file was changed meanwhile").sees("Hafenname")
    screen.presses("Use mine")
    screen.hears("Saved.")
    assert said(catalog, TITLE) == ("Des Hafens Titel",)


def test_a_search_narrows_the_list_while_one_types_and_leaves_the_box_alone(screen: Screen) -> None:
    opens(screen, TITLE)
    screen.field("q").send_keys("ropes")
    screen.waits(lambda: screen.ids() == [eid_of(LINES)] or None, f"the string, not {screen.ids()}")
    assert screen.focused.get_attribute("name") == "q"


def test_a_remark_stands_beside_the_string_and_what_is_being_typed_stays(screen: Screen) -> None:
    opens(screen, GATES[2])
    screen.types("Tor C")
    screen.fills("text", "Which gate is that?").presses("Add")
    screen.hears("Said.")
    screen.sees("Which gate is that?")
    assert screen.runs(BOX) == "Tor C"
    screen.one("#m0").click()
    empties(screen)


def test_without_scripts_the_same_form_saves_and_opens_the_next(
    chromium: Chromium, house: House, catalog: Path
) -> None:
    plain = Screen(chromium.driver(scripts=False), house).is_signed_in("admin", ADMIN_PASSWORD)
    plain.goes(f"{BASE}{eid_of(GATES[0])}?state=untranslated&q=Gate number")
    plain.fills("msgstr-0", "Tor A des alten Hafens")
    plain.presses("Save and next")
    plain.waits(lambda: plain.path.endswith(eid_of(GATES[1])) or None, "the next one")
    assert said(catalog, GATES[0]) == ("Tor A des alten Hafens",)
    plain.sees("Saved.")
    plain.fills("msgstr-0", "Tor  B")
    plain.presses("Save and next")
    plain.sees("Saving once more keeps the text as it is.")
    plain.presses("Save and next")
    plain.waits(lambda: plain.path.endswith(eid_of(GATES[2])) or None, "the one after")
    assert said(catalog, GATES[1]) == ("Tor  B",)
    plain.expected.append("422")
    assert plain.complaints() == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_a_phone_the_string_comes_first_and_nothing_sticks_out(screen: Screen, language: str) -> None:
    screen.resizes(390)
    screen.goes(f"{BASE}{eid_of(LINES)}?lang={language}")
    assert screen.runs(OVER) <= 0
    assert screen.one("#m0").location["y"] < screen.one("[data-list]").location["y"]
    assert screen.one("main button[name=action]").size["height"] >= 44
    screen.resizes(1440)


def test_boxes_are_written_in_the_direction_of_their_language(screen: Screen, house: House) -> None:
    path = house.folder.parent / "translations" / "ar" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(po("ar", f'msgid "{TITLE}"\nmsgstr "عنوان الميناء"'), encoding="utf-8")
    direction = "return getComputedStyle(document.querySelector(arguments[0])).direction"
    screen.goes(f"/admin/i18n/ar/messages/{eid_of(TITLE)}")
    assert screen.runs(direction, "#m0") == "rtl"
    assert screen.runs(direction, "[data-source]") == "ltr"
    screen.goes(f"/admin/i18n/ar/messages/{eid_of(TITLE)}?lang=ar")
    assert screen.runs(direction, "main") == "rtl"
    assert screen.runs(direction, "[data-source]") == "ltr"
