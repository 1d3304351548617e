"""The links of a comment, however they are written; the same link twice is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backoffice.rules.domains import domain_of
from backoffice.rules.endings import ENDINGS
from backoffice.rules.folding import folded

#: Links that are told apart; a comment with more has enough of them for every rule.
MOST_LINKS = 200
_STOP = r"\s<>\"'`()\[\]{}|\\^,;"
# With a scheme, or beginning like a name. Each part is bounded and none can be read in two ways, so time is linear.
_LINK = re.compile(
    rf"(?P<scheme>\b(?:https?|ftp|hxxps?)://)(?P<rest>[^{_STOP}]+)"
    rf"|(?:(?<![\w.@/:-])|(?<=[\s\"'(=]//))(?P<name>(?:[\w-]{{1,63}}\.){{1,20}}[\w-]{{2,63}})(?![\w@-])(?P<more>(?::\d{{1,5}})?(?:[/?#][^{_STOP}]*)?)"
)
# Signs that end a sentence rather than an address.
_TRAILING = ".!?:*_~'\""


@dataclass(frozen=True, slots=True)
class Link:
    """One link: where it stands first in the text, its domain as the network writes it, and what tells it apart."""

    start: int
    end: int
    domain: str
    key: str


def links_in(text: str) -> list[Link]:
    """The links of a text in their order, each once. Mail addresses are none."""
    it = folded(text)
    found: dict[str, Link] = {}
    for match in _LINK.finditer(it.text):
        # The host as it was written: folding takes accents away, which makes another domain of it.
        start, end = it.span(match.start(), match.end())
        link = _with_scheme(text[start:end], start) if match["scheme"] else _bare(text[start:end], start)
        if link is not None:
            found.setdefault(link.key, link)
            if len(found) == MOST_LINKS:
                break
    return list(found.values())


def _with_scheme(written: str, start: int) -> Link | None:
    written = written.rstrip(_TRAILING)
    rest = (
        written.split("://", 1)[-1]
        if "://" in written
        else re.split(r"[/\N{FULLWIDTH SOLIDUS}]{2}", written, maxsplit=1)[-1]
    )
    host, tail = _parted(rest)
    domain = domain_of(host) or (host.lower() if host else None)
    return _link(written, start, domain, tail)


def _bare(written: str, start: int) -> Link | None:
    written = written.rstrip(_TRAILING)
    host, tail = _parted(written)
    domain = domain_of(host)
    if domain is None:
        return None
    ending = domain.rsplit(".", 1)[-1]
    last = host.rstrip(".").rsplit(".", 1)[-1]
    # "Yes.It is" is a missing space; nobody writes the ending of a domain so.
    is_known = ending in ENDINGS and (last.isupper() or not last[:1].isupper())
    if not is_known and not domain.startswith("www."):
        return None
    return _link(written, start, domain, tail)


def _parted(rest: str) -> tuple[str, str]:
    """Host and what follows it, without who signs in and the port."""
    match = re.search(r"[/?#\\]", rest)
    place = match.start() if match else len(rest)
    host, tail = rest[:place], rest[place:]
    return host.rsplit("@", 1)[-1].split(":", 1)[0], tail


def _link(written: str, start: int, domain: str | None, tail: str) -> Link | None:
    if not domain:
        return None
    domain = domain.removeprefix("www.")
    key = domain + tail.split("#", 1)[0].rstrip("/")
    return Link(start, start + len(written), domain, key)
