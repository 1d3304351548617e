"""The telephone of the tests: it reads the key of a page and shows the code of any moment."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from backoffice.accounts.models import User
from backoffice.foundation import clock
from backoffice.foundation.database import db
from tests.browser import Browser


class Authenticator:
    """One telephone."""

    def __init__(self, page: str) -> None:
        found = re.search(r"secret=([A-Z2-7]{32})", page)
        assert found, "no key for an authenticator on the page"
        self._otp = pyotp.TOTP(found.group(1))

    def code(self, *, steps: int = 0) -> str:
        """The code of now, or of some steps later or earlier."""
        return self._otp.at(clock.now() + timedelta(seconds=30 * steps))


def set_up(browser: Browser) -> tuple[Authenticator, list[str]]:
    """Set up a second factor in a browser that is signed in; the telephone, and the recovery codes."""
    telephone = Authenticator(browser.get("/auth/second-factor").text)
    page = browser.submit("/auth/second-factor", {"code": telephone.code()})
    assert page.status_code == 200, page.text[-1500:]
    codes = re.findall(r">([a-z2-9]{4}(?:-[a-z2-9]{4}){3})<", page.text)
    assert len(codes) == 10
    return telephone, codes


def set_clock(patch: pytest.MonkeyPatch, moment: datetime) -> None:
    """It is this moment now."""
    patch.setattr(clock, "now", lambda: moment)


def find(app: Flask, username: str) -> User:
    """The person as the database has her."""
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()
