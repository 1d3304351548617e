"""Training: the same texts give the same numbers, and what was learned holds for texts nobody has seen."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.foundation.errors import InvalidInput
from backoffice.spam import apart
from backoffice.spam.apart import TrainingFailed, trained
from backoffice.spam.features import LONGEST
from backoffice.spam.linear import packed
from backoffice.spam.quality import area_under_curve, recall_at
from backoffice.spam.training import MOST_CHARACTERS, MOST_TEXTS, Example, Training, bounded, train
from tests.house.source import ROOT
from tests.spam.texts import OTHER_TEXT, SPAM_TEXT, examples


@pytest.fixture(scope="module")
def training() -> Training:
    """What comes of the examples."""
    return train(examples())


def test_what_was_learned_holds_for_new_texts(training: Training) -> None:
    assert training.model.value(SPAM_TEXT) > 0.5 > training.model.value(OTHER_TEXT)


def test_the_likelihoods_of_either_kind_lie_on_their_side_of_a_half(training: Training) -> None:
    right = [(value > 0.5) is each.is_spam for value, each in zip(training.held_out, examples(), strict=True)]
    assert sum(right) > 0.9 * len(right)


def test_the_quality_is_measured_on_texts_held_out(training: Training) -> None:
    assert (training.examples, training.spam_examples) == (64, 32)
    labels = [each.is_spam for each in examples()]
    assert training.auc == pytest.approx(area_under_curve(training.held_out, labels), abs=0.01)
    assert 0.5 < training.auc <= 1
    assert 0 <= training.recall <= 1


def test_a_copy_of_a_text_does_not_help_to_value_it() -> None:
    # Labels without any meaning: only who has seen the copy can know them.
    chance = random.Random(4)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=12)) for _ in range(60)]
    labels = [chance.random() < 0.5 for _word in words]
    texts = [Example(form, label) for word, label in zip(words, labels, strict=True) for form in (word, word.upper())]
    assert train(texts).auc < 0.75


def test_the_same_examples_give_the_same_numbers(training: Training) -> None:
    assert packed(train(examples()).model) == packed(training.model)


def test_a_training_in_a_process_of_its_own_gives_the_same(training: Training) -> None:
    told = trained(examples())
    assert packed(told.model) == packed(training.model)
    assert (told.auc, told.recall) == (training.auc, training.recall)
    assert told.held_out == pytest.approx(training.held_out, abs=1e-4)


def test_too_few_of_a_kind_are_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 10 of each"):
        trained([Example(f"text {number}", False) for number in range(50)])


def test_a_process_that_ends_badly_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.sys, "executable", "/bin/false")
    with pytest.raises(TrainingFailed):
        trained(examples())


def test_texts_of_nothing_teach_nothing_and_break_nothing() -> None:
    hostile = ["", " ", "\x00", "😀" * 50, "a" * 10_000, "\u202e", "http://", "<a href=", "\ufdfa" * 500, "&#0;"]
    texts = [Example(text, place % 2 == 0) for place, text in enumerate(hostile * 4)]
    assert 0 <= train(texts).model.value("whatever") <= 1


def test_more_than_can_be_looked_at_is_left_out() -> None:
    many = bounded([Example("a", True)] * (MOST_TEXTS + 5))
    assert len(many) == MOST_TEXTS
    long = bounded([Example("a" * 100_000, True)] * MOST_TEXTS)
    assert max(len(each.text) for each in long) <= LONGEST
    assert sum(len(each.text) for each in long) <= MOST_CHARACTERS


def test_neither_starting_nor_scoring_loads_the_library() -> None:
    program = (
        "import sys\nimport backoffice.app\nfrom backoffice.spam.linear import LinearModel\n"
        "LinearModel({'a': (1.0, 1.0)}, {}, {}, 0.0).value('a')\n"
        "sys.exit(any(name.split('.')[0] in ('sklearn', 'scipy', 'numpy') for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


SAMPLES = Path(os.environ.get("BACKOFFICE_SAMPLE_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
TABLES = sorted(SAMPLES.glob("Youtube*.csv")) if SAMPLES.is_dir() else []


def table(path: Path) -> list[Example]:
    """The labelled comments of one video."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [Example(row["CONTENT"], row["CLASS"] == "1") for row in csv.DictReader(file)]


@pytest.mark.skipif(len(TABLES) < 3, reason="no sample tables here; BACKOFFICE_SAMPLE_DATA names their folder")
def test_comments_of_other_videos_are_told_apart_as_well_as_promised() -> None:
    areas, recalls = [], []
    for held_out in TABLES:
        model = train(bounded([each for path in TABLES if path != held_out for each in table(path)])).model
        rows = table(held_out)
        values, labels = [model.value(each.text) for each in rows], [each.is_spam for each in rows]
        areas.append(area_under_curve(values, labels))
        recalls.append(recall_at(0.98, values, labels))
    assert sum(areas) / len(areas) >= 0.98
    assert sum(recalls) / len(recalls) >= 0.90
