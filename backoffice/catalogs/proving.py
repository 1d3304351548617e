"""Before a changed .po file is put in place: two parsers say that it holds what was meant, and the rest as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from babel.messages import Message
from babel.messages.pofile import PoFileError, read_po

from backoffice.catalogs import po, reading, rereading
from backoffice.catalogs.po import Entry, PoFile
from backoffice.foundation.errors import DomainError
from backoffice.foundation.i18n import _l

#: What Babel raises for what it cannot read.
_UNREADABLE = (PoFileError, ValueError, LookupError, AssertionError, TypeError, AttributeError)


class Unsound(DomainError):
    """What was written is not what was meant; nothing has been put in place."""

    status = 500


def verified(before: PoFile, after: bytes, eids: Iterable[str]) -> PoFile:
    """The new file, read again, where only these entries differ. Raises Unsound for any other difference.

    Our parser reads the whole file, Babel's the entries that changed and those around them.
    """
    changed = set(eids)
    try:
        file = rereading.reread(before, after)
    except po.PoFault as fault:
        raise _unsound(fault.in_english()) from fault
    if file.head != before.head:
        raise _unsound("the header changed")
    kept = [entry for entry in before.entries if entry.eid not in changed]
    found = [entry for entry in file.entries if entry.eid not in changed]
    if len(kept) != len(found) or not all(map(_is_same, kept, found)):
        raise _unsound("another entry changed")
    if before.obsolete != file.obsolete:
        raise _unsound("an obsolete entry changed")
    _agreed(before, file, changed)
    return file


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether two entries say the same; most are what was known, moved by some lines."""
    return (one.head is other.head and one.id is other.id and one.forms is other.forms) or one == other


def _unsound(reason: str) -> Unsound:
    return Unsound(_l("The file was not written, as it would not have been right: %(reason)s.", reason=reason))


def _agreed(before: PoFile, file: PoFile, changed: set[str]) -> None:
    """Let Babel read what changed between what stands beside it, and compare."""
    entries = file.entries
    places = [index for index, entry in enumerate(entries) if entry.eid in changed]
    if len(places) < len(changed):
        raise _unsound("an entry is missing")
    near = sorted({each for index in places for each in (index - 1, index, index + 1) if 0 <= each < len(entries)})
    # Babel takes every entry without a text for the header, also in a context.
    near, places = ([index for index in some if entries[index].id] for some in (near, places))
    try:
        messages = dict(zip(near, _read_by_babel(file, [entries[index] for index in near]), strict=True))
    except _UNREADABLE as error:
        # What Babel could not read before is no reason not to write it or beside it.
        if not _is_readable(before, [entry for entry in before.entries if entry.id and entry.eid in changed]):
            return
        if _is_readable(file, [entries[index] for index in near if index not in places]):
            raise _unsound(str(error) or type(error).__name__) from error
        messages = dict(zip(places, _read_by_babel(file, [entries[index] for index in places]), strict=True))
    for index in places:
        entry = entries[index]
        message = messages[index]
        forms = reading.forms_of(message)
        if forms[: len(entry.forms)] != entry.forms or any(forms[len(entry.forms) :]):
            raise _unsound("Babel reads an entry differently")
        if message.fuzzy != entry.is_fuzzy:
            raise _unsound("Babel reads the flags of an entry differently")


def _read_by_babel(file: PoFile, entries: Sequence[Entry]) -> list[Message]:
    """These entries alone, in their order, with room for as many forms as any of them has."""
    most = max((len(entry.forms) for entry in entries), default=1)
    fields = f'"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals={most}; plural=0;\\n"'
    told = [f'msgid ""\nmsgstr ""\n{fields}', *(file.text[entry.span[0] : entry.span[2]] for entry in entries)]
    catalog = read_po(BytesIO("\n\n".join(told).encode("utf-8")), abort_invalid=True)
    return reading.entries(catalog)


def _is_readable(file: PoFile, entries: Sequence[Entry]) -> bool:
    try:
        _read_by_babel(file, entries)
    except _UNREADABLE:
        return False
    return True
