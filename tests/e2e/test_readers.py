"""A reader reports a comment, a moderator bans who wrote it, and the banned one loses nothing: all without scripts."""

from __future__ import annotations

import pytest

from backoffice.comments.models import CommentStatus
from backoffice.foundation.database import db
from backoffice.posts.models import Post
from tests import factories
from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-plain")


def test_a_comment_is_reported_and_its_author_banned_with_all_of_hers(plain: Screen) -> None:
    word = stock.word()
    number = stock.post(plain.house, word)
    email = f"{word}@example.net"
    with plain.house.opened():
        rude = {"post": db.session.get_one(Post, number), "author_email": email, "author_address": "198.51.100.9"}
        first, second = (
            factories.comment(status=CommentStatus.APPROVED, text=f"{word} {which}", **rude).id for which in "12"
        )
    plain.expected.append("403")
    plain.goes(f"/blog/post/{number}").one(f"#report-{first}").click()
    plain.sees(f"{word} 1").one("input[value=insult]").click()
    plain.presses("Report").sees("Thank you. The moderators look at it.")

    plain.is_signed_in("ana").goes(f"/admin/comment/details/?id={first}").does("ban")
    plain.sees(f"E-mail: {email} (2 comments to reject)")
    plain.fills("by", "email").fills("lasting", "7d").fills("reason", "Stay polite.")
    plain.one("input[name=reject_all]").click()
    plain.does("ban").hears("Banned", "2 comments were rejected with it.")
    assert {stock.status(plain.house, id) for id in (first, second)} == {CommentStatus.REJECTED}

    plain.driver.delete_all_cookies()  # what staff write nobody keeps out
    plain.goes(f"/blog/post/{number}")
    plain.fills("name", "Rudi").fills("email", email).fills("text", "What I said before, again.")
    plain.presses("Send comment").sees("You cannot write comments here until")
    plain.sees("Stay polite.")
    assert plain.field("text").get_attribute("value") == "What I said before, again."
    plain.is_signed_in("ana").goes("/admin/undo/").presses("Undo")
    plain.hears("3 changes taken back.")
    assert {stock.status(plain.house, id) for id in (first, second)} == {CommentStatus.APPROVED}
