"""How well spam is told from what is none: `python benchmarks/spam.py FILE FILE…`, labelled tables (CSV).

Each file is scored by a model trained on all the others, as it would be on another post or another site; nothing of the
file that is scored is known before. Beside ours stand two plain ones: a logistic regression on words and runs of
letters, and naive Bayes on words. Printed are the area under the ROC curve, the share of the spam that is found while
98 of 100 finds are right (recall), the share of texts on their side of 0.5 (right), and the milliseconds of the
processor that one text takes when it is scored alone, for the median text and for all but one of a hundred.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # called by its path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from backoffice.foundation.errors import DomainError
from backoffice.spam.labelled import rows
from backoffice.spam.quality import area_under_curve, recall_at
from backoffice.spam.training import PRECISION, Example, bounded, train

#: Values of texts, each scored alone.
Scorer = Callable[[str], float]
console = Console(width=110 if not sys.stdout.isatty() else None)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file."""

    auc: float
    recall: float
    right: float
    median: float
    nearly_all: float
    training: float


def ours(examples: Sequence[Example]) -> Scorer:
    """What the product does."""
    return train(bounded(examples)).model.value


def logistic_regression(examples: Sequence[Example]) -> Scorer:
    """Words, pairs and runs of letters, weighed by rarity, and a logistic regression at its defaults."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    runs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return _fitted(make_pipeline(make_union(words, runs), LogisticRegression(max_iter=2000)), examples)


def naive_bayes(examples: Sequence[Example]) -> Scorer:
    """The words that are there, and multinomial naive Bayes."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    return _fitted(make_pipeline(CountVectorizer(), MultinomialNB()), examples)


def _fitted(pipeline: Any, examples: Sequence[Example]) -> Scorer:
    pipeline.fit([each.text for each in examples], [each.is_spam for each in examples])
    return lambda text: float(pipeline.predict_proba([text])[0, 1])


METHODS = {"ours": ours, "plain LR": logistic_regression, "naive Bayes": naive_bayes}


def measured(method: Callable[[Sequence[Example]], Scorer], known: list[Example], unknown: list[Example]) -> Result:
    """Train on what is known, score what is not."""
    began = time.perf_counter()
    score = method(known)
    training = time.perf_counter() - began
    values, times = [], []
    for example in unknown:
        # Of the processor, so that what else the machine does is not counted.
        began = time.thread_time()
        values.append(score(example.text))
        times.append((time.thread_time() - began) * 1000)
    labels = [example.is_spam for example in unknown]
    right = sum((value > 0.5) is label for value, label in zip(values, labels, strict=True)) / len(labels)
    slow = sorted(times)[(len(times) - 1) * 99 // 100]
    auc, recall = area_under_curve(values, labels), recall_at(PRECISION, values, labels)
    return Result(auc, recall, right, statistics.median(times), slow, training)


def shown(results: dict[str, dict[str, Result]]) -> Table:
    """The table for the screen; results by method and file."""
    table = Table(title="Each file scored by a model trained on the others")
    for heading in ("file", "method", "AUC", "recall", "right", "ms", "ms (99 %)", "training s"):
        table.add_column(heading, justify="left" if heading in ("file", "method") else "right", no_wrap=True)
    for name in next(iter(results.values())):
        for method, by_file in results.items():
            table.add_row(Path(name).stem, method, *_cells([by_file[name]]))
    table.add_section()
    for method, by_file in results.items():
        table.add_row("mean", method, *_cells(list(by_file.values())))
    return table


def _cells(results: list[Result]) -> list[str]:
    def mean(name: str) -> float:
        return statistics.fmean(getattr(result, name) for result in results)

    quality = [f"{mean(name):.4f}" for name in ("auc", "recall", "right")]
    nearly_all = max(result.nearly_all for result in results)
    return [*quality, f"{mean('median'):.2f}", f"{nearly_all:.2f}", f"{mean('training'):.1f}"]


def main() -> None:
    """Read the files and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--only-ours", action="store_true", help="leave out the two plain methods")
    given = parser.parse_args()
    if len(given.files) < 2:
        parser.error("two files at least: each is scored by a model trained on the others")
    try:
        tables = {
            str(path): [Example(row.text, row.label) for row in rows(path) if row.text and row.label is not None]
            for path in given.files
        }
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    except DomainError as error:
        sys.exit(str(error))
    methods = {"ours": ours} if given.only_ours else METHODS
    results: dict[str, dict[str, Result]] = {method: {} for method in methods}
    for name, unknown in tables.items():
        known = [example for other, examples in tables.items() if other != name for example in examples]
        for method, begin in methods.items():
            results[method][name] = measured(begin, known, unknown)
    console.print(shown(results))


if __name__ == "__main__":
    main()
