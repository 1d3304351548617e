"""A copy of somebody's cookie is worth nothing once her session has ended, whatever ended it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts import giving, links
from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db, unit_of_work
from backoffice.posts.models import Tag
from tests import factories, people
from tests.browser import Browser, token_in
from tests.databases import ADMIN_PASSWORD
from tests.terminal import run

NEW = "lantern on the far pier"
COOKIE = "backoffice"


class Hers:
    """Two browsers of one person: the one she sits at, and another."""

    def __init__(self, app: Flask, username: str, *, is_lasting: bool) -> None:
        self.app, self.username = app, username
        self.here, self.elsewhere = (self.opened(is_lasting=is_lasting) for _ in range(2))

    def opened(self, password: str = people.PASSWORD, *, is_lasting: bool = False) -> Browser:
        """A browser in which she has just signed in."""
        browser: Browser = self.app.test_client()  # type: ignore[assignment]
        more = {"remember": "y"} if is_lasting else {}
        assert browser.sign_in(self.username, password, **more).status_code == 302
        return browser

    def sign_out(self) -> None:
        self.here.submit("/auth/logout")

    def sign_in_anew(self) -> None:
        self.here.submit("/auth/logout")
        assert self.here.sign_in(self.username, people.PASSWORD).status_code == 302

    def change_password(self) -> None:
        form = {"present": people.PASSWORD, "password": NEW, "again": NEW}
        assert self.elsewhere.submit("/auth/profile/password", form).status_code == 302

    def use_a_link(self) -> None:
        with self.app.app_context(), unit_of_work():
            token = links.new_link(self.person())
        guest: Browser = self.app.test_client()  # type: ignore[assignment]
        form = {"csrf_token": token_in(guest.get(f"/auth/invite/{token}").text), "password": NEW, "again": NEW}
        assert guest.post(f"/auth/invite/{token}", data=form).status_code == 302

    def use_a_reset(self) -> None:
        with self.app.app_context(), unit_of_work():
            token = links.new_reset(self.person())
        guest: Browser = self.app.test_client()  # type: ignore[assignment]
        form = {"csrf_token": token_in(guest.get(f"/auth/reset/{token}").text), "password": NEW, "again": NEW}
        assert guest.post(f"/auth/reset/{token}", data=form).status_code == 302

    def end_the_others(self) -> None:
        assert self.elsewhere.submit("/auth/sessions/end", {"all": "y"}).status_code == 302

    def be_sent_away(self) -> None:
        keeper: Browser = self.app.test_client()  # type: ignore[assignment]
        keeper.sign_in("admin", ADMIN_PASSWORD)
        with self.app.app_context():
            form = {"action": "deactivate", "rowid": self.person().id, "drafts": "leave"}
        assert keeper.submit("/admin/user/action/", form).status_code == 302

    def be_sent_away_and_called_back(self) -> None:
        for word in ("deactivate", "reactivate"):
            assert run(self.app, "accounts", word, self.username).exit_code == 0

    def lose_the_keys(self) -> None:
        assert run(self.app, "accounts", "take", self.username, "administrator").exit_code == 0

    def lose_the_keys_when_they_end(self) -> None:
        with self.app.app_context(), unit_of_work():
            role = factories.find_role("administrator")
            assert role is not None
            giving.end(self.person(), role, clock.now() - timedelta(minutes=1))
        assert run(self.app, "jobs", "run", "end-roles").exit_code == 0

    def person(self) -> User:
        return db.session.scalars(select(User).where(User.username == self.username)).one()


#: Every way a session comes to an end.
WAYS = (
    Hers.sign_out,
    Hers.sign_in_anew,
    Hers.change_password,
    Hers.use_a_link,
    Hers.use_a_reset,
    Hers.end_the_others,
    Hers.be_sent_away,
    Hers.be_sent_away_and_called_back,
    Hers.lose_the_keys,
    Hers.lose_the_keys_when_they_end,
)


@pytest.mark.parametrize("end", WAYS, ids=lambda end: end.__name__)
def test_a_stolen_cookie_opens_nothing_after_the_end(app: Flask, end: Callable[[Hers], None]) -> None:
    for is_lasting in (False, True):
        with app.app_context(), unit_of_work():
            username = factories.user(roles=["administrator"]).username
        hers = Hers(app, username, is_lasting=is_lasting)
        cookie, token = hers.here.get_cookie(COOKIE), hers.here.token()
        assert cookie is not None
        end(hers)
        for _attempt in range(2):  # what the first answer sets must not help the second
            thief: Browser = app.test_client()  # type: ignore[assignment]
            thief.set_cookie(COOKIE, cookie.value)
            for address in ("/auth/profile", "/admin/", "/admin/user/", "/admin/user/export/csv/", "/admin/jobs/"):
                answer = thief.get(address)
                assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/auth/login"), address
            assert '"username":null' in thief.get("/auth/session").text
            answer = thief.post("/admin/tag/new/", data={"csrf_token": token, "name": f"Stolen by {username}"})
            assert answer.status_code in (400, 401)
            answer = thief.post("/auth/profile/look", data={"csrf_token": token, "theme": "dark"})
            assert answer.status_code in (400, 401)
    with app.app_context():
        assert db.session.scalar(select(Tag.name)) is None


def test_a_cookie_from_before_another_key_opens_nothing(make_app: Callable[..., Flask]) -> None:
    before: Browser = make_app().test_client()  # type: ignore[assignment]
    before.sign_in("admin", ADMIN_PASSWORD, remember="y")
    cookie = before.get_cookie(COOKIE)
    assert cookie is not None and before.get("/auth/profile").status_code == 200
    changed = make_app(SECRET_KEY="another key, as long and as good as the first one")
    after: Browser = changed.test_client()  # type: ignore[assignment]
    after.set_cookie(COOKIE, cookie.value)
    assert after.get("/auth/profile").status_code == 302
