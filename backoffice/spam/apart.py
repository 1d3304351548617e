"""Training in a process of its own: the server answers meanwhile, and gets all the memory back.

`trained` starts `python -m backoffice.spam.apart`, which reads the examples as JSON and answers with the numbers.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from backoffice.spam.linear import packed, unpacked
from backoffice.spam.training import Example, Training, bounded, check, train

#: Longer than any training takes, and shorter than the lease of the job that waits for it.
LONGEST = 600
_log = logging.getLogger(__name__)


class TrainingFailed(RuntimeError):
    """The process ended without a model; the log says what it said."""


def trained(examples: Sequence[Example]) -> Training:
    """Learn from these examples, given newest first, without holding anybody up.

    Raises InvalidInput if there are too few of a kind, TrainingFailed if the process does not bring it to an end.
    """
    kept = bounded(examples)
    check(kept)
    given = json.dumps([[example.text, example.is_spam] for example in kept])
    # One thread, so that the other processors stay with those who work here.
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LONGEST,
            check=True,
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, **limits, "PYTHONIOENCODING": "utf-8"},
        )
        told = json.loads(done.stdout)
        return Training(
            model=unpacked(base64.b64decode(told["numbers"])),
            examples=int(told["examples"]),
            spam_examples=int(told["spam_examples"]),
            auc=float(told["auc"]),
            recall=float(told["recall"]),
            held_out=[float(value) for value in told["held_out"]],
        )
    except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
        _log.error("training failed: %s %s", error, getattr(error, "stderr", "") or "")
        raise TrainingFailed("the training did not come to an end") from None


def main() -> None:
    """Read examples, learn, and write what came of it."""
    if hasattr(os, "nice"):
        os.nice(10)
    training = train([Example(text, bool(is_spam)) for text, is_spam in json.load(sys.stdin)])
    told = {
        "numbers": base64.b64encode(packed(training.model)).decode(),
        "examples": training.examples,
        "spam_examples": training.spam_examples,
        "auc": training.auc,
        "recall": training.recall,
        "held_out": [round(value, 4) for value in training.held_out],
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
