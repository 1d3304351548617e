"""Saving translations: many entries of one catalog in one write, none lost, and nothing wrong can go live.

Whoever saves says which version of each entry was seen. Under a lock the file is read again; entries that somebody
else changed meanwhile, that are gone or have an error are left out and reported, the others are written.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from flask import current_app

from backoffice.catalogs import (
    checks,
    compiling,
    headers,
    history,
    locking,
    po,
    recording,
    rereading,
    splicing,
    torn,
    upkeep,
)
from backoffice.catalogs.checks import NOTHING, Facts, Finding, Rule, Severity, Source
from backoffice.catalogs.checks.finding import ALLOWED
from backoffice.catalogs.history import Written
from backoffice.catalogs.languages import language_of
from backoffice.catalogs.layers import Stamp, stamp_of
from backoffice.catalogs.locking import Busy, Lock, ReadOnly
from backoffice.catalogs.places import OURS, Place, catalog_path
from backoffice.catalogs.po import ABSENT, Entry, PoFault, PoFile
from backoffice.catalogs.replacing import Moved, drafted_over, quiet, replace_file
from backoffice.catalogs.splicing import Addition, Change
from backoffice.foundation import clock
from backoffice.foundation.acting import present
from backoffice.foundation.database import db
from backoffice.foundation.errors import InvalidInput
from backoffice.foundation.i18n import _l

__all__ = ["ABSENT", "AFTER", "Busy", "Edit", "Outcome", "PoFault", "ReadOnly", "judged", "save"]

log = logging.getLogger(__name__)

Status = Literal["saved", "same", "conflict", "gone", "refused"]

#: How often to begin again when a program that knows no lock wrote the file in between.
_TRIES = 20
#: A form is never longer, unless its English text is.
MOST_CHARACTERS = 10_000
#: What GNU gettext or other parsers take for something else, or for the end of a line.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
#: One person's name and moment stay in the header for so long.
_SESSION = timedelta(hours=1)


@dataclass(frozen=True)
class Edit:
    """What somebody wants an entry to be. `base` is the version she saw; None overwrites whatever is there."""

    eid: str
    base: str | None
    forms: tuple[str, ...]
    fuzzy: bool = False
    #: The translator's comment, line by line; None leaves it.
    comments: tuple[str, ...] | None = None
    #: The English side, for an entry that an overlay does not have yet.
    source: Source | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of an edit; `before` and `after` are None where there was or is no entry."""

    eid: str
    status: Status
    before: Entry | None = None
    after: Entry | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_success(self) -> bool:
        """Whether the file says now what was wanted."""
        return self.status in ("saved", "same")


#: Called after each write with the catalog and what was saved in it, outside the lock, where there is a database.
AFTER: list[Callable[[Place, Sequence[Outcome]], None]] = []


@dataclass(frozen=True)
class _Policy:
    """What whoever saves may do and wants."""

    overrides_security: bool
    accepts_warnings: bool
    update_header: bool
    facts: Facts


@dataclass
class _Planned:
    """What one write would do."""

    changes: list[Change] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    #: By the number of the edit.
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    overridden: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def eids(self) -> set[str]:
        return {outcome.eid for outcome in self.outcomes.values() if outcome.status == "saved"}


def save(
    folder: Path,
    locale: str,
    domain: str,
    edits: Iterable[Edit],
    *,
    overrides_security: bool = False,
    accepts_warnings: bool = True,
    update_header: bool = True,
    facts: Facts = NOTHING,
) -> list[Outcome]:
    """Write these edits into one catalog, compile it, and put that into the trail; one outcome for each, in order.

    Commits, so nothing may wait in the database. With `overrides_security` findings about security do not refuse an
    edit; without `accepts_warnings` warnings do. What no file should hold is refused even to be checked. Raises Busy,
    ReadOnly, or PoFault where the file has to be mended first. Without a database the file is written all the same.
    """
    wanted = [_cleaned(edit) for edit in edits]
    policy = _Policy(overrides_security, accepts_warnings, update_header, facts)
    if len({edit.eid for edit in wanted}) < len(wanted):
        raise ValueError("an entry can be saved only once at a time")
    path = catalog_path(folder, locale, domain)
    if not wanted or not path.parent.is_dir():
        return [Outcome(edit.eid, "gone") for edit in wanted]
    with locking.alone(path) as lock:
        for _attempt in range(_TRIES):
            try:
                outcomes = _saved(folder, Place(locale, domain), wanted, policy, lock)
                break
            except Moved:
                continue
        else:
            raise Busy(_l("Another program keeps writing this catalog. Try again."))
    if any(outcome.status == "saved" for outcome in outcomes) and current_app and recording.can_be_recorded():
        _tell(Place(locale, domain), outcomes)
    return outcomes


def _tell(place: Place, outcomes: Sequence[Outcome]) -> None:
    """Let those who listen know; what goes wrong there does not undo what was saved."""
    for listener in AFTER:
        try:
            listener(place, outcomes)
        except Exception:
            db.session.rollback()
            log.exception("what follows from a saved translation of %s could not be done", place.part)


def judged(
    source: Source, forms: Sequence[str], rule: Rule, locale: str, *, fuzzy: bool = False, facts: Facts = NOTHING
) -> list[Finding]:
    """What is wrong with forms that somebody wants to save; nothing for an entry that is to be empty."""
    if not any(forms):
        return []
    return checks.findings(source, forms, rule, locale, facts=replace(facts, is_fuzzy=fuzzy))


def _saved(folder: Path, place: Place, edits: Sequence[Edit], policy: _Policy, lock: Lock) -> list[Outcome]:
    path = catalog_path(folder, place.locale, place.domain)
    stamp = quiet(path, lock.left)
    content = torn.content_of(path) if stamp else b""
    if not content:
        content = upkeep.begun(place.locale, place.domain) if place.domain != OURS else b""
    file = rereading.read(path, content)
    rule = compiling.rule_of(file, place.locale)[0]
    plan = _Planned()
    for number, edit in enumerate(edits):
        plan.outcomes[number] = _planned(plan, file, edit, rule, place.locale, policy)
    if not plan.eids:
        return [plan.outcomes[number] for number in range(len(edits))]
    written = splicing.spliced(file, plan.changes)
    if plan.additions:
        written = splicing.appended(po.parse(written), plan.additions)
    after = splicing.verified(file, written, plan.eids)
    if fields := {**headers.encoding(after), **(_header(after) if policy.update_header else {})}:
        after = rereading.reread(after, splicing.with_header(after, fields))
    for number, outcome in plan.outcomes.items():
        plan.outcomes[number] = replace(outcome, after=after.find(outcome.eid))
    _write(folder, place, stamp, file if stamp else None, after, plan)
    lock.leave(stamp_of(path))
    return [plan.outcomes[number] for number in range(len(edits))]


def _planned(plan: _Planned, file: PoFile, edit: Edit, rule: Rule, locale: str, policy: _Policy) -> Outcome:
    """Decide about one edit and add what has to be written for it to the plan."""
    entry = file.find(edit.eid)
    if entry is None and (edit.source is None or edit.base not in (None, ABSENT)):
        return Outcome(edit.eid, "gone")
    source = entry.source if entry else edit.source
    assert source is not None
    if entry is None and po.eid_of(source.id, source.context) != edit.eid:
        raise ValueError("the source is not that of the entry")
    if (len(edit.forms) != 1) if source.plural is None else not edit.forms:
        raise ValueError("the number of forms does not fit the entry")
    if not any("\r" in text for text in source.texts):
        edit = replace(edit, forms=tuple(form.replace("\r\n", "\n").replace("\r", "\n") for form in edit.forms))
    if entry is not None and _is_same(entry, edit):
        return Outcome(edit.eid, "same", entry, entry)
    if edit.base is not None and edit.base != (entry.base if entry else ABSENT):
        return Outcome(edit.eid, "conflict", entry, entry)
    was_allowed = entry is not None and ALLOWED in entry.flags and entry.forms == edit.forms
    if not was_allowed:
        source = source.strict
    findings = tuple(judged(source, edit.forms, rule, locale, fuzzy=edit.fuzzy, facts=policy.facts))
    errors = [each for each in findings if each.severity is Severity.ERROR]
    overridden = tuple(each.code for each in errors if each.is_security and policy.overrides_security)
    is_refused = len(errors) > len(overridden) or (bool(findings) and not policy.accepts_warnings)
    if (is_refused and not edit.fuzzy) or not all(_fits(form, source) for form in edit.forms):
        return Outcome(edit.eid, "refused", entry, entry, findings)
    if entry is None:
        allowed = replace(source, flags=(*source.flags, ALLOWED)) if overridden and not edit.fuzzy else source
        plan.additions.append(Addition(allowed, edit.forms, edit.fuzzy, edit.comments or ()))
    else:
        is_allowed = was_allowed or (bool(overridden) and not edit.fuzzy)
        plan.changes.append(Change(edit.eid, edit.forms, edit.fuzzy, edit.comments, is_allowed))
    plan.overridden[edit.eid] = () if edit.fuzzy else overridden
    return Outcome(edit.eid, "saved", entry, None, findings)


def _fits(form: str, source: Source) -> bool:
    """Whether a form can stand in a file at all, even to be checked: other programs have to read it too."""
    longest = max(MOST_CHARACTERS, 4 * max(map(len, source.texts)))
    return len(form) <= longest and not _UNWRITABLE.search(form)


def _is_same(entry: Entry, edit: Edit) -> bool:
    return (
        entry.forms == edit.forms
        and entry.is_fuzzy == edit.fuzzy
        and (edit.comments is None or edit.comments == entry.comments)
    )


def _cleaned(edit: Edit) -> Edit:
    """A comment as lines without ends. Raises InvalidInput for what no file can hold."""
    comments = edit.comments
    if comments is not None:
        comments = tuple(part for line in comments for part in (line.splitlines() or [""]))
        comments = tuple(_UNWRITABLE.sub("", line).rstrip()[:MOST_CHARACTERS] for line in comments)
        while comments and not comments[-1]:
            comments = comments[:-1]
    try:
        "\n".join((*edit.forms, *(comments or ()))).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(_l("This text contains half a character. Type it again."), field="forms") from error
    return replace(edit, comments=comments)


def _header(file: PoFile) -> dict[str, str]:
    """The fields that say who translated last, where the installation wants that and they do not say so already."""
    if not current_app or not current_app.config.get("NAME_TRANSLATORS"):
        return {}
    name, now = getattr(present().actor, "actor_name", ""), clock.now()
    try:
        told = datetime.strptime(file.header.get("PO-Revision-Date", ""), "%Y-%m-%d %H:%M%z")
    except ValueError:
        told = None
    if not name or (file.header.get("Last-Translator") == name and told and timedelta(0) <= now - told < _SESSION):
        return {}
    return {"PO-Revision-Date": now.strftime("%Y-%m-%d %H:%M%z"), "Last-Translator": name}


def _write(
    folder: Path, place: Place, stamp: Stamp | None, before: PoFile | None, after: PoFile, plan: _Planned
) -> None:
    path = catalog_path(folder, place.locale, place.domain)
    with drafted_over(path, stamp, after.content) as put:
        if stamp_of(path) != stamp:
            raise Moved
        with _written_down(folder, place, before, after, plan):
            put()
    rereading.remember(path, after)
    _publish(folder, path, place.locale, after)


def _written_down(
    folder: Path, place: Place, before: PoFile | None, after: PoFile, plan: _Planned
) -> AbstractContextManager[None]:
    if not current_app or not recording.can_be_recorded():
        return nullcontext()
    facts = history.facts_of(place.locale, place.domain, _told(plan))
    path = catalog_path(folder, place.locale, place.domain)
    return recording.edit_written_down(folder, path, before.content if before else b"", after.content, facts)


def _told(plan: _Planned) -> Iterator[Written]:
    for outcome in plan.outcomes.values():
        entry = outcome.after
        if outcome.status != "saved" or entry is None:
            continue
        was = outcome.before
        yield Written(
            eid=outcome.eid,
            id=entry.id,
            context=entry.context,
            before=was.forms if was else None,
            before_flags=was.flags if was else (),
            after=entry.forms,
            after_flags=entry.flags,
            overridden=plan.overridden.get(outcome.eid, ()),
        )


def _publish(folder: Path, path: Path, locale: str, file: PoFile) -> None:
    """Compile what was just written, unless somebody does that by hand.

    That it cannot be done is no reason to say that the text was not saved: pages read the .po then.
    """
    if language_of(locale, folder).is_manual:
        return
    try:
        content, _left_out = compiling.compiled(file, locale)
        replace_file(path.with_suffix(".mo"), content, is_kept=False)
    except Exception:
        log.exception("%s was saved but not compiled", path)
