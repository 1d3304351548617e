"""Bringing a catalog in line with its template, line by line: what did not change keeps its lines, as translators left
them. New texts stand where the template has them; what is gone is kept as obsolete, and comes back with its texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from babel.messages import Catalog, Message
from babel.messages.pofile import generate_po

from backoffice.catalogs import po, reading
from backoffice.catalogs.patterns import PLURAL
from backoffice.catalogs.po import FUZZY, Entry, PoFile

#: How alike two English texts have to be for one's translation to be a guess for the other; as Babel has it.
ALIKE = 0.7

#: What Babel made of the older English text in earlier versions of a file.
_DEBRIS = re.compile(r'#[ \t]+\|[ \t]*(?:msg|")')
_WORDS = re.compile(r"\s+")


@dataclass(frozen=True)
class Policy:
    """`guesses`: put the translation of a similar text into a new entry, to be checked; `remembers`: with that text."""

    guesses: bool = False
    remembers: bool = False


def updated(file: PoFile, wanted: Catalog, policy: Policy | None = None) -> bytes:
    """The catalog with exactly the entries of a template, of which only the comments for people are looked at."""
    return _Update(file, wanted, policy or Policy()).content()


@dataclass
class _Block:
    """One entry with what stands above it, as it is in the file."""

    raw: str
    entry: Entry | None


class _Update:
    def __init__(self, file: PoFile, wanted: Catalog, policy: Policy) -> None:
        self.file, self.policy = file, policy
        self.newline = file.newline
        self.wanted = {reading.key_of(each): each for each in reading.entries(wanted)}
        blocks = list(_blocks(file.text))
        self.head = [
            block for block in blocks if block.entry is not None and _is_header(block.entry) and block.entry.line
        ]
        self.present = {_key(block.entry): block for block in blocks if block.entry is not None and block.entry.line}
        self.blocks = [block for block in blocks if block not in self.head]
        self.old = {_key(block.entry): block for block in blocks if block.entry is not None and not block.entry.line}

    def content(self) -> bytes:
        """The new bytes."""
        new = self._new()
        made = [block.raw for block in self.head]
        obsolete: list[str] = []
        made += new.pop(None, [])
        for block in self.blocks:
            entry = block.entry
            if entry is None:
                obsolete.append(block.raw)
            elif not entry.line:
                # What comes back is written as a new entry.
                if _key(entry) not in self.wanted or _key(entry) in self.present:
                    obsolete.append(block.raw)
            elif (message := self.wanted.get(_key(entry))) is None:
                obsolete += self._retired(block)
            else:
                made.append(self._kept(block, message))
                made += new.pop(_key(entry), [])
        text = "".join(_ended(raw, self.newline) for raw in [*made, *obsolete][:-1]) + "".join([*made, *obsolete][-1:])
        return text.encode("utf-8")

    def _new(self) -> dict[tuple[str, str | None] | None, list[str]]:
        """The new entries by the one that they stand behind; None for those at the beginning."""
        made: dict[tuple[str, str | None] | None, list[str]] = {}
        anchor: tuple[str, str | None] | None = None
        for key, message in self.wanted.items():
            if key in self.present:
                anchor = key
            else:
                made.setdefault(anchor, []).append(self.newline + self._begun(key, message))
        return made

    def _begun(self, key: tuple[str, str | None], message: Message) -> str:
        left = self.old.get(key)
        if left is not None and left.entry is not None:
            return self._told(message, left.entry)
        guess = self._guess(key) if self.policy.guesses else None
        if guess is None:
            return self._told(message)
        return self._told(message, guess, is_guess=True)

    def _guess(self, key: tuple[str, str | None]) -> Entry | None:
        known = {each.id: each for each in self.file.entries if each.is_translated and each.context == key[1]}
        found = get_close_matches(key[0], known, 1, ALIKE)
        return known[found[0]] if found else None

    def _told(self, message: Message, entry: Entry | None = None, is_guess: bool = False) -> str:
        """A new entry as Babel writes it, with the translation of another where there is one."""
        catalog = Catalog()
        forms, flags, comments = self._forms(message, entry), set(message.flags) - {FUZZY}, list[str]()
        fits = entry is None or (entry.plural is None) == isinstance(message.id, str)
        if any(forms) and entry is not None and (is_guess or entry.is_fuzzy or not fits):
            flags.add(FUZZY)
        if entry is not None and not is_guess:
            comments = [line for line in entry.comments if line.strip()]
        count = len(forms) if not isinstance(message.id, str) else self.file.nplurals
        catalog.mime_headers = [("Plural-Forms", f"nplurals={count}; plural=0;")]
        previous = entry.source.texts if entry is not None and is_guess and self.policy.remembers else ()
        catalog[message.id] = Message(
            message.id,
            forms[0] if isinstance(message.id, str) else forms,
            message.locations,
            flags,
            message.auto_comments,
            comments,
            previous,
            context=message.context,
        )
        told = "".join(generate_po(catalog, omit_header=True, include_lineno=False, include_previous=bool(previous)))
        return told.rstrip("\n").replace("\n", self.newline) + self.newline

    def _forms(self, message: Message, entry: Entry | None) -> tuple[str, ...]:
        count = 1 if isinstance(message.id, str) else self.file.nplurals
        forms = entry.forms if entry is not None else ()
        return (*forms, *([""] * (count - len(forms))))[:count]

    def _kept(self, block: _Block, message: Message) -> str:
        """The lines of an entry; only those that come from the code change."""
        entry = block.entry
        assert entry is not None
        plural = None if isinstance(message.id, str) else message.id[1]
        if (plural is None) != (entry.plural is None):
            blank = self.newline if block.raw.startswith(("\n", "\r\n")) else ""
            return blank + self._told(message, entry)
        told = self._told(message).split(self.newline)
        start = entry.span[1] - entry.span[0]
        lines, rest = block.raw[:start].splitlines(keepends=True), block.raw[start:]
        if plural != entry.plural:
            rest = self._with_plural(rest, message)
        lines = [line for line in lines if not _DEBRIS.match(line.strip())]
        if _said(entry.notes) != _said(message.auto_comments):
            lines = self._with_lines(lines, "#.", [line for line in told if line.startswith("#.")])
        if _files(entry.places) != _files(name for name, _line in message.locations):
            lines = self._with_lines(lines, "#:", [line for line in told if line.startswith("#:")])
        if not set(message.flags) - {FUZZY} <= set(entry.flags):
            flags = sorted({*entry.flags, *message.flags} - ({FUZZY} - set(entry.flags)))
            lines = self._with_lines(lines, "#,", [f"#, {', '.join(flags)}"])
        return "".join(lines) + rest

    def _with_lines(self, lines: list[str], mark: str, new: Sequence[str]) -> list[str]:
        """The lines of this kind replaced, in the place where GNU gettext has them."""
        rank = ["#.", "#:", "#,", "#|"]
        kept = [line for line in lines if line.strip()[:2] != mark]
        later = rank[rank.index(mark) + 1 :]
        at = next((index for index, line in enumerate(kept) if line.strip()[:2] in later), len(kept))
        return [*kept[:at], *(line + self.newline for line in new), *kept[at:]]

    def _with_plural(self, rest: str, message: Message) -> str:
        told = self._told(message)
        new = told[told.index("msgid_plural ") : told.index("msgstr[0]")]
        return PLURAL.sub(lambda _match: new, rest, count=1)

    def _retired(self, block: _Block) -> Iterator[str]:
        """An entry as an obsolete one, if there is anything to keep."""
        entry = block.entry
        assert entry is not None
        if not any(map(str.strip, entry.forms)):
            return
        start = entry.span[1] - entry.span[0]
        above = [line for line in block.raw[:start].splitlines() if line.strip()[:2] in ("#", "# ", "#,")]
        kept = [f"#, {FUZZY}" if line.strip()[:2] == "#," else line for line in above]
        if not entry.is_fuzzy:
            kept = [line for line in kept if line.strip()[:2] != "#,"]
        said = [f"#~ {line}" for line in block.raw[start:].splitlines() if line.strip()]
        yield "".join(line + self.newline for line in ["", *dict.fromkeys(kept), *said])


def _blocks(text: str) -> Iterator[_Block]:
    """The whole text in pieces: an entry each, an obsolete one each, and the rest."""
    position = 1 if text.startswith("\ufeff") else 0
    if position:
        yield _Block(text[:1], None)
    for start, end, entry in po.pieces(text, position):
        yield _Block(text[start:end], entry)


def _is_header(entry: Entry) -> bool:
    return not entry.id and entry.context is None and entry.line > 0


def _key(entry: Entry) -> tuple[str, str | None]:
    return entry.id, entry.context


def _ended(raw: str, newline: str) -> str:
    return raw if not raw or raw.endswith("\n") or raw == "\ufeff" else raw + newline


def _said(lines: Sequence[str]) -> list[str]:
    """The words of comments, however they are wrapped."""
    return _WORDS.split(" ".join(lines).strip())


def _files(places: Iterable[object]) -> list[str]:
    names = (re.sub(r":\d+$", "", str(place)) for place in places)
    return sorted(set(names))
