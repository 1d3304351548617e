"""From the HTML of a comment elsewhere to the text of a comment here: lines, paragraphs and the Markdown we show."""

from __future__ import annotations

import re
from html import unescape

from backoffice.foundation.addresses import web_address
from backoffice.foundation.html_tokens import attributes, tokens, without_controls

_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`"}
_LISTS = {"ul", "ol"}
_BLOCKS = {
    *("address", "article", "aside", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "header", "hr", "p", "section", "table"),
}
#: Elements inside elements inside …: what lies deeper has no marks, so that each word is copied a few times only.
_DEEPEST = 12
#: More of a comment is not read: what is kept of it is far less.
_LONGEST = 100_000

# They stand for the ends of rows and cells until the text is finished; no text from outside can hold them.
_ROW, _CELL = "\x1e", "\x1f"

#: What people do not type by chance: the tags and references that sites write into the texts they give away.
_LOOKS_LIKE_HTML = re.compile(r"<(?:a\s[^<>]*|br\s*/?|/?(?:b|i|p|em|strong))>|&(?:amp|lt|gt|quot|nbsp|#\d{1,6});", re.I)


def text_of(html: str) -> str:
    """The words of the HTML with their paragraphs, lists, quotations and emphasis; links as words and address.

    Line ends count, as WordPress has it. Takes time proportional to the length of `html`.
    """
    return _Writing().read(html)


def text_of_cell(text: str) -> str:
    """The text of a cell of a table: taken as HTML if it has tags or references in it, else as it is."""
    return text_of(text) if _LOOKS_LIKE_HTML.search(text) else text


class _Writing:
    """The text so far, and the elements that are open in it with the place where each began."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[tuple[str, int, str]] = []

    def read(self, html: str) -> str:
        for kind, name, rest in tokens(without_controls(html[:_LONGEST])):
            if kind == "text":
                self.write(name)
            elif kind == "start":
                self.start(name, rest)
            else:
                self.end(name)
        while self.open:
            self.close()
        return _tidied("".join(self.out))

    def write(self, text: str) -> None:
        text = unescape(text).replace("\u00a0", " ")
        if not self.inside("pre"):
            # A line that begins with blanks would be code, and one that begins a list is wanted as one.
            text = re.sub(r"\n[ \t]+", "\n", text)
        self.out.append(text)

    def start(self, name: str, rest: str) -> None:
        if name == "br":
            self.out.append("\n")
        elif name == "img":
            found = attributes(rest)
            self.out.append(_with_address(found.get("alt", ""), found.get("src", "")))
        elif name == "li":
            if self.open and self.open[-1][0] == "li":
                self.close()
            self.out.append("\n- ")
            self.push(name)
        elif name in _LISTS or name in ("blockquote", "pre"):
            self.out.append("\n\n")
            self.push(name)
        elif name in _BLOCKS:
            self.out.append("\n\n")
        elif name == "tr":
            self.out.append(_ROW)
        elif name == "a":
            self.push(name, attributes(rest).get("href", ""))
        elif name in _MARKS and not self.inside("pre"):
            self.push(name)

    def end(self, name: str) -> None:
        if name in _BLOCKS:
            self.out.append("\n\n")
        elif name in ("td", "th"):
            self.out.append(_CELL)
        elif name == "tr":
            self.out.append(_ROW)
        elif self.inside(name):
            while self.close() != name:
                pass

    def push(self, name: str, address: str = "") -> None:
        if len(self.open) < _DEEPEST:
            self.open.append((name, len(self.out), address))

    def inside(self, name: str) -> bool:
        return any(name == opened for opened, _start, _address in self.open)

    def close(self) -> str:
        """Close the innermost element, which may change how what is inside of it is written."""
        name, start, address = self.open.pop()
        inner = "".join(self.out[start:])
        if name == "a":
            written = _with_address(inner, address)
        elif name in _MARKS:
            written = _marked(inner, _MARKS[name])
        elif name == "blockquote":
            written = "\n\n" + "\n".join(f"> {line}".rstrip() for line in _tidied(inner).split("\n")) + "\n\n"
        elif name == "pre":
            written = f"\n\n```\n{inner.strip()}\n```\n\n" if "```" not in inner else f"\n\n{inner}\n\n"
        elif name in _LISTS:
            written = f"{_tight(inner)}\n\n"
        else:
            written = inner.rstrip() if name == "li" else inner
        self.out[start:] = [written]
        return name


def _with_address(words: str, address: str) -> str:
    """The words and, behind them, the address if it is one of the web and not what the words say already."""
    href = web_address(address.strip())
    bare = " ".join(words.split())
    if not href:
        return words
    if not bare or bare.rstrip("/") in (href.rstrip("/"), re.sub(r"^https?://", "", href).rstrip("/")):
        return href
    return f"{words.rstrip()} ({href})"


def _marked(words: str, mark: str) -> str:
    """The words between marks, unless they are several lines or none: the marks would be shown as they are."""
    bare = words.strip()
    if not bare or "\n" in bare or mark[0] in bare:
        return words
    before, after = words[: words.index(bare[0])], words[len(words.rstrip()) :]
    return f"{before}{mark}{bare}{mark}{after}"


def _tight(items: str) -> str:
    """The items of a list without empty lines between them."""
    kept: list[str] = []
    for line in items.split("\n"):
        while line.startswith("- ") and kept and not kept[-1].strip():
            kept.pop()
        kept.append(line)
    return "\n".join(kept)


def _tidied(text: str) -> str:
    """Rows on lines of their own, no blanks at the ends of lines, no more than one empty line."""
    if _CELL in text or _ROW in text:
        text = "\n".join(_row(row) for row in text.split(_ROW) if row.strip(f" \t\n{_CELL}"))
    # Line by line: an expression for "blanks before a line end" would take quadratic time for very many blanks.
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _row(row: str) -> str:
    """The cells of a row with lines between them; what is no row stays as it is."""
    if _CELL not in row:
        return row
    return " | ".join(" ".join(cell.split()) for cell in row.split(_CELL) if cell.strip())
