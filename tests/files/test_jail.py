"""No path leads out of the storage, and none moves or destroys its root."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from backoffice.files.jail import is_within
from backoffice.files.storage import Storage
from backoffice.foundation.errors import DomainError, NotFound
from tests.files.places import Place
from tests.files.samples import picture

TRICKS = [
    "..",
    "../",
    "../secret.txt",
    "../files-private/secret.txt",
    "../files-private",
    "a/../../secret.txt",
    "a/../../files-private/secret.txt",
    "a/..",
    "a/.",
    "a//b.txt",
    "a/",
    ".",
    "./",
    "./a",
    "/",
    "//",
    "/etc/passwd",
    "//etc/passwd",
    "~",
    "~root/.bashrc",
    "..\\secret.txt",
    "a\\..\\..\\secret.txt",
    "\\etc\\passwd",
    "C:\\secret.txt",
    "C:/secret.txt",
    "file:///etc/passwd",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "..%252fsecret.txt",
    "..%c0%afsecret.txt",
    "..%5csecret.txt",
    "a/b.txt\x00.jpg",
    "\x00",
    "a\n",
    "a\x7f/b.txt",
    "..;/secret.txt",
    "....//secret.txt",
    "\uff0e\uff0e/secret.txt",
    "..\u2215secret.txt",
    "..\u2044secret.txt",
    "\u2024\u2024/secret.txt",
    "a/b.txt/",
    "a/b.txt/.",
    "a/b.txt/..",
    "a/b.txt/c",
    ".storage",
    ".storage/lock",
    "\ud800",
    "a/\udcff",
    "x" * 300,
    "/".join(["a"] * 5000),
    "a/" * 40 + "b",
    "link-out",
    "link-out/secret.txt",
    "link-file",
    "link-root",
    "link-root/a/b.txt",
    "link-in",
    "link-in/b.txt",
    "link-dangling",
    "link-loop",
    "a/link-up/secret.txt",
    "pipe",
    "socket.txt",
]

OPERATIONS: dict[str, Callable[[Storage, str], object]] = {
    "list": lambda storage, path: storage.list(path),
    "walk": lambda storage, path: list(storage.walk(path)),
    "usage": lambda storage, path: storage.usage(path),
    "entry": lambda storage, path: storage.entry(path),
    "open": lambda storage, path: storage.open(path),
    "thumbnail": lambda storage, path: storage.thumbnail(path, 100),
    "read_text": lambda storage, path: storage.read_text(path),
    "write_text": lambda storage, path: storage.write_text(path, "x", "0" * 64),
    "save": lambda storage, path: storage.save(path, "new.txt", io.BytesIO(b"new")),
    "make_folder": lambda storage, path: storage.make_folder(path, "new"),
    "rename": lambda storage, path: storage.rename(path, "new.txt"),
    "move": lambda storage, path: storage.move(path, "b"),
    "move into": lambda storage, path: storage.move("c.txt", path),
    "delete": lambda storage, path: storage.delete(path),
    "delete recursively": lambda storage, path: storage.delete(path, recursive=True),
}


@pytest.fixture
def trapped(place: Place) -> Place:
    """The storage with something in it, and links, a pipe and a socket that somebody put there."""
    (place.root / "a").mkdir()
    (place.root / "b").mkdir()
    (place.root / "a" / "b.txt").write_text("words\n")
    (place.root / "c.txt").write_text("words\n")
    (place.root / "link-out").symlink_to(place.around / "files-private")
    (place.root / "link-file").symlink_to(place.around / "secret.txt")
    (place.root / "link-root").symlink_to(place.root)
    (place.root / "link-in").symlink_to("a")
    (place.root / "link-dangling").symlink_to("nowhere")
    (place.root / "link-loop").symlink_to("link-loop")
    (place.root / "a" / "link-up").symlink_to("../..")
    os.mkfifo(place.root / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        here = os.getcwd()
        os.chdir(place.root)  # The addresses of sockets are short.
        try:
            bound.bind("socket.txt")
        finally:
            os.chdir(here)
    return place


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_trick_leads_anywhere(trapped: Place, operation: str) -> None:
    before = trapped.tree()
    for trick in TRICKS:
        with pytest.raises(NotFound):
            OPERATIONS[operation](trapped.storage, trick)
        assert trapped.tree() == before, trick


@pytest.mark.parametrize("operation", ["entry", "open", "read_text", "write_text", "thumbnail"])
@pytest.mark.parametrize("path", ["", "a"])
def test_a_folder_is_no_file(trapped: Place, operation: str, path: str) -> None:
    if (operation, path) == ("entry", "a"):
        assert trapped.storage.entry(path).is_dir
        return
    with pytest.raises(DomainError):
        OPERATIONS[operation](trapped.storage, path)


@pytest.mark.parametrize("operation", ["list", "walk", "usage", "save", "make_folder", "move into"])
@pytest.mark.parametrize("path", ["c.txt", "a/b.txt"])
def test_a_file_is_no_folder(trapped: Place, operation: str, path: str) -> None:
    before = trapped.tree()
    with pytest.raises(DomainError):
        OPERATIONS[operation](trapped.storage, path)
    assert trapped.tree() == before


@pytest.mark.parametrize("path", ["", ".", "./", "/", "a/..", "a/../", "b/../.", "../files", "link-root"])
@pytest.mark.parametrize("operation", ["rename", "move", "delete", "delete recursively"])
def test_the_root_itself_stays_where_it_is(trapped: Place, operation: str, path: str) -> None:
    before = trapped.tree()
    with pytest.raises(DomainError):
        OPERATIONS[operation](trapped.storage, path)
    assert trapped.tree() == before


def test_links_pipes_and_sockets_are_not_shown(trapped: Place) -> None:
    assert trapped.names() == ["a", "b", "c.txt"]
    assert [entry.path for entry in trapped.storage.walk("a")] == ["a/b.txt"]


def test_a_folder_is_deleted_without_following_the_links_in_it(trapped: Place) -> None:
    (trapped.root / "a" / "link-out").symlink_to(trapped.around / "files-private")
    trapped.storage.delete("a", recursive=True)
    assert trapped.names() == ["b", "c.txt"]


def test_a_link_under_the_new_name_is_not_written_through(trapped: Place) -> None:
    (trapped.root / "new.txt").symlink_to(trapped.around / "secret.txt")
    (trapped.root / "b" / "c.txt").symlink_to(trapped.around / "secret.txt")
    before = trapped.tree()
    for operation in ("save", "rename"):
        with pytest.raises(DomainError, match=r"already"):
            OPERATIONS[operation](trapped.storage, "" if operation == "save" else "c.txt")
    with pytest.raises(DomainError, match=r"already"):
        trapped.storage.move("c.txt", "b")
    assert trapped.tree() == before


def test_a_link_swapped_in_at_the_last_moment_is_not_followed(place: Place) -> None:
    """While the upload is running, somebody replaces the folder by a link."""
    place.storage.make_folder("", "a")

    class Swapping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            if data:
                (place.root / "a").rename(place.root / "moved")
                (place.root / "a").symlink_to(place.around / "files-private")
            return data

    with pytest.raises(NotFound):
        place.storage.save("a", "new.txt", Swapping(b"words"))
    assert place.tree() == {"moved": "folder", "a": f"-> {place.around / 'files-private'}"}


@pytest.mark.parametrize("name", [".storage", ".storage/lock"])
def test_the_hidden_folder_is_no_link_to_somewhere(place: Place, name: str) -> None:
    (place.root / name).parent.mkdir(exist_ok=True)
    (place.root / name).symlink_to(place.around / ("files-private" if name == ".storage" else "made-by-the-lock"))
    with pytest.raises(OSError):
        place.storage.make_folder("", "a")
    with pytest.raises(OSError):
        place.save("a.txt")
    (place.root / name).unlink()


def test_the_root_may_be_a_link_of_the_operator(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "files").symlink_to(tmp_path / "disk")
    storage = Storage(tmp_path / "files", max_bytes=1000)
    storage.save("", "a.txt", io.BytesIO(b"a"))
    assert (tmp_path / "disk" / "a.txt").read_bytes() == b"a"


def test_names_that_only_look_like_tricks_are_names(place: Place) -> None:
    for name in (
        "100%.txt",
        "..a.b.txt",
        "a..txt",
        "~.txt",
        "%2e%2e.txt",
        "-rf.txt",
        "o'clock & co.txt",
        "a;b$(c).txt",
    ):
        saved = place.save(name)
        assert place.content(saved.path) == b"words\n"
        assert saved.name == name.lstrip(".")


def test_hidden_files_and_unreadable_names_are_not_shown_and_not_found(place: Place) -> None:
    (place.root / ".htaccess").write_text("x")
    (place.root / "up\u202egpj.exe").write_text("x")
    (place.root / "back\\slash.txt").write_text("x")
    with open(os.fsencode(place.root) + b"/bytes\xff.txt", "wb") as file:
        file.write(b"x")
    assert place.names() == []
    for name in (".htaccess", "up\u202egpj.exe", "back\\slash.txt", "bytes\udcff.txt"):
        with pytest.raises(NotFound):
            place.storage.open(name)
    os.unlink(os.fsencode(place.root) + b"/bytes\xff.txt")


def test_whole_components_decide_what_lies_within() -> None:
    assert is_within("people/7", "people/7")
    assert is_within("people/7/a.txt", "people/7")
    assert is_within("people/7", "")
    assert not is_within("people/77/a.txt", "people/7")
    assert not is_within("people", "people/7")
    with pytest.raises(NotFound):
        is_within("people/7/../8", "people/7")


def test_no_refusal_tells_where_the_files_lie(trapped: Place) -> None:
    trapped.save("p.png", picture())
    attempts = [
        lambda: trapped.storage.open("../secret.txt"),
        lambda: trapped.storage.open("x" * 250),
        lambda: trapped.save("x" * 5000),
        lambda: trapped.save("c.txt"),
        lambda: trapped.storage.rename("p.png", "p.html"),
        lambda: trapped.storage.delete("a"),
    ]
    for attempt in attempts:
        with pytest.raises(DomainError) as caught:
            attempt()
        assert str(trapped.around) not in repr(caught.value.message)
        assert caught.value.__cause__ is None
