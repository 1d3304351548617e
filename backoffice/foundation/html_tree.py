"""Arranging HTML: any sequence of tags becomes the editor's kinds of text, nested no deeper than people read.

The sanitiser behind this decides what may stay; this decides where it stands, in one pass and in linear time. The
parser of the sanitiser needs quadratic time for deep nesting, and so never sees any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from backoffice.foundation.addresses import secured, video_address, web_address
from backoffice.foundation.html_places import AFTER_P, Box, Figure, Mark, Places
from backoffice.foundation.html_rules import (
    ALLOWED,
    BLOCKS,
    HEADINGS,
    INLINE,
    LISTS,
    MEDIA,
    SAME_AS,
    TABLE_PARTS,
)
from backoffice.foundation.html_tokens import Token, attribute, attributes

MAX_DEPTH = 60
_LEAVES = HEADINGS | {"p", "pre"}
_CELLS = frozenset({"td", "th"})
_TABLE_TAGS = (TABLE_PARTS | _CELLS) - {"table"}
_CONTAINERS = LISTS | {"blockquote", "table", "figure"}
_TOO_DEEP = "too deep: "
_LINE_ENDS = re.compile(r"([ \t]*\n\s*)")


def arranged(tokens: Iterable[Token], *, paragraphs: bool = False, line_breaks: bool = False) -> str:
    """The tokens as well-formed markup of the editor's kinds.

    With `paragraphs`, blank lines divide loose text and images are asked for by https, as in texts out of WordPress;
    with `line_breaks`, single line ends count as well.
    """
    return _Arranger(paragraphs=paragraphs, line_breaks=line_breaks).run(tokens)


def media_figure(video: str) -> str:
    """The figure for a video, given its address as `video_address` spells it."""
    return f'<figure class="media"><oembed{attribute("url", video)}></oembed></figure>'


def link_paragraph(address: str) -> str:
    """A paragraph that consists of one link."""
    return f"<p><a{attribute('href', address)}>{escape(address, quote=False)}</a></p>"


def _tag(name: str, written: str, **given: str) -> str:
    """The start tag with what the rules leave of its attributes."""
    rules = ALLOWED[name]
    if not rules or not (written or given):
        return f"<{name}>"
    values = attributes(written) | given
    kept = ((key, rule(values[key])) for key, rule in rules.items() if key in values)
    return f"<{name}{''.join(attribute(key, value) for key, value in kept if value is not None)}>"


class _Arranger(Places):
    """Puts each tag into its place."""

    def __init__(self, *, paragraphs: bool, line_breaks: bool):
        super().__init__(paragraphs=paragraphs)
        self.line_breaks = line_breaks

    def run(self, tokens: Iterable[Token]) -> str:
        for kind, name, rest in tokens:
            if kind == "text":
                if self.paragraphs and self.stack[-1].name != "pre":
                    self._lines(name)
                else:
                    self.write(name)
                continue
            name = SAME_AS.get(name, name)
            if kind == "start":
                start = _STARTS.get(name)
                if start:
                    start(self, name, rest)
            else:
                _ENDS.get(name, _Arranger._end_container)(self, name)
        return self.finished()

    # Words

    def _lines(self, text: str) -> None:
        """Text in which line ends mean something."""
        for number, piece in enumerate(_LINE_ENDS.split(text)):
            if number % 2 == 0:
                if piece:
                    self.write(piece)
            elif piece.count("\n") > 1 and self.stack[-1].name == "p":
                self.interrupt_paragraph()
                self._line_end()
            elif self.words and (self.line_breaks or piece.count("\n") > 1):
                self.waiting = max(self.waiting, min(piece.count("\n"), 2))
            else:
                self._line_end()

    def _line_end(self) -> None:
        """One line end as spacing, however many there were."""
        if self.out and not self.out[-1].endswith("\n"):
            self.out.append("\n")

    def _mark(self, name: str, rest: str) -> None:
        if self.between_cells():
            return
        in_pre = self.stack[-1].name == "pre"
        tag = _tag(name, "" if name == "code" and not in_pre else rest)
        if name == "a":
            self.end_mark("a", fully=True)
            if tag == "<a>":
                return
        self.start_mark(Mark(name, tag, in_pre=in_pre and name == "code"))

    def _line_break(self, _name: str, _rest: str = "") -> None:
        top = self.stack[-1]
        if top.leaf or not (top.figure or self.between_cells() or self.between_items() or self._between_paragraphs()):
            self.words_ready()
            self.out.append("<br>")
            self.words = False

    def _between_paragraphs(self) -> bool:
        return self.paragraphs and self._divides(self.stack[-1])

    def _image(self, _name: str, rest: str) -> None:
        values = attributes(rest)
        source = values.get("src", "")
        tag = _tag(
            "img",
            rest,
            src=secured(source) if self.paragraphs else source,
            alt=values.get("alt", ""),
        )
        if " src=" not in tag[:9]:
            return
        self.words_ready(image=True)
        figure = self.stack[-1].figure
        if figure and not figure.kind:
            figure.kind = "image"
        self.out.append(tag)

    # Blocks

    def _leaf(self, name: str, _rest: str) -> None:
        top = self.stack[-1]
        if name == "p" and top.leaf and top.name != "p":
            self._keep_apart(top)
            return
        if name == "p" and top.name == "p":
            self.close_words()
        self.block_ready()
        if name == "p" and self.stack[-1].name == AFTER_P:
            self.pop()
        self.push(Box(name, leaf=True, figure=self.stack[-1].figure))

    def _unshown(self, name: str, _rest: str = "") -> None:
        """A block of no kind the editor has: it leaves only the end of a line behind."""
        top = self.stack[-1]
        if top.leaf and top.name != "p":
            self._keep_apart(top)
            top.ignored += 1
        elif not self.between_cells() and not self.between_items():
            self.block_ready()
            self.push(Box(name, shown=False, figure=self.stack[-1].figure))

    def _keep_apart(self, leaf: Box) -> None:
        """Leave out the tag of a block inside a heading and the like, but not the space it makes."""
        if self.words:
            self.out.append("\n" if leaf.name == "pre" else " ")

    def _container(self, name: str, rest: str) -> None:
        self.block_ready()
        figure = self.stack[-1].figure
        if self.depth >= MAX_DEPTH:
            self.push(Box(_TOO_DEEP + name, shown=False, figure=figure))
        elif name == "figure":
            self.push(Figure(media="media" in attributes(rest).get("class", "").split()))
        else:
            if name == "table" and figure and not figure.kind:
                figure.kind = "table"
            self.push(Box(name), _tag(name, rest))

    def _item(self, _name: str, _rest: str) -> None:
        opened = self.scopes[-1].open
        if self.between_cells() or not (opened.get("ul") or opened.get("ol")):
            self._unshown("li")
            return
        self.close_words()
        while not self.between_items():
            self.pop()
        self.push(Box("li"))

    def _caption(self, _name: str, _rest: str) -> None:
        if self.between_cells():
            return
        self.block_ready()
        figure = self.stack[-1].figure
        if figure and not figure.caption:
            figure.caption = (0, 0)
            self.push(Box("figcaption", leaf=True, figure=figure))
        else:
            self._unshown("figcaption")

    def _end_leaf(self, name: str) -> None:
        top = self.stack[-1]
        if top.leaf and (top.name == name or (top.name in HEADINGS and name in HEADINGS)):
            self.close_words()
        elif name == "figcaption":
            self._end_container(name)
        if name == "p" and self.stack[-1].name == AFTER_P:
            self.pop()

    def _end_unshown(self, name: str) -> None:
        if self.stack[-1].ignored:
            self.stack[-1].ignored -= 1
        else:
            self._end_container(name)

    def _rule(self, _name: str, _rest: str) -> None:
        if not self.between_cells() and not self.between_items():
            self.block_ready()
            self.out.append("<hr>")

    def _media(self, name: str, rest: str) -> None:
        """A video becomes its figure, other things to watch or hear become a link; nothing foreign is embedded."""
        url = attributes(rest).get("url" if name == "oembed" else "src", "").strip()
        figure = self.stack[-1].figure
        video = video_address(url)
        if name == "oembed" and not (figure and figure.media):
            video = None
        address = web_address(f"https:{url}" if url.startswith("//") else url)
        if video or address:
            self.block_ready()
            self.out.append(media_figure(video) if video else link_paragraph(address or ""))

    def _end_container(self, name: str) -> None:
        if self.between_cells():
            return
        opened = self.scopes[-1].open
        # Those too deep to be shown are always inside those that are.
        for known in (_TOO_DEEP + name, name):
            if opened.get(known):
                self.pop_to(known)
                return

    # Tables

    def _table_part(self, name: str, rest: str) -> None:
        opened = self.scopes[-1].open
        in_cell = len(self.scopes) > 1
        if opened.get(f"{_TOO_DEEP}table") or not (opened.get("table") or in_cell):
            self._unshown(name)
            return
        if not opened.get("table"):
            self.leave_cell()
        if name in _CELLS:
            self.open_cell(name, _tag(name, rest))
            return
        while self.stack[-1].name == "tr" or (name != "tr" and self.stack[-1].name != "table"):
            self.pop()
        if name == "tr":
            self.open_row()
        else:
            self.push(Box(name))

    def _end_table_part(self, name: str) -> None:
        opened = self.scopes[-1].open
        if opened.get("table"):
            if opened.get(name):
                self.pop_to(name)
        elif opened.get(f"{_TOO_DEEP}table") or len(self.scopes) == 1:
            self._end_container(name)
        elif name in _CELLS:
            self.leave_cell()
        elif self.scopes[-2].open.get(name):
            self.leave_cell()
            self.pop_to(name)


_STARTS: dict[str, Callable[[_Arranger, str, str], None]] = {
    **dict.fromkeys(INLINE, _Arranger._mark),
    **dict.fromkeys(_LEAVES, _Arranger._leaf),
    **dict.fromkeys(BLOCKS, _Arranger._unshown),
    **dict.fromkeys(_CONTAINERS, _Arranger._container),
    **dict.fromkeys(_TABLE_TAGS, _Arranger._table_part),
    **dict.fromkeys(MEDIA | {"oembed"}, _Arranger._media),
    "br": _Arranger._line_break,
    "figcaption": _Arranger._caption,
    "hr": _Arranger._rule,
    "img": _Arranger._image,
    "li": _Arranger._item,
}
_ENDS: dict[str, Callable[[_Arranger, str], None]] = {
    **dict.fromkeys(INLINE, _Arranger.end_mark),
    **dict.fromkeys(_LEAVES | {"figcaption"}, _Arranger._end_leaf),
    **dict.fromkeys(BLOCKS, _Arranger._end_unshown),
    **dict.fromkeys(_TABLE_TAGS | {"table"}, _Arranger._end_table_part),
    "br": _Arranger._line_break,
}
