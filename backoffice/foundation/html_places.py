"""Where words and blocks may stand while HTML is being written: open elements, cells of tables, marks that hold.

What is written is well-formed by construction: blocks never stand inside marks, words never stand between the items of
a list or the cells of a table, and every tag that is opened is closed.
"""

from __future__ import annotations

from backoffice.foundation.html_rules import LISTS, TABLE_PARTS
from backoffice.foundation.html_tokens import SPACE, attribute

# The place where a paragraph was interrupted by a block.
AFTER_P = "after p"
_ROOT = ""


class Box:
    """An open element: a container, or a leaf that holds only words. One that is not shown leaves no tag behind."""

    __slots__ = ("figure", "ignored", "leaf", "name", "shown", "start")

    def __init__(
        self,
        name: str,
        *,
        shown: bool = True,
        leaf: bool = False,
        figure: Figure | None = None,
    ):
        self.name = name
        self.shown = shown
        self.leaf = leaf
        self.figure = figure
        self.start = 0
        self.ignored = 0


class Figure(Box):
    """A figure, of which the kind is known only when all of it has been read."""

    __slots__ = ("caption", "kind", "media")

    def __init__(self, *, media: bool):
        super().__init__("figure")
        self.figure = self
        self.kind = ""
        self.media = media
        self.caption: tuple[int, int] | None = None


class Mark:
    """Bold, a link and the like: it holds until its end, whatever blocks lie between."""

    __slots__ = ("count", "in_pre", "name", "tag")

    def __init__(self, name: str, tag: str, in_pre: bool):
        self.name = name
        self.tag = tag
        self.in_pre = in_pre
        self.count = 1


class Scope:
    """The whole text or one cell of a table: an end tag or a mark inside means nothing outside."""

    __slots__ = ("base", "marks", "open", "written")

    def __init__(self, base: int):
        self.base = base
        self.open: dict[str, int] = {}
        self.marks: list[Mark] = []
        self.written = 0


class Places:
    """The written text so far and what is open in it."""

    def __init__(self, *, paragraphs: bool = False):
        self.paragraphs = paragraphs
        self.out: list[str] = []
        self.stack: list[Box] = [Box(_ROOT)]
        self.scopes = [Scope(0)]
        self.depth = 0
        # Since the last block or line break: are there words, and how many line breaks wait for more of them?
        self.words = False
        self.waiting = 0

    # Words and marks

    def write(self, text: str) -> None:
        """Write text, which may hold character references; it stands where words may stand."""
        if "<" in text:
            text = text.replace("<", "&lt;")
        if ">" in text:
            text = text.replace(">", "&gt;")
        in_pre = self.stack[-1].name == "pre"
        if in_pre or text.strip(SPACE):
            self.words_ready()
        if in_pre and self.out[-1] == "<pre>":
            # A parser drops the first line end here, so text that begins with one would shrink at each reading.
            text = text.lstrip("\n")
        if text:
            self.out.append(text)

    def words_ready(self, *, image: bool = False) -> None:
        """Make the place one where words, or an image, may stand, and set the marks that hold."""
        top = self.stack[-1]
        if not top.leaf:
            if self.between_items():
                self.push(Box("li"))
            elif self.between_cells():
                self.open_cell("td")
            elif self._divides(top) and not (image and top.figure):
                self.close_marks()
                self.push(Box("p", leaf=True, figure=top.figure))
        if self.waiting:
            self.out.append("<br>\n" * self.waiting)
            self.waiting = 0
        self.words = True
        scope = self.scopes[-1]
        while scope.written < len(scope.marks):
            self.out.append(scope.marks[scope.written].tag)
            scope.written += 1

    def _divides(self, box: Box) -> bool:
        """Whether loose words in this container are a paragraph of their own."""
        return not box.shown or box.name == "figure" or (self.paragraphs and box.name in (_ROOT, "blockquote"))

    def start_mark(self, mark: Mark) -> None:
        """Let a mark hold from here on; a second one of its kind only has to be ended twice."""
        marks = self.scopes[-1].marks
        for known in marks:
            if known.name == mark.name:
                known.count += 1
                return
        marks.append(mark)

    def end_mark(self, name: str, *, fully: bool = False) -> None:
        """End the mark of this kind, if one holds."""
        scope = self.scopes[-1]
        for number, mark in enumerate(scope.marks):
            if mark.name == name:
                mark.count = 0 if fully else mark.count - 1
                if not mark.count:
                    self.close_marks(number)
                    del scope.marks[number]
                return

    def close_marks(self, down_to: int = 0) -> None:
        """Close the tags of the marks; those that still hold are opened again at the next words."""
        scope = self.scopes[-1]
        while scope.written > down_to:
            scope.written -= 1
            self.out.append(f"</{scope.marks[scope.written].name}>")

    # Blocks

    def between_items(self) -> bool:
        """Whether this is directly inside a list."""
        top = self.stack[-1]
        return top.shown and top.name in LISTS

    def between_cells(self) -> bool:
        """Whether this is inside a table but in no cell."""
        top = self.stack[-1]
        return top.shown and top.name in TABLE_PARTS

    def block_ready(self) -> None:
        """Make the place one where a block may stand; words after it go on as a paragraph if it interrupts one."""
        if self.stack[-1].name == "p":
            self.interrupt_paragraph()
        self.close_words()
        if self.between_items():
            self.push(Box("li"))
        elif self.between_cells():
            self.open_cell("td")
        self.words, self.waiting = False, 0

    def interrupt_paragraph(self) -> None:
        """Close the paragraph that is open, so that later words in it begin another; without words it vanishes."""
        paragraph = self.stack[-1]
        figure = paragraph.figure
        if all(not text.strip(SPACE) for text in self.out[paragraph.start + 1 :]):
            del self.out[paragraph.start :]
            self.stack.pop()
            self.depth -= 1
        else:
            self.close_words()
        if self.stack[-1].name != AFTER_P:
            self.push(Box(AFTER_P, shown=False, figure=figure))
        self.words, self.waiting = False, 0

    def push(self, box: Box, tag: str = "") -> None:
        """Open an element."""
        self.stack.append(box)
        self.words, self.waiting = False, 0
        if not box.leaf:
            opened = self.scopes[-1].open
            opened[box.name] = opened.get(box.name, 0) + 1
        if box.shown:
            self.depth += 1
            box.start = len(self.out)
            # The tag of a figure is written when its end is reached.
            self.out.append("" if isinstance(box, Figure) else tag or f"<{box.name}>")

    def close_words(self) -> None:
        """Close the marks, and the leaf if one is open."""
        self.close_marks()
        leaf = self.stack[-1]
        if not leaf.leaf:
            return
        self.stack.pop()
        self.depth -= 1
        self.words, self.waiting = False, 0
        if leaf.name == "pre":
            scope = self.scopes[-1]
            scope.marks = [mark for mark in scope.marks if not mark.in_pre]
        if leaf.name == "figcaption" and leaf.figure:
            leaf.figure.caption = (leaf.start, len(self.out))
        self.out.append(f"</{leaf.name}>")

    def pop(self) -> str:
        """Close the innermost container and say which it was."""
        box = self.stack.pop()
        self.scopes[-1].open[box.name] -= 1
        self.words, self.waiting = False, 0
        if box.shown:
            self.depth -= 1
            if isinstance(box, Figure):
                self._close_figure(box)
            else:
                self.out.append(f"</{box.name}>")
        return box.name

    def pop_to(self, name: str) -> None:
        """Close containers up to and with the innermost of this name, which must be open in this scope."""
        self.close_words()
        while self.pop() != name:
            pass

    def _close_figure(self, figure: Figure) -> None:
        """A figure with neither image nor table is none; its caption becomes a paragraph."""
        if figure.kind:
            self.out[figure.start] = f"<figure{attribute('class', figure.kind)}>"
            self.out.append("</figure>")
        elif figure.caption:
            start, end = figure.caption
            self.out[start], self.out[end] = "<p>", "</p>"

    # Cells

    def open_cell(self, name: str, tag: str = "") -> None:
        """Open a cell in the table that is open, with the row and the section it needs."""
        self.open_row()
        self.push(Box(name), tag)
        self.scopes.append(Scope(len(self.stack) - 1))

    def open_row(self) -> None:
        """Open a row, and a section around it, unless one is open."""
        if self.stack[-1].name == "table":
            self.push(Box("tbody"))
        if self.stack[-1].name != "tr":
            self.push(Box("tr"))

    def leave_cell(self) -> None:
        """Close the cell this is in, with everything open inside."""
        self.close_words()
        while len(self.stack) > self.scopes[-1].base + 1:
            self.pop()
        self.scopes.pop()
        self.pop()

    def finished(self) -> str:
        """Close everything and give the text."""
        while len(self.scopes) > 1:
            self.leave_cell()
        self.close_words()
        while len(self.stack) > 1:
            self.pop()
        return "".join(self.out)
