"""`flask import`: what is shown at the end, and what is refused in one line."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from flask import Flask

from backoffice.foundation.database import unit_of_work
from tests import factories
from tests.imports.exports import export
from tests.imports.wordpress_site import comments, post, posts, reply
from tests.terminal import refusal, run

#: A folder of real files, where somebody has one.
SAMPLES = Path(os.environ.get("BACKOFFICE_SAMPLE_DATA") or "/nowhere")


def rows(shown: str) -> dict[str, list[str]]:
    """The cells of a table by the first of each row; the last one is the remarks."""
    cells = (re.split(r" {2,}", line.strip()) for line in shown.splitlines()[2:])
    return {first: rest for first, *rest in cells}


def test_an_import_ends_with_a_table_of_what_became_of_everything(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(
        export(
            post(1, reply(1) + reply(2, type="pingback"), status="private"),
            post(2, title="About us", post_type="page"),
        )
    )
    result = run(app, "import", "wordpress", path)
    assert result.exit_code == 0
    heads = ["Kind", "Read", "Imported", "Updated", "Unchanged", "Left out", "Why, and remarks"]
    assert re.split(r" {2,}", result.stdout.splitlines()[0]) == heads
    assert rows(result.stdout) == {
        "People": ["1", "1", "0", "0", "0"],
        "Categories and tags": ["0", "0", "0", "0", "0"],
        "Posts": ["1", "1", "0", "0", "0", "private there, a draft here (1)"],
        "Comments": ["2", "1", "0", "0", "1", "pingback (1)"],
        "Pages": ["1", "0", "0", "0", "1", "there are no pages here (1)"],
    }
    assert rows(run(app, "import", "wordpress", path).stdout)["Posts"] == ["1", "0", "0", "1", "0"]


@pytest.mark.parametrize("by", ["slug", "SLUG", "number"])
def test_a_post_is_named_by_its_slug_or_its_number(app: Flask, tmp_path: Path, by: str) -> None:
    with app.app_context(), unit_of_work():
        made = factories.post(title="The tide", slug="the-tide")
        name = {"slug": "the-tide", "SLUG": "The-Tide", "number": made.id}[by]
    path = tmp_path / "table.csv"
    path.write_text("author,date,text\nAna,2020-01-02,Ahoy\n")
    assert rows(run(app, "import", "comments", path, "--post", name).stdout) == {"Comments": ["1", "1", "0", "0", "0"]}
    assert comments(app)["Ahoy"].post_id


def test_a_slug_of_digits_comes_before_a_number(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        factories.post(title="First")
        digits = factories.post(title="Second", slug="1").id
    path = tmp_path / "table.csv"
    path.write_text("author,date,text\nAna,2020-01-02,Ahoy\n")
    run(app, "import", "comments", path, "--post", "1")
    assert comments(app)["Ahoy"].post_id == digits


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("wordpress", "nowhere.xml"), "There is no file nowhere.xml."),
        (("wordpress", "."), "cannot be opened"),
        (("comments", "nowhere.csv"), "--post SLUG-OR-ID"),
        (("comments", "nowhere.csv", "--post", "nothing"), "There is no post nothing."),
        (("comments", "nowhere.csv", "--post", "9" * 30), "There is no post 999"),
        (("comments", "nowhere.csv", "--post", ""), "--post SLUG-OR-ID"),
        (("wordpress", "a\x00b"), ""),
    ],
    ids=lambda value: " ".join(value)[:40].encode("unicode_escape").decode() if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_told_in_one_line(app: Flask, words: tuple[str, ...], said: str) -> None:
    assert said in refusal(run(app, "import", *words))


def test_a_broken_file_is_told_in_one_line_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(export(post(1))[:-100])
    assert "ends too early" in refusal(run(app, "import", "wordpress", path))
    assert posts(app) == {}


def test_a_hostile_name_of_a_file_cannot_play_with_the_terminal(app: Flask) -> None:
    assert "\x1b" not in refusal(run(app, "import", "wordpress", "\x1b[2J\n.xml"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="BACKOFFICE_SAMPLE_DATA names no folder")
@pytest.mark.both_databases
def test_the_sample_files_can_be_imported_twice(app: Flask) -> None:
    for path in sorted(SAMPLES.glob("*.xml")):
        first, second = (rows(run(app, "import", "wordpress", path).stdout) for _time in range(2))
        assert [cells[0] for cells in first.values()] == [cells[0] for cells in second.values()]
        assert all(cells[1] == cells[2] == "0" for cells in second.values())
    with app.app_context(), unit_of_work():
        under = factories.post().id
    for path in sorted(SAMPLES.glob("*.csv")):
        read = rows(run(app, "import", "comments", path, "--post", under).stdout)["Comments"]
        again = rows(run(app, "import", "comments", path, "--post", under).stdout)["Comments"]
        assert (again[0], again[1], again[2]) == (read[0], "0", "0")
