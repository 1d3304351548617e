"""A translator, or whoever may write files, means harm: no page breaks and none runs what a catalog says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import BytesIO
from itertools import cycle
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po
from flask import Flask, render_template

from backoffice.catalogs import checks, extraction, layers, reading
from backoffice.catalogs.places import OURS, REFERENCES, ROOT, catalog_path
from backoffice.foundation.i18n import speaking
from tests.browser import Browser
from tests.catalogs.test_pseudo import walked
from tests.house.test_crawl import content

SignIn = Callable[[str], Browser]
#: Bends a text, an attribute in either kind of quotation mark, a script, a comment, a link and a number of the page.
PAYLOAD = "'\"--></title></textarea></script><x-hostile onclick='x'><script>hostile()</script><a href=\"javascript:x\">"
BROKEN = ["100% %", "%(nope)s", "%", "{", "{x.__class__}", "%(nope)", "\u202e\u2066", "\x08\x1b[31m", "A" * 3000]
HOSTILE = [PAYLOAD, *(f"{each} {PAYLOAD}" for each in BROKEN)]


class Guard(HTMLParser):
    """Collects what no page of ours has: elements, handlers and links that came out of a catalog."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.in_script = self.in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Data for scripts is read as JSON, where a text cannot be anything else.
        self.in_script = tag == "script" and ("type", "application/json") not in attrs
        self.in_style = tag == "style"
        wrong = [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")[:40].lower()]
        # A read attribute may say anything; one that a browser acts on may not.
        wrong = [name for name in wrong if name.startswith("on") or name in ("href", "src", "action", "formaction")]
        wrong += [name for name, _value in attrs if "<" in name or "'" in name or "hostile" in name]
        if tag == "x-hostile" or wrong:
            self.found.append(f"<{tag} {wrong}>")

    def handle_data(self, data: str) -> None:
        if self.in_script and "hostile" in data:
            self.found.append("a script")
        # In a style a text stands between quotation marks, where nothing may end them or the style.
        if self.in_style and any(
            sign in text for text in re.findall(r'content:"(.*?hostile.*?)"', data) for sign in "<'>"
        ):
            self.found.append("a style")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = self.in_style = False


def harm_in(page: str) -> list[str]:
    guard = Guard()
    guard.feed(page)
    return guard.found


def hostile(domain: str) -> Catalog:
    """A catalog in which every text of a domain means harm."""
    template = extraction.collect() if domain == OURS else reading.read_po(REFERENCES[domain])[0]
    made, harm = Catalog("de"), cycle(HOSTILE)
    for message in reading.entries(template):
        forms = next(harm) if isinstance(message.id, str) else (next(harm), next(harm))
        made.add(message.id, forms, context=message.context)
    return made


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hostile catalogs of every domain, as .po."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    for domain in (OURS, *REFERENCES):
        path = catalog_path(folder, "de", domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        written = BytesIO()
        write_po(written, hostile(domain))
        path.write_bytes(written.getvalue())
    return folder


@pytest.fixture
def app(make_app: Callable[..., Flask], catalogs: Path) -> Flask:
    """An application that speaks from them."""
    return make_app(TRANSLATIONS=catalogs)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No check holds anything back: what pages do with a text is all that is between it and the reader."""
    # What was let through here is remembered nowhere else.
    monkeypatch.setattr(layers, "_SOUND", set())
    for name in ("faults", "errors"):
        monkeypatch.setattr(checks, name, lambda *args, **kwargs: [])
    yield


def test_the_guard_sees_harm() -> None:
    assert harm_in(f"<p>{PAYLOAD}</p>") and harm_in(f"<a title='{PAYLOAD}'>") and harm_in(f'<a title="{PAYLOAD}">')
    assert harm_in('<p onclick="x">') and harm_in("<script>var x = 'hostile'</script>")
    assert not harm_in("<p title='&lt;x-hostile&gt; &#34;'>&lt;x-hostile&gt; javascript:x</p>")


def test_texts_that_mean_harm_are_left_out_and_english_is_said(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in("admin")
    browser.get("/babel/de")
    for address in ("/admin/", "/auth/profile", "/admin/post/new/", "/admin/comment/"):
        page = browser.get(address)
        assert page.status_code == 200
        assert 'lang="de"' in page.text and "hostile" not in page.text, address
    assert b"hostile" not in browser.get("/babel/de/words.js").data


def test_even_unchecked_no_page_breaks_or_runs_them(app: Flask, sign_in: SignIn, unchecked: None) -> None:
    content(app)
    browser = sign_in("admin")
    browser.get("/babel/de")
    reached, wrong, pages = 0, [], 0
    for address, page in walked(app, browser):
        pages += 1
        reached += "&lt;x-hostile" in page
        wrong += [f"{address}: {each}" for each in harm_in(page)]
    assert pages > 120 and reached > 100
    assert not wrong, "\n".join(wrong)


def test_even_unchecked_nothing_that_is_sent_breaks_or_runs_them(app: Flask, sign_in: SignIn, unchecked: None) -> None:
    content(app)
    browser = sign_in("admin")
    browser.get("/babel/de")
    for address in ("/admin/post/new/", "/admin/tag/new/", "/admin/user/new/", "/admin/reminder/new/", "/auth/login"):
        answer = browser.submit(address)
        assert answer.status_code in (200, 302, 400, 422), address
        assert not harm_in(answer.text), address
    for address in ("/nowhere", "/admin/nowhere/", "/admin/post/edit/?id=0"):
        assert not harm_in(browser.get(address).text)
    for address in ("/admin/post/new/", "/auth/logout"):
        assert not harm_in(browser.post(address).text)


def test_even_unchecked_the_words_of_scripts_stay_strings(app: Flask, client: Browser, unchecked: None) -> None:
    words = client.get("/babel/de/words.js")
    assert words.status_code == 200
    assert words.mimetype == "text/javascript"
    script = words.get_data(as_text=True)
    assert script.startswith("_speak({") and script.rstrip().endswith("});") and "\n" not in script.rstrip()
    assert script.isascii()


@pytest.mark.parametrize("letter", ["_letter"])
def test_even_unchecked_the_frame_of_mails_escapes_them(app: Flask, unchecked: None, letter: str) -> None:
    with app.test_request_context(), speaking("de"):
        assert not harm_in(render_template(f"mail/{letter}.html", locale="de", direction="ltr"))


def test_english_is_always_a_way_back(app: Flask, sign_in: SignIn, unchecked: None) -> None:
    browser = sign_in("admin")
    browser.get("/babel/de")
    page = browser.get("/admin/?lang=en").text
    assert "hostile" not in page and '<html lang="en"' in page


def test_a_compiled_file_of_anything_is_no_way_in(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    path = catalog_path(tmp_path, "de", OURS).with_suffix(".mo")
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, hostile(OURS))
    visitor = make_app(TRANSLATIONS=tmp_path).test_client()
    page = visitor.get("/auth/login?lang=de")
    assert page.status_code == 200
    assert "hostile" not in page.text


def test_no_template_of_ours_prints_a_translation_as_markup() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "_(" in line and "|safe" in line.replace(" ", "")
    ]
    assert wrong == []
