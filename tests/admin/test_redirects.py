"""Where to go next: only to addresses of this site, whatever an address, a form or a header asks for."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask

from backoffice.foundation.database import unit_of_work
from backoffice.site.redirects import is_local
from tests import factories
from tests.browser import Browser, fields_in, token_in
from tests.databases import ADMIN_PASSWORD

SignIn = Callable[[str], Browser]
#: Addresses that lead, or have led in some browser or library, to another host or to nowhere.
BAD = (
    "http://evil.example", "https://evil.example/x", "//evil.example", "///evil.example", "////evil.example",
    "http:///evil.example", "http:/evil.example", "http:evil.example", "https:evil.example", "ftp://evil.example",
    "\\\\evil.example", "/\\evil.example", "/\\/evil.example", "\\/evil.example", "/admin\\@evil.example",
    "http://localhost@evil.example", "http://localhost\\@evil.example", "http://localhost.evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "mailto:x@example.org",
    " //evil.example", "\t//evil.example", "\n//evil.example", "/\t/evil.example", "/\n/evil.example",
    "/ /evil.example", "\x00//evil.example", "\x08//evil.example", "//\u2044evil.example", "http://[",
    "http://[::1", "http://evil\u3002example",
    "", "admin/", "?x=1", "#x", ".", "..", "evil.example", "/admin/\r\nSet-Cookie: x=1", "/" + "x" * 5000,
)  # fmt: skip
GOOD = (
    "/",
    "/admin/",
    "/admin/comment/?flt_status=pending&search=a%20b",
    "/blog/post/1-ünicode",
    "/admin/x?next=//evil.example",
)


@pytest.mark.parametrize("address", BAD, ids=lambda address: repr(address)[:40])
def test_an_address_that_could_leave_the_site_is_not_local(address: str) -> None:
    assert not is_local(address)


@pytest.mark.parametrize("address", GOOD)
def test_an_address_of_the_site_is_local(address: str) -> None:
    assert is_local(address)
    assert urlsplit(urljoin("http://localhost/", address)).netloc == "localhost"


def assert_stays(location: str, address: str) -> None:
    """The browser stays on this host."""
    target = urlsplit(urljoin("http://localhost/x/", location.replace("\\", "/")))
    assert (target.scheme, target.netloc) == ("http", "localhost"), f"{address!r} leads to {location!r}"
    assert "evil" not in target.netloc


def test_signing_in_leads_nowhere_else(app: Flask) -> None:
    for address in BAD:
        browser: Browser = app.test_client()  # type: ignore[assignment]
        page = browser.get("/auth/login", query_string={"next": address})
        assert page.status_code == 200, address
        assert "evil" not in page.text
        fields = {"csrf_token": token_in(page.text), "username": "admin", "password": ADMIN_PASSWORD, "next": address}
        answer = browser.post("/auth/login", data=fields)
        assert answer.status_code == 302, address
        assert_stays(answer.headers["Location"], address)
        assert answer.headers["Location"] == "/"
        again = browser.get("/auth/login", query_string={"next": address})
        assert_stays(again.headers["Location"], address)


def test_the_back_office_leads_nowhere_else(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    with app.app_context(), unit_of_work():
        id = factories.tag(name="Ferries").id
    fields = fields_in(browser.get(f"/admin/tag/edit/?id={id}").text, holding="name")
    for address in BAD:
        for page in ("/admin/tag/new/", f"/admin/tag/edit/?id={id}", f"/admin/tag/details/?id={id}", "/admin/tag/"):
            glue = "&" if "?" in page else "?"
            answer = browser.get(f"{page}{glue}url={quote(address.encode('utf-8', 'surrogatepass'))}")
            assert answer.status_code == 200, (page, address)
            body = answer.text.partition("<main")[2]
            assert 'href="http://evil' not in body and 'href="//evil' not in body
        answer = browser.submit(f"/admin/tag/edit/?id={id}", {**fields, "url": address})
        assert answer.status_code == 302, address
        assert_stays(answer.headers["Location"], address)
        answer = browser.submit("/admin/tag/action/", {"action": "nothing", "rowid": str(id), "url": address})
        assert answer.status_code == 400
        answer = browser.submit("/admin/tag/action/", {"action": "delete", "rowid": "", "url": address})
        assert_stays(answer.headers.get("Location", "/"), address)


def test_deleting_leads_nowhere_else(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    for address in BAD[::4]:
        with app.app_context(), unit_of_work():
            id = factories.tag().id
        answer = browser.submit("/admin/tag/delete/", {"id": str(id), "url": address})
        assert answer.status_code == 302
        assert_stays(answer.headers["Location"], address)


def test_the_language_switch_leads_nowhere_else(client: Browser) -> None:
    for address in BAD:
        answer = client.get("/babel/de", query_string={"next": address})
        assert answer.status_code == 302, address
        assert_stays(answer.headers["Location"], address)


@pytest.mark.parametrize(
    "referrer",
    ["http://evil.example/admin/", "http://localhost.evil.example/", "http://localhost:81//evil.example",
     "//evil.example", "http://localhost//evil.example/", "javascript:alert(1)", "http://[", "http://[::1",
     "http://localhost/\\evil.example", "x"],
)  # fmt: skip
def test_the_page_one_came_from_counts_only_if_it_is_ours(sign_in: SignIn, referrer: str) -> None:
    answer = sign_in("ana").submit("/auth/profile/look", {"theme": "dark"}, headers={"Referer": referrer})
    assert answer.status_code == 302
    assert_stays(answer.headers["Location"], referrer)
    assert answer.headers["Location"] == "/auth/profile"


def test_a_refused_visitor_comes_back_to_her_page_and_not_elsewhere(client: Browser) -> None:
    answer = client.get("//evil.example/admin/")
    assert_stays(answer.headers.get("Location", "/"), "//evil.example/admin/")
    answer = client.get("/admin/tag/?url=//evil.example")
    assert answer.headers["Location"] == "/auth/login?next=/admin/tag/?url%3D//evil.example"
