"""A model is numbers: it comes back as it went, and nothing else is taken for one."""

from __future__ import annotations

import json
import pickle
import zlib
from typing import Any

import pytest

from backoffice.spam.linear import LARGEST, DamagedModel, LinearModel, packed, unpacked

MODEL = LinearModel(
    words={"channel": (2.0, 3.0), "check channel": (2.5, 1.0), "song": (1.5, -2.0), "weblink": (2.0, 4.0)},
    runs={" so": (1.0, -1.0)},
    signs={"has link": 2.0},
    intercept=-0.5,
)


def test_a_model_comes_back_as_it_went() -> None:
    assert unpacked(packed(MODEL)) == MODEL


def test_a_value_lies_between_none_and_one() -> None:
    heavy = LinearModel({"a": (1.0, 1e6)}, {}, {}, 0.0)
    assert MODEL.value("song") < MODEL.value("") < MODEL.value("check my channel") < 1
    assert heavy.value("a") == 1.0
    assert LinearModel({"a": (1.0, -1e6)}, {}, {}, 0.0).value("a") == pytest.approx(0.0)


def test_the_words_that_weighed_most_are_told_as_they_are_written() -> None:
    told = MODEL.weighing("Check my CHANNEL http://example.com that song", most=3)
    assert [word for word, _amount in told] == ["http://example.com", "CHANNEL", "song"]
    assert told[0][1] > told[1][1] > 0 > told[2][1]


def test_a_model_without_any_word_scores_by_what_is_left() -> None:
    assert LinearModel({}, {}, {}, 0.0).value("whatever") == 0.5
    assert LinearModel({}, {}, {}, 0.0).weighing("whatever") == []


def whole(**changes: Any) -> bytes:
    """The model with parts of it exchanged."""
    parts = {**json.loads(zlib.decompress(packed(MODEL))), **changes}
    return zlib.compress(json.dumps(parts).encode())


def kind(terms: Any, rarities: Any, weights: Any) -> dict[str, Any]:
    """Features of one kind."""
    return {"terms": terms, "rarities": rarities, "weights": weights}


DAMAGED = {
    "nothing": b"",
    "cut": packed(MODEL)[:-9],
    "goes on": packed(MODEL) + b"more",
    "a pickle": pickle.dumps({"a": 1}),
    "a packed pickle": zlib.compress(pickle.dumps({"a": 1})),
    "no object": zlib.compress(b"[1, 2]"),
    "deep": zlib.compress(b"[" * 100_000),
    "a bomb": zlib.compress(b" " * (LARGEST + 1)),
    "another format": whole(format=2),
    "one part more": whole(more=1),
    "not a number": whole(intercept=float("nan")),
    "endless": whole(intercept=float("inf")),
    "huge": whole(intercept=1e9),
    "an enormous whole number": whole(intercept=10**400),
    "a truth": whole(intercept=True),
    "a word as a number": whole(intercept="1"),
    "signs": whole(signs=[1]),
    "a sign": whole(signs={"x": None}),
    "lists of different length": whole(words=kind(["a"], [1.0], [])),
    "twice": whole(words=kind(["a", "a"], [1.0, 1.0], [1.0, 1.0])),
    "not words": whole(words=kind([1], [1.0], [1.0])),
    "too long a word": whole(words=kind(["a" * 81], [1.0], [1.0])),
    "rarer than possible": whole(words=kind(["a"], [-1.0], [1.0])),
    "no lists": whole(runs=kind("a", "b", "c")),
    "no kind": whole(runs=None),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_what_is_damaged_is_refused(data: bytes) -> None:
    with pytest.raises(DamagedModel):
        unpacked(data)
