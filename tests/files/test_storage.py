"""Looking, adding, changing and removing: what people do with their files every day."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.files.errors import FileChanged, FileTooLarge, NameTaken
from backoffice.files.jail import DEEPEST
from backoffice.files.storage import LONGEST_TEXT
from backoffice.files.writing import HIDDEN
from backoffice.foundation.errors import NotApplicable, NotFound
from tests.files.places import Place
from tests.files.samples import GENUINE, picture

# Looking


def test_a_folder_lists_folders_first_and_then_by_name(place: Place) -> None:
    for name in ("b.txt", "A.txt", "ä.txt"):
        place.save(name)
    for name in ("z", "Y"):
        place.storage.make_folder("", name)
    assert place.names() == ["Y", "z", "A.txt", "b.txt", "ä.txt"]


def test_an_entry_tells_what_there_is_to_know(place: Place) -> None:
    place.storage.make_folder("", "2026")
    before = datetime.now(UTC).replace(microsecond=0)
    saved = place.save("pier.png", GENUINE["png"], folder="2026")
    (listed,) = place.storage.list("2026")
    assert listed == saved == place.storage.entry("2026/pier.png")
    assert (saved.name, saved.path, saved.is_dir) == ("pier.png", "2026/pier.png", False)
    assert (saved.kind, saved.content_type, saved.size) == ("image", "image/png", len(GENUINE["png"]))
    assert before <= saved.modified <= datetime.now(UTC)
    assert saved.modified.tzinfo is UTC
    (folder,) = place.storage.list()
    assert (folder.kind, folder.is_dir, folder.size, folder.content_type) == ("folder", True, 0, "")


@pytest.mark.parametrize("moment", [-(2**40), 2**40, 0])
def test_an_absurd_date_on_the_disk_does_not_break_the_list(place: Place, moment: int) -> None:
    place.save("a.txt")
    os.utime(place.root / "a.txt", (moment, moment))
    assert place.storage.entry("a.txt").modified.tzinfo is UTC


def test_usage_counts_everything_below_a_folder(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.make_folder("a", "b")
    place.save("x.txt", b"12345", folder="a")
    place.save("y.txt", b"123", folder="a/b")
    place.save("z.txt", b"1")
    everything, below = place.storage.usage(), place.storage.usage("a")
    assert (everything.bytes, everything.files, everything.folders, everything.quota) == (9, 3, 2, None)
    assert (below.bytes, below.files, below.folders) == (8, 2, 1)


def test_walk_gives_each_folder_before_what_it_holds(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.make_folder("a", "b")
    place.save("x.txt", folder="a/b")
    assert [entry.path for entry in place.storage.walk()] == ["a", "a/b", "a/b/x.txt"]


def test_a_missing_path_is_not_found(place: Place) -> None:
    for call in (place.storage.entry, place.storage.open, place.storage.list, place.storage.read_text):
        with pytest.raises(NotFound):
            call("missing.txt")


# Adding


def test_an_upload_lands_in_its_folder_and_only_its_owner_may_read_it_on_the_disk(place: Place) -> None:
    place.storage.make_folder("", "a")
    entry = place.save("x.txt", b"words", folder="a")
    assert place.content(entry.path) == b"words"
    assert (place.root / "a" / "x.txt").stat().st_mode & 0o777 == 0o600


def test_an_existing_name_is_never_overwritten(place: Place) -> None:
    place.save("a.txt", b"first")
    place.storage.make_folder("", "b.txt")
    for name in ("a.txt", "b.txt"):
        with pytest.raises(NameTaken, match=f"There is already a {name} here"):
            place.save(name, b"second")
        with pytest.raises(NameTaken):
            place.storage.make_folder("", name)
    assert place.content("a.txt") == b"first"


def test_an_empty_text_is_a_text(place: Place) -> None:
    assert place.save("a.txt", b"").size == 0


def test_folders_end_at_a_depth_that_can_still_be_asked_for(place: Place) -> None:
    path = ""
    for _ in range(DEEPEST - 1):
        path = place.storage.make_folder(path, "d").path
    assert place.save("x.txt", folder=path).path.count("/") == DEEPEST - 1
    deepest = place.storage.make_folder(path, "d").path
    for call in (lambda: place.save("x.txt", folder=deepest), lambda: place.storage.make_folder(deepest, "d")):
        with pytest.raises(NotApplicable):
            call()
    place.storage.make_folder("", "e")
    with pytest.raises(NotApplicable):
        place.storage.move("d", "e")


# Changing


def test_a_file_gets_another_name_and_keeps_its_content(place: Place) -> None:
    place.save("a.jpg", GENUINE["jpg"])
    assert place.storage.rename("a.jpg", " b.JPEG ").path == "b.JPEG"
    assert place.names() == ["b.JPEG"]
    assert place.content("b.JPEG") == GENUINE["jpg"]


def test_a_folder_gets_another_name_with_all_it_holds(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.save("x.txt", folder="a")
    assert place.storage.rename("a", "b.html").is_dir
    assert place.content("b.html/x.txt") == b"words\n"


def test_a_name_may_be_given_anew(place: Place) -> None:
    place.save("a.txt")
    place.storage.make_folder("", "b")
    assert place.storage.rename("a.txt", "a.txt").name == "a.txt"
    assert place.storage.rename("b", "b").name == "b"
    assert place.names() == ["b", "a.txt"]


@pytest.mark.parametrize("source", ["a.txt", "a"])
@pytest.mark.parametrize("target", ["b.txt", "b", "empty"])
def test_a_rename_never_overwrites(place: Place, source: str, target: str) -> None:
    place.save("a.txt", b"a")
    place.save("b.txt", b"b")
    for folder in ("a", "b", "empty"):
        place.storage.make_folder("", folder)
    place.save("x.txt", folder="b")
    if source == "a.txt" and target != "b.txt":
        place.storage.rename("b.txt", "c.txt")
        place.storage.rename(target, "b.txt")
        target = "b.txt"
    before = place.tree()
    with pytest.raises(NameTaken):
        place.storage.rename(source, target)
    assert place.tree() == before


def test_files_and_folders_move(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.make_folder("", "b")
    place.save("x.txt", folder="a")
    assert place.storage.move("a/x.txt", "b").path == "b/x.txt"
    assert place.storage.move("b", "a").path == "a/b"
    assert place.storage.move("a/b/x.txt", "").path == "x.txt"
    assert place.storage.move("x.txt", "").path == "x.txt"
    assert {entry.path for entry in place.storage.walk()} == {"x.txt", "a", "a/b"}


def test_a_move_never_overwrites(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.make_folder("a", "a")
    place.storage.make_folder("", "b")
    place.save("x.txt", b"one")
    place.save("x.txt", b"two", folder="a")
    place.storage.make_folder("b", "a")
    before = place.tree()
    for path, folder in (("x.txt", "a"), ("a/x.txt", ""), ("b/a", ""), ("a/a", "b")):
        with pytest.raises(NameTaken):
            place.storage.move(path, folder)
    assert place.tree() == before


def test_a_folder_does_not_move_into_itself(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.make_folder("a", "b")
    place.storage.make_folder("", "ab")
    for folder in ("a", "a/b"):
        with pytest.raises(NotApplicable):
            place.storage.move("a", folder)
    assert place.storage.move("ab", "a").path == "a/ab"


def test_a_file_is_deleted(place: Place) -> None:
    place.save("a.txt")
    place.save("b.txt")
    assert place.storage.delete("a.txt").path == "a.txt"
    assert place.names() == ["b.txt"]
    with pytest.raises(NotFound):
        place.storage.delete("a.txt")


def test_a_folder_that_holds_something_is_deleted_only_on_demand(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.make_folder("a", "b")
    place.save("x.txt", folder="a/b")
    before = place.tree()
    with pytest.raises(NotApplicable, match="a is not empty"):
        place.storage.delete("a")
    assert place.tree() == before
    assert place.storage.delete("a", recursive=True).is_dir
    assert place.tree() == {}


def test_an_empty_folder_is_deleted_at_once(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.storage.delete("a")
    assert place.tree() == {}


def test_what_a_crash_left_behind_is_swept_away_after_a_day(place: Place) -> None:
    place.storage.make_folder("", "a")
    place.save("x.txt", folder="a")
    before = place.tree()
    hidden = place.root / HIDDEN
    (hidden / "draft-file").write_text("x")
    (hidden / "draft-link").symlink_to(place.around / "files-private")
    (hidden / "draft-folder" / "inner").mkdir(parents=True)
    (hidden / "draft-folder" / "inner" / "link").symlink_to(place.around / "files-private")
    assert place.storage.sweep() == 0
    assert place.storage.usage().files == 1
    assert place.storage.usage().bytes == len(b"words\n") + 1
    assert place.storage.sweep(older_than=timedelta(0)) == 3
    assert place.tree() == before


# Texts


def test_a_text_is_read_and_replaced(place: Place) -> None:
    place.save("a.md", b"# One\n")
    opened = place.storage.read_text("a.md")
    assert (opened.text, opened.version) == ("# One\n", hashlib.sha256(b"# One\n").hexdigest())
    saved = place.storage.write_text("a.md", "# Two 日本\n", opened.version)
    assert place.content("a.md") == "# Two 日本\n".encode()
    assert saved.version == place.storage.read_text("a.md").version != opened.version
    assert saved.entry == place.storage.entry("a.md")


@pytest.mark.parametrize(
    ("old", "typed", "kept"),
    [
        (b"a\nb\n", "x\r\ny\r\n", b"x\ny\n"),
        (b"a\r\nb\r\n", "x\ny\n", b"x\r\ny\r\n"),
        (b"a\r\nb\r\n", "x\r\ny", b"x\r\ny"),
        (b"", "x\r\ny\r\n", b"x\ny\n"),
        (b"\xef\xbb\xbfa", "x", b"\xef\xbb\xbfx"),
        (b"\xef\xbb\xbfa", "\ufeffx", b"\xef\xbb\xbfx"),
    ],
)
def test_line_endings_and_byte_order_mark_stay_as_they_were(place: Place, old: bytes, typed: str, kept: bytes) -> None:
    place.save("a.csv", old)
    opened = place.storage.read_text("a.csv")
    assert not opened.text.startswith("\ufeff")
    place.storage.write_text("a.csv", typed, opened.version)
    assert place.content("a.csv") == kept


def test_the_second_of_two_people_does_not_overwrite_the_first(place: Place) -> None:
    place.save("a.txt", b"one")
    version = place.storage.read_text("a.txt").version
    place.storage.write_text("a.txt", "two", version)
    for stale in (version, "", "0" * 64):
        with pytest.raises(FileChanged, match=r"Somebody saved a\.txt") as caught:
            place.storage.write_text("a.txt", "three", stale)
        assert caught.value.status == 409
    assert place.content("a.txt") == b"two"


def test_a_text_file_of_other_content_is_not_edited(place: Place) -> None:
    (place.root / "a.txt").write_bytes(b"a\x00b")
    (place.root / "b.txt").write_bytes(b"\xff\xfe")
    for name in ("a.txt", "b.txt"):
        data = (place.root / name).read_bytes()
        with pytest.raises(Exception, match="not plain text"):
            place.storage.read_text(name)
        with pytest.raises(Exception, match="not plain text"):
            place.storage.write_text(name, "x", hashlib.sha256(data).hexdigest())
        assert place.content(name) == data


def test_only_texts_are_edited(place: Place) -> None:
    place.save("a.jpg", GENUINE["jpg"])
    version = hashlib.sha256(GENUINE["jpg"]).hexdigest()
    with pytest.raises(NotApplicable):
        place.storage.read_text("a.jpg")
    with pytest.raises(NotApplicable):
        place.storage.write_text("a.jpg", "x", version)
    assert place.content("a.jpg") == GENUINE["jpg"]


def test_a_long_text_is_not_edited_and_does_not_become_one(place: Place) -> None:
    place.storage.max_bytes = 3 * LONGEST_TEXT
    place.save("long.txt", b"x" * (LONGEST_TEXT + 1))
    place.save("a.txt", b"x" * LONGEST_TEXT)
    with pytest.raises(FileTooLarge):
        place.storage.read_text("long.txt")
    version = place.storage.read_text("a.txt").version
    with pytest.raises(FileTooLarge):
        place.storage.write_text("a.txt", "x" * (LONGEST_TEXT + 1), version)
    assert place.storage.read_text("a.txt").version == version


# Previews


def test_only_pictures_have_a_preview(place: Place) -> None:
    place.save("a.txt")
    place.save("a.pdf", GENUINE["pdf"])
    (place.root / "broken.png").write_bytes(picture("PNG")[:60])
    for name in ("a.txt", "a.pdf", "broken.png"):
        with pytest.raises(NotApplicable):
            place.storage.thumbnail(name, 100)
    with pytest.raises(NotFound):
        place.storage.thumbnail("missing.png", 100)


def test_the_stream_of_an_upload_may_be_short_of_breath(place: Place) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 1, 7))

    entry = place.storage.save("", "a.png", Dripping(GENUINE["png"]))
    assert place.content(entry.path) == GENUINE["png"]
