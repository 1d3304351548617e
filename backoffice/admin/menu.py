"""The sidebar, as data: its sections, what waits in each area, and the letter that leads there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from backoffice.admin.paging import capped_counts
from backoffice.foundation.database import db
from backoffice.site.requests import present_actor

#: Counts of the sidebar stop here and say "999+": they are asked for on every page.
MOST_WAITING = 999
#: The key after `g` that leads to the first page.
HOME = "h"


class Section:
    """A group of the sidebar: its title and its views in their order."""

    def __init__(self, title: Any, *views: Any) -> None:
        self.title = title
        self.views = views


class Sidebar:
    """The sections of one application with their views, as the person who asks may see them."""

    most = MOST_WAITING

    def __init__(self, made: Sequence[tuple[Section, list[Any]]]) -> None:
        self.made = made
        #: The key after `g` for each endpoint: the one it wants, else its first letter that nothing else has.
        self.letters: dict[str, str] = {}
        shown = [view for _section, views in made for view in views if view.is_visible()]
        self.letters.update({view.endpoint: view.go for view in shown if getattr(view, "go", None)})
        for view in (view for view in shown if view.endpoint not in self.letters):
            taken = {HOME, *self.letters.values()}
            if letter := next((letter for letter in view.endpoint if letter.isalpha() and letter not in taken), None):
                self.letters[view.endpoint] = letter

    def sections(self) -> list[tuple[Section, list[Any]]]:
        """What the person may open, without sections that would be empty."""
        shown = (
            (section, [view for view in views if view.is_visible() and view.is_accessible()])
            for section, views in self.made
        )
        return [(section, views) for section, views in shown if views]

    def waiting(self, sections: Sequence[tuple[Section, list[Any]]]) -> dict[str, int]:
        """How much waits for the person in these sections, by endpoint, counted to one beyond `most`; no zeros.

        A view names the query in `waiting`, and its own scope narrows it; what no query counts, a view counts itself in
        `waiting_now`. No page fails for want of these counts.
        """
        queries = {
            view.endpoint: view.scope(query(present_actor()))
            for _section, views in sections
            for view in views
            if (query := getattr(type(view), "waiting", None)) is not None
        }
        own = [view for _section, views in sections for view in views if hasattr(type(view), "waiting_now")]
        try:
            counts = dict(zip(queries, capped_counts(queries.values(), self.most), strict=True))
            counts |= {view.endpoint: view.waiting_now() for view in own}
        except SQLAlchemyError:
            db.session.rollback()
            return {}
        g.waiting = {endpoint: count for endpoint, count in counts.items() if count}
        return dict(g.waiting)

    def counted(self, endpoint: str) -> int:
        """What `waiting` counted for this endpoint earlier in the same page; nothing is asked a second time."""
        return int(g.get("waiting", {}).get(endpoint, 0))
