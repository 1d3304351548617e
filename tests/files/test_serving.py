"""What comes out: downloads in which nothing can run, previews made anew, and names of every language."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from urllib.parse import quote, unquote

import html5lib
import pytest
from PIL import Image, PngImagePlugin

from backoffice.accounts.models import User
from backoffice.files.kinds import KINDS
from tests.browser import Browser, fields_in
from tests.files.samples import GENUINE, HTML, picture, png_header
from tests.files.shared import SCRIPT, Shared, act, upload

SignIn = Callable[[str | User], Browser]

#: Lies in the folder without ever having been let in: an older program, an operator, a backup.
STRANGE = {
    "page.html": HTML,
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "feed.xml": b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></x>',
    "code.js": b"alert(1)",
    "shell.php": b"<?php",
    "name": HTML,
    "page.HTML ": HTML,
    "page.html.": HTML,
}
#: What breaks out of elements, attributes, scripts and addresses.
MARKUP = [
    "x'+alert(1)+'",
    "x');alert(1);('",
    "&quot;onmouseover=alert(1)&quot;",
    "{{ 7*7 }}{% raw %}",
    "%(name)s %s %",
    "javascript:alert(1)",
    "#fragment&amp;q=1",
    "q?x=1&y=2",
    '"><img src=x onerror=alert(1)>',
    "<script>alert(1)<",
    "' onfocus=alert(1) autofocus='",
]
NAMES = [
    "日本.txt",
    "Ünïcödé – ½.txt",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿.txt",
    "ملف.txt",
    "می‌خواهم.txt",
    "two  spaces.txt",
    "semi;colon,comma=equals.txt",
    "percent%2e%2e%2f.txt",
    "plus+and&.txt",
    "a#b.txt",
    "$(id)`id`.txt",
    "日" * 83 + "ab.txt",
    "n" * 251 + ".txt",
]


def elements(page: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of the page with its attributes, as a browser would build it."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [(str(each.tag), {str(key): value for key, value in each.attrib.items()}) for each in tree.iter()]


def runs_a_script(page: str) -> list[tuple[str, dict[str, str]]]:
    """Elements that would run something that is not ours."""
    return [
        (tag, attributes)
        for tag, attributes in elements(page)
        if any(name.startswith("on") for name in attributes)
        or any(attributes.get(name, "").strip().startswith("javascript:") for name in ("href", "src", "action"))
        or (tag == "script" and "nonce" not in attributes)
        or (tag == "img" and not attributes.get("src", "").startswith("/admin/file/preview/"))
    ]


def served(browser: Browser, path: str, place: str = "download") -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a file."""
    answer = browser.get(f"/admin/file/{place}/{quote(path)}")
    return answer.status_code, answer.data, dict(answer.headers)


def assert_harmless(headers: dict[str, str]) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "public" not in headers["Cache-Control"]


# Downloads


@pytest.mark.parametrize("extension", KINDS)
def test_a_download_is_an_attachment_of_a_fixed_type(shared: Shared, sign_in: SignIn, extension: str) -> None:
    browser = sign_in("ed")
    upload(browser, "", (f"Pier {extension}.{extension.upper()}", GENUINE[extension]))
    status, body, headers = served(browser, f"Pier {extension}.{extension.upper()}")
    assert (status, body) == (200, GENUINE[extension])
    assert headers["Content-Type"].split(";")[0] == KINDS[extension].content_type
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert_harmless(headers)


@pytest.mark.parametrize("name", STRANGE)
def test_what_was_never_let_in_is_served_as_bytes(shared: Shared, sign_in: SignIn, name: str) -> None:
    browser = sign_in("ed")
    status, body, headers = served(browser, shared.put(name, STRANGE[name]))
    assert (status, body) == (200, STRANGE[name])
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert_harmless(headers)
    assert served(browser, name, "preview")[0] == 409


def test_a_picture_with_a_page_behind_it_stays_a_picture(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", HTML.decode())
    upload(browser, "", ("a.png", picture("PNG", pnginfo=note) + HTML))
    status, body, headers = served(browser, "a.png")
    assert (status, HTML in body) == (200, True)
    assert (headers["Content-Type"], headers["Content-Disposition"]) == ("image/png", "attachment; filename=a.png")
    assert_harmless(headers)
    status, body, headers = served(browser, "a.png", "preview")
    assert (status, headers["Content-Type"]) == (200, "image/webp")
    assert b"script" not in body
    assert Image.open(io.BytesIO(body)).format == "WEBP"
    assert_harmless(headers)


def test_a_part_of_a_download_is_as_harmless_as_the_whole(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    shared.put("page.html", b"x" * 10 + HTML)
    answer = browser.get("/admin/file/download/page.html", headers={"Range": "bytes=10-"})
    assert answer.status_code in (200, 206)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert_harmless(dict(answer.headers))


def test_previews_are_for_pictures_only(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    shared.put("a.txt")
    shared.put("broken.png", b"\x89PNG\r\n\x1a\nno")
    shared.put("bomb.png", png_header(30_000, 30_000))
    for name in ("a.txt", "broken.png", "bomb.png"):
        assert served(browser, name, "preview")[0] == 409
    assert upload(browser, "", ("bomb2.png", png_header(30_000, 30_000)), headers=SCRIPT).status_code == 413


def test_a_picture_replaced_by_another_shows_the_other(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    shared.put("a.png", GENUINE["png"])
    addresses = []
    for moment in (1_700_000_000, 1_700_000_060):
        os.utime(shared.root / "a.png", (moment, moment))
        addresses += [each["src"] for tag, each in elements(browser.get("/admin/file/").text) if tag == "img"]
    assert len(set(addresses)) == 2


# Names


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_language_is_kept_listed_and_served(shared: Shared, sign_in: SignIn, name: str) -> None:
    browser = sign_in("ed")
    assert upload(browser, "", (name, b"words"), headers=SCRIPT).json["refused"] == []
    page = browser.get("/admin/file/").text
    links = {each.get("href", "") for tag, each in elements(page) if tag == "a"}
    assert [unquote(link) for link in links if "/download/" in link] == [f"/admin/file/download/{name}"]
    (link,) = (link for link in links if "/download/" in link)
    answer = browser.get(link)
    assert answer.data == b"words"
    disposition = answer.headers["Content-Disposition"]
    assert name in (disposition, unquote(disposition.split("''")[-1]), disposition.split("filename=")[-1].strip('"'))
    for form in ("rename", "edit"):
        (link,) = (link for link in links if f"/{form}/" in link)
        assert fields_in(browser.get(link).text, holding="path")["path"] == [name]
    assert act(browser, "delete", name, headers=SCRIPT).json["message"] == "1 deleted."


def test_a_name_too_long_is_shortened_and_keeps_its_extension(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    upload(browser, "", ("n" * 400 + ".txt", b"x"), (" ..CON.txt.. ", b"x"))
    assert set(shared.tree()) == {"n" * 251 + ".txt", "_CON.txt"}


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_names_runs_on_no_page(shared: Shared, sign_in: SignIn, text: str) -> None:
    browser = sign_in("ed")
    shared.put(f"{text.replace('/', '-')}.txt")
    shared.put(f"{text.replace('/', '-')}/inner.png", GENUINE["png"])
    folder, name = text.replace("/", "-"), f"{text.replace('/', '-')}.txt"
    asked = [
        browser.get("/admin/file/"),
        browser.get(f"/admin/file/b/{quote(folder)}"),
        browser.get("/admin/file/rename/", query_string={"path": name}),
        browser.get("/admin/file/edit/", query_string={"path": name}),
        browser.submit("/admin/file/rename/", {"path": name, "name": f"{text}.html"}),
        browser.submit("/admin/file/edit/", {"path": name, "text": text, "version": "0"}),
    ]
    for address, form in (
        ("mkdir", {"path": "", "name": text}),
        ("mkdir", {"path": "", "name": folder}),
        ("rename", {"path": name, "name": f"2{text}.txt"}),
        ("action", {"path": "", "action": "move", "rowid": name, "target": text}),
        ("action", {"path": "", "action": "delete", "rowid": [folder, f"{folder}/nothing"]}),
    ):
        browser.submit(f"/admin/file/{address}/", form)
        asked.append(browser.get("/admin/file/"))
    upload(browser, "", (f"{text}.html", b"x"), (f"{text}.txt", b"\x00"))
    asked += [browser.get("/admin/file/"), browser.get("/admin/audit/")]
    assert all(answer.status_code in (200, 403, 404, 409, 422) for answer in asked)
    assert [found for answer in asked for found in runs_a_script(answer.text)] == []


def test_markup_in_names_does_not_run_in_the_trail(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ana")
    for text in ("x'+alert(1)+'", "&quot;onload=alert(1)"):
        browser.submit("/admin/file/mkdir/", {"path": "", "name": text})
    page = browser.get("/admin/audit/").text
    assert "x&#39;+alert(1)+&#39;" in page
    assert runs_a_script(page) == []


def test_a_folder_with_more_than_a_page_says_so(shared: Shared, sign_in: SignIn) -> None:
    for number in range(1003):
        shared.put(f"{number:04}.txt", b"")
    page = sign_in("ed").get("/admin/file/").text
    assert page.count('class="bo-file"') == 1000
    assert "3 more are not shown." in page
