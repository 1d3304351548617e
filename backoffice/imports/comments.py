"""The second pass over a table of comments: onto one post, chunk by chunk, each chunk in its own unit of work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from backoffice.comments.models import Comment, CommentStatus
from backoffice.foundation import clock
from backoffice.foundation.i18n import _
from backoffice.imports.comment_csv import CsvComment
from backoffice.imports.comment_text import text_of_cell
from backoffice.imports.ledger import Ledger, Thing, digest_of
from backoffice.imports.models import ImportedRecord
from backoffice.imports.outcome import Outcome, Tally
from backoffice.imports.steps import Step, take_steps
from backoffice.imports.wordpress_comments import COMMENTS, decision_of, email_of, fitting, name_of
from backoffice.posts.models import Post

KIND = "row"
#: So many rows, each of a million characters at most, are one step.
_ROWS = 50
_STATUSES: dict[str, CommentStatus] = {status.value: status for status in CommentStatus}


class CommentImport:
    """One run over the rows of one table; `outcome` counts what has been committed."""

    def __init__(self, post: Post) -> None:
        self.outcome = Outcome()
        self.outcome.of(COMMENTS)
        self._post_id = post.id
        # With its age, because the number of a post that was deleted may be given to another.
        self._ledger = Ledger(f"post {post.id} of {post.created_at:%Y%m%d%H%M%S%f}")

    def take(self, rows: Iterable[CsvComment]) -> None:
        """Bring in all rows. Commits again and again; an error leaves what was committed before."""
        take_steps(self._steps(rows), self.outcome, after_refusal=self._ledger.forget)

    def _steps(self, rows: Iterable[CsvComment]) -> Iterator[Step]:
        some: list[CsvComment] = []
        for row in rows:
            some.append(row)
            if len(some) == _ROWS:
                yield self._step(some)
                some = []
        if some:
            yield self._step(some)

    def _step(self, rows: list[CsvComment]) -> Step:
        size = sum(len(row.text) for row in rows)
        return Step(
            partial(self._rows, rows), partial(_refused, rows), size, lambda: [self._step([row]) for row in rows]
        )

    def _rows(self, rows: list[CsvComment], counts: Outcome) -> None:
        tally = counts.of(COMMENTS)
        entries = self._ledger.entries(KIND, (row.key for row in rows))
        for row in rows:
            thing = Thing(KIND, row.key, digest_of(row.author, row.email, row.date, row.text, row.label))
            self._row(row, thing, entries.get(row.key), tally)
        self._ledger.write(Comment)

    def _row(self, row: CsvComment, thing: Thing, entry: ImportedRecord | None, tally: Tally) -> None:
        text = ""
        if entry is None or entry.digest != thing.digest:
            text = fitting(text_of_cell(row.text), tally)
            if not text:
                tally.leave_out(_("without text"))
                return
            if row.date is None:
                tally.remarks[_("without a date, so dated today")] += 1
        self._ledger.bring_in(Comment, thing, entry, lambda known: _values(row, text, known, self._post_id), tally)


def _values(row: CsvComment, text: str, known: Comment | None, post_id: int) -> dict[str, Any]:
    status = _STATUSES[row.label]
    moment: datetime = row.date or (known.created_at if known else clock.now())
    values: dict[str, Any] = {
        "author_name": name_of(row.author),
        "author_email": email_of(row.email),
        "text": text,
        "status": status,
        "decided_at": decision_of(status, moment),
    }
    if known is None:
        values |= {"post_id": post_id, "created_at": moment, "updated_at": moment}
    return values


def _refused(rows: list[CsvComment], counts: Outcome, reason: str) -> None:
    counts.of(COMMENTS).leave_out(reason, len(rows))
