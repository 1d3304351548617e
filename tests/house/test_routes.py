"""Every address and method: listed, guarded, and walked as everybody with the numbers of other people's records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.handbook.commands import DOCS, PAGES, every_route
from backoffice.handbook.routes import EVERY, NO, OPEN, PUBLIC, SIGN_IN, YES, Route
from backoffice.site.access import FILES, access_of
from tests.admin.test_redirects import BAD
from tests.browser import Browser
from tests.databases import Databases
from tests.house.dress import lacking
from tests.house.other_peoples import (
    BATCH,
    FILE,
    FOREIGN,
    MISSING,
    as_they_are,
    deactivated,
    hidden_from,
    house,
    signed_in,
)
from tests.people import CAST, READS, STAFF

GRANTS: Mapping[str, Mapping[str, str]] = {role.name: role.grants for role in DEFAULT_ROLES} | {"readers": READS}
#: Who walks; the administrator comes last, as she may change what the others walk through.
WALKERS = ("visitor", "deactivated", *(name for name in STAFF if name != "ana"), "rita", "ana")

#: What mail programs and readers without a cookie send.
TOKEN_FREE = {"mail_pages.stop", "subscribers.ask"}


class Way(NamedTuple):
    """A route and its endpoint, with the names of the variable parts of its address."""

    route: Route
    endpoint: str
    names: frozenset[str]

    def address(self, app: Flask, number: int) -> str:
        """A complete address for a record of this number."""
        path = FILE if number == FOREIGN else "nothing-here.txt"
        given = {"export_type": "csv", "token": "x" * 43, "locale": "de", "path": path, "filename": "house.css"}
        given |= {"domain": "messages", "digest": "0" * 64}
        values = {name: given.get(name, number) for name in self.names}
        return app.url_map.bind("localhost").build(self.endpoint, values, method=self.route.method)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("routes")


@pytest.fixture(scope="module")
def app(databases: Databases, folder: Path) -> Iterator[Flask]:
    with house(databases, folder) as made:
        yield made


@pytest.fixture(scope="module")
def ways(app: Flask) -> list[Way]:
    """Every route but signing out, which ends the walk."""
    with app.app_context():
        found = [Way(route, endpoint, frozenset(names)) for route, endpoint, names in every_route()]
    return [way for way in found if way.endpoint not in FILES | {"accounts.sign_out"}]


@pytest.mark.parametrize("name", PAGES)
def test_what_is_written_from_the_code_is_up_to_date(app: Flask, name: str) -> None:
    with app.app_context():
        wanted = PAGES[name]().splitlines()
    present = (DOCS / name).read_text(encoding="utf-8").splitlines()
    missing = [line for line in wanted if line not in present]
    gone = [line for line in present if line not in wanted]
    if wanted != present:
        pytest.fail(f"docs/{name} lacks {missing} and should lack {gone}: look at who gets where, then `make docs`")


def test_no_route_was_forgotten(app: Flask, ways: list[Way]) -> None:
    silent = {way.endpoint for way in ways if access_of(app.view_functions[way.endpoint]) is None}
    assert not silent, f"nobody said who may open {sorted(silent)}"
    # Theirs, which we do not use; nothing else may be without a permission to ask for.
    unused = [way.route.address for way in ways if not way.route.asks and way.endpoint.endswith(".ajax_update")]
    assert unused


def test_who_holds_nothing_is_sent_to_the_profile(app: Flask) -> None:
    assert signed_in(app, "nobody").get("/admin/").headers["Location"] == "/auth/profile"


@pytest.mark.parametrize("walker", WALKERS)
def test_each_gets_as_far_as_is_listed_and_sees_no_word_of_other_people_s(
    app: Flask, folder: Path, ways: list[Way], walker: str
) -> None:
    """On the way every address asks to be sent elsewhere, and every answer has its headers."""
    grants = GRANTS[CAST[walker][1]] if walker in CAST else None
    browser = _browser(app, walker)
    with app.app_context():
        before = as_they_are(folder)
    hidden = hidden_from(grants or {})
    wrong: list[tuple[str, ...]] = []
    for step, way in enumerate(ways, WALKERS.index(walker) * 5):
        reach = way.route.reach(grants)
        is_safe = way.route.method == "GET"
        # Whoever may change every record would change it.
        may_change = reach == EVERY or (reach == YES and walker == "ana")
        number = MISSING if may_change and not is_safe else FOREIGN
        status, target, page, complaints = _ask(
            browser, app, way, number, elsewhere=BAD[step % len(BAD)], in_full=reach != NO
        )
        words = [word for word in hidden if word in page] + complaints
        if not way.route.address.startswith("/admin") and target == "/auth/profile":
            target = ""  # from one part of it to the whole
        if _kind(status, target) not in _fitting(way, reach, number) or words:
            wrong.append((way.route.method, way.route.address, reach, f"{status} {target}", *words))
        if grants is not None and not is_safe and way.route.address.startswith("/auth"):
            if '"username":null' in browser.get("/auth/session").text:
                browser = _browser(app, walker)
            browser.token(fresh=True)
    assert not wrong
    with app.app_context():
        after = as_they_are(folder)
    changed = [name for name in before if before[name] != after[name]]
    assert not changed, f"{walker} changed what belongs to somebody else: {changed}"


def test_what_needs_no_token_is_on_a_short_list(app: Flask) -> None:
    free = {name for name, view in app.view_functions.items() if getattr(view, "is_token_free", False)}
    assert free == TOKEN_FREE


def test_no_form_is_taken_without_its_token(app: Flask, ways: list[Way]) -> None:
    browser = signed_in(app, "ana")
    for way in ways:
        if way.route.method != "GET" and way.endpoint not in TOKEN_FREE:
            address = way.address(app, MISSING)
            answer = browser.open(address, method=way.route.method, data={"rowid": "1", "action": "delete"})
            assert answer.status_code == 400, (way.route.method, address, answer.status_code)


def _browser(app: Flask, walker: str) -> Browser:
    if walker == "visitor":
        return app.test_client()  # type: ignore[return-value]
    return deactivated(app) if walker == "deactivated" else signed_in(app, walker)


def _ask(
    browser: Browser, app: Flask, way: Way, number: int, *, elsewhere: str, in_full: bool
) -> tuple[int, str, str, list[str]]:
    """Status, path of the redirect if it is one, what was said, and what is wrong with that.

    A script, as which one asks unless `in_full`, is told errors in fewer words.
    """
    path, action = (FILE, "delete") if number == FOREIGN else ("nothing-here.txt", "")
    headers = {"Referer": "http://evil.example/admin/"} | ({} if in_full else {"X-Requested-With": "fetch"})
    query: dict[str, Any] = {"id": number, "path": path, "next": elsewhere, "url": elsewhere}
    data: dict[str, Any] | None = None
    if way.route.method != "GET":
        data = {"csrf_token": browser.token(), "rowid": number, "action": action, "batch": BATCH, "name": "", **query}
    answer = browser.open(
        way.address(app, number), method=way.route.method, query_string=query, data=data, headers=headers
    )
    said = answer.text if (answer.mimetype or "").startswith(("text/", "application/json")) else ""
    location = answer.headers.get("Location", "")
    complaints = lacking(answer, is_private=way.route.asks != PUBLIC)
    complaints += [f"leads to {address}" for address in (location, *_led_to(said)) if not _is_here(address)]
    return answer.status_code, urlsplit(location).path, said + location, complaints


def _led_to(page: str) -> Iterator[str]:
    """Where links and forms of a page lead, and what its forms take along; only if a stranger is named at all."""
    if "evil" in page:
        yield from (unescape(found) for found in re.findall(r'(?:href|action|src|value)="([^"]*)"', page))


def _is_here(address: str) -> bool:
    """Whether a browser that is sent there stays on this site."""
    try:
        target = urlsplit(urljoin("http://localhost/x/", address.replace("\\", "/")))
    except ValueError:
        return False
    return "evil" not in target.netloc and target.scheme not in ("javascript", "data", "vbscript")


def _kind(status: int, target: str) -> str:
    """What an answer says about the way: a word of the table, or that it is broken."""
    if status >= 500:
        return "broken"
    if status == 401 or (status == 302 and target == "/auth/login"):
        return SIGN_IN
    return NO if status == 403 or (status == 302 and target == "/auth/profile") else OPEN


def _fitting(way: Way, reach: str, number: int) -> set[str]:
    """The kinds of answer that fit a word of the table."""
    if reach in (NO, SIGN_IN):
        return {reach}
    # An operation asks for a permission of its own; what another person began may be seen and not stopped.
    asks_again = way.endpoint.endswith(".action_view") or reach == YES
    return {OPEN, NO} if asks_again and number == FOREIGN and way.route.method != "GET" else {OPEN}
