"""Taking a catalog home and bringing it back, with a report by row before anything is written."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backoffice.catalogs import po
from backoffice.catalogs.history import Revision, Through
from backoffice.catalogs.places import catalog_path
from backoffice.foundation.database import db, unit_of_work
from backoffice.languages.patches import BASE_HEADER, digest_of
from backoffice.workbench.models import Draft
from tests.workbench.browsing import Translator, text_of
from tests.workbench.translating import HELLO, LINES, OPEN, SAVED

BASE = "/admin/i18n/de/messages/"


def uploads(who: Translator, content: bytes) -> TestResponse:
    given = {"csrf_token": who.browser.token(), "file": (io.BytesIO(content), "de.po")}
    return who.browser.post(f"{BASE}upload", data=given, content_type="multipart/form-data")


def report(who: Translator, content: bytes) -> tuple[str, TestResponse]:
    address = uploads(who, content).location
    assert address
    return address, who.browser.get(address)


def brings_in(who: Translator, address: str, page: TestResponse, *eids: str) -> TestResponse:
    stamp = re.search(r'name="stamp" value="(\w+)"', page.text)
    assert stamp
    return who.browser.submit(address, {"stamp": stamp[1], "row": list(eids)})


def file_in(folder: Path) -> po.PoFile:
    return po.parse(catalog_path(folder, "de", "messages").read_bytes())


def kinds(page: TestResponse) -> dict[str, list[str]]:
    """The rows of a report by kind."""
    parts = re.split(r'aria-labelledby="k-(\w+)"', page.text)
    return {kind: re.findall(r'<tr data-id="(\w+)"', text) for kind, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_a_catalog_taken_home_is_the_file_with_one_more_line(translator: Translator, folder: Path) -> None:
    answer = translator.browser.get(f"{BASE}download.po")
    held = catalog_path(folder, "de", "messages").read_bytes()
    line = f'"{BASE_HEADER}: {digest_of(held)}\\n"\n'.encode()
    assert line in answer.data
    assert answer.data.replace(line, b"") == held
    assert answer.headers["Content-Disposition"] == "attachment; filename=de.messages.po"


def test_a_compiled_catalog_has_what_is_served(translator: Translator) -> None:
    catalog = read_mo(io.BytesIO(translator.browser.get(f"{BASE}download.mo").data))
    assert catalog["Saved a copy."].string == "Kopie gespeichert."
    assert "Close the gate." not in catalog


def test_only_what_was_changed_at_home_counts(house: Flask, translator: Translator, folder: Path) -> None:
    taken = translator.browser.get(f"{BASE}download.po").data
    # Meanwhile somebody saves two of them here.
    here = Translator(house, "translate")
    here.sends(HELLO, "Servus %(name)s.")
    here.sends(SAVED, "Abschrift gesichert.")
    taken = taken.replace(b"Kopie gespeichert.", b"Duplikat gespeichert.").replace(b"feine Zeilen", b"gute Zeilen")
    address, page = report(translator, taken)
    found = kinds(page)
    assert found["conflicting"] == [SAVED]
    assert found["changed"] == [LINES]
    assert HELLO not in sum(found.values(), [])
    brings_in(translator, address, page, LINES)
    assert file_in(folder).by_eid[LINES].forms[1] == "%(num)s gute Zeilen"
    assert file_in(folder).by_eid[SAVED].forms == ("Abschrift gesichert.",)
    assert file_in(folder).by_eid[HELLO].forms == ("Servus %(name)s.",)


def test_a_row_with_an_error_is_kept_to_be_checked(translator: Translator, folder: Path) -> None:
    taken = translator.browser.get(f"{BASE}download.po").data.replace(b"Hallo %(name)s", b"Hallo %(nom)s")
    address, page = report(translator, taken)
    assert kinds(page)["failing"] == [HELLO]
    brings_in(translator, address, page, HELLO)
    assert file_in(folder).by_eid[HELLO].is_fuzzy


def test_without_its_version_every_difference_is_a_conflict(translator: Translator, folder: Path) -> None:
    content = catalog_path(folder, "de", "messages").read_bytes().replace(b"Kopie gespeichert", b"Duplikat da")
    _address, page = report(translator, content)
    assert kinds(page)["conflicting"] == [SAVED]
    assert f'value="{SAVED}" id="r-{SAVED}">' in page.text


def test_what_is_brought_in_is_in_the_history_as_an_upload(house: Flask, translator: Translator, folder: Path) -> None:
    taken = translator.browser.get(f"{BASE}download.po").data.replace(b"Kopie gespeichert", b"Duplikat da")
    address, page = report(translator, taken)
    answer = brings_in(translator, address, page, SAVED)
    assert "1 string saved." in text_of(translator.browser.get(answer.location))
    with house.app_context():
        made = db.session.scalars(select(Revision)).one()
        assert (made.eid, made.through, made.by_id) == (SAVED, Through.UPLOAD, translator.id)


def test_nothing_is_written_when_the_catalog_changed_after_the_report(
    house: Flask, translator: Translator, folder: Path
) -> None:
    taken = translator.browser.get(f"{BASE}download.po").data.replace(b"Kopie gespeichert", b"Duplikat da")
    address, page = report(translator, taken)
    Translator(house, "translate").sends(HELLO, "Servus %(name)s.")
    held = catalog_path(folder, "de", "messages").read_bytes()
    assert brings_in(translator, address, page, SAVED).status_code == 409
    assert catalog_path(folder, "de", "messages").read_bytes() == held


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file."),
        (b'msgid "a\nmsgstr ""\n', "Line 1"),
        (b'msgid "a"\nmsgstr "b"\n<<<<<<< ours\n', "Line 3"),
        (b'msgid "\xff"\nmsgstr ""\n', "UTF-8"),
        (b'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', "Line 4"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(translator: Translator, content: bytes, said: str) -> None:
    answer = uploads(translator, content)
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_script_in_an_uploaded_file_stays_text(translator: Translator) -> None:
    taken = translator.browser.get(f"{BASE}download.po").data.replace(
        b"Kopie gespeichert", b"<script>alert(1)</script>"
    )
    _address, page = report(translator, taken)
    assert "<script>alert" not in page.text
    assert kinds(page)["failing"] == [SAVED]


def test_what_is_new_in_the_file_and_unknown_here_is_named_and_not_taken(translator: Translator, folder: Path) -> None:
    taken = translator.browser.get(f"{BASE}download.po").data + b'\nmsgid "Nobody asked."\nmsgstr "Niemand."\n'
    address, page = report(translator, taken)
    unknown = kinds(page)["unknown"]
    assert len(unknown) == 1
    brings_in(translator, address, page, *unknown)
    assert file_in(folder).get("Nobody asked.") is None


def test_nobody_uploads_into_a_language_beyond_reach(house: Flask, folder: Path) -> None:
    french = Translator(house, "translate", reach="fr", base="/admin/i18n/")
    assert french.browser.get(f"{BASE}upload").status_code == 403
    assert uploads(french, b'msgid "a"\nmsgstr "b"\n').status_code == 403
    assert french.browser.get(f"{BASE}download.po").status_code == 403
    assert french.browser.get(f"{BASE}bulk").status_code == 403


def test_drafts_go_out_as_a_patch_that_git_takes(house: Flask, translator: Translator, tmp_path: Path) -> None:
    with house.app_context(), unit_of_work():
        draft = {"locale": "de", "domain": "messages", "user_id": translator.id, "base": ""}
        db.session.add(Draft(**draft, eid=SAVED, msgid="Saved a copy.", forms=["Abschrift gesichert."]))
        db.session.add(Draft(**draft, eid=OPEN, msgid="Open the gate.", context="harbour", forms=["Tor auf!"]))
    told = translator.browser.get(f"{BASE}download.patch")
    assert told.status_code == 200
    assert applied(house, told.data, tmp_path).by_eid[SAVED].forms == ("Abschrift gesichert.",)
    with_drafts = po.parse(translator.browser.get(f"{BASE}download.po?drafts=1").data)
    assert with_drafts.by_eid[OPEN].forms == ("Tor auf!",)


def test_drafts_of_others_are_for_reviewers(house: Flask, translator: Translator) -> None:
    with house.app_context(), unit_of_work():
        her = {"locale": "de", "domain": "messages", "user_id": translator.id, "base": ""}
        db.session.add(Draft(**her, eid=SAVED, msgid="Saved a copy.", forms=["Abschrift gesichert."]))
    colleague, reviewer = Translator(house, "translate"), Translator(house, "translate", "review")
    assert b"Abschrift" not in colleague.browser.get(f"{BASE}download.po?drafts=1").data
    assert b"Abschrift" in reviewer.browser.get(f"{BASE}download.po?drafts=1").data


def test_what_was_changed_since_a_day_goes_out_as_a_patch_for_the_version_before(
    house: Flask, translator: Translator, folder: Path, tmp_path: Path
) -> None:
    before = catalog_path(folder, "de", "messages").read_bytes()
    here = Translator(house, "translate")
    here.sends(SAVED, "Abschrift gesichert.")
    here.sends(SAVED, "Abschrift liegt bereit.")
    here.sends(OPEN, "Tor auf!")
    after = catalog_path(folder, "de", "messages").read_bytes()
    told = translator.browser.get(f"{BASE}download.patch?since=2020-01-01").data
    for nonsense in ("0001-01-01", "9999-12-31", "never"):
        assert translator.browser.get(f"{BASE}download.patch?since={nonsense}").status_code in (200, 302)
    assert digest_of(before).encode() in told.split(b"\n", 1)[0]
    assert applied(house, told, tmp_path, before).content == after


def test_an_empty_patch_is_said_and_not_sent(translator: Translator) -> None:
    answer = translator.browser.get(f"{BASE}download.patch")
    assert answer.location == "/admin/i18n/de/"
    assert "nothing to put into a patch" in text_of(translator.browser.get(answer.location))


@pytest.mark.parametrize("path", ["download.exe", "download.", "../../etc/download.po", "download.po/x"])
def test_no_other_kind_of_file_is_given_out(translator: Translator, path: str) -> None:
    assert translator.browser.get(BASE + path).status_code == 404


def applied(app: Flask, told: bytes, tmp_path: Path, before: bytes | None = None) -> po.PoFile:
    """The catalog after `git apply` in a repository that has the version before."""
    repository = tmp_path / "repository"
    file = repository / "translations" / "de" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    held = before or catalog_path(app.config["TRANSLATIONS"], "de", "messages").read_bytes()
    file.write_bytes(held)
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    command = ["git", "-C", str(repository), "apply", "-"]
    subprocess.run(command, input=told, check=True)
    return po.parse(file.read_bytes())
