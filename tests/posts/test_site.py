"""The paper as visitors read it: front page, sections, authors and the feed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from flask import Flask

from backoffice.comments.models import CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import unit_of_work
from backoffice.foundation.text import slug_of
from backoffice.posts.models import Post, PostStatus
from backoffice.posts.site import STORIES
from tests import factories
from tests.browser import Browser
from tests.paper import changed, kept, questions

ATOM = "{http://www.w3.org/2005/Atom}"
HIDDEN = [
    {"status": PostStatus.DRAFT},
    {"status": PostStatus.WITHDRAWN},
    {"status": PostStatus.SCHEDULED, "published_at": clock.now() - timedelta(hours=1)},
    {"status": PostStatus.PUBLISHED, "published_at": clock.now() + timedelta(hours=1)},
]


def titles(page: str) -> list[str]:
    """What the stories of a page are called, in order."""
    return re.findall(r"<h2[^>]*><a [^>]*>([^<]+)</a></h2>", page)


def paper(app: Flask, count: int, **values: Any) -> list[Post]:
    """So many posts, the first the newest."""
    with app.app_context(), unit_of_work():
        author = values.pop("author", None) or factories.user()
        return [
            factories.post(
                published=True,
                title=f"Story {number:02}",
                slug=slug_of(f"story {number} by {author.username}"),
                author=author,
                published_at=clock.now() - timedelta(hours=number + 1),
                **values,
            )
            for number in range(count)
        ]


def test_an_empty_paper_says_so(client: Browser) -> None:
    page = client.get("/blog/")
    assert page.status_code == 200
    assert "Nothing is printed yet" in page.text


@pytest.mark.both_databases
def test_the_front_page_shows_the_newest_first(app: Flask, client: Browser) -> None:
    paper(app, 4)
    assert titles(client.get("/blog/").text) == ["Story 00", "Story 01", "Story 02", "Story 03"]


@pytest.mark.parametrize("state", HIDDEN, ids=["draft", "withdrawn", "scheduled", "not yet"])
def test_what_is_not_public_is_found_nowhere(
    app: Flask, sign_in: Callable[..., Browser], state: dict[str, Any]
) -> None:
    with app.app_context(), unit_of_work():
        post = factories.post(title="Kept back", tags=[factories.tag(slug="secret")], **state)
        addresses = ["/blog/", "/blog/feed.xml", "/blog/tag/secret", f"/blog/user/{post.author.username}"]
        address = f"/blog/post/{post.id}"
    for browser in (app.test_client(), sign_in("ana")):
        assert browser.get(address).status_code == 404
        assert browser.get(f"{address}/{post.slug}").status_code == 404
        assert not [found for found in addresses if "Kept back" in browser.get(found).text]


def test_one_can_turn_the_pages_to_the_last_and_no_further(app: Flask, client: Browser) -> None:
    paper(app, STORIES + 1)
    assert 'href="/blog/2" rel="next"' in client.get("/blog/").text
    last = client.get("/blog/2")
    assert titles(last.text) == [f"Story {STORIES:02}"]
    assert 'href="/blog/" rel="prev"' in last.text
    assert 'rel="next"' not in last.text
    assert client.get("/blog/3").status_code == 404


@pytest.mark.both_databases
@pytest.mark.parametrize("number", ["0", "2147483647", "2147483648", "9" * 30, "9" * 5000])
def test_a_page_or_post_that_cannot_be_is_not_here(client: Browser, number: str) -> None:
    for address in (f"/blog/{number}", f"/blog/post/{number}"):
        page = client.get(address)
        assert page.status_code == 404
        assert 'class="bo-mast"' in page.text, "in the dress of the paper"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "address", ["/blog/tag/%00", "/blog/tag/none", "/blog/user/%00", "/blog/user/a%27b", "/blog/x"]
)
def test_an_address_nobody_gave_out_is_not_here(client: Browser, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.both_databases
def test_a_section_shows_its_own_posts(app: Flask, client: Browser) -> None:
    harbour = kept(app, factories.tag, name="Harbour", slug="harbour")
    paper(app, STORIES + 1, tags=[harbour])
    kept(app, factories.post, published=True, title="Elsewhere")
    first, second = client.get("/blog/tag/harbour"), client.get("/blog/tag/harbour?page=2")
    assert len(titles(first.text)) == STORIES
    assert titles(second.text) == [f"Story {STORIES:02}"]
    assert "Elsewhere" not in first.text + second.text
    assert client.get("/blog/tag/harbour?page=3").status_code == 404
    assert client.get("/blog/tag/harbour?page=x").status_code == 200


def test_a_section_without_public_posts_is_not_here(app: Flask, client: Browser) -> None:
    kept(app, factories.tag, slug="empty")
    assert client.get("/blog/tag/empty").status_code == 404


def test_an_author_who_left_is_still_read(client: Browser, app: Flask) -> None:
    author = kept(app, factories.user, username="left", name="Lena Left", is_active=False)
    paper(app, 1, author=author)
    page = client.get("/blog/user/left")
    assert "Lena Left" in page.text
    assert titles(page.text) == ["Story 00"]


def test_who_published_nothing_is_not_shown_to_exist(client: Browser) -> None:
    assert client.get("/blog/user/admin").status_code == 404


def test_the_sections_are_the_tags_used_most(client: Browser, app: Flask) -> None:
    rare, common = kept(app, factories.tag, name="Rare"), kept(app, factories.tag, name="Common")
    paper(app, 2, tags=[common])
    kept(app, factories.post, published=True, tags=[rare])
    kept(app, factories.post, tags=[kept(app, factories.tag, name="Only in drafts")])
    page = client.get("/blog/").text
    assert page.index(">Common</a>") < page.index(">Rare</a>")
    assert "Only in drafts" not in page


def test_the_front_page_asks_the_database_as_often_for_many_posts(app: Flask, client: Browser) -> None:
    paper(app, 1)
    few = questions(app, client, "/blog/")
    paper(app, STORIES - 1, tags=[])
    with app.app_context(), unit_of_work():
        for number in range(20):
            factories.comment(post_id=1 + number % 5, status=CommentStatus.APPROVED)
    assert questions(app, client, "/blog/") == few <= 5


def test_a_title_is_text_and_never_markup(app: Flask, client: Browser) -> None:
    post = kept(app, factories.post, published=True, title='<script>alert("1")</script>', summary="<img src=x>")
    for address in ("/blog/", f"/blog/post/{post.id}"):
        page = client.get(address).text
        assert "&lt;script&gt;alert(" in page
        assert "<img src=x>" not in page


def test_the_paper_offers_itself_in_other_languages_and_stays_where_one_is(client: Browser) -> None:
    page = client.get("/blog/?lang=ar&x=1").text
    assert '<html lang="ar" dir="rtl"' in page
    assert 'href="/babel/de?next=/blog/?x%3D1"' in page
    client.get("/babel/ar?next=/blog/")
    assert '<html lang="ar" dir="rtl"' in client.get("/blog/").text


def test_staff_finds_the_way_back_to_work(client: Browser, sign_in: Callable[..., Browser]) -> None:
    assert 'href="/auth/login"' in client.get("/blog/").text
    assert 'href="/admin/"' in sign_in("mo").get("/blog/").text


def test_reading_lists_needs_no_cookie(app: Flask, client: Browser) -> None:
    paper(app, 1)
    for address in ("/blog/", "/blog/feed.xml"):
        assert "Set-Cookie" not in client.get(address).headers


# The feed


def entries(client: Browser, **kwargs: Any) -> list[Element]:
    """The entries of the feed."""
    answer = client.get("/blog/feed.xml", **kwargs)
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    return fromstring(answer.data).findall(f"{ATOM}entry")


def test_the_feed_has_what_atom_asks_for(app: Flask, client: Browser) -> None:
    author = kept(app, factories.user, name="Tomas Reyl", username="tomas")
    tag = kept(app, factories.tag, name="Ferry & Co", slug="ferry")
    post = kept(
        app,
        factories.post,
        published=True,
        title="Boats < 7 & > 6",
        body="<p>It <em>leaves</em>.</p>",
        author=author,
        tags=[tag],
    )
    feed = fromstring(client.get("/blog/feed.xml").data)
    for name in ("title", "id", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Boats < 7 & > 6"
    assert entry.findtext(f"{ATOM}content") == "<p>It <em>leaves</em>.</p>"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Tomas Reyl"
    assert entry.find(f"{ATOM}category").attrib == {"term": "ferry", "label": "Ferry & Co"}
    assert entry.find(f"{ATOM}link").attrib["href"] == f"http://localhost/blog/post/{post.id}/{post.slug}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.findtext(f"{ATOM}updated") or "")


def test_an_entry_keeps_its_id_when_the_post_gets_another_address(app: Flask, client: Browser) -> None:
    post = kept(app, factories.post, published=True)
    before = entries(client)[0].findtext(f"{ATOM}id")
    changed(app, post, slug="another-address")
    entry = entries(client)[0]
    assert entry.findtext(f"{ATOM}id") == before
    assert entry.find(f"{ATOM}link").attrib["href"].endswith("/another-address")


def test_the_feed_gives_the_address_that_was_set(make_app: Callable[..., Flask]) -> None:
    app = make_app(BASE_URL="https://gazette.example")
    paper(app, 1)
    page = app.test_client().get("/blog/feed.xml").text
    assert 'href="https://gazette.example/blog/post/' in page
    assert "localhost" not in page


def test_the_feed_ends_after_twenty(app: Flask, client: Browser) -> None:
    paper(app, 22)
    assert [entry.findtext(f"{ATOM}title") for entry in entries(client)] == [
        f"Story {number:02}" for number in range(20)
    ]


def test_the_feed_survives_characters_that_xml_does_not_know(app: Flask, client: Browser) -> None:
    kept(app, factories.post, published=True, title="A\ufffe\uffffB")
    assert entries(client)[0].findtext(f"{ATOM}title") == "A\ufffd\ufffdB"


@pytest.mark.both_databases
def test_a_feed_that_is_known_is_not_sent_again(app: Flask, client: Browser) -> None:
    (post,) = paper(app, 1)
    first = client.get("/blog/feed.xml")
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.get("/blog/feed.xml", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    since = client.get("/blog/feed.xml", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert since.status_code == 304
    changed(app, post, title="Corrected")
    assert client.get("/blog/feed.xml", headers=known).status_code == 200


def test_the_feed_is_the_same_in_every_language(app: Flask, client: Browser) -> None:
    paper(app, 1)
    assert client.get("/blog/feed.xml").data == client.get("/blog/feed.xml?lang=ar").data
