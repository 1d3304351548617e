"""Names of domains in one form, and lists of them that hold for everything below each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import idna

LONGEST_NAME = 253


def domain_of(name: str) -> str | None:
    """The name as the network writes it (lower case, punycode, no dot at the end); None for what is no domain."""
    name = "".join(each for each in unicodedata.normalize("NFKC", name) if unicodedata.category(each) != "Cf")
    name = name.strip().strip(".").lower()
    if not name or len(name) > LONGEST_NAME or "." not in name:
        return None
    if name.isascii():
        labels = name.split(".")
        return name if all(label and len(label) < 64 and _is_plain(label) for label in labels) else None
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def domain_in_line(line: str) -> str | None:
    """The domain a person means by a line: a name, `*.name`, an address of a page or of a mailbox."""
    line = line.strip()
    if "://" in line:
        line = line.split("://", 1)[1]
    line = line.split("/", 1)[0].rsplit("@", 1)[-1].split(":", 1)[0]
    return domain_of(line.removeprefix("*.").removeprefix("www."))


class Domains:
    """A list of domains; each stands for itself and everything below it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = {name: line for line in lines if (name := domain_in_line(line))}

    def line_for(self, domain: str | None) -> str | None:
        """The line that holds for the domain, the nearest first; the work grows with the labels of the name."""
        return next((self._lines[each] for each in _upwards(domain) if each in self._lines), None) if domain else None


def _is_plain(label: str) -> bool:
    return label.replace("-", "a").replace("_", "a").isalnum()


def _upwards(domain: str) -> Iterator[str]:
    while True:
        yield domain
        _label, dot, domain = domain.partition(".")
        if not dot:
            return
