"""Headers that keep a page to itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from backoffice.site.access import public
from tests.browser import Browser
from tests.databases import ADMIN_PASSWORD
from tests.house.dress import lacking

SignIn = Callable[[str], Browser]
SCRIPT = {"X-Requested-With": "fetch"}
PAGES = ("/auth/login", "/blog/", "/nothing-here", "/admin/")


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """An application of its own, as pages are added to it."""
    return make_app(whole=True)


@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_what_may_load_and_who_may_frame_it(sign_in: SignIn, client: Browser, address: str) -> None:
    for browser in (client, sign_in("ana")):
        answer = browser.get(address, follow_redirects=True)
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == "'self'"
        for kind in ("script-src", "style-src"):
            assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", policy[kind]), policy[kind]
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_the_nonce_is_another_one_each_time_and_the_one_of_the_page(client: Browser, sign_in: SignIn) -> None:
    browser, seen = sign_in("ana"), set()
    for _ in range(3):
        answer = browser.get("/admin/tag/")
        nonce = re.search(r"'nonce-([\w-]+)'", answer.headers["Content-Security-Policy"])
        assert nonce
        assert set(re.findall(r'nonce="([^"]+)"', answer.text)) == {nonce.group(1)}
        seen.add(nonce.group(1))
    assert len(seen) == 3


@pytest.mark.parametrize("address", ["/admin/", "/admin/user/", "/auth/profile", "/blog/", "/nothing-here"])
def test_nobody_stores_the_page_of_a_person(sign_in: SignIn, address: str) -> None:
    answer = sign_in("ana").get(address)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_files_made_for_everybody_may_be_kept(client: Browser) -> None:
    answer = client.get("/static/admin/tokens.css")
    assert answer.status_code == 200
    assert "no-store" not in answer.headers.get("Cache-Control", "")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_kind_of_answer_wears_the_headers(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(MAX_CONTENT_LENGTH=100_000, RATELIMIT_ENABLED=True, BASE_URL="https://paper.example")
    (tmp_path / "files").mkdir(exist_ok=True)
    (tmp_path / "files" / "tide.txt").write_text("High water at noon.")

    @public
    def broken() -> str:
        raise RuntimeError("as code does")

    app.add_url_rule("/broken", "broken", broken)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    browser.sign_in("admin", ADMIN_PASSWORD)
    style, file = "/static/admin/house.css", "/admin/file/download/tide.txt"
    stamp = browser.get(style).headers["ETag"]
    guesses = {"username": "admin", "password": "wrong", "csrf_token": browser.token()}
    asked: list[tuple[int, str, str, dict[str, Any]]] = [
        (200, "GET", style, {}),
        (200, "HEAD", style, {}),
        (304, "GET", style, {"headers": {"If-None-Match": stamp}}),
        (206, "GET", style, {"headers": {"Range": "bytes=0-9"}}),
        (416, "GET", style, {"headers": {"Range": "bytes=99999999-"}}),
        (404, "GET", "/static/nothing.css", {}),
        (404, "GET", "/static/../config.py", {}),
        (404, "GET", "/nothing-here", {}),
        (404, "GET", "/admin/nothing-here", {"headers": {"X-Requested-With": "fetch"}}),
        (308, "GET", "/admin/tag", {}),
        (200, "OPTIONS", "/admin/tag/", {}),
        (405, "DELETE", "/blog/", {}),
        (400, "POST", "/admin/tag/new/", {"data": {"name": "no token"}}),
        (413, "POST", "/admin/tag/new/", {"data": {"name": "x" * 200_000}}),
        (422, "POST", "/admin/tag/new/", {"data": {"name": "", "csrf_token": browser.token()}}),
        (200, "GET", file, {}),
        (404, "GET", f"{file}x", {}),
        (200, "GET", "/admin/tag/export/csv/", {}),
        (200, "GET", "/blog/feed.xml", {}),
        (200, "GET", "/babel/de/words.js", {}),
        (200, "GET", "/auth/session", {}),
        (204, "POST", "/auth/profile/look", {"data": {"csrf_token": browser.token()}, "headers": SCRIPT}),
        (302, "GET", "/auth/login", {}),
        (302, "GET", "/babel/de", {}),
        (400, "GET", "/blog/", {"environ_overrides": {"HTTP_HOST": "a..b"}}),
        (500, "GET", "/broken", {}),
        *[(422, "POST", "/auth/login", {"data": guesses})] * 10,
        (429, "POST", "/auth/login", {"data": guesses}),
    ]
    wrong = []
    for status, method, address, more in asked:
        answer = browser.open(address, method=method, **more)
        complaints = lacking(answer, is_private=address.startswith(("/admin", "/auth")))
        if complaints or answer.status_code != status:
            wrong.append((method, address, answer.status_code, *complaints))
    assert not wrong


def test_only_a_secure_site_asks_to_stay_secure(client: Browser) -> None:
    assert "Strict-Transport-Security" not in client.get("/auth/login").headers
    answer = client.get("/auth/login", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_behind_a_proxy_the_address_of_the_reader_is_hers(make_app: Callable[..., Flask]) -> None:
    forwarded = {
        "X-Forwarded-For": "198.51.100.7, 192.0.2.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "paper.example",
    }
    for hops, address, scheme in ((0, "127.0.0.1", "http"), (1, "192.0.2.1", "https")):
        app = make_app(PROXIES=hops)
        seen: list[tuple[str | None, str]] = []

        def look(seen: list[tuple[str | None, str]] = seen) -> str:
            seen.append((request.remote_addr, request.scheme))
            return ""

        look.access = "public"  # type: ignore[attr-defined]
        app.add_url_rule("/look", "look", look)
        app.test_client().get("/look", headers=forwarded)
        assert seen == [(address, scheme)]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PUT", "DELETE"])
def test_methods_nobody_uses_are_refused(client: Browser, method: str) -> None:
    assert client.open("/auth/login", method=method).status_code == 405
