"""Files that were changed come back, and a text that two people edited keeps the words of both."""

from __future__ import annotations

import pytest

from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


def test_an_editor_deletes_a_file_and_takes_it_back_with_one_key(gazette: Screen) -> None:
    name = f"{stock.word()}.txt"
    place = gazette.house.folder / "instance" / "files" / name
    place.write_text("As it was.\n")
    gazette.is_signed_in("jonas").goes("/admin/file/").ticks(name)
    gazette.does("delete").hears("1 deleted.")
    assert not place.exists()
    gazette.types("z").hears("Taken back")
    gazette.waits(lambda: place.exists() or None, "the file")
    assert place.read_text() == "As it was.\n"


def test_without_scripts_she_deletes_it_and_presses_undo(plain: Screen) -> None:
    name = f"{stock.word()}.txt"
    place = plain.house.folder / "instance" / "files" / name
    place.write_text("As it was.\n")
    plain.is_signed_in("jonas").goes("/admin/file/").ticks(name)
    plain.does("delete").hears("1 deleted.")
    plain.presses("Undo").hears("Taken back")
    assert place.read_text() == "As it was.\n"
