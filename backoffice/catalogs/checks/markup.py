"""Whether a translation has the markup, character codes and addresses of its English text, and no others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from backoffice.catalogs.checks.finding import Finding, Source
from backoffice.catalogs.checks.registry import finding
from backoffice.foundation.i18n import _l

_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][^\s/<>]*)(?P<rest>(?:[^<>\"']+|\"[^\"]*\"|'[^']*')*+)(?P<end>>)?"
    r"|<[!?][^>]*>?"
)
_ATTRIBUTE = re.compile(r"""([^\s=/"'>…]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


def _names(names: str) -> list[str]:
    return names.split()


_VOID = frozenset(_names("area base br col embed hr img input link meta source track wbr"))
#: What browsers know; anything else in angle brackets, without attributes, is a word such as "<name of the file>".
_KNOWN = _VOID | frozenset(
    _names(
        """
        a abbr acronym address applet article aside audio b basefont bdi bdo bgsound big blink blockquote body
        button canvas caption center cite code colgroup command data datalist dd del details dfn dialog dir div
        dl dt em fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup
        html i iframe image ins kbd keygen label layer legend li listing main map mark marquee math menu menuitem
        meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output p param picture
        plaintext portal pre progress q rb rp rt rtc ruby s samp script search section select slot small spacer
        span strike strong style sub summary sup svg table isindex tbody td template textarea tfoot th thead time
        title tr tt u ul var video xml xmp animate set use foreignobject path g text desc
        """
    )
)
#: Attributes that are read by people, and may therefore say something else.
_WORDS = frozenset(("title", "alt", "placeholder", "aria-label", "aria-description", "lang", "dir", "hreflang"))
_LINKS = frozenset(("href", "src", "cite"))

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TORN_ENTITY = re.compile(
    r"&\s+(?:nbsp|amp|lt|gt|quot|laquo|raquo|hellip|ndash|mdash)\s*;|&(?:nbsp|amp|lt|gt|quot)\b(?!;)"
)

_URL = re.compile(
    r"""(?:\b(?:https?|ftp)://|\bwww\.)[^\s"'<>()\[\]{}«»“”„‘’、。，）…\u200e\u200f]+(?:%\(\w+\)s[^\s"'<>()]*)*""", re.I
)
_SCHEME = re.compile(r"\b(?:(?:javascript|vbscript)\s*:|data:[a-z]+/|(?:file|blob|ftp)://?)", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_DOMAIN = re.compile(
    r"(?<![\w@.%/-])(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|io|xyz|top|dev|app|site|online|shop|ru|cn|tk|ly)(?![\w.-])",
    re.I,
)
_LANGUAGE_LABEL = re.compile(r"(?:www|[a-z]{2}(?:-[a-z]{2})?)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class _Markup:
    """The tags of a text, spelled alike where they mean the same; what is wrong with them, and plain words in `<>`."""

    tags: Counter[str]
    opening: tuple[tuple[str, str], ...]  # spelled alike, as written
    trouble: str | None
    words: int


@lru_cache(maxsize=4096)
def _markup(text: str) -> _Markup:
    tags: Counter[str] = Counter()
    opening: list[tuple[str, str]] = []
    open_names: list[str] = []
    words = 0
    trouble: str | None = None
    for match in _TAG.finditer(text):
        name = (match["name"] or "").lower()
        if name and name not in _KNOWN and match["end"] and "=" not in match["rest"]:
            words += 1
            continue
        spelled = _spelled(match)
        tags[spelled] += 1
        opening.append((spelled, match[0]))
        if not name:
            trouble = trouble or (None if match[0].endswith(">") else match[0])
        elif not match["end"]:
            trouble = trouble or match[0]
        elif match["close"]:
            if name in _VOID:
                continue
            if open_names and open_names[-1] == name:
                open_names.pop()
            else:
                trouble = trouble or match[0]
        elif name not in _VOID and not match["rest"].rstrip().endswith("/"):
            open_names.append(name)
    if open_names:
        trouble = trouble or f"<{open_names[-1]}>"
    return _Markup(tags, tuple(opening), trouble, words)


def _spelled(match: re.Match[str]) -> str:
    """The tag in the one spelling of all that mean the same; of links only the host counts, of words nothing."""
    if not match["name"]:
        return match[0]
    attributes = []
    for found in _ATTRIBUTE.finditer(match["rest"]):
        if not found[1].strip("."):
            continue
        name, value = found[1].lower(), next((each for each in found.groups()[1:] if each is not None), "")
        if name in _WORDS:
            value = "" if "<" not in value else value
        elif name in _LINKS:
            value = _of_link(value)
        attributes.append(f"{name}={value!r}")
    return f"<{match['close']}{' '.join([match['name'].lower(), *sorted(attributes)])}>"


def _of_link(value: str) -> str:
    """What must not change of a link: where it leads outside, else all of it."""
    host = _host(value)
    return f"//{_place(host)}" if host else value.strip()


def judged(source: Source, form: str, index: int | None) -> Iterator[Finding]:
    """The errors of one form: markup and addresses that the English text does not have."""
    texts = source.texts
    if "<" in form or any("<" in text for text in texts):
        yield from _tags(texts, form, index)
    if ":" in form or "." in form:
        yield from _foreign(texts, form, index)


def _tags(texts: tuple[str, ...], form: str, index: int | None) -> Iterator[Finding]:
    if not any("<" in text for text in texts):
        yield finding("markup", _l("It contains <, which the English text does not."), index)
        return
    given, known = _markup(form), [_markup(text) for text in texts]
    if given.trouble and not any(text.trouble for text in known):
        text = _l("The tag %(tag)s is not complete, not closed or not opened.", tag=given.trouble[:60])
        yield finding("broken_markup", text, index)
    if any(given.tags == text.tags for text in known):
        return
    closest = min(known, key=lambda text: ((text.tags - given.tags) + (given.tags - text.tags)).total())
    more, less = given.tags - closest.tags, closest.tags - given.tags
    written = dict(closest.opening)
    for spelled in more:
        text = _l("It has the tag %(tag)s, which the English text lacks.", tag=dict(given.opening)[spelled][:60])
        yield finding("markup", text, index)
    for spelled in less:
        yield finding("markup", _l("It lacks the tag %(tag)s.", tag=written[spelled][:60]), index, written[spelled])


def _foreign(texts: tuple[str, ...], form: str, index: int | None) -> Iterator[Finding]:
    if not (_SCHEME.search(form) or _URL.search(form) or _DOMAIN.search(form)):
        return
    english = " ".join(texts).lower()
    for scheme in dict.fromkeys(found.lower() for found in _SCHEME.findall(form)):
        if scheme not in english:
            text = _l("It contains %(address)s, which the English text does not.", address=scheme)
            yield finding("foreign_address", text, index)
    known = {_place(host) for host in _hosts(" ".join(texts))}
    for host in dict.fromkeys(_hosts(form)):
        if _place(host) not in known:
            text = _l("It leads to %(address)s, unlike the English text.", address=host[:80])
            yield finding("foreign_address", text, index)


def _urls(text: str) -> list[str]:
    """The addresses of a text that lead somewhere; `https://` alone does not."""
    urls = (found.rstrip(".,:;!?…'\"*") for found in _URL.findall(text))
    return [url for url in urls if not url.endswith("//")]


def _hosts(text: str) -> list[str]:
    urls = _urls(text)
    for url in urls:
        text = text.replace(url, " ")
    return [*filter(None, map(_host, urls)), *(found.lower() for found in _DOMAIN.findall(text))]


def _host(url: str) -> str:
    """The host that a browser would ask for this address; empty for addresses within the same place."""
    rest = re.sub(r"[\t\r\n]", "", url).strip()
    if not re.match(r"(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}", rest, re.IGNORECASE):
        if not rest.lower().startswith("www."):
            return ""
        rest = f"//{rest}"
    rest = re.split(r"[/\\]{2}", rest, maxsplit=1)[1].lstrip("/\\")
    return re.split(r"[/\\?#]", rest, maxsplit=1)[0].rsplit("@", 1)[-1].lower().rstrip(".")


def _place(host: str) -> str:
    """The host without a first part that names a language: `de.wikipedia.org` is the place that `en.` is.

    What is left has to be somebody's: `co.uk` is nobody's.
    """
    first, _dot, rest = host.partition(".")
    return rest if rest.find(".") >= 4 and _LANGUAGE_LABEL.match(first) else host


def warned(source: Source, form: str, index: int | None) -> Iterator[Finding]:
    """The warnings of one form: character codes, and addresses that changed without leading elsewhere."""
    texts = source.texts
    if "&" in form or any("&" in text for text in texts):
        yield from _entities(texts, form, index)
    if "<" in form and len({_markup(text).words for text in texts} | {_markup(form).words}) > len(
        {_markup(text).words for text in texts}
    ):
        yield finding("angle_words", _l("It has not as many words in <> as the English text."), index)
    if "://" in form or "@" in form or any("://" in text or "@" in text for text in texts):
        yield from _addresses(texts, form, index)


def _entities(texts: tuple[str, ...], form: str, index: int | None) -> Iterator[Finding]:
    english = " ".join(texts)
    if (found := _TORN_ENTITY.search(form)) and not _TORN_ENTITY.search(english):
        yield finding("entities", _l("The character code %(code)s is damaged.", code=found[0]), index)
    known, given = set(_ENTITY.findall(english)), set(_ENTITY.findall(form))
    for code in sorted(known & {"&lt;", "&gt;", "&amp;"} - given):
        yield finding("entities", _l("It lacks the character code %(code)s.", code=code), index, code)
    if given and not known and "<" not in english:
        text = _l("The character code %(code)s may be shown as it is.", code=sorted(given)[0])
        yield finding("entities", text, index)


def _addresses(texts: tuple[str, ...], form: str, index: int | None) -> Iterator[Finding]:
    given, known = _told(form), [_told(text) for text in texts]
    if given in known:
        return
    for address in sorted(known[-1] - given):
        text = _l("It lacks the address %(address)s.", address=address[:80])
        yield finding("changed_address", text, index, address)
    for address in sorted(given - set().union(*known)):
        text = _l("It has the address %(address)s, which the English text lacks.", address=address[:80])
        yield finding("changed_address", text, index)


def _told(text: str) -> set[str]:
    urls = _urls(text)
    for url in urls:
        text = text.replace(url, " ")
    return {*urls, *_MAIL.findall(text)}
