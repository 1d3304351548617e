"""What a person does in front of the browser, in her words: labels, buttons, keys, and what is said to her.

Elements are found by what the product promises: names of fields, labels, roles, `data-id`, `data-status`, and
`name="action" value="…"`; never by a class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from backoffice.accounts.seeding import DEMO_PASSWORD
from tests.e2e.house import House

Found = TypeVar("Found")
#: Seconds until something that does not appear is missing.
PATIENCE = 10

_NAMED = """
const [words, roots] = arguments;
const shown = (element) => element.checkVisibility({visibilityProperty: true}) && element.getClientRects().length > 0;
const said = (element) => {
  const clone = element.cloneNode(true);
  for (const hidden of clone.querySelectorAll("[aria-hidden=true]")) hidden.remove();
  return (element.getAttribute("aria-label") || clone.textContent).replace(/\\s+/g, " ").trim();
};
const all = [...document.querySelectorAll("a[href], button, summary, [role=button], [role=option], [role=menuitem]")];
const found = all.filter(shown);
return found.find((element) => said(element) === words) || found.find((element) => said(element).startsWith(words));
"""
_FIELD = """
const words = arguments[0];
const all = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")];
const shown = all.filter((element) => element.getClientRects().length > 0);
const called = (element) => [element.getAttribute("aria-label"), ...[...(element.labels || [])].map(
  (label) => label.textContent)].filter(Boolean).map((text) => text.replace(/\\s+/g, " ").trim());
return shown.find((element) => element.name === words)
  || shown.find((element) => called(element).some((name) => name === words || name.startsWith(words)));
"""


class Screen:
    """A browser in front of a person, at a house."""

    def __init__(self, driver: Chrome, house: House) -> None:
        self.driver, self.house = driver, house
        #: Words in messages of the console that the test brings about on purpose.
        self.expected: list[str] = []

    # Getting somewhere.

    def goes(self, path: str) -> Screen:
        """Type an address."""
        self.driver.get(self.house.address + path)
        return self

    def signs_in(self, username: str, password: str) -> Screen:
        """Sign in by the form."""
        self.goes("/auth/login")
        self.fills("username", username)
        self.fills("password", password)
        self.presses("Sign in")
        self.waits(lambda: "/auth/login" not in self.path)
        return self

    def is_signed_in(self, username: str, password: str = DEMO_PASSWORD) -> Screen:
        """Be somebody who has signed in before."""
        for name, value in self.house.cookies(username, password).items():
            cookie = {"name": name, "value": value, "url": self.house.address, "httpOnly": True, "sameSite": "Lax"}
            self.driver.execute_cdp_cmd("Network.setCookie", cookie)
        return self

    def is_ready(self) -> Screen:
        """Wait until the editor has taken the place of its text area, where there is one."""
        if self.all("textarea[data-editor]"):
            self.waits(lambda: self.all("textarea[data-editor-is=ready]"), "the editor")
        return self

    @property
    def path(self) -> str:
        """The path of the page that is shown."""
        return urlsplit(self.driver.current_url).path

    # Looking.

    @property
    def text(self) -> str:
        """Everything that can be read."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def sees(self, words: str) -> Screen:
        """Wait until these words can be read somewhere."""
        self.waits(lambda: words in self.text, f"the words {words!r}")
        return self

    def hears(self, *words: str) -> str:
        """Wait until a live region has said all these words; returns what it says."""

        def heard() -> str | None:
            regions = self.all("[role=status], [aria-live=polite], [aria-live=assertive], [role=alert]")
            said = " ".join(region.get_attribute("textContent") or "" for region in regions)
            return said if all(word in said for word in words) else None

        return self.waits(heard, f"a live region that says {words}")

    def one(self, css: str) -> WebElement:
        """The first element that is shown, as soon as there is one."""
        return self.waits(lambda: next((each for each in self.all(css) if each.is_displayed()), None), css)

    def all(self, css: str) -> list[WebElement]:
        """All elements there are now."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def ids(self) -> list[str]:
        """The records that are listed, in order."""
        return list(self.runs("return [...document.querySelectorAll('main [data-id]')].map((each) => each.dataset.id)"))

    def lists(self, *ids: Any) -> Screen:
        """Wait until just these records are listed, in this order."""
        wanted = [str(id) for id in ids]
        self.waits(lambda: self.ids() == wanted or None, f"a list of {wanted}, not of {self.ids()}")
        return self

    def status_of(self, id: Any) -> str | None:
        """The status of a listed record; None if it is not in the list."""
        return self.runs(
            "const row = document.querySelector(`main [data-id='${arguments[0]}']`); return row && row.dataset.status",
            id,
        )

    def shows(self, id: Any, status: str | None) -> Screen:
        """Wait until a listed record has this status, or with None is not listed."""
        self.waits(lambda: self.status_of(id) == status or None, f"{id} to be {status}, not {self.status_of(id)}")
        return self

    def called(self, words: str) -> WebElement:
        """The link or button with this name, or one that begins so."""
        return self.waits(lambda: self.runs(_NAMED, words), f"a link or button called {words!r}")

    def field(self, name: str) -> WebElement:
        """The field of this name or label."""
        return self.waits(lambda: self.runs(_FIELD, name), f"a field {name!r}")

    @property
    def focused(self) -> WebElement:
        """What has the focus."""
        return self.driver.switch_to.active_element

    # Acting.

    def presses(self, words: str) -> Screen:
        """Click the link or button of this name."""

        def click() -> bool:
            try:
                self.called(words).click()
            except (StaleElementReferenceException, ElementClickInterceptedException, ElementNotInteractableException):
                return False
            return True

        self.waits(click, f"to click {words!r}")
        return self

    def does(self, action: str, id: Any = None) -> Screen:
        """Press the button of an operation, of one record or of the page."""
        where = f"main [data-id='{id}'] " if id is not None else "main "
        self.one(f"{where}button[name=action][value={action}]").click()
        return self

    def ticks(self, *ids: Any) -> Screen:
        """Tick these lines."""
        for id in ids:
            self.one(f"main [data-id='{id}'] input[name=rowid]").click()
        return self

    def fills(self, name: str, value: str) -> Screen:
        """Type into a field what it shall hold, or choose it."""
        field = self.field(name)
        if field.tag_name == "select":
            Select(field).select_by_value(value)
        else:
            field.clear()
            field.send_keys(value)
        return self

    def types(self, *keys: str) -> Screen:
        """Press keys where the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()
        return self

    def holds(self, key: str, *keys: str) -> Screen:
        """Press keys while another is held."""
        ActionChains(self.driver).key_down(key).send_keys(*keys).key_up(key).perform()
        return self

    def resizes(self, width: int, height: int = 900) -> Screen:
        """Make the window this wide."""
        self.driver.set_window_size(width, height)
        return self

    def runs(self, script: str, *values: Any) -> Any:
        """Ask the page something that people see and these tests cannot."""
        return self.driver.execute_script(script, *values)

    def waits(self, condition: Callable[[], Found | None], what: str = "") -> Found:
        """Wait until the condition holds, and return what it found."""

        def tried(_driver: Chrome) -> Found | None:
            try:
                return condition()
            except (StaleElementReferenceException, NoSuchElementException):
                return None

        message = f"Waited in vain for {what or 'something'} at {self.driver.current_url}"
        found = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(tried, message)
        assert found is not None
        return found

    def complaints(self) -> list[str]:
        """Errors in the console that the test did not bring about on purpose, and faults in the server's log."""
        entries = [entry for entry in self.driver.get_log("browser") if _is_complaint(entry)]
        messages: Sequence[str] = [entry["message"] for entry in entries]
        unexpected = [text for text in messages if not any(words in text for words in self.expected)]
        return [*unexpected, *self.house.complaints()]


def _is_complaint(entry: dict[str, Any]) -> bool:
    return entry["level"] == "SEVERE" or "Content Security Policy" in entry["message"]
