"""A translator's browser at the workbench: she opens entries, sends their forms, and reads what comes back."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from backoffice.foundation.database import unit_of_work
from tests.browser import Browser, fields_in
from tests.people import PASSWORD
from tests.workbench.translating import person

BASE = "/admin/i18n/de/messages/"
AS_SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}


class Translator:
    """Somebody with these rights in the German catalogs, signed in."""

    def __init__(self, app: Flask, *cans: str, reach: str = "de", base: str = BASE) -> None:
        with app.app_context(), unit_of_work():
            who = person(*cans, reach=reach)
            self.id, self.name, username = who.id, who.title_text, who.username
        self.base = base
        made: Any = app.test_client()
        self.browser: Browser = made
        assert self.browser.sign_in(username, PASSWORD).status_code == 302

    def sees(self, path: str = "", **headers: str) -> TestResponse:
        """A page of the workbench."""
        return self.browser.get(self.base + path, headers=headers)

    def form(self, eid: str, query: str = "") -> dict[str, str]:
        """What the form of an entry sends as it is shown."""
        page = self.sees(eid + query)
        assert page.status_code == 200, page.status
        return {name: values[0] for name, values in fields_in(page.text, holding="base").items()}

    def sends(
        self, eid: str, *forms: str, action: str = "save", shown: Mapping[str, str] | None = None, script: bool = False,
        query: str = "", **more: str,
    ) -> TestResponse:  # fmt: skip
        """The form of an entry with these texts in its boxes; `shown` is the form as it was opened, else as it is."""
        given = {**(shown if shown is not None else self.form(eid, query)), "action": action, **more}
        given.update({f"msgstr-{index}": text for index, text in enumerate(forms)})
        headers = AS_SCRIPT if script else {}
        return self.browser.post(self.base + eid + query, data=given, headers=headers)

    def does(self, eid: str, what: str, *, script: bool = False, **given: str) -> TestResponse:
        """A small form beside an entry."""
        return self.browser.submit(f"{self.base}{eid}/{what}", given, headers=AS_SCRIPT if script else {})


def listed(page: TestResponse) -> list[str]:
    """The short names of the entries in the list."""
    return re.findall(r'<li data-id="([0-9a-f]{16})">', page.text)


def text_of(page: TestResponse | str) -> str:
    """A page without its markup, its white space as single spaces."""
    source = page if isinstance(page, str) else page.text
    source = re.sub(r"<(script|style)\b.*?</\1>", " ", source, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", source)).split())
