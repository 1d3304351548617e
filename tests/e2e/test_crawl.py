"""Whoever follows the links she is shown arrives."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from backoffice.accounts.seeding import DEMO_PASSWORD, DEMO_PEOPLE
from tests.e2e.house import House

pytestmark = pytest.mark.xdist_group("e2e-plain")

#: Addresses that differ only in what stands behind the same names in their query: so many of them are visited.
ALIKE = 2
#: Pages per kind of page, that is with the same path; records of a list are such pages.
MOST = 400


@pytest.mark.parametrize("username", [None, *(name for name, _full in DEMO_PEOPLE.values())])
def test_every_link_that_a_person_is_shown_leads_somewhere(demo_house: House, username: str | None) -> None:
    reader = demo_house.reader(username, DEMO_PASSWORD)
    waiting: list[tuple[str, str]] = [("/admin/" if username else "/blog/", "the start")]
    seen: set[str] = set()
    alike: Counter[tuple[str, tuple[str, ...]]] = Counter()
    wrong = []
    while waiting:
        path, origin = waiting.pop(0)
        if path in seen or len(seen) >= MOST:
            continue
        kind = _kind(path)
        alike[kind] += 1
        if alike[kind] > ALIKE:
            continue
        seen.add(path)
        status, mime, body = reader.get(path)
        if status >= 400:
            wrong.append(f"{status} {path} (from {origin})")
        if mime == "text/html" and body:
            page = _Links(path)
            page.feed(body)
            wrong += [f"{path} has no {anchor}" for anchor in sorted(page.anchors - page.ids)]
            waiting += [(link, path) for link in page.links]
    assert wrong == []
    assert len(seen) > 5
    assert demo_house.complaints() == []


def _kind(path: str) -> tuple[str, tuple[str, ...]]:
    address = urlsplit(path)
    return address.path, tuple(sorted(name for name, _value in parse_qsl(address.query, keep_blank_values=True)))


class _Links(HTMLParser):
    """What a page leads to within its own house, and the places on itself."""

    def __init__(self, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.ids: set[str] = {"", "top"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if "id" in has:
            self.ids.add(has["id"])
        if tag == "form" and has.get("method", "get").lower() == "get":
            self._add(has.get("action", ""))
        for name in ("href", "src"):
            if name in has and tag != "use":
                self._add(has[name])

    def _add(self, link: str) -> None:
        if link.startswith("#"):
            self.anchors.add(link[1:])
            return
        address = urlsplit(urljoin(f"http://house{self.path}", link))
        if address.scheme == "http" and address.netloc == "house":
            self.links.append(address.path + (f"?{address.query}" if address.query else ""))
