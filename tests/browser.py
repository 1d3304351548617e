"""A browser for the tests: Flask's test client that finds the token of its session and posts like a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser(FlaskClient):
    """One person's browser. Never hold an application context while it makes a request: both would share `g`."""

    _token: str | None = None

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        """Ask for a page and read it to its end, as a browser does; a streamed answer closes what it reads from."""
        return super().open(*args, buffered=buffered, **kwargs)

    def token(self, *, fresh: bool = False) -> str:
        """The token that the pages of this session carry; `fresh` after the session was ended or begun anew."""
        if self._token is None or fresh:
            self._token = token_in(self.get("/auth/forgotten", follow_redirects=True).text)
        return self._token

    def submit(self, address: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Post a form as the pages do, with the token of the session."""
        return self.post(address, data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def sign_in(self, username: str, password: str, **more: Any) -> TestResponse:
        """Post the sign-in form; the answer says whether that worked."""
        token = token_in(self.get("/auth/login").text)
        answer = self.post(
            "/auth/login", data={"csrf_token": token, "username": username, "password": password, **more}
        )
        self._token = None
        return answer


def post_form(client: Browser, address: str, data: Mapping[str, Any] | None = None, **kwargs: Any) -> TestResponse:
    """Post a form with the token of the client's session; the same as `client.submit`."""
    return client.submit(address, data, **kwargs)


def token_in(page: str) -> str:
    """The token that the forms of a page carry. Raises AssertionError if there is none."""
    found = _TOKEN.search(page)
    assert found, f"no form with a token in: {page[:500]}"
    return found.group(1)


def fields_in(page: str, *, holding: str | None = None) -> dict[str, list[str]]:
    """What a browser would post from the forms of a page: names with their values; buttons are left out.

    With `holding` only the form that has a field of this name.
    """
    reader = _Forms()
    reader.feed(page)
    reader.close()
    forms = [form for form in reader.forms if holding is None or holding in form]
    assert forms, f"no form with a field {holding}"
    if holding is not None:
        return forms[0]
    joined: dict[str, list[str]] = {}
    for form in forms:
        joined.update(form)
    return joined


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[dict[str, list[str]]] = []
        self._area: str | None = None
        self._select: str | None = None
        self._first: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name")
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        if tag == "input" and name and has.get("type") not in ("submit", "button", "reset", "file"):
            if has.get("type") in ("checkbox", "radio"):
                if "checked" in has:
                    self._put(name, has.get("value") or "on")
            else:
                self._put(name, has.get("value") or "")
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select, self._first = name, None
        elif tag == "option" and self._select:
            if self._first is None:
                self._first = has.get("value") or ""
            if "selected" in has:
                self._put(self._select, has.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # A line feed at the very beginning belongs to the markup.
            self._put(self._area, self._text.removeprefix("\r\n").removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._select is not None:
            if self._select not in self.forms[-1] and self._first is not None:
                self._put(self._select, self._first)
            self._select = None

    def _put(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)
