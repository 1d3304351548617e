"""What a file or folder may be called."""

from __future__ import annotations

import unicodedata

import pytest

from backoffice.files.errors import KindRefused, NameRefused
from backoffice.files.names import chosen_name, extension_of, uploaded_name
from backoffice.foundation.errors import DomainError
from tests.files.places import Place

GOOD = [
    "日本.txt",
    "🚢.txt",
    "👩‍👩‍👧 family.txt",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿.txt",
    "العربية.txt",
    "می‌خواهم.txt",
    "Übermäßig großes Ölgemälde.txt",
    "with blanks inside.txt",
    "o'clock.txt",
    "100% (final) [2] {x} #1 & more; yes, really!.txt",
    "-rf.txt",
    "--help.txt",
    "~$draft.txt",
    "console.txt",
    "com.txt",
    "com10.txt",
    "auxiliary.txt",
    "a.b.c.txt",
    "x" * 251 + ".txt",
]

INVISIBLE = [
    "\x00",
    "\n",
    "\r",
    "\t",
    "\x1b",
    "\x7f",
    "\x85",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u200b",
    "\ufeff",
    "\u2028",
]

BAD_EVERYWHERE = [
    "",
    " ",
    ".",
    "..",
    "...",
    "a/b.txt",
    "../x.txt",
    "../../x.txt",
    "/etc/x.txt",
    "a\\b.txt",
    "C:\\x.txt",
    'a"b.txt',
    "a<b>.txt",
    "a|b.txt",
    "a?.txt",
    "a*.txt",
    "x.txt:stream.txt",
    "\ud800.txt",
    "a\ufffe.txt",
    *(f"pic{character}gpj.txt" for character in INVISIBLE),
]

BAD_WHEN_TYPED = [
    ".txt",
    ".hidden.txt",
    "..a.txt",
    "a.txt.",
    "a.txt. .",
    "CON",
    "con.txt",
    "Con .txt",
    "nul.tar.txt",
    "LPT1.txt",
    "com¹.txt",
    "CONIN$.txt",
    "x" * 252 + ".txt",
    "日" * 84 + ".txt",
]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name_stays_as_it_is_in_upload_rename_and_folder(place: Place, name: str) -> None:
    assert place.save(name).name == name
    assert place.names() == [name]
    assert place.content(name) == b"words\n"
    assert place.storage.rename(name, "other.txt").name == "other.txt"
    assert place.storage.rename("other.txt", name).path == name
    assert place.storage.make_folder("", "f").name == "f"
    assert place.storage.move(name, "f").path == f"f/{name}"
    assert place.storage.make_folder("", name).name == name


@pytest.mark.parametrize("name", BAD_EVERYWHERE + BAD_WHEN_TYPED)
def test_a_bad_name_is_refused_when_somebody_types_it(place: Place, name: str) -> None:
    place.save("a.txt")
    before = place.tree()
    with pytest.raises(NameRefused):
        place.storage.rename("a.txt", name)
    with pytest.raises(NameRefused):
        place.storage.make_folder("", name)
    assert place.tree() == before


@pytest.mark.parametrize("name", BAD_EVERYWHERE)
def test_an_upload_with_a_bad_name_is_refused(place: Place, name: str) -> None:
    with pytest.raises(NameRefused):
        place.save(name)
    assert place.tree() == {}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  a.txt ", "a.txt"),
        (".hidden.txt", "hidden.txt"),
        ("...a.txt", "a.txt"),
        ("a.txt.", "a.txt"),
        ("a.txt. . ", "a.txt"),
        ("CON.txt", "_CON.txt"),
        ("nul.tar.txt", "_nul.tar.txt"),
        ("LPT1 .txt", "_LPT1 .txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("日" * 100 + ".txt", "日" * 83 + ".txt"),
        ("👩‍👧" * 100 + ".txt", "👩‍👧" * 22 + "👩.txt"),
        ("con" + "x" * 300 + ".txt", "con" + "x" * 248 + ".txt"),
    ],
)
def test_an_upload_is_given_a_name_that_works_and_keeps_its_ending(place: Place, given: str, kept: str) -> None:
    entry = place.save(given)
    assert place.names() == [entry.name]
    assert entry.name == kept
    assert len(entry.name.encode()) <= 255
    assert chosen_name(entry.name) == entry.name


@pytest.mark.parametrize("given", [".txt", ".jpg", "..md", "txt", "README", "a.", "x." + "y" * 300])
def test_an_upload_without_an_ending_or_without_a_name_is_refused(place: Place, given: str) -> None:
    with pytest.raises(DomainError) as caught:
        place.save(given)
    assert isinstance(caught.value, (KindRefused, NameRefused))
    assert place.tree() == {}


def test_two_ways_to_write_the_same_letter_are_one_name(place: Place) -> None:
    decomposed = unicodedata.normalize("NFD", "Café.txt")
    assert place.save(decomposed).name == "Café.txt"
    with pytest.raises(DomainError, match="already"):
        place.save("Café.txt")


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.TXT", "txt"), ("a.b.Jpg", "jpg"), (".jpg", ""), ("jpg", ""), ("a.", ""), ("a.txt ", "txt "), ("", "")],
)
def test_the_extension_is_what_follows_the_last_dot(name: str, extension: str) -> None:
    assert extension_of(name) == extension


def test_shortening_never_changes_the_ending() -> None:
    for name in ("x" * 300 + ".html", "x" * 300 + ".jpg.html", ("x" * 246 + ".jpg") * 2 + ".html"):
        assert uploaded_name(name).endswith(".html")
