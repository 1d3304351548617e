"""Every link that a person can follow leads somewhere, and no page holds a secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import links
from backoffice.accounts.entering import AccessLink
from backoffice.accounts.models import User
from backoffice.comments.models import CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from tests import factories
from tests.browser import Browser

SignIn = Callable[[str], Browser]
#: Links that end what is being looked at, or leave this site.
NOT_FOLLOWED = re.compile(r"/auth/logout|/babel/|/static/|/export/|/blog/feed|[?&](at|after|before|sort|page_size)=")
MOST_PAGES = 150


def content(app: Flask) -> list[str]:
    """A little of everything; back comes what no page may show."""
    with app.app_context(), unit_of_work():
        author = factories.user(roles=["author"])
        post = factories.post(published=True, author=author, tags=[factories.tag(), factories.tag()])
        factories.post(author=author)
        parent = factories.comment(post=post, status=CommentStatus.APPROVED)
        factories.comment(post=post, parent=parent, status=CommentStatus.APPROVED)
        factories.comment(post=post)
        factories.reminder(owner=author, due_at=clock.now() - timedelta(hours=1))
        token = links.new_link(author)
        db.session.flush()
        secrets = [token, *db.session.scalars(select(AccessLink.token_digest))]
        for person in db.session.scalars(select(User)):
            secrets += [person.session_key, *filter(None, [person.password_hash])]
        return secrets


def links_of(page: str, address: str) -> set[str]:
    """The addresses of this site that a page links to."""
    found = set()
    for link in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', page):
        target = urlsplit(urljoin(f"http://localhost{address}", unescape(link)))
        if target.netloc == "localhost" and target.scheme == "http":
            path = target.path + (f"?{target.query}" if target.query else "")
            if not NOT_FOLLOWED.search(path):
                found.add(path)
    return found


@pytest.mark.parametrize("username", ["ana", "ed", "aut", "mo", "tra", "rita", "nobody", None])
def test_whatever_a_person_clicks_she_gets_a_page(
    app: Flask, client: Browser, sign_in: SignIn, username: str | None
) -> None:
    secrets = content(app)
    browser = sign_in(username) if username else client
    waiting, seen = ["/", "/admin/" if username else "/blog/", "/auth/profile"], set()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = browser.get(address)
        if answer.status_code in (301, 302, 308):
            waiting.append(answer.headers["Location"])
            continue
        assert answer.status_code == 200, address
        text = answer.get_data().decode("utf-8", "replace")
        assert not [secret for secret in secrets if secret in text], f"{address} shows a secret"
        assert "<built-in" not in text and "object at 0x" not in text and "None</" not in text, address
        if answer.mimetype == "text/html":
            waiting += sorted(links_of(text, address) - seen)
    assert len(seen) >= (3 if username in (None, "nobody") else 10)
