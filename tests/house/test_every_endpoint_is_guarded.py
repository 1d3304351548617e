"""Every address and method: who is let in, who is not, and that nothing is open because nobody thought of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule

from backoffice.accounts.default_roles import DEFAULT_ROLES
from backoffice.foundation.permissions import EVERYTHING
from backoffice.site.access import FILES, access_of
from tests.browser import Browser
from tests.people import CAST, READS, STAFF

#: What stands for a variable part of an address.
VALUES = {"export_type": "csv", "token": "x" * 43, "locale": "de", "path": "nothing-here.txt", "filename": "x.css"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
GRANTS: Mapping[str, Mapping[str, str]] = {role.name: role.grants for role in DEFAULT_ROLES} | {"readers": READS}


def addresses(app: Flask, inside: bool) -> Iterator[tuple[Rule, str, str]]:
    """Each rule, method and a complete address; of the back office or of everything else."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in FILES or rule.rule.startswith("/admin") != inside:
            continue
        values = {name: VALUES.get(name, 1) for name in rule.arguments}
        for method in METHODS:
            if method in (rule.methods or ()):
                yield rule, method, adapter.build(rule.endpoint, values)


def may(app: Flask, endpoint: str, granted: Mapping[str, str]) -> bool:
    """What the declarations of the view say about a person with these grants."""
    view: Any = app.view_functions[endpoint].__self__  # type: ignore[attr-defined]
    verbs = view.endpoint_verbs.get(endpoint.rsplit(".", 1)[1], "")
    if verbs == "enter":
        return bool(granted)
    return any(
        verb in view.verbs and (EVERYTHING in granted or f"{view.resource}.{verb}" in granted)
        for verb in filter(None, verbs.split(" or "))
    )


def ask(browser: Browser, method: str, address: str) -> tuple[int, str]:
    """Status and path of the redirect, if it is one; a form carries its token."""
    answer = browser.open(address, method=method, data=None if method == "GET" else {"csrf_token": browser.token()})
    return answer.status_code, urlsplit(answer.headers.get("Location", "")).path


def test_the_back_office_lets_no_stranger_in(app: Flask, client: Browser) -> None:
    asked = list(addresses(app, inside=True))
    assert len(asked) > 40
    wrong = []
    for _rule, method, address in asked:
        for status, target in (ask(client, method, address), (client.open(address, method=method).status_code, "")):
            if status not in (401, 405) and not (status == 302 and target in ("/auth/login", "")):
                wrong.append((method, address, status, target))
    assert not wrong


@pytest.mark.parametrize("username", [*STAFF, "rita"])
def test_each_person_reaches_what_her_role_grants_and_nothing_else(
    app: Flask, sign_in: Callable[[str], Browser], username: str
) -> None:
    browser, granted = sign_in(username), GRANTS[CAST[username][1]]
    wrong = []
    for rule, method, address in addresses(app, inside=True):
        status, target = ask(browser, method, address)
        refused = status == 403 or (status == 302 and target == "/auth/profile")
        if refused == may(app, rule.endpoint, granted) or status in (401, 500, 503):
            wrong.append((method, address, status, target))
    assert not wrong


def test_who_holds_nothing_is_sent_to_the_profile(sign_in: Callable[[str], Browser]) -> None:
    assert sign_in("nobody").get("/admin/").headers["Location"] == "/auth/profile"


def test_an_endpoint_without_a_verb_is_refused_to_everybody(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("ana")
    unmapped = [
        (method, address)
        for rule, method, address in addresses(app, inside=True)
        if rule.endpoint.endswith(".ajax_update")
    ]
    assert unmapped
    for method, address in unmapped:
        assert ask(browser, method, address)[0] == 403, address


def test_every_page_outside_the_back_office_says_who_may_open_it(app: Flask) -> None:
    silent = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in FILES and access_of(app.view_functions[rule.endpoint]) is None
    ]
    assert not silent, f"nobody said who may open {silent}"


def test_a_page_for_people_sends_a_visitor_to_the_sign_in(app: Flask, client: Browser) -> None:
    asked = [
        (method, address)
        for rule, method, address in addresses(app, inside=False)
        if access_of(app.view_functions[rule.endpoint]) == "signed in"
    ]
    assert asked
    for method, address in asked:
        status, target = ask(client, method, address)
        assert status == 401 or (status == 302 and target == "/auth/login"), (method, address, status)


def test_a_public_page_breaks_for_nobody(app: Flask, client: Browser, sign_in: Callable[[str], Browser]) -> None:
    for browser in (client, sign_in("nobody"), sign_in("ana")):
        for _rule, method, address in addresses(app, inside=False):
            assert ask(browser, method, address)[0] < 500, (method, address)
            browser.token(fresh=True)  # signing out was among them


def test_no_form_is_taken_without_its_token(app: Flask, sign_in: Callable[[str], Browser]) -> None:
    for inside in (True, False):
        for rule, method, address in addresses(app, inside):
            if method != "GET" and rule.endpoint != "accounts.sign_out":
                answer = sign_in("ana").open(address, method=method, data={"rowid": "1", "action": "delete"})
                assert answer.status_code == 400, (method, address, answer.status_code)
