"""Taking a catalog out and bringing it back: as a file for other editors, compiled, or as a patch for developers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from backoffice.catalogs import compiling, po, splicing, torn
from backoffice.catalogs.checks import Source
from backoffice.catalogs.history import Revision
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.layers import stamp_of
from backoffice.catalogs.places import Place, catalog_path
from backoffice.catalogs.po import FUZZY, PoFile
from backoffice.catalogs.splicing import Addition, Change
from backoffice.foundation import clock
from backoffice.foundation.database import db
from backoffice.foundation.errors import NotFound
from backoffice.foundation.i18n import _l
from backoffice.foundation.permissions import Can, is_allowed
from backoffice.languages.patches import BASE_HEADER, digest_of, patch
from backoffice.workbench.models import Download, Draft

#: A file that somebody took home can be compared with for so long.
KEPT_FOR = timedelta(days=180)
#: Where catalogs lie in the repository, whatever folder they are served from.
FOLDER = "translations"


def folder_of_catalogs() -> Path:
    """The folder that the application speaks from."""
    return Path(current_app.config["TRANSLATIONS"])


def file_of(place: Place) -> PoFile:
    """The catalog as it is on the disk. Raises NotFound where there is none, PoFault for one with mistakes."""
    path = catalog_path(folder_of_catalogs(), place.locale, place.domain)
    try:
        return po.parse(torn.content_of(path))
    except FileNotFoundError as error:
        raise NotFound(_l("This catalog has no file yet. It is made when the first text of it is saved.")) from error


def taken_home(place: Place, *, actor: Any) -> bytes:
    """The catalog with a line in its header that names its version, which is kept to compare with. Never commits."""
    file = file_of(place)
    digest = keep(file.content, place, actor=actor)
    return splicing.with_header(file, {BASE_HEADER: digest})


def keep(content: bytes, place: Place, *, actor: Any) -> str:
    """Remember a version of a catalog; returns what names it. Never commits."""
    digest = digest_of(content)
    if kept(digest, place) is None:
        row = Download(digest=digest, locale=place.locale, domain=place.domain, content=content, by_id=actor.id)
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:
            pass  # somebody took the same version home at this moment
    return digest


def kept(digest: str, place: Place) -> bytes | None:
    """The version of this name, or None."""
    query = select(Download.content).where(
        Download.digest == digest, Download.locale == place.locale, Download.domain == place.domain
    )
    return db.session.scalar(query)


def forget_old() -> None:
    """Forget versions that nobody will bring changes to any more. Never commits."""
    old = Download.at < clock.now() - KEPT_FOR
    db.session.execute(delete(Download).where(old).execution_options(synchronize_session=False))


def compiled(place: Place) -> bytes:
    """The catalog as pages read it, as its text is now: what has an error or is to be checked is left out."""
    return compiling.compiled(file_of(place), place.locale)[0]


def drafts(place: Place, *, actor: Any) -> list[Draft]:
    """What the disk did not take: one's own drafts, everybody's for a reviewer; of one entry the newest last."""
    query = select(Draft).where(Draft.locale == place.locale, Draft.domain == place.domain)
    if not is_allowed(actor, Can.TRANSLATION_REVIEW, place):
        query = query.where(Draft.user_id == actor.id)
    return list(db.session.scalars(query.order_by(Draft.at, Draft.id)))


def with_drafts(file: PoFile, held: Iterable[Draft]) -> bytes:
    """The catalog as it would be with these drafts; one whose text is gone from an own catalog is left out."""
    newest = {draft.eid: draft for draft in held}
    changes, additions = [], []
    for draft in newest.values():
        forms = tuple(draft.forms)
        comments = tuple(draft.comments) if draft.comments is not None else None
        if (entry := file.find(draft.eid)) is not None:
            if (entry.plural is None) == (len(forms) == 1) or entry.plural is not None:
                changes.append(Change(draft.eid, forms, draft.is_fuzzy, comments))
        else:
            source = Source(draft.msgid, draft.msgid_plural, draft.context)
            additions.append(Addition(source, forms, draft.is_fuzzy, comments or ()))
    content = splicing.spliced(file, changes)
    return splicing.appended(po.parse(content), additions) if additions else content


def as_patch(place: Place, *, actor: Any, since: datetime | None = None) -> bytes:
    """What `git apply` makes the repository's catalog into ours with, empty where nothing differs.

    Without drafts it goes back to the moment `since`; without that, to when the language was published last, if that is
    done by hand.
    """
    file = file_of(place)
    held = drafts(place, actor=actor)
    if since is None and not held and language_of(place.locale).is_manual:
        since = published_at(place) or clock.EARLIEST
    before = undone(file, changed_since(place, since)) if since is not None else file.content
    after = with_drafts(file, held) if held else file.content
    return patch(before, after, f"{FOLDER}/{place.locale}/LC_MESSAGES/{place.domain}.po")


def published_at(place: Place) -> datetime | None:
    """When the catalog was compiled last; None where it never was."""
    stamp = stamp_of(catalog_path(folder_of_catalogs(), place.locale, place.domain).with_suffix(".mo"))
    return datetime.fromtimestamp(stamp[1] / 1e9, UTC) if stamp else None


def changed_since(place: Place, moment: datetime) -> Sequence[Revision]:
    """The changes of a catalog after a moment, oldest first."""
    query = select(Revision).where(
        Revision.locale == place.locale, Revision.domain == place.domain, Revision.at > moment
    )
    return db.session.scalars(query.order_by(Revision.id)).all()


def undone(file: PoFile, revisions: Iterable[Revision]) -> bytes:
    """The catalog as it was before these changes, as far as they tell: translations and whether they are to check."""
    first: dict[str, Revision] = {}
    for revision in revisions:
        first.setdefault(revision.eid, revision)
    changes, added = [], []
    for eid, revision in first.items():
        entry = file.find(eid)
        if entry is None:
            continue
        if revision.before is None:
            added.append(entry)
        elif len(revision.before) == 1 or entry.plural is not None:
            changes.append(Change(eid, tuple(revision.before), FUZZY in revision.before_flags))
    content = splicing.spliced(file, changes)
    if not added:
        return content
    return _without(po.parse(content), {entry.eid for entry in added})


def _without(file: PoFile, eids: set[str]) -> bytes:
    """The catalog without these entries."""
    text, position, made = file.text, 0, []
    for entry in sorted(file.entries, key=lambda each: each.span):
        if entry.eid in eids:
            start, _keyword, end = entry.span
            made.append(text[position:start])
            position = text.find("\n", end) + 1 or len(text)
    made.append(text[position:])
    return "".join(made).encode("utf-8")
