"""The files page: what each person reaches there, what its forms do, and what they say."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from backoffice.accounts.models import User
from backoffice.files.admin import MOST_SHOWN
from backoffice.foundation.database import unit_of_work
from tests import people
from tests.browser import Browser, fields_in
from tests.files.samples import GENUINE
from tests.files.shared import SCRIPT, Shared, act, upload

SignIn = Callable[[str | User], Browser]

TRICKS = [
    "../secret.txt",
    "../files-private/secret.txt",
    "../files-private",
    "press/../../secret.txt",
    "press/../../files-private/secret.txt",
    "%2e%2e/secret.txt",
    "..%2fsecret.txt",
    "..%252fsecret.txt",
    "..\\secret.txt",
    "..%5csecret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "press\x00.txt",
    "\x00",
    ".storage/lock",
    "link-out/secret.txt",
    "link-file",
    "link-in/a.txt",
    "ﾟ/../secret.txt",
    "x" * 5000,
    "a/" * 100 + "b",
]
ROOTS = ["", ".", "./", "/", "press/..", "press/../", "./press/..", "//"]


@pytest.fixture
def home(app: Flask) -> str:
    """The own folder of the author."""
    with app.app_context(), unit_of_work():
        return f"people/{people.person('aut').id}"


@pytest.fixture
def filled(shared: Shared, home: str) -> Shared:
    """Files of the author, of somebody whose number begins like hers, and of everybody; and links that lead out."""
    for path in (f"{home}/a.txt", f"{home}/drafts/b.txt", f"{home}7/a.txt", "press/a.txt"):
        shared.put(path)
    shared.put("press/a.png", GENUINE["png"])
    (shared.root / "link-out").symlink_to(shared.around / "files-private")
    (shared.root / "link-file").symlink_to(shared.around / "secret.txt")
    (shared.root / "link-in").symlink_to("press")
    return shared


def requests_for(folder: str, name: str = "a.txt") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One request for each endpoint of the view: method, address, form. They end in the removal of the file."""
    path = f"{folder}/{name}" if folder else name
    page = f"/admin/file/b/{quote(folder)}" if folder else "/admin/file/"
    yield "GET", page, {}
    yield "GET", f"/admin/file/download/{quote(path)}", {}
    yield "GET", f"/admin/file/rename/?path={quote(path)}", {}
    yield "GET", f"/admin/file/edit/?path={quote(path)}", {}
    yield "POST", "/admin/file/upload/", {"path": folder, "file": (io.BytesIO(b"x"), "new.txt")}
    yield "POST", "/admin/file/mkdir/", {"path": folder, "name": "new"}
    yield "POST", "/admin/file/edit/", {"path": path, "text": "typed", "version": "0" * 64}
    yield "POST", "/admin/file/rename/", {"path": path, "name": "z.txt"}
    yield "POST", "/admin/file/action/", {"path": folder, "action": "move", "rowid": path, "target": ""}
    yield "POST", "/admin/file/action/", {"path": folder, "action": "delete", "rowid": path}


def send(browser: Browser, method: str, address: str, form: dict[str, Any]) -> int:
    """Make the request as the pages do and return its status."""
    return browser.get(address).status_code if method == "GET" else browser.submit(address, form).status_code


# Who


@pytest.mark.parametrize("username", ["ana", "ed"])
def test_administrators_and_editors_reach_every_folder(
    filled: Shared, sign_in: SignIn, home: str, username: str
) -> None:
    browser = sign_in(username)
    for folder in ("press", home):
        found = [send(browser, *request) for request in requests_for(folder)]
        # The text had another version; the file was renamed before the last two.
        assert found == [200, 200, 200, 200, 302, 302, 409, 302, 404, 404]
        assert send(browser, "POST", "/admin/file/action/", {"action": "delete", "rowid": f"{folder}/z.txt"}) == 302
        assert not (filled.root / folder / "z.txt").exists()


def test_an_author_reaches_her_own_folder(filled: Shared, sign_in: SignIn, home: str) -> None:
    browser = sign_in("aut")
    assert browser.get("/admin/file/").headers["Location"] == f"/admin/file/b/{home}"
    found = [send(browser, *request) for request in requests_for(home)]
    assert found == [200, 200, 200, 200, 302, 302, 409, 302, 404, 404]
    assert (
        send(browser, "POST", "/admin/file/action/", {"action": "delete", "rowid": f"{home}/z.txt", "path": home})
        == 302
    )


def test_an_author_finds_nothing_anywhere_else(filled: Shared, sign_in: SignIn, home: str) -> None:
    browser, before = sign_in("aut"), filled.tree()
    for folder in ("press", f"{home}7", "people", f"{home}/../../press", f"{home}/drafts/../../../press"):
        for request in requests_for(folder):
            assert send(browser, *request) == 404, request
    for request in list(requests_for(""))[1:]:
        assert send(browser, *request) == 404, request
    assert browser.get("/admin/file/preview/press/a.png").status_code == 404
    assert filled.tree() == before
    assert filled.told() == []


@pytest.mark.parametrize("username", ["mo", "tra", "nobody"])
def test_who_has_no_files_reaches_none(filled: Shared, sign_in: SignIn, home: str, username: str) -> None:
    browser, before = sign_in(username), filled.tree()
    for folder in ("", "press", home):
        for request in requests_for(folder):
            assert send(browser, *request) == 403, request
    assert browser.get("/admin/file/preview/press/a.png").status_code == 403
    assert filled.tree() == before


def test_who_may_only_look_sees_no_button_and_changes_nothing(filled: Shared, sign_in: SignIn) -> None:
    browser, before = sign_in("rita"), filled.tree()
    found = [send(browser, *request) for request in requests_for("press")]
    assert found == [200, 200, 403, 403, 403, 403, 403, 403, 403, 403]
    page = browser.get("/admin/file/b/press").text
    assert "/admin/file/download/press/a.txt" in page
    assert not any(f'action="/admin/file/{form}/"' in page for form in ("upload", "mkdir", "action"))
    assert filled.tree() == before


def test_a_visitor_is_asked_to_sign_in(filled: Shared, client: Browser) -> None:
    before = filled.tree()
    for method, address, form in requests_for("press"):
        answer = client.get(address) if method == "GET" else client.submit(address, form)
        assert answer.status_code in (302, 401)
        assert "words" not in answer.text
    assert filled.tree() == before


def test_no_form_is_taken_without_its_token(filled: Shared, sign_in: SignIn) -> None:
    browser, before = sign_in("ana"), filled.tree()
    stranger = sign_in("ed").token()
    for method, address, form in requests_for("press"):
        if method == "POST":
            for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": stranger}):
                fresh = {"file": (io.BytesIO(b"x"), "new.txt")} if "file" in form else {}
                assert browser.post(address, data={**form, **fresh, **token}).status_code == 400, (address, token)
    assert filled.tree() == before
    assert filled.told() == []


# Paths


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_leads_anywhere(filled: Shared, sign_in: SignIn, trick: str) -> None:
    browser, before = sign_in("ana"), filled.tree()
    plain = trick.replace("\\", "%5c").replace("\x00", "%00")
    for place in ("b", "download", "preview"):
        # Doubled slashes are put right by a redirect first.
        assert browser.get(f"/admin/file/{place}/{plain}", follow_redirects=True).status_code == 404, place
    for place in ("rename", "edit"):
        assert browser.get(f"/admin/file/{place}/", query_string={"path": trick}).status_code == 404, place
    for address, form in (
        ("upload", {"path": trick, "file": (io.BytesIO(b"x"), "new.txt")}),
        ("mkdir", {"path": trick, "name": "new"}),
        ("rename", {"path": trick, "name": "new.txt"}),
        ("edit", {"path": trick, "text": "x", "version": "0" * 64}),
        ("action", {"action": "delete", "rowid": trick}),
        ("action", {"action": "move", "rowid": trick, "target": "press"}),
    ):
        assert browser.submit(f"/admin/file/{address}/", form).status_code == 404, (address, form)
    assert filled.tree() == before
    assert filled.told() == []


@pytest.mark.parametrize("folder", ["../files-private", "//evil.example", "\\evil.example", "press/../..", "\x00"])
def test_no_form_leads_the_person_elsewhere_afterwards(filled: Shared, sign_in: SignIn, folder: str) -> None:
    browser, before = sign_in("ana"), filled.tree()
    assert act(browser, "delete", "press/a.txt", folder=folder).status_code == 404
    assert filled.tree() == before


@pytest.mark.parametrize("target", [*TRICKS[:10], "link-out", "link-in", "nowhere", "press/a.txt"])
def test_nothing_moves_to_where_no_folder_is(filled: Shared, sign_in: SignIn, target: str) -> None:
    browser, before = sign_in("ana"), filled.tree()
    answer = act(browser, "move", "press/a.txt", folder="press", target=target)
    assert answer.headers["Location"] == "/admin/file/b/press"
    assert "There is no folder" in browser.get("/admin/file/b/press").text
    assert filled.tree() == before


@pytest.mark.parametrize("path", ROOTS)
def test_the_root_stays_where_it_is(filled: Shared, sign_in: SignIn, path: str) -> None:
    browser, before = sign_in("ana"), filled.tree()
    for address, form in (
        ("rename", {"path": path, "name": "moved"}),
        ("action", {"action": "delete", "rowid": [path, "press"]}),
        ("action", {"action": "move", "rowid": [path, "press"], "target": "people"}),
    ):
        assert browser.submit(f"/admin/file/{address}/", form).status_code == 404
    assert filled.tree() == before


def test_ones_own_folder_stays_where_it_is(filled: Shared, sign_in: SignIn, home: str) -> None:
    browser, before = sign_in("aut"), filled.tree()
    assert browser.get("/admin/file/rename/", query_string={"path": home}).status_code == 404
    for address, form in (
        ("rename", {"path": home, "name": "moved"}),
        ("action", {"path": home, "action": "delete", "rowid": home}),
        ("action", {"path": home, "action": "move", "rowid": home, "target": f"{home}/drafts"}),
    ):
        assert browser.submit(f"/admin/file/{address}/", form).status_code == 404
    assert filled.tree() == before


@pytest.mark.parametrize("path", ["", "press", "press/a.txt/x", "nothing.txt"])
def test_what_is_no_file_is_not_downloaded(filled: Shared, sign_in: SignIn, path: str) -> None:
    browser = sign_in("ana")
    for place in ("download", "preview"):
        assert browser.get(f"/admin/file/{place}/{path}").status_code == 404
    assert browser.get("/admin/file/edit/", query_string={"path": path}).status_code in (404, 409)
    assert browser.get("/admin/file/b/press/a.txt").status_code == 404


# Forms


def test_good_files_are_kept_and_the_bad_one_is_explained(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    sent = (("a.txt", b"words"), ("b.html", b"<script>"), ("c.png", GENUINE["png"]), ("d.png", b"no picture"))
    assert upload(browser, "", *sent).headers["Location"] == "/admin/file/"
    assert set(shared.tree()) == {"a.txt", "c.png"}
    page = browser.get("/admin/file/").text
    assert "2 files kept." in page
    assert "b.html: Web pages are not taken." in page
    assert "d.png: The content is not what the name says." in page
    assert shared.told() == [("file.upload", "a.txt"), ("file.upload", "c.png")]


def test_a_script_learns_the_same_as_json(shared: Shared, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_in("ed")
    monkeypatch.setattr("backoffice.files.shared.MOST_BYTES", 2000)
    answer = upload(browser, "", ("a.txt", b"words"), ("b.html", b"x"), headers=SCRIPT)
    assert (answer.status_code, answer.json["message"]) == (200, "1 file kept.")
    assert [line.split(":")[0] for line in answer.json["refused"]] == ["b.html"]
    for sent, status in ((("b.html", b"x"), 422), (("a.txt", b"x"), 409), (("big.txt", b"x" * 2001), 413)):
        answer = upload(browser, "", sent, headers=SCRIPT)
        assert (answer.status_code, answer.json["message"], len(answer.json["refused"])) == (status, "", 1)
    answer = browser.submit("/admin/file/mkdir/", {"path": "", "name": "x/y"}, headers=SCRIPT)
    assert (answer.status_code, answer.json["refused"]) == (422, ["A name holds no slashes."])
    answer = act(browser, "delete", "a.txt", "b.txt", headers=SCRIPT)
    assert (answer.status_code, answer.json["message"], len(answer.json["refused"])) == (200, "1 deleted.", 1)
    assert act(browser, "delete", "a.txt", headers=SCRIPT).status_code == 404
    answer = upload(browser, "nowhere", ("a.txt", b"x"), headers=SCRIPT)
    assert (answer.status_code, answer.is_json) == (404, True)


def test_a_rename_and_an_edit_answer_scripts_too(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    answer = browser.submit("/admin/file/rename/", {"path": "press/a.txt", "name": "a.html"}, headers=SCRIPT)
    assert (answer.status_code, answer.json["refused"][0][:9]) == (422, "Web pages")
    stale = {"path": "press/a.txt", "text": "new", "version": "0" * 64}
    assert browser.submit("/admin/file/edit/", stale, headers=SCRIPT).status_code == 409
    answer = browser.submit("/admin/file/rename/", {"path": "press/a.txt", "name": "b.txt"}, headers=SCRIPT)
    assert (answer.status_code, answer.json["message"]) == (200, "Renamed: b.txt.")


def test_an_upload_without_a_file_says_so(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    browser.submit("/admin/file/upload/", {"path": "", "file": (io.BytesIO(b""), "")})
    assert "Choose a file first." in browser.get("/admin/file/").text


def test_many_refusals_with_long_names_still_reach_the_person(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    answer = upload(browser, "", *((f"{number:02}{'日本語' * 60}.exe", b"x") for number in range(30)))
    assert max(len(value) for value in answer.headers.getlist("Set-Cookie")) < 4000
    page = browser.get("/admin/file/").text
    assert page.count("Files that end in .exe are not taken.") == 5
    assert "25 more were refused." in page


def test_a_folder_is_made_filled_renamed_and_removed(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    browser.submit("/admin/file/mkdir/", {"path": "", "name": "März"})
    upload(browser, "März", ("a.txt", b"words"))
    browser.submit("/admin/file/rename/", {"path": "März", "name": "April"})
    act(browser, "move", "April/a.txt", folder="April", target="/")
    act(browser, "delete", "April")
    assert set(shared.tree()) == {"a.txt"}
    actions = ["make_folder", "upload", "rename", "move", "delete"]
    assert [action for action, _path in shared.told()] == [f"file.{action}" for action in actions]


def test_an_author_names_a_folder_as_she_sees_it(filled: Shared, sign_in: SignIn, home: str) -> None:
    browser = sign_in("aut")
    act(browser, "move", f"{home}/a.txt", folder=home, target="drafts")
    assert (filled.root / home / "drafts" / "a.txt").exists()
    act(browser, "move", f"{home}/drafts/a.txt", folder=home, target="")
    assert (filled.root / home / "a.txt").exists()


def test_an_unknown_button_and_nothing_ticked_change_nothing(filled: Shared, sign_in: SignIn) -> None:
    browser, before = sign_in("ed"), filled.tree()
    for action in ("", "purge", "copy"):
        assert act(browser, action, "press/a.txt").status_code == 400
    act(browser, "delete")
    assert "Tick at least one line first." in browser.get("/admin/file/").text
    act(browser, "delete", *(f"press/{number}.txt" for number in range(MOST_SHOWN + 1)))
    assert f"At most {MOST_SHOWN} at once." in browser.get("/admin/file/").text.replace(",", "")
    assert filled.tree() == before


def test_a_refused_name_is_shown_again(filled: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    filled.put("press/b.txt")
    for name, status in (
        ("a.html", 422),
        ("x/y.txt", 422),
        ("a.pdf", 422),
        ("b.txt", 409),
        ("", 422),
        (".a.txt", 422),
        ("CON.txt", 422),
    ):
        answer = browser.submit("/admin/file/rename/", {"path": "press/a.txt", "name": name})
        assert answer.status_code == status, name
        assert fields_in(answer.text, holding="name")["name"] == [name]


# Limits


def test_a_quota_is_said_in_words_and_leaves_no_partial_file(
    shared: Shared, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in("ed")
    monkeypatch.setattr("backoffice.files.shared.QUOTA_BYTES", 1000)
    answer = upload(browser, "", ("a.txt", b"x" * 600), ("b.txt", b"x" * 600), headers=SCRIPT)
    assert (answer.status_code, len(answer.json["refused"])) == (200, 1)
    assert "no room left" in answer.json["refused"][0]
    assert upload(browser, "", ("b.txt", b"x" * 600), headers=SCRIPT).status_code == 507
    assert set(shared.tree()) == {"a.txt"}


def test_a_thousand_parts_are_too_many(shared: Shared, sign_in: SignIn) -> None:
    browser = sign_in("ed")
    data = {"path": "", "file": (io.BytesIO(b"x"), "a.txt"), "more": [str(number) for number in range(1001)]}
    answer = browser.submit("/admin/file/upload/", data)
    assert answer.status_code == 413
    assert shared.tree() == {}
