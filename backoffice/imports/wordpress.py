"""The second pass over a WordPress export: chunk by chunk into the database, each chunk in its own unit of work.

What an item became is remembered in the same transaction, so that a second run goes on where one was broken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from backoffice.foundation.i18n import Text, _, _l
from backoffice.imports.ledger import Ledger
from backoffice.imports.outcome import Outcome
from backoffice.imports.steps import Step, take_steps
from backoffice.imports.wordpress_comments import COMMENTS, Comments, answered_first, count_left_out
from backoffice.imports.wordpress_people import PEOPLE, People
from backoffice.imports.wordpress_posts import POSTS, Posts
from backoffice.imports.wordpress_tags import TAGS, Tags
from backoffice.imports.wxr_records import Record, WxrAuthor, WxrComment, WxrPost, WxrTerm

#: So many comments of one post are one step.
_COMMENTS = 200
OTHERS = _l("Other items")

#: Kinds of items that are counted and left out, by name, with the reason.
_LEFT_OUT: dict[str, tuple[Text, Text]] = {
    "page": (_l("Pages"), _l("there are no pages here")),
    "attachment": (_l("Attachments"), _l("files are not in the export")),
    "nav_menu_item": (_l("Menu items"), _l("there are no menus here")),
}


class WordPressImport:
    """One run over the records of one export; `outcome` counts what has been committed."""

    def __init__(self, source: str) -> None:
        self.outcome = Outcome()
        for kind in (PEOPLE, TAGS, POSTS, COMMENTS):
            self.outcome.of(kind)
        self._ledger = Ledger(source)
        self._people = People(self._ledger)
        self._tags = Tags(self._ledger)
        self._posts = Posts(self._ledger, self._people, self._tags)
        self._comments = Comments(self._ledger)
        # The post to which the steps that follow belong: its number, or why it is not here.
        self._post: int | str = ""

    def take(self, records: Iterable[Record]) -> None:
        """Bring in all records. Commits again and again; an error leaves what was committed before."""
        take_steps(self._steps(records), self.outcome, after_refusal=self._forget)

    def _forget(self) -> None:
        self._ledger.forget()
        self._people.forget()
        self._tags.forget()

    def _steps(self, records: Iterable[Record]) -> Iterator[Step]:
        for record in records:
            if isinstance(record, WxrAuthor):
                yield Step(partial(self._author, record), partial(_one, PEOPLE))
            elif isinstance(record, WxrTerm):
                yield Step(partial(self._term, record), partial(_one, TAGS))
            elif record.type != "post":
                yield Step(partial(_other, record), partial(_one, OTHERS))
            else:
                # The comments follow as steps of their own and would otherwise be held twice.
                item, ordered = replace(record, comments=()), answered_first(record.comments)
                yield Step(partial(self._item, item), self._item_refused, len(item.content))
                for start in range(0, len(ordered), _COMMENTS):
                    yield self._comments_step(ordered[start : start + _COMMENTS])

    def _comments_step(self, some: list[WxrComment]) -> Step:
        size = sum(len(comment.content) for comment in some)
        return Step(
            partial(self._replies, some),
            partial(_several, some),
            size,
            lambda: [self._comments_step([comment]) for comment in some],
        )

    def _author(self, author: WxrAuthor, counts: Outcome) -> None:
        self._people.take(author, counts)

    def _term(self, term: WxrTerm, counts: Outcome) -> None:
        self._tags.take(term, counts)

    def _item(self, item: WxrPost, counts: Outcome) -> None:
        number = self._posts.take(item, counts)
        self._post = number if number is not None else _("under a post that is left out")

    def _item_refused(self, counts: Outcome, reason: str) -> None:
        self._post = _("under a post that is left out")
        counts.of(POSTS).leave_out(reason)

    def _replies(self, comments: list[WxrComment], counts: Outcome) -> None:
        if isinstance(self._post, str):
            count_left_out(comments, counts, self._post)
        else:
            self._comments.take(self._post, comments, counts)


def _other(item: WxrPost, counts: Outcome) -> None:
    kind, reason = _LEFT_OUT.get(item.type, (OTHERS, ""))
    counts.of(kind).leave_out(reason or _("of the kind %(kind)s", kind=item.type[:40]))
    count_left_out(item.comments, counts, _("under a page or something else that is left out"))


def _one(kind: Any, counts: Outcome, reason: str) -> None:
    counts.of(kind).leave_out(reason)


def _several(comments: list[WxrComment], counts: Outcome, reason: str) -> None:
    count_left_out(comments, counts, reason)
