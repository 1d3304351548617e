"""The markup of WordPress exports: shortcodes, embedded addresses and block comments, turned into plain HTML."""

from __future__ import annotations

import re
from html import unescape

from backoffice.foundation.addresses import video_address, web_address
from backoffice.foundation.html_rules import SAME_AS, SEPARATING
from backoffice.foundation.html_tokens import COMMENT, TAG, tokens
from backoffice.foundation.html_tree import arranged, link_paragraph, media_figure

# Names that are shortcodes even without attributes or an end. Any other bracketed word may be prose: "[sic]".
_KNOWN = frozenset(
    ["audio", "caption", "contact-form", "embed", "gallery", "playlist", "video", "vimeo", "wp_caption", "youtube"]
)
_PLAYERS = frozenset(["audio", "embed", "video", "vimeo", "youtube"])
_CAPTIONS = frozenset(["caption", "wp_caption"])

_SHORTCODE = (
    r"\[(?P<quoted>\[?)(?P<shut>/?)(?P<code>[A-Za-z][A-Za-z0-9_-]*+)(?=[\s/\]=])"
    r"""(?P<args>(?:[^\[\]"]|"[^"]*+")*+)\](?P<quoted_end>\]?)"""
)
_PIECES = re.compile(f"{COMMENT}|{TAG}|{_SHORTCODE}", re.DOTALL)
_CLOSERS = re.compile(r"\[/([A-Za-z][A-Za-z0-9_-]*+)\s*\]")
_ARGUMENT = re.compile(r"(?:^|\s)[A-Za-z][\w-]*=")
_CAPTION_ARGUMENT = re.compile(r'\bcaption\s*=\s*(?:"([^"]*+)"|\'([^\']*+)\')')
_ADDRESS = re.compile(r"https?://[^\s<>\"'\]]+", re.IGNORECASE)
_ALONE = re.compile(r"[ \t]*(https?://[^\s<>\"]+)[ \t]*", re.IGNORECASE)
# An image with the link around it ends here; what follows in a caption is its words.
_PICTURE_END = re.compile(r"<img\b[^>]*>(?:\s*</a>)?", re.IGNORECASE)
_GALLERY_LIST = re.compile(r"\bblocks-gallery-(?:grid|item)\b")
_BLOCKS = "<!-- wp:"
# What placeholders of blocks leave behind, from the inside out.
_EMPTY = tuple(
    re.compile(rf"\n?<{tag}>\s*+</{tag}>") for tag in ("li", "ul", "ol", "p", "h2", "h3", "h4", "blockquote")
)


def arranged_content(content: str) -> str:
    """The content with WordPress's own notations resolved and its line ends turned into paragraphs and breaks."""
    # In texts made of blocks line ends are only spacing between tags.
    text = arranged(tokens(_resolved(content)), paragraphs=True, line_breaks=_BLOCKS not in content)
    for empty in _EMPTY:
        text = empty.sub("", text)
    return text.strip()


def _resolved(content: str) -> str:
    """The content with shortcodes and addresses that stand alone replaced by HTML."""
    out: list[str] = []
    enclosing = _Enclosing(out)
    closed = {name.lower() for name in _CLOSERS.findall(content)}
    verbatim = 0
    at, at_line_start = 0, True
    for found in _PIECES.finditer(content):
        tag = found["name"].lower() if found["name"] else ""
        divides = _divides(found, tag)
        if found.start() > at:
            text = content[at : found.start()]
            out.append(text if verbatim else _embedded(text, at_line_start, divides))
            at_line_start = False
        if tag or divides:
            at_line_start = divides
        at = found.end()
        if tag in ("pre", "code"):
            verbatim = max(0, verbatim + (-1 if found["close"] else 1))
        if not found["code"]:
            if not (tag and _GALLERY_LIST.search(found["rest"])):
                out.append(found[0])
        elif verbatim or not _is_shortcode(found, closed):
            out.append(found[0])
        elif found["quoted"] and found["quoted_end"]:
            out.append(found[0][1:-1])
        else:
            enclosing.shortcode(found)
    rest = content[at:]
    out.append(rest if verbatim else _embedded(rest, at_line_start, True))
    enclosing.finish()
    return "".join(out)


def _divides(found: re.Match[str], tag: str) -> bool:
    """Whether text before and after this piece stands on different lines."""
    if tag:
        return SAME_AS.get(tag, tag) in SEPARATING
    return not found["code"] or found["code"].lower() in _KNOWN


def _is_shortcode(found: re.Match[str], closed: set[str]) -> bool:
    name, args = found["code"].lower(), found["args"]
    return (
        bool(found["shut"])
        or name in _KNOWN
        or name in closed
        or args.rstrip().endswith("/")
        or bool(_ARGUMENT.search(args))
    )


def _embedded(text: str, starts_line: bool, ends_line: bool) -> str:
    """The text with every address that has a line for itself as the video, or a link to the page, that it names."""
    if "://" not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = (number > 0 or starts_line) and (number < len(lines) - 1 or ends_line)
        alone = _ALONE.fullmatch(line) if whole else None
        if alone:
            lines[number] = _player(unescape(alone[1])) or line
    return "\n".join(lines)


def _player(address: str) -> str | None:
    """The figure of a video or the link to another page; None if the address is none."""
    if video := video_address(address):
        return media_figure(video)
    page = web_address(address)
    return link_paragraph(page) if page else None


class _Enclosing:
    """Writes shortcodes; those with an end are written when it is reached."""

    def __init__(self, out: list[str]):
        self.out = out
        self.name = ""
        self.args = ""
        self.start = 0

    def shortcode(self, found: re.Match[str]) -> None:
        name, args = found["code"].lower(), found["args"]
        # A lone bracket of "[[name]" is text.
        self.out.append(found["quoted"])
        if found["shut"]:
            if name == self.name:
                self._end()
        elif name in _CAPTIONS or name == "embed":
            self.finish()
            self.name, self.args, self.start = name, args, len(self.out)
        elif name in _PLAYERS:
            self._play(args)
        self.out.append(found["quoted_end"])

    def finish(self) -> None:
        """Give up waiting for an end; what was enclosed stays as it is."""
        self.name = ""

    def _end(self) -> None:
        inside = "".join(self.out[self.start :])
        del self.out[self.start :]
        if self.name == "embed":
            self._play(inside)
        else:
            self.out.append(_captioned(inside, self.args))
        self.name = ""

    def _play(self, text: str) -> None:
        address = _ADDRESS.search(unescape(text))
        player = _player(address[0]) if address else None
        self.out.append(f"\n\n{player}\n\n" if player else text if self.name == "embed" else "")


def _captioned(inside: str, args: str) -> str:
    """An image with the words that belong to it."""
    picture_end = 0
    for found in _PICTURE_END.finditer(inside):
        picture_end = found.end()
    given = _CAPTION_ARGUMENT.search(args)
    words = inside[picture_end:].strip() or ((given[1] or given[2] or "") if given else "")
    if not picture_end:
        return f"{inside}\n\n"
    caption = f"<figcaption>{words.strip()}</figcaption>" if words.strip() else ""
    return f"\n\n<figure>{inside[:picture_end].strip()}{caption}</figure>\n\n"
