"""Readers' comments: a small part of Markdown, of which nothing can reach beyond its own lines."""

from __future__ import annotations

import re
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from backoffice.foundation.addresses import web_address
from backoffice.foundation.html import Html
from backoffice.foundation.html_tokens import without_controls

# Longer texts, which no comment form takes, are shown as they were typed.
LONGEST = 20_000
_MAX_NESTING = 20
_RULES = (
    "backticks", "balance_pairs", "blockquote", "emphasis", "escape", "autolink", "fence", "fragments_join",
    "link", "list", "newline", "paragraph", "text_join",
)  # fmt: skip
_CONTAINERS = ("blockquote_open", "list_item_open", "bullet_list_open", "ordered_list_open")
_BARE_LINK = re.compile(r"://[^\s<>\"`\[\]\\^{|}\u00ab\u00bb\u2018-\u201f\u2026\u3001\u3002\u300c-\u300f]+")
_BEFORE_BARE_LINK = re.compile(r"(?<![A-Za-z0-9+.-])https?\Z", re.I)


def _permitted(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return web_address(value)
    # The cleaner asks for the rel it sets itself, too.
    return value if attribute == "rel" or (value.isascii() and value.isdecimal()) else None


_CLEANER = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    attribute_filter=_permitted,
    url_schemes={"http", "https"},
    link_rel="nofollow ugc noopener",
)
# What is left of a link when the cleaner knew better than we that its host cannot be one.
_LEADING_NOWHERE = re.compile(r"<a rel=[^>]*>(.*?)</a>", re.S)


def comment_html(text: str) -> Html:
    """The comment as HTML: paragraphs, line breaks, emphasis, code, quotations, lists and links to the web.

    Headings, images and HTML stay visible as typed, and so does a text too long or too deeply nested to be meant. Takes
    less than half a second for 10,000 characters, whatever they are.
    """
    text = without_controls(text)
    if len(text) > LONGEST:
        return Html(_as_typed(text))
    found = _MARKDOWN.parse(text)
    # The library leaves out, without a word, what is nested deeper than it goes.
    if any(token.level >= _MAX_NESTING - 1 and token.type in _CONTAINERS for token in found):
        return Html(_as_typed(text))
    clean = _CLEANER.clean(_MARKDOWN.renderer.render(found, _MARKDOWN.options, {})).strip()
    return Html(_LEADING_NOWHERE.sub(r"\1", clean))


def _as_typed(text: str) -> str:
    """The text with its paragraphs and line breaks and nothing else."""
    paragraphs = (escape(part, quote=False).replace("\n", "<br>\n") for part in re.split(r"\n\s*\n", text.strip()))
    return "\n".join(f"<p>{part}</p>" for part in paragraphs)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """Rule: an address in the text that says http or https is a link; it ends before punctuation."""
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    # Only the end of what is pending: to search all of it at each address would take quadratic time.
    before = _BEFORE_BARE_LINK.search(state.pending[-6:])
    after = _BARE_LINK.match(state.src, state.pos, state.posMax)
    if not before or not after:
        return False
    rest = _without_punctuation(after[0])
    # Asked twice, because to normalise what is no address would take long in a text full of such.
    address = web_address(before[0] + rest) and web_address(state.md.normalizeLink(before[0] + rest))
    if not address:
        return False
    state.pending = state.pending[: -len(before[0])]
    link = state.push("link_open", "a", 1)
    link.attrs = {"href": address}
    state.push("text", "", 0).content = before[0] + rest
    state.push("link_close", "a", -1)
    state.pos += len(rest)
    return True


def _without_punctuation(address: str) -> str:
    """The address without what belongs to the sentence around it; a bracket stays if it was opened in the address."""
    while address:
        last = address[-1]
        if last in ".,;:!?'*_~" or (last == ")" and address.count(")") > address.count("(")):
            address = address[:-1]
        else:
            break
    return address


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": _MAX_NESTING}).enable(_RULES)
    markdown.inline.ruler.before("newline", "bare_link", _bare_link)
    # Called by the library for every address of a link; what it refuses stays text.
    markdown.validateLink = lambda url: web_address(url) is not None  # type: ignore[method-assign]
    return markdown


_MARKDOWN = _parser()
