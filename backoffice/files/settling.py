"""What became of a step that was cut off: the disk is looked at, and what stands halfway is completed or cleared away.

Every step changes one name as its last act, or gives a file a second name before the first goes. So there is always an
answer, whichever instruction was the last.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from backoffice.files.attic import Attic
from backoffice.files.jail import Jail, parts_of
from backoffice.files.marks import mark_of
from backoffice.files.steps import Step, What
from backoffice.foundation.errors import NotFound


def happened(jail: Jail, attic: Attic | None, step: Step) -> bool:
    """Whether the step is done. Nobody else may change anything meanwhile."""
    match step.what:
        case What.PUT:
            return _mark(jail, step.path) == step.sha256
        case What.MAKE:
            return bool(_mark(jail, step.path))
        case What.SHIFT:
            return _shifted(jail, step)
    if attic is None:
        return _mark(jail, step.path) == step.sha256 if step.what == What.REPLACE else not _mark(jail, step.path)
    match step.what:
        case What.TAKE:
            return bool(attic.mark(step.kept))
        case What.BRING:
            return _brought(jail, attic, step)
    return _replaced(jail, attic, step)


def _shifted(jail: Jail, step: Step) -> bool:
    with _parent(jail, step.path) as (source, old), _parent(jail, step.to) as (target, new):
        if not (mark_of(target, new) if target is not None else ""):
            return False
        if source is None or not mark_of(source, old):
            return True
        if target is not None and _is_same(source, old, target, new):
            return _moved_on(source, old, target, new)
        return False


def _brought(jail: Jail, attic: Attic, step: Step) -> bool:
    with _parent(jail, step.path) as (folder, name):
        if folder is None or not mark_of(folder, name):
            return False
        if not step.is_dir and attic.is_same(step.source, folder, name):
            with attic.folder() as kept:
                return _moved_on(kept, str(step.source), folder, name)
        return not attic.mark(step.source)


def _replaced(jail: Jail, attic: Attic, step: Step) -> bool:
    """A replaced or reverted content: a copy that nothing needs goes, one that is the last of its kind stays."""
    there = _mark(jail, step.path)
    if there == step.sha256 and not (step.source and attic.mark(step.source)):
        return True
    if there == step.sha256_before and step.kept:
        attic.destroy(step.kept)
    return False


def _moved_on(source: int, old: str, target: int, new: str) -> bool:
    """Leave one of two names to a file that has both: the new one, unless the disk will not let go of the old."""
    try:
        os.unlink(old, dir_fd=source)
    except PermissionError:
        os.unlink(new, dir_fd=target)
        return False
    return True


@contextmanager
def _parent(jail: Jail, path: str) -> Iterator[tuple[int | None, str]]:
    """The open folder in which the path lies, None if it is gone, and the name there."""
    parts = parts_of(path)
    folder: int | None = None
    with suppress(NotFound), jail.folder(parts[:-1]) as found:
        folder = os.dup(found)
    try:
        yield folder, parts[-1]
    finally:
        if folder is not None:
            os.close(folder)


def _mark(jail: Jail, path: str) -> str:
    with _parent(jail, path) as (folder, name):
        return mark_of(folder, name) if folder is not None else ""


def _is_same(source: int, old: str, target: int, new: str) -> bool:
    first, second = (
        os.stat(name, dir_fd=folder, follow_symlinks=False) for folder, name in ((source, old), (target, new))
    )
    return os.path.samestat(first, second)
