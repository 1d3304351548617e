"""What somebody may not see is not told by what lists find, sort or offer either."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from flask import Flask

from backoffice.accounts.models import User
from backoffice.foundation.database import unit_of_work
from backoffice.posts.models import PostStatus
from tests import factories, people
from tests.browser import Browser

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str | User], Browser]


def rows(browser: Browser, query: str) -> list[str]:
    answer = browser.get(f"/admin/comment/?{query}")
    assert answer.status_code == 200
    return re.findall(r'data-id="?(\d+)', answer.text)


@pytest.fixture
def talk(app: Flask) -> None:
    """Two comments of readers, told apart by their addresses only, under a post of the author."""
    with app.app_context(), unit_of_work():
        post = factories.post(published=True, author=people.person("aut"))
        for name in ("anna", "zoe"):
            text = "What everybody says."
            address = f"{name}@example.net"
            factories.comment(post=post, author_name="Reader", text=text, author_email=address, author_address="::1")


@pytest.mark.parametrize("username", ["aut", "rita"])
def test_no_filter_order_or_search_tells_an_address(talk: None, sign_in: SignIn, username: str) -> None:
    browser = sign_in(username)
    usual = rows(browser, "")
    assert len(usual) == 2
    for name in ("author_email", "author_address"):
        for value in ("anna@example.net", "::1", "nobody@example.net", "a"):
            assert rows(browser, f"flt_{name}={value}") == usual
        for down in ("0", "1"):
            assert rows(browser, f"sort={name}&desc={down}") == rows(browser, f"sort=nothing&desc={down}")
        place = urlsafe_b64encode(b'["m", 1]').decode()
        assert rows(browser, f"sort={name}&after={place}") == usual
    for word in ("anna", "example", "anna@example.net", "::1"):
        assert rows(browser, f"search={word}") == []
    page = browser.get("/admin/comment/").text
    assert "author_email" not in page and "author_address" not in page


def test_a_moderator_may_use_them_all(talk: None, sign_in: SignIn) -> None:
    assert len(rows(sign_in("mo"), "flt_author_email=anna@example.net")) == 1


def test_an_author_is_offered_only_posts_of_her_own(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        mine = factories.post(title="Mine", published=True, author=people.person("aut"))
        other = factories.post(title="Withdrawn", published=True, status=PostStatus.WITHDRAWN)
        slug = other.slug
        assert mine.slug == "mine"
    browser = sign_in("aut")
    assert browser.get("/admin/comment/ajax/lookup/?name=post&query=").json == [{"id": "mine", "text": "Mine"}]
    for typed in (slug, f"#{other.id}", "Withdrawn"):
        answer = browser.submit("/admin/comment/new/", {"post": typed, "text": "Hello"})
        assert answer.status_code == 422
        assert "Withdrawn" not in answer.text.replace('value="Withdrawn"', "").replace("called Withdrawn", "")
    assert browser.submit("/admin/comment/new/", {"post": "mine", "text": "Hello"}).status_code == 302


def test_the_others_are_offered_every_post(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), unit_of_work():
        factories.post(title="Other", published=True)
    for username in ("ana", "mo"):
        found = sign_in(username).get("/admin/comment/ajax/lookup/?name=post&query=").json
        assert found == [{"id": "other", "text": "Other"}]


@pytest.mark.parametrize("value", ['["\\ud800", 1]', "[null, 2147483648]", '["x", 9223372036854775807]', "[true, 1]"])
def test_a_place_no_column_holds_is_no_place(app: Flask, sign_in: SignIn, value: str) -> None:
    browser = sign_in("ana")
    place = urlsafe_b64encode(value.encode()).decode().rstrip("=")
    for name in ("user", "tag", "role", "post", "comment", "reminder", "audit"):
        for sort in ("name", "title", "subject", "created_at", "email", "is_active", "status"):
            for side in ("after", "before"):
                answer = browser.get(f"/admin/{name}/?sort={sort}&{side}={place}")
                assert answer.status_code == 200, (name, sort, side)
