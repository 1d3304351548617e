"""A post and the talk under it: what visitors read, and what becomes of what they write."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backoffice.comments import threads
from backoffice.comments.models import LONGEST_TEXT, Comment, CommentStatus
from backoffice.comments.site import REMEMBERED, TRAP
from backoffice.foundation import clock
from backoffice.posts.models import Post
from backoffice.records.audit import AuditEntry
from tests import factories
from tests.browser import Browser, fields_in, token_in
from tests.paper import all_of, changed, kept, questions

APPROVED, PENDING = CommentStatus.APPROVED, CommentStatus.PENDING
SAID = {"name": "Harriet", "email": "harriet@example.org", "text": "Does my ticket still count?"}


@pytest.fixture
def post(app: Flask) -> Post:
    """A post that everybody may read."""
    return kept(app, factories.post, published=True, title="Winter ferries", slug="winter-ferries")


def address_of(post: Post) -> str:
    return f"/blog/post/{post.id}/{post.slug}"


def send(client: Browser, post: Post, **changes: str) -> TestResponse:
    """Fill in the form of the post's page and send it."""
    page = client.get(address_of(post)).text
    return client.post(address_of(post), data={"csrf_token": token_in(page), **SAID, **changes})


def articles(page: str) -> list[tuple[str, str]]:
    """Number and status of every comment on a page."""
    return re.findall(r'<article class="bo-say" id="[^"]+" data-id="(\d+)" data-status="(\w+)" dir="auto">', page)


# Reading


def test_a_post_is_read_with_or_without_its_words_in_the_address(client: Browser, post: Post) -> None:
    for address in (f"/blog/post/{post.id}", f"/blog/post/{post.id}/", address_of(post)):
        page = client.get(address)
        assert page.status_code == 200
        assert "<h1>Winter ferries</h1>" in page.text
        assert f'<link rel="canonical" href="http://localhost{address_of(post)}">' in page.text


def test_a_link_with_old_words_leads_to_the_present_ones(client: Browser, post: Post) -> None:
    answer = client.get(f"/blog/post/{post.id}/summer-ferries?reply=3&id=7&_external=1")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{address_of(post)}?reply=3&id=7&_external=1"
    assert answer.headers["Cache-Control"] == "no-cache", "or browsers go in circles when the words change back"


def test_the_text_is_shown_and_a_video_waits_for_a_click(app: Flask, client: Browser) -> None:
    body = (
        '<h2>Head</h2><p onclick="x">Text</p><script>alert(1)</script>'
        '<figure class="media"><oembed url="https://youtu.be/jNQXAC9IVRw"></oembed></figure>'
    )
    page = client.get(address_of(kept(app, factories.post, published=True, body=body))).text
    assert "<h2>Head</h2><p>Text</p>" in page
    assert "<script>" not in page
    assert 'data-video="jNQXAC9IVRw"' in page
    assert "<iframe" not in page
    assert re.search(r'<script src="/static/site/video.js\?v=\w+" nonce="[\w-]+" defer>', page)


def test_a_wide_table_can_be_moved_sideways_by_keys(app: Flask, client: Browser) -> None:
    body = "<table><tbody><tr><td>1</td></tr></tbody></table><p>&lt;table&gt;</p>"
    page = client.get(address_of(kept(app, factories.post, published=True, body=body))).text
    assert re.search(r'<div class="bo-wide" role="group" aria-label="Table" tabindex="0"><table>.*</table></div>', page)
    assert page.count("bo-wide") == 1


def test_a_page_without_a_video_runs_no_script(client: Browser, post: Post) -> None:
    assert "<script" not in client.get(address_of(post)).text


@pytest.mark.parametrize(("count", "words"), [(0, "No comments yet"), (1, "1 comment<"), (2, "2 comments<")])
def test_the_page_says_how_many_comments_there_are(
    app: Flask, client: Browser, post: Post, count: int, words: str
) -> None:
    for _ in range(count):
        kept(app, factories.comment, post=post, status=APPROVED)
    kept(app, factories.comment, post=post, status=PENDING)
    page = client.get(address_of(post)).text
    assert words in page.split('id="talk-head"', 1)[1][:60]


def test_only_approved_comments_are_read(app: Flask, client: Browser, post: Post) -> None:
    for status in CommentStatus:
        kept(app, factories.comment, post=post, status=status, text=f"I am {status.value}")
    page = client.get(address_of(post)).text
    assert re.findall(r"I am (\w+)", page) == ["approved"]


def test_a_readers_words_are_text_with_a_little_markup(app: Flask, client: Browser, post: Post) -> None:
    text = "*Please* <script>alert(1)</script> https://example.org/x"
    kept(app, factories.comment, post=post, status=APPROVED, text=text, author_name="<b>Eve</b>")
    page = client.get(address_of(post)).text
    assert "<em>Please</em> &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<a href="https://example.org/x" rel="nofollow ugc noopener">' in page
    assert "&lt;b&gt;Eve&lt;/b&gt;" in page


def test_the_author_of_the_post_is_known_by_account_not_by_name(app: Flask, client: Browser, post: Post) -> None:
    name = post.author.name
    kept(app, factories.comment, post=post, status=APPROVED, author_name=name)
    assert "author of this post" not in client.get(address_of(post)).text
    kept(app, factories.comment, post=post, status=APPROVED, author_name=name, author_id=post.author_id)
    assert "author of this post" in client.get(address_of(post)).text


def test_nobody_reads_the_address_of_a_commenter(app: Flask, client: Browser, post: Post) -> None:
    kept(app, factories.comment, post=post, status=APPROVED, author_email="eve@example.net", author_address="192.0.2.9")
    page = client.get(address_of(post)).text
    assert "eve@example.net" not in page
    assert "192.0.2.9" not in page


@pytest.mark.both_databases
def test_a_page_asks_the_database_as_often_for_many_comments(app: Flask, client: Browser, post: Post) -> None:
    parent = kept(app, factories.comment, post=post, status=APPROVED)
    few = questions(app, client, address_of(post))
    for _ in range(12):
        parent = kept(app, factories.comment, post=post, parent=parent, status=APPROVED)
        kept(app, factories.comment, post=post, status=APPROVED, author=kept(app, factories.user))
    assert questions(app, client, address_of(post)) == few <= 7


def test_older_comments_are_a_link_away(
    app: Flask, client: Browser, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "THREADS", 2)
    old = [
        kept(app, factories.comment, post=post, status=APPROVED, created_at=clock.now() - timedelta(hours=hours))
        for hours in (3, 2, 1)
    ]
    first = client.get(address_of(post)).text
    assert [number for number, _status in articles(first)] == [str(old[2].id), str(old[1].id)]
    assert f'href="{address_of(post)}?comments=2#talk" rel="next"' in first
    second = client.get(f"{address_of(post)}?comments=2").text
    assert articles(second) == [(str(old[0].id), "approved")]
    assert f"?comments=2&amp;reply={old[0].id}#write" in second
    assert client.get(f"{address_of(post)}?comments=3").status_code == 404


@pytest.mark.parametrize("value", ["x", "-1", "", "٣", "9" * 40])
def test_a_page_of_comments_that_makes_no_sense_is_the_first(client: Browser, post: Post, value: str) -> None:
    assert client.get(address_of(post), query_string={"comments": value, "reply": value}).status_code == 200


# Writing


@pytest.mark.both_databases
def test_a_new_comment_waits_for_a_moderator(app: Flask, client: Browser, post: Post) -> None:
    answer = send(client, post)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{address_of(post)}#talk"
    (comment,) = all_of(app, Comment)
    assert (comment.status, comment.post_id, comment.parent_id) == (PENDING, post.id, None)
    assert (comment.author_name, comment.author_email) == ("Harriet", "harriet@example.org")
    assert (comment.author_address, comment.author_id) == ("127.0.0.1", None)


def test_a_visitor_sees_that_her_comment_waits_and_nobody_else_does(app: Flask, client: Browser, post: Post) -> None:
    send(client, post)
    page = client.get(address_of(post)).text
    assert "Thank you, Harriet. Your comment is here, but others see it only after a moderator has read it." in page
    assert [status for _number, status in articles(page)] == ["pending"]
    assert "Does my ticket still count?" in page
    again = client.get(address_of(post)).text
    assert "Thank you, Harriet" not in again
    assert "Waits for a moderator. Only you see it." in again
    assert "Does my ticket still count?" not in app.test_client().get(address_of(post)).text


def test_what_was_rejected_is_not_shown_to_its_writer_any_more(app: Flask, client: Browser, post: Post) -> None:
    send(client, post)
    changed(app, all_of(app, Comment)[0], status=CommentStatus.REJECTED)
    assert not articles(client.get(address_of(post)).text)


def test_so_many_of_her_own_comments_are_remembered_and_no_more(app: Flask, client: Browser, post: Post) -> None:
    for number in range(REMEMBERED + 1):
        send(client, post, text=f"Number {number}.")
    page = client.get(address_of(post)).text
    assert len(articles(page)) == REMEMBERED
    assert "Number 0." not in page


def test_the_same_sent_twice_is_kept_once(app: Flask, client: Browser, post: Post) -> None:
    assert [send(client, post).status_code for _ in range(2)] == [303, 303]
    assert len(all_of(app, Comment)) == 1


def test_everything_typed_is_kept_when_something_is_wrong(app: Flask, client: Browser, post: Post) -> None:
    typed = {"name": " ", "email": "not <an> address", "text": "\nFirst line\n\n</textarea>&amp;"}
    answer = send(client, post, **typed)
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert "Give a name." in answer.text
    assert "Give a full address, for example ana@example.org." in answer.text
    again = fields_in(answer.text, holding="text")
    assert {name: again[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert not all_of(app, Comment)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "", "Give a name."),
        ("email", "", "Give a full address, for example ana@example.org."),
        ("email", "x" * 300 + "@example.org", "Give a full address, for example ana@example.org."),
        ("text", " \x00\n ", "Write something first."),
        ("text", "x" * (LONGEST_TEXT + 1), "characters."),
    ],
)
def test_each_complaint_stands_by_its_field(
    client: Browser, post: Post, field: str, value: str, complaint: str
) -> None:
    answer = send(client, post, **{field: value})
    assert answer.status_code == 422
    said = re.search(rf'id="w-{field}-e">([^<]+)<', answer.text)
    assert said
    assert complaint in said[1]


def test_the_longest_text_allowed_is_taken(app: Flask, client: Browser, post: Post) -> None:
    assert send(client, post, text="x" * LONGEST_TEXT).status_code == 303
    assert len(all_of(app, Comment)[0].text) == LONGEST_TEXT


@pytest.mark.both_databases
def test_one_can_reply_without_scripts(app: Flask, client: Browser, post: Post) -> None:
    said = kept(app, factories.comment, post=post, status=APPROVED, author_name="tidewatcher", text="Count them!")
    page = client.get(f"{address_of(post)}?reply={said.id}").text
    assert "Reply to tidewatcher" in page
    fields = fields_in(page, holding="text")
    assert fields["parent"] == [str(said.id)]
    client.post(address_of(post), data={**fields, **SAID})
    assert [comment.parent_id for comment in all_of(app, Comment)] == [None, said.id]
    thread = client.get(address_of(post)).text.split(f'id="comment-{said.id}"', 1)[1]
    assert "Does my ticket still count?" in thread.split("</article>", 1)[0]


@pytest.mark.both_databases
@pytest.mark.parametrize("parent", ["999", "9" * 30, "x", "-1", "2147483648"])
def test_a_reply_to_what_is_not_there_is_kept_and_can_be_sent_to_everybody(
    app: Flask, client: Browser, post: Post, parent: str
) -> None:
    answer = send(client, post, parent=parent)
    assert answer.status_code == 422
    fields = fields_in(answer.text, holding="text")
    assert fields["text"] == ["Does my ticket still count?"]
    assert "parent" not in fields
    assert client.post(address_of(post), data=fields).status_code == 303


@pytest.mark.parametrize("status", [status for status in CommentStatus if status is not APPROVED])
def test_nobody_replies_to_what_is_not_shown(app: Flask, client: Browser, post: Post, status: CommentStatus) -> None:
    hidden = kept(app, factories.comment, post=post, status=status, author_name="Hidden", text="Not for you")
    assert "Hidden" not in client.get(f"{address_of(post)}?reply={hidden.id}").text
    assert send(client, post, parent=str(hidden.id)).status_code == 422


def test_nobody_replies_across_posts(app: Flask, client: Browser, post: Post) -> None:
    elsewhere = kept(app, factories.comment, status=APPROVED)
    assert send(client, post, parent=str(elsewhere.id)).status_code == 422


def test_a_program_that_fills_in_everything_is_thanked_and_nothing_is_stored(
    app: Flask, client: Browser, post: Post
) -> None:
    page = client.get(address_of(post)).text
    assert fields_in(page, holding="text")[TRAP] == [""]
    entries = len(all_of(app, AuditEntry))
    answer = send(client, post, **{TRAP: "Best prices"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address_of(post)}#talk")
    assert "Thank you, Harriet." in client.get(address_of(post)).text
    assert not all_of(app, Comment)
    assert len(all_of(app, AuditEntry)) == entries


def test_a_comment_without_a_token_is_not_taken(app: Flask, client: Browser, post: Post) -> None:
    answer = client.post(address_of(post), data=SAID, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert not all_of(app, Comment)
    again = fields_in(answer.text, holding="text")
    assert again["text"] == [SAID["text"]], "what was typed is kept"
    assert client.post(address_of(post), data=again).status_code == 303


def test_a_post_that_is_not_public_takes_no_comment(app: Flask, client: Browser, post: Post) -> None:
    draft = kept(app, factories.post)
    token = token_in(client.get(address_of(post)).text)
    assert client.post(f"/blog/post/{draft.id}", data={"csrf_token": token, **SAID}).status_code == 404
    assert not all_of(app, Comment)


def test_the_trail_says_that_a_visitor_wrote(app: Flask, client: Browser, post: Post) -> None:
    send(client, post)
    entry = all_of(app, AuditEntry)[-1]
    assert (entry.action, entry.actor_name, entry.surface, entry.actor_id) == (
        "comment.submit",
        "visitor",
        "site",
        None,
    )


def test_one_of_the_staff_writes_here_as_any_reader(app: Flask, sign_in: Callable[..., Browser], post: Post) -> None:
    browser = sign_in("mo")
    fields = fields_in(browser.get(address_of(post)).text, holding="text")
    assert (fields["name"], fields["email"]) == (["Mo Hallvik"], ["mo@example.org"])
    browser.post(address_of(post), data={**fields, "text": "Me too."})
    (comment,) = all_of(app, Comment)
    assert (comment.status, comment.author_id) == (PENDING, None)


def test_who_writes_too_often_is_asked_to_wait_and_loses_nothing(make_app: Callable[..., Flask]) -> None:
    app = make_app(RATELIMIT_ENABLED=True)
    post = kept(app, factories.post, published=True)
    client = app.test_client()
    assert isinstance(client, Browser)
    assert [send(client, post, text=f"Number {number}").status_code for number in range(5)] == [303] * 5
    page = client.get(address_of(post)).text
    answer = client.post(
        address_of(post),
        data={"csrf_token": token_in(page), **SAID, "text": "The sixth"},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 429
    assert fields_in(answer.text, holding="text")["text"] == ["The sixth"]
    assert len(all_of(app, Comment)) == 5


# What rules make of it


@pytest.mark.both_databases
@pytest.mark.parametrize("action", ["hold", "spam", "reject"])
def test_a_writer_cannot_tell_whether_a_rule_held_or_refused_what_she_wrote(
    app: Flask, client: Browser, post: Post, action: str
) -> None:
    kept(app, factories.rule, lines="ticket", action=action, is_active=True, position=0)
    page = client.get(send(client, post).headers["Location"].split("#")[0]).text
    assert "others see it only after a moderator has read it" in page
    assert "Does my ticket still count?" in page and "Waits for a moderator. Only you see it." in page
    assert 'data-status="pending"' in page and "spam" not in page and "rejected" not in page
    assert "Does my ticket still count?" not in app.test_client().get(address_of(post)).text
    assert send(client, post).status_code == 303
    assert len(all_of(app, Comment)) == 1, "what was sent twice is one comment"


@pytest.mark.both_databases
def test_what_a_rule_approves_is_shown_at_once(app: Flask, client: Browser, post: Post) -> None:
    kept(app, factories.rule, lines="ticket", action="approve", is_active=True, position=0)
    page = client.get(send(client, post).headers["Location"].split("#")[0]).text
    assert "Your comment is published." in page and "Waits for a moderator" not in page
    assert "Does my ticket still count?" in app.test_client().get(address_of(post)).text
    assert send(client, post).status_code == 303
    assert len(all_of(app, Comment)) == 1, "what was sent twice is one comment"


@pytest.mark.both_databases
def test_what_a_moderator_refused_later_is_gone_for_its_writer_too(app: Flask, client: Browser, post: Post) -> None:
    kept(app, factories.rule, lines="ticket", action="spam", is_active=True, position=0)
    send(client, post)
    (comment,) = all_of(app, Comment)
    changed(app, comment, decided_by_id=1, decided_at=clock.now())
    assert "Does my ticket still count?" not in client.get(address_of(post)).text
