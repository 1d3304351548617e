"""The desk as a moderator sees it: which card she is at, where the focus is, and comments of her own to decide."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from selenium.webdriver import Keys

from tests.browser import token_in
from tests.e2e import stock
from tests.e2e.house import House
from tests.e2e.screen import Screen
from tests.people import PASSWORD

#: Whether the focus is nowhere, which is where it never shall be while somebody works with keys.
LOST = "return document.activeElement === document.body"
FOCUSED = "return document.activeElement.closest('main [data-id]')?.dataset.id ?? document.activeElement.id"
AT = "return document.querySelector('main section [data-id][aria-current=true]')?.dataset.id ?? null"
COUNT = "return document.querySelector(`nav a[data-queue='${arguments[0]}'] .bo-count`).textContent.trim()"
#: The page asks every three seconds, and at once when it is looked at again.
LOOKS = "document.dispatchEvent(new Event('visibilitychange'))"
SHOWN = """
const cards = [...document.querySelectorAll("main section [data-id]")];
return cards.filter((each) => each.checkVisibility()).map((each) => Number(each.dataset.id));
"""


def moderator(house: House, role: str = "moderator", **changes: Any) -> str:
    """The user name of a new person who moderates and has decided nothing yet."""
    name = f"judge-{stock.word()}"
    with house.opened():
        stock.factories.user(username=name, roles=[role], **{"name": f"Judge {name[-1]}", **changes})
    return name


def comments(house: House, word: str, many: int = 1, *, author: str = "jonas") -> list[int]:
    """Numbers of pending comments with this word, the oldest first, as the desk shows them."""
    return stock.comments(house, word, many, author=author)[::-1]


def opened(screen: Screen, word: str, username: str = "", **args: str) -> Screen:
    """The desk of this person, or of a new moderator, narrowed to comments with this word."""
    screen.is_signed_in(username or moderator(screen.house), PASSWORD)
    return screen.goes(f"/admin/moderation/?{urlencode({**args, 'search': word})}")


def shown(screen: Screen) -> list[int]:
    """The cards that can be seen, in order."""
    return list(screen.runs(SHOWN))


def shows(screen: Screen, *ids: int) -> Screen:
    """Wait until just these cards can be seen."""
    screen.waits(lambda: shown(screen) == list(ids) or None, f"cards {ids}, not {shown(screen)}")
    return screen


def is_at(screen: Screen, id: int) -> Screen:
    """Wait until this card is the one that keys act on and has the focus."""
    screen.waits(lambda: screen.runs(AT) == str(id) == screen.runs(FOCUSED) or None, f"to be at {id}")
    return screen


def has_panel(screen: Screen, action: str) -> Screen:
    """Wait until the form of this action is open and has the focus."""
    inside = f"return document.activeElement.closest('[data-panel={action}]') !== null"
    screen.waits(lambda: screen.runs(inside) or None, f"the form to {action}")
    return screen


def leaves_panel(screen: Screen) -> Screen:
    """Close the form that is open by Escape."""
    screen.types(Keys.ESCAPE).waits(lambda: not screen.all("[data-panel]") or None, "the form to close")
    return screen


class Colleague:
    """Somebody else who decides at the same time, as the script of her desk does."""

    def __init__(self, house: House, username: str) -> None:
        self._house, self.username = house, username
        cookies = house.cookies(username, PASSWORD)
        self._cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._token = token_in(self._get("/admin/moderation/"))

    def does(self, action: str, id: int, version: int = 1, **more: str) -> tuple[int, dict[str, Any]]:
        """Status and answer of a decision about one comment."""
        given = {"action": action, "rowid": str(id), "version": str(version), **more}
        return self._post("/admin/moderation/action/", given)

    def claims(self, id: int, **more: str) -> tuple[int, dict[str, Any]]:
        """Status and answer of a claim; `firm`, `over` or `release` say which."""
        return self._post("/admin/moderation/claim/", {"rowid": str(id), **more})

    def cards(self, **args: str) -> list[tuple[int, int]]:
        """Number and version of the cards her desk shows."""
        html = json.loads(self._get(f"/admin/moderation/cards/?{urlencode(args)}"))["html"]
        found = re.findall(r'data-id="(\d+)" data-status="\w+" data-version="(\d+)"', html)
        return [(int(id), int(version)) for id, version in found]

    def _get(self, path: str) -> str:
        with urlopen(Request(self._house.address + path, headers={"Cookie": self._cookie}), timeout=60) as answer:
            return str(answer.read().decode())

    def _post(self, path: str, given: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        headers = {"Cookie": self._cookie, "Accept": "application/json", "X-Requested-With": "fetch"}
        body = urlencode({"csrf_token": self._token, **given}).encode()
        try:
            with urlopen(Request(self._house.address + path, body, headers), timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
