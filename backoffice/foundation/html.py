"""Rich text, whatever its source: what is stored and shown consists of the editor's tags and of nothing else."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import NewType

import nh3
from markupsafe import Markup

from backoffice.foundation import html_wordpress
from backoffice.foundation.addresses import host_of, youtube_id
from backoffice.foundation.html_rules import ALLOWED, SAME_AS, SEPARATING, permitted
from backoffice.foundation.html_tokens import tokens, without_controls
from backoffice.foundation.html_tree import arranged, media_figure

__all__ = [
    "Html",
    "excerpt",
    "for_reading",
    "from_wordpress",
    "plain_text",
    "sanitised",
    "youtube_id",
]

# Markup that went through `sanitised`.
Html = NewType("Html", str)

_CLEANER = nh3.Cleaner(
    tags=set(ALLOWED),
    # Naming "*" switches off the attributes that would otherwise be allowed everywhere.
    attributes={"*": set()} | {tag: set(rules) for tag, rules in ALLOWED.items() if rules},
    attribute_filter=permitted,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
# Foreign text settles in the second or third round; more is asked for only by text made to confuse.
_ROUNDS = 8

# In sanitised text these cannot occur but as tags: quotation marks and angle brackets are escaped everywhere else.
_VIDEO = re.compile(re.escape(media_figure("\0")).replace("\0", r"https://www\.youtube\.com/watch\?v=([\w-]{11})"))
_LINK = re.compile(r'<a href="([^"]*)">')
_FOREIGN = 'rel="noopener noreferrer"'
_LAZY = 'loading="lazy" decoding="async" referrerpolicy="no-referrer"'


def sanitised(html: str) -> Html:
    """The text reduced to what the editor of posts can write; doing it twice changes nothing more.

    Images are kept if asked for by https, a YouTube video as `figure.media > oembed` with its one address, other media
    as a link. Time and memory are proportional to the length of `html`, however it is nested.
    """
    text = without_controls(html)
    for _ in range(_ROUNDS):
        in_place = arranged(tokens(text))
        clean = without_controls(_CLEANER.clean(in_place))
        if clean == in_place == text:
            return Html(clean)
        text = clean
    return Html(f"<p>{escape(plain_text(text), quote=False)}</p>")


def for_reading(html: str, *, video_label: str, own_host: str | None = None) -> Markup:
    """The text for a public page: sanitised again, and nothing in it is asked of another host but its images.

    A video becomes a link that says `video_label`, in a figure with the id in `data-video`, for a script to load after
    a click. Links tell other hosts than `own_host` nothing; images load when they are scrolled to and say not where.
    """

    label = escape(video_label, quote=False)

    def link(found: re.Match[str]) -> str:
        host = host_of(unescape(found[1]))
        return f'<a href="{found[1]}" {_FOREIGN}>' if host and host != own_host else found[0]

    def video(found: re.Match[str]) -> str:
        address = f'href="https://www.youtube.com/watch?v={found[1]}"'
        return f'<figure class="media" data-video="{found[1]}"><a {address} {_FOREIGN}>{label}</a></figure>'

    text = _LINK.sub(link, sanitised(html)).replace("<img src=", f"<img {_LAZY} src=")
    # Safe: sanitised just now, and what was added is written here but for the label, which is escaped.
    return Markup(_VIDEO.sub(video, text))  # noqa: S704


def plain_text(html: str) -> str:
    """The words of the text on one line, with one space wherever there was white space or a block ended."""
    words: list[str] = []
    for kind, name, _rest in tokens(without_controls(html)):
        if kind == "text":
            words.append(unescape(name))
        elif SAME_AS.get(name, name) in SEPARATING:
            words.append(" ")
    return " ".join(without_controls("".join(words)).split())


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of the text as words, `length` characters at most, ending between two words and with "…" if cut."""
    text = plain_text(html)
    if len(text) <= length:
        return text
    kept = text[: max(length - 1, 0)]
    if text[len(kept)] != " " and " " in kept:
        kept = kept.rpartition(" ")[0]
    return kept.rstrip(" ,;:-\u2013\u2014") + "…"


def from_wordpress(html: str) -> Html:
    """The content of a post in a WordPress export as our text.

    Blank lines become paragraphs and line ends line breaks, captions figures, embedded videos media figures; other
    shortcodes go and what they enclose stays; images are asked for by https.
    """
    return sanitised(html_wordpress.arranged_content(without_controls(html)))
