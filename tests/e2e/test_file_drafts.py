"""What is typed into one file is kept for that file, and is not offered in another."""

from __future__ import annotations

import pytest

from tests.e2e import stock
from tests.e2e.screen import Screen

pytestmark = pytest.mark.xdist_group("e2e-work")


def test_what_was_typed_into_a_text_is_offered_for_that_text_only(gazette: Screen) -> None:
    word = stock.word()
    for name in ("one", "other"):
        (gazette.house.folder / "instance" / "files" / f"{word}-{name}.txt").write_text("As it was.\n")
    gazette.is_signed_in("jonas").goes(f"/admin/file/edit/?path={word}-one.txt")
    gazette.fills("text", "Half an hour of work.").sees("Kept in this browser")
    # Another tab: leaving this one would ask whether to leave.
    gazette.driver.switch_to.new_window("tab")
    gazette.goes(f"/admin/file/edit/?path={word}-other.txt").sees("Text")
    assert "was not saved" not in gazette.text
    assert gazette.field("text").get_attribute("value") == "As it was.\n"
    gazette.goes(f"/admin/file/edit/?path={word}-one.txt").sees("was not saved").presses("Use it")
    assert gazette.field("text").get_attribute("value").startswith("Half an hour of work.")
