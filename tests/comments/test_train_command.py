"""`flask comments train`: a cold start from labelled texts."""

from __future__ import annotations

import csv
from pathlib import Path

from flask import Flask

from backoffice.foundation.database import db, unit_of_work
from backoffice.spam import scoring
from tests import factories
from tests.spam.texts import SPAM_TEXT, examples
from tests.terminal import refusal, run


def table(folder: Path, rows: list[tuple[str, str]]) -> Path:
    """A file of labelled texts."""
    path = folder / "labelled.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("Comment", "Spam"), *rows])
    return path


def rows() -> list[tuple[str, str]]:
    """The examples as rows."""
    return [(each.text, "yes" if each.is_spam else "no") for each in examples()]


def test_the_command_says_what_it_took_and_how_good_the_model_is(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), unit_of_work():
        factories.comment(text=SPAM_TEXT)
    told = run(app, "comments", "train", table(tmp_path, [*rows(), rows()[0], ("", "1"), ("x", "?")])).stdout
    assert "Took 64 texts, 32 of them spam." in told
    assert "64 are new" in told
    assert "Left out 1: without a text." in told
    assert "Left out 1: more than once in the file." in told
    assert "Model 1 learned from 64 texts." in told
    assert "Cross-validated: ROC AUC " in told
    assert "Scored anew: 1 of the comments that wait." in told
    with app.app_context():
        found = scoring.scored(SPAM_TEXT)
        assert found is not None
        assert found.value > 0.5
        db.session.rollback()


def test_the_same_file_again_adds_nothing_and_trains_anew(app: Flask, tmp_path: Path) -> None:
    path = table(tmp_path, rows())
    run(app, "comments", "train", path)
    told = run(app, "comments", "train", path).stdout
    assert "0 are new, 0 have another label" in told
    assert "Model 2 learned from 64 texts." in told


def test_what_cannot_be_read_is_told_in_one_line(app: Flask, tmp_path: Path) -> None:
    assert "No such file" in refusal(run(app, "comments", "train", tmp_path / "nowhere.csv"))
    assert "directory" in refusal(run(app, "comments", "train", tmp_path))
    assert "text, content, comment" in refusal(run(app, "comments", "train", Path(__file__)))
    (tmp_path / "empty.csv").write_text("")
    assert "empty" in refusal(run(app, "comments", "train", tmp_path / "empty.csv"))


def test_too_few_texts_are_refused_and_kept_for_later(app: Flask, tmp_path: Path) -> None:
    result = run(app, "comments", "train", table(tmp_path, rows()[:6]))
    assert "at least 10 of each" in refusal(result)
    told = run(app, "comments", "train", table(tmp_path, rows()[6:])).stdout
    assert "learned from 64 texts" in told
