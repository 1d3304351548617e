"""The same rules about kinds hold for an upload, a new name and an edit."""

from __future__ import annotations

import io

import pytest

from backoffice.files.errors import FileTooLarge, KindRefused
from backoffice.files.kinds import KINDS
from backoffice.foundation.errors import DomainError
from tests.files.places import Place
from tests.files.samples import GENUINE, HTML, archive, office, open_document, picture, png_header

FORBIDDEN = [
    *("page.html", "page.HTM", "page.xhtml", "pic.svg", "pic.SVGZ", "code.js", "code.mjs", "page.php", "page.phtml"),
    *("run.exe", "run.sh", "run.py", "feed.xml", "page.mht", "lib.swf", "macro.docm", "old.doc", "conf.htaccess"),
    *(
        "pic.jpg.html",
        "pic.jpg.svg",
        "pic.png.js",
        "x.txt.exe",
        "x.jpg\u200d",
        "x.ſvg",
        "pic.jpg;.html",
        "pic.jpg%00.html",
    ),
    *("noending", "x.", "x.jpg~", "x.jpgx", "x.jp g", "x.ＪＰＧ", "Makefile"),
]

WRONG: dict[str, list[bytes]] = {
    "jpg": [HTML, b"", b"\xff\xd8\xff" + HTML, picture("PNG"), picture("GIF"), b"GIF89a" + HTML],
    "jpeg": [HTML, picture("WEBP")],
    "png": [HTML, picture("JPEG"), b"\x89PNG\r\n\x1a\n" + HTML, picture("PNG")[:40], picture("PNG")[:-20]],
    "gif": [HTML, picture("PNG"), b"GIF89a"],
    "webp": [HTML, picture("PNG"), b"RIFF\x10\x00\x00\x00WEBP" + HTML, b"RIFF\x10\x00\x00\x00WAVEfmt "],
    "pdf": [HTML, b"", b"\n%PDF-1.7", HTML + b"%PDF-1.7", picture("PNG")],
    "txt": [b"a\x00b", b"\xff\xfea\x00", "Grüße".encode("latin-1"), picture("PNG"), b"ok" * 40_000 + b"\xc3"],
    "md": [b"\x00", b"\xed\xa0\x80"],
    "csv": ["a;ü".encode("cp1252"), b"PK\x03\x04\x00"],
    "zip": [
        HTML,
        b"",
        b"PK\x03\x04",
        b"PK\x03\x04" + HTML,
        HTML + GENUINE["zip"],
        GENUINE["zip"] + HTML,
        b"PK\x05\x06",
    ],
    "docx": [
        HTML,
        GENUINE["zip"],
        GENUINE["xlsx"],
        GENUINE["odt"],
        office("word", "word/vbaProject.bin"),
        b"PK\x03\x04",
    ],
    "xlsx": [GENUINE["docx"], office("xl", "xl/VBAPROJECT.BIN"), archive(("xl/a", b""))],
    "pptx": [GENUINE["docx"], GENUINE["zip"]],
    "odt": [GENUINE["zip"], GENUINE["ods"], open_document("text/html"), archive(("a", b""), ("mimetype", b"x"))],
    "ods": [GENUINE["odt"]],
    "odp": [GENUINE["odt"], HTML],
    "mp3": [HTML, b"", b"ID3", b"\xff\xd8\xff\xe0", b"\xff\xfb\xff\xff", b"\xff\xfe<\x00h\x00"],
    "mp4": [HTML, b"", b"\x00\x00\x00\x20ftyphtml", b"ftypisom"],
}


def test_every_kind_has_genuine_and_wrong_samples() -> None:
    assert set(GENUINE) == set(WRONG) == set(KINDS)


@pytest.mark.parametrize("extension", KINDS)
def test_a_genuine_file_is_taken_and_kept_to_the_byte(place: Place, extension: str) -> None:
    entry = place.save(f"file.{extension}", GENUINE[extension])
    assert place.content(entry.path) == GENUINE[extension]
    assert (entry.kind, entry.content_type) == (KINDS[extension].family, KINDS[extension].content_type)
    assert place.storage.rename(entry.path, f"other.{extension.upper()}").kind == entry.kind


@pytest.mark.parametrize("extension", WRONG)
def test_a_file_of_other_content_is_refused_on_upload(place: Place, extension: str) -> None:
    for name in (f"file.{extension}", f"FILE.{extension.upper()}", f"page.html.{extension}"):
        for data in WRONG[extension]:
            with pytest.raises(KindRefused):
                place.save(name, data)
    assert place.tree() == {}


@pytest.mark.parametrize("extension", WRONG)
def test_a_file_of_other_content_is_refused_on_rename(place: Place, extension: str) -> None:
    """However it came there: the file lies in the folder under a name that is not looked at."""
    for data in WRONG[extension]:
        (place.root / "unknown.dat").write_bytes(data)
        before = place.tree()
        with pytest.raises(KindRefused):
            place.storage.rename("unknown.dat", f"file.{extension}")
        assert place.tree() == before


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_on_no_list_is_refused_on_upload_and_rename(place: Place, name: str) -> None:
    place.save("pic.jpg", picture("JPEG"))
    before = place.tree()
    for data in (HTML, picture("JPEG"), b"words"):
        with pytest.raises(DomainError) as caught:
            place.save(name, data)
        assert caught.value.status == 422
    with pytest.raises(DomainError) as caught:
        place.storage.rename("pic.jpg", name)
    assert caught.value.status == 422
    assert place.tree() == before


def test_an_uploaded_picture_cannot_become_a_page_by_way_of_a_text(place: Place) -> None:
    place.save("pic.txt", HTML)
    for name in ("pic.html", "pic.jpg", "pic.svg", "pic.pdf"):
        with pytest.raises(KindRefused):
            place.storage.rename("pic.txt", name)
    assert place.storage.rename("pic.txt", "pic.md").content_type == "text/markdown"


def test_an_edit_obeys_the_rules_of_an_upload(place: Place) -> None:
    place.save("a.txt")
    version = place.storage.read_text("a.txt").version
    for text in ("a\x00b", "\ud800"):
        with pytest.raises(KindRefused):
            place.storage.write_text("a.txt", text, version)
    assert place.content("a.txt") == b"words\n"


def test_web_pages_are_refused_with_advice(place: Place) -> None:
    with pytest.raises(KindRefused, match="Save it as PDF or plain text"):
        place.save("annex-4.html", HTML)


def test_what_else_lies_in_the_folder_is_shown_but_has_no_type(place: Place) -> None:
    for name in ("page.html", "pic.svg", "code.js", "data", "old.doc"):
        (place.root / name).write_bytes(HTML)
    assert {(entry.kind, entry.content_type) for entry in place.storage.list()} == {
        ("other", "application/octet-stream")
    }
    with pytest.raises(KindRefused):
        place.storage.rename("page.html", "page2.html")
    with pytest.raises(DomainError):
        place.storage.read_text("page.html")
    with pytest.raises(DomainError):
        place.storage.thumbnail("pic.svg", 100)


def test_a_polyglot_picture_stays_what_it_is_and_its_preview_loses_the_rest(place: Place) -> None:
    polyglot = picture("PNG") + HTML
    entry = place.save("pic.png", polyglot)
    assert entry.content_type == "image/png"
    assert b"script" not in place.storage.thumbnail("pic.png", 64)


def test_a_picture_of_too_many_pixels_is_refused_without_decoding_it(place: Place) -> None:
    bomb = png_header(20_000, 20_000)
    assert len(bomb) < 100_000
    with pytest.raises(FileTooLarge, match="more than 40 million pixels") as caught:
        place.save("bomb.png", bomb)
    assert caught.value.status == 413
    with pytest.raises(FileTooLarge):
        place.save("bomb.png", png_header(9_500, 9_500))
    assert place.tree() == {}


def test_a_table_of_contents_that_points_anywhere_is_refused(place: Place) -> None:
    good = GENUINE["docx"]
    end = good.rindex(b"PK\x05\x06")
    for place_of in (12, 16):
        broken = bytearray(good)
        broken[end + place_of : end + place_of + 4] = b"\xff\xff\xff\x7f"
        with pytest.raises(KindRefused):
            place.storage.save("", "a.docx", io.BytesIO(bytes(broken)))
