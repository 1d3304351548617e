"""What is for one person is stored by nobody, and what leads back here names this site."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.accounts.models import User
from backoffice.foundation.database import unit_of_work
from tests import factories
from tests.browser import Browser
from tests.databases import ADMIN_PASSWORD

SignIn = Callable[[str | User], Browser]


def stored(answer: object) -> str:
    return answer.headers.get("Cache-Control", "")  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/user/",
        "/admin/user/export/csv/",
        "/admin/user/export/xlsx/",
        "/admin/post/ajax/lookup/?name=tags&query=a",
        "/admin/nothing-here",
        "/auth/profile",
        "/blog/",
        "/nothing-here",
    ],
)
def test_what_a_person_sees_is_stored_nowhere(sign_in: SignIn, address: str) -> None:
    answer = sign_in("ana").get(address)
    assert stored(answer) == "no-store"
    assert {"Cookie", "Accept-Language"} <= {name.strip() for name in answer.headers["Vary"].split(",")}


def test_a_post_read_by_somebody_signed_in_is_stored_nowhere(app: Flask, sign_in: SignIn, client: Browser) -> None:
    with app.app_context(), unit_of_work():
        number = factories.post(published=True).id
    assert stored(sign_in("mo").get(f"/blog/post/{number}", follow_redirects=True)) == "no-store"
    assert stored(client.get(f"/blog/post/{number}", follow_redirects=True)) == "private"


def test_files_made_for_everybody_stay_in_the_cache_of_the_browser(sign_in: SignIn) -> None:
    browser = sign_in("ana")
    page = browser.get("/admin/?lang=de").text
    for address in re.findall(r'(?:src|href)="((?:/static|/babel)[^"]+\?v=[^"]+)"', page):
        assert "no-store" not in stored(browser.get(address.replace("&amp;", "&"))), address


@pytest.mark.parametrize(("base", "begins"), [("", "http://evil.example/"), ("https://paper.example", "https://paper")])
def test_a_password_link_leads_to_the_address_that_was_set(
    make_app: Callable[..., Flask], base: str, begins: str
) -> None:
    app = make_app(BASE_URL=base)
    browser: Browser = app.test_client()  # type: ignore[assignment]
    browser.sign_in("admin", ADMIN_PASSWORD)
    with app.app_context(), unit_of_work():
        number = factories.user(password_hash=None).id
    data = {"csrf_token": browser.token(), "action": "invite", "rowid": number}
    cookie = browser.get_cookie("backoffice")
    assert cookie is not None
    browser.set_cookie("backoffice", cookie.value, domain="evil.example")
    browser.post("/admin/user/action/", data=data, base_url="http://evil.example")
    page = browser.get("/admin/user/", base_url="http://evil.example").text
    (link,) = re.findall(r'href="([^"]+/auth/invite/[^"]+)"', page)
    # Nothing is set for one machine, where the address bar is right.
    assert link.startswith(begins)
