"""Chromium for these tests: one at a time in each process, with scripts or without."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.remote.errorhandler import ErrorHandler

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MISSING = [name for name, path in (("chromium", BROWSER), ("chromedriver", DRIVER)) if path is None]
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--hide-scrollbars",
    "--lang=en",
)
WIDE = (1440, 900)
#: What Chromium's driver says of an element that went with its page at the very moment it was asked about.
GONE = "does not belong to the document"


class _Faults(ErrorHandler):
    """Calls an element that is gone stale, whatever words the driver has for it."""

    def check_response(self, response: dict[str, Any]) -> None:
        """Raise what the answer means."""
        try:
            super().check_response(response)
        except WebDriverException as error:
            if GONE not in (error.msg or "") or isinstance(error, StaleElementReferenceException):
                raise
            raise StaleElementReferenceException(error.msg) from error


class Chromium:
    """Starts Chromium when it is first asked for, and again when the next test wants it with other preferences."""

    def __init__(self) -> None:
        self._driver: webdriver.Chrome | None = None
        self._has_scripts = True

    def driver(self, *, scripts: bool = True) -> webdriver.Chrome:
        """A browser without cookies, storage or a log, 1440 pixels wide, at an empty page."""
        if self._driver is None or self._has_scripts != scripts:
            self.quit()
            self._driver, self._has_scripts = _started(scripts), scripts
        _as_new(self._driver)
        return self._driver

    def quit(self) -> None:
        """End the browser."""
        if self._driver is not None:
            self._driver.quit()
            self._driver = None


def _started(scripts: bool) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for argument in ARGUMENTS:
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    preferences: dict[str, Any] = {"credentials_enable_service": False, "profile.password_manager_enabled": False}
    if not scripts:
        preferences["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", preferences)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.error_handler = _Faults()
    driver.set_page_load_timeout(30)
    return driver


def _as_new(driver: webdriver.Chrome) -> None:
    driver.get("about:blank")
    commands: Mapping[str, dict[str, Any]] = {
        "Network.clearBrowserCookies": {},
        "Storage.clearDataForOrigin": {"origin": "*", "storageTypes": "all"},
        "Emulation.setEmulatedMedia": {"features": []},
        "Emulation.clearDeviceMetricsOverride": {},
    }
    for command, values in commands.items():
        driver.execute_cdp_cmd(command, values)
    driver.set_window_size(*WIDE)
    driver.get_log("browser")
