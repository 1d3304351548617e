"""Two people changed one entry: what it was, what each made of it, and both brought together where that can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backoffice.catalogs.library import Item, Shelf
from backoffice.workbench.differences import Parts, merged, words_changed
from backoffice.workbench.judging import label_of
from backoffice.workbench.sights import fitted, labels_of


@dataclass(frozen=True)
class Clash:
    """What somebody else made of the same entry. `forms` stand beside each other, `mine` is what was typed."""

    who: str | None
    at: datetime | None
    forms: Sequence[ClashForm]
    mine: Sequence[str]
    is_merged: bool


@dataclass(frozen=True)
class ClashForm:
    """One form of the three."""

    label: str
    original: str
    theirs: Parts
    mine: Parts


def clash_of(
    shelf: Shelf, item: Item, was: Sequence[str], mine: Sequence[str], who: str | None, at: datetime | None
) -> tuple[Clash, list[str]]:
    """The three versions of each form, and the texts to go on with: brought together, else mine."""
    names = labels_of(shelf, item)
    count = len(names)
    original, theirs, typed = (fitted(forms, count) for forms in (was, item.forms, mine))
    forms = [
        ClashForm(
            label_of(names[index]) if count > 1 else "",
            original[index],
            words_changed(original[index], theirs[index]),
            words_changed(original[index], typed[index]),
        )
        for index in range(count)
        if not original[index] == theirs[index] == typed[index]
    ]
    together = [merged(*texts) for texts in zip(original, theirs, typed, strict=True)]
    whole = [text for text in together if text is not None]
    is_merged = len(whole) == count and whole not in (list(theirs), list(typed))
    return Clash(who, at, forms, typed, is_merged), whole if is_merged else list(typed)
