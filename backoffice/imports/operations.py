"""Importing content: each file is read to its end before anything is written, then brought in chunk by chunk."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backoffice.foundation.errors import DomainError, InvalidInput, NotAllowed
from backoffice.foundation.i18n import _
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.imports import comment_csv, wxr
from backoffice.imports.comments import CommentImport
from backoffice.imports.outcome import Outcome
from backoffice.imports.refusals import ImportRefused
from backoffice.imports.wordpress import WordPressImport
from backoffice.posts.models import Post

#: What an import of each kind needs of the actor.
WORDPRESS_NEEDS = (
    *(Can.USER_CREATE, Can.TAG_CREATE, Can.POST_CREATE, Can.POST_PUBLISH),
    *(Can.COMMENT_CREATE, Can.COMMENT_MODERATE),
)
COMMENTS_NEEDS = (Can.COMMENT_CREATE, Can.COMMENT_MODERATE)

#: Called with bytes done, bytes in all, and in the second pass with what has come of it so far.
Progress = Callable[[int, int | None, Outcome | None], None]


def import_wordpress(path: str | os.PathLike[str], *, actor: Any, progress: Progress | None = None) -> Outcome:
    """Bring in a WordPress export. Commits by itself, so it must not run inside a unit of work.

    Raises InvalidInput, with nothing written, if the file cannot be read to its end; NotAllowed. After any other error
    the same call goes on where it stopped.
    """
    _refuse_without(actor, WORDPRESS_NEEDS)
    report = progress or _silent
    try:
        summary = wxr.check(path, lambda done, total: report(done, total, None))
        run = WordPressImport(_site_of(summary.link) or f"file {Path(path).name}")
        run.take(wxr.read(path, lambda done, total: report(done, total, run.outcome)))
    except ImportRefused as refusal:
        raise _told(refusal) from None
    return run.outcome


def import_comments(
    path: str | os.PathLike[str], post: Post, *, actor: Any, progress: Progress | None = None
) -> Outcome:
    """Bring in a table of comments under a post. Commits by itself; raises like `import_wordpress`."""
    _refuse_without(actor, COMMENTS_NEEDS)
    report = progress or _silent
    run = CommentImport(post)
    try:
        comment_csv.check(path, lambda done, total: report(done, total, None))
        run.take(comment_csv.read(path, lambda done, total: report(done, total, run.outcome)))
    except ImportRefused as refusal:
        raise _told(refusal) from None
    return run.outcome


def _refuse_without(actor: Any, needs: tuple[Can, ...]) -> None:
    for can in needs:
        if not is_allowed(actor, can):
            raise NotAllowed(permission=can.value)


def _site_of(link: str) -> str:
    """The address of the site without its scheme, which changes over the years while the site stays the same."""
    return re.sub(r"^[a-z]+://", "", link.strip().lower()).removeprefix("www.").rstrip("/")


def _told(refusal: ImportRefused) -> DomainError:
    return InvalidInput(_(refusal.message, **refusal.params), field="file")


def _silent(_done: int, _total: int | None, _outcome: Outcome | None) -> None:
    return None
