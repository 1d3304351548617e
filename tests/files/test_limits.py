"""Many at once, too much, and no room: one winner, no mixture, nothing left behind."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backoffice.files.errors import FileChanged, FileTooLarge, NameTaken, StorageFull
from backoffice.files.storage import Storage
from backoffice.foundation.errors import DomainError, NotFound
from tests.files.places import Place
from tests.files.samples import GENUINE


def together(attempts: list[Callable[[], object]]) -> list[object]:
    """What each attempt returned or raised, all begun at the same moment."""
    gate = threading.Barrier(len(attempts))

    def attempt(call: Callable[[], object]) -> object:
        gate.wait()
        try:
            return call()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(attempt, attempts))


def test_twenty_uploads_of_one_name_have_one_winner_and_no_mixture(place: Place) -> None:
    contents = [f"{number:02}".encode() * 100_000 for number in range(20)]
    results = together([lambda data=data: place.save("a.txt", data) for data in contents])
    losers = [result for result in results if isinstance(result, NameTaken)]
    assert len(losers) == 19
    winner = next(index for index, result in enumerate(results) if not isinstance(result, NameTaken))
    assert place.content("a.txt") == contents[winner]
    assert place.names() == ["a.txt"]


def test_twenty_renames_to_one_name_lose_nothing(place: Place) -> None:
    for number in range(20):
        place.save(f"{number}.txt", str(number).encode())
    results = together([lambda number=number: place.storage.rename(f"{number}.txt", "a.txt") for number in range(20)])
    assert sum(isinstance(result, NameTaken) for result in results) == 19
    assert sorted(place.content(name) for name in place.names()) == sorted(str(n).encode() for n in range(20))


def test_twenty_folders_of_one_name_have_one_winner(place: Place) -> None:
    results = together([lambda: place.storage.make_folder("", "a")] * 20)
    assert sum(isinstance(result, NameTaken) for result in results) == 19


def test_twenty_people_saving_one_text_have_one_winner(place: Place) -> None:
    place.save("a.txt", b"old")
    version = place.storage.read_text("a.txt").version
    results = together(
        [lambda number=number: place.storage.write_text("a.txt", f"{number} " * 1000, version) for number in range(20)]
    )
    assert sum(isinstance(result, FileChanged) for result in results) == 19
    winner = next(index for index, result in enumerate(results) if not isinstance(result, FileChanged))
    assert place.content("a.txt") == f"{winner} ".encode() * 1000


def test_a_reader_sees_the_old_text_or_the_new_one_and_nothing_between(place: Place) -> None:
    texts = [letter * 200_000 for letter in "ab"]
    place.save("a.txt", texts[0].encode())
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(hashlib.sha256(place.content("a.txt")).hexdigest())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(60):
            version = place.storage.read_text("a.txt").version
            place.storage.write_text("a.txt", texts[(number + 1) % 2], version)
    finally:
        done.set()
        reader.join()
    assert seen <= {hashlib.sha256(text.encode()).hexdigest() for text in texts}


def test_uploads_into_a_folder_that_is_deleted_leave_nothing(place: Place) -> None:
    for _ in range(10):
        place.storage.make_folder("", "a")
        results = together(
            [lambda n=n: place.save(f"{n}.txt", folder="a") for n in range(6)]
            + [lambda: place.storage.delete("a", recursive=True)]
        )
        refused = [result for result in results if isinstance(result, DomainError)]
        assert all(isinstance(result, NotFound) for result in refused)
        assert place.tree() == {}


PROCESS = """
import io, sys
from pathlib import Path
from backoffice.files.errors import NameTaken
from backoffice.files.storage import Storage
storage = Storage(Path(sys.argv[1]), max_bytes=10**6)
won = 0
for number in range(40):
    try:
        storage.save("", f"{number}.txt", io.BytesIO(sys.argv[2].encode() * 1000))
        won += 1
    except NameTaken:
        pass
print(won)
"""


def test_several_processes_share_one_folder(place: Place) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, str(place.root), who], stdout=subprocess.PIPE, text=True)
        for who in "abc"
    ]
    won = [int(process.communicate()[0]) for process in running]
    assert sum(won) == 40 == len(place.names())
    assert {place.content(name) for name in place.names()} <= {who * 1000 for who in (b"a", b"b", b"c")}


# Too much


class Endless(io.RawIOBase):
    """Sends for ever, and counts what was taken from it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size


def test_an_endless_upload_is_cut_off_at_the_limit(place: Place) -> None:
    endless = Endless()
    with pytest.raises(FileTooLarge, match="larger than the 1 MB") as caught:
        place.storage.save("", "a.txt", endless)
    assert caught.value.status == 413
    assert endless.taken < 1_200_000
    assert place.tree() == {}


def test_the_limit_itself_is_allowed(place: Place) -> None:
    assert place.save("a.txt", b"x" * 1_000_000).size == 1_000_000
    with pytest.raises(FileTooLarge):
        place.save("b.txt", b"x" * 1_000_001)


def test_the_quota_is_for_everything_below_the_root(place: Place) -> None:
    storage = Storage(place.root, max_bytes=1_000_000, quota_bytes=10_000)
    storage.make_folder("", "a")
    storage.save("a", "a.txt", io.BytesIO(b"x" * 6_000))
    (place.root / ".hidden").write_bytes(b"x" * 1_000)
    before = place.tree()
    endless = Endless()
    for upload in (io.BytesIO(b"x" * 3_001), endless):
        with pytest.raises(StorageFull) as caught:
            storage.save("", "b.txt", upload)
        assert caught.value.status == 507
    assert endless.taken < 200_000
    assert place.tree() == before
    storage.save("", "b.txt", io.BytesIO(b"x" * 3_000))
    assert storage.usage().bytes == 10_000 == storage.usage().quota


def test_uploads_at_the_same_time_do_not_share_the_room_of_one(place: Place) -> None:
    storage = Storage(place.root, max_bytes=1_000_000, quota_bytes=250_000)
    together([lambda n=n: storage.save("", f"{n}.txt", io.BytesIO(b"x" * 100_000)) for n in range(8)])
    assert storage.usage().bytes <= 250_000


def test_an_edit_counts_towards_the_quota_with_what_it_adds(place: Place) -> None:
    storage = Storage(place.root, max_bytes=1_000_000, quota_bytes=1_000)
    storage.save("", "a.txt", io.BytesIO(b"x" * 900))
    version = storage.read_text("a.txt").version
    version = storage.write_text("a.txt", "y" * 1_000, version).version
    with pytest.raises(StorageFull):
        storage.write_text("a.txt", "y" * 1_001, version)
    assert place.content("a.txt") == b"y" * 1_000


# No room and no luck


def test_an_upload_that_breaks_off_leaves_nothing(place: Place) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 100_000:
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        place.storage.save("", "a.txt", Breaking(b"x" * 500_000))
    assert place.tree() == {}


CRAMPED = """
import io, resource, sys
from pathlib import Path
from backoffice.files.errors import StorageFull
from backoffice.files.storage import Storage
storage = Storage(Path(sys.argv[1]), max_bytes=10**7)
storage.save("", "a.txt", io.BytesIO(b"old"))
version = storage.read_text("a.txt").version
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for attempt in (
    lambda: storage.save("", "b.txt", io.BytesIO(b"x" * 300_000)),
    lambda: storage.write_text("a.txt", "x" * 300_000, version),
):
    try:
        attempt()
    except StorageFull as error:
        print(error.status)
"""


def test_a_limit_of_the_system_leaves_no_partial_file(place: Place) -> None:
    ran = subprocess.run([sys.executable, "-c", CRAMPED, str(place.root)], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["507", "507"]
    assert place.names() == ["a.txt"]
    assert place.content("a.txt") == b"old"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("a small disk can only be made by root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_no_partial_file(small_disk: Path) -> None:
    storage = Storage(small_disk, max_bytes=10**7)
    storage.save("", "a.txt", io.BytesIO(b"x" * 600_000))
    version = storage.read_text("a.txt").version
    with pytest.raises(StorageFull, match="no room left"):
        storage.save("", "b.txt", io.BytesIO(b"y" * 600_000))
    with pytest.raises(StorageFull):
        storage.write_text("a.txt", "y" * 600_000, version)
    assert storage.read_text("a.txt").version == version
    assert sorted(os.listdir(small_disk)) == [".storage", "a.txt"]
    assert os.listdir(small_disk / ".storage") == ["lock"]
    storage.save("", "b.txt", io.BytesIO(b"y" * 200_000))


def test_a_disk_without_hard_links_keeps_the_same_promises(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    results = together([lambda n=n: place.save("a.txt", str(n).encode() * 1000) for n in range(8)])
    assert sum(isinstance(result, NameTaken) for result in results) == 7
    winner = next(index for index, result in enumerate(results) if not isinstance(result, NameTaken))
    assert place.content("a.txt") == str(winner).encode() * 1000
    place.save("b.png", GENUINE["png"])
    with pytest.raises(NameTaken):
        place.storage.move(place.storage.rename("b.png", "c.png").path, "")
        place.storage.rename("c.png", "a.txt.png")
        place.storage.make_folder("", "d")
        place.save("a.txt", folder="d")
        place.storage.move("d/a.txt", "")
    assert place.names("d") == ["a.txt"]
    assert place.content("a.txt.png") == GENUINE["png"]
