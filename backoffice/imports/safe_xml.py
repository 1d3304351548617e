"""Untrusted XML as a stream of events, in bounded memory.

What is refused: document type declarations, and with them every entity (bombs, external files and addresses); a tag
or a remark of more than 1 MB; more than 64 levels or 5,000 different names, which the parser would keep; bytes that
are not in the encoding the file declares; truncation.

What is forgiven, because real exports have it: blank lines before the XML declaration, a byte order mark, and the
control characters that XML 1.0 forbids (NUL among them), which are removed and counted.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from backoffice.imports.refusals import N_, WxrError

CHUNK = 128 * 1024
LONGEST_TOKEN = 1024 * 1024
DEEPEST = 64
MOST_NAMES = 5_000

#: Between the address of a namespace and the name in it.
SEPARATOR = " "

_FORBIDDEN = bytes(code for code in range(32) if code not in b"\t\n\r")
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_DECLARATION = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,60})["']""")
_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")

#: By the name Python gives them: the encodings a site can have been written in.
ENCODINGS = frozenset(
    {"utf-8", "big5", "cp932", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "koi8-r", "koi8-u", "shift_jis"}
    | {f"iso8859-{part}" for part in range(1, 17) if part != 12}
    | {f"cp{page}" for page in (1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258, 874)}
)

_TRUNCATED = {
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
}


class SafeParser:
    """Feeds a binary stream to three handlers; raises WxrError with the line for whatever is wrong."""

    def __init__(
        self,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
        namespace: Callable[[str], None],
    ) -> None:
        self.bytes_read = 0
        self.control_characters = 0
        self._start, self._end, self._namespace = start, end, namespace
        self._encoding = "utf-8"
        self._names: set[str] = set()
        self._names_length = 0
        self._depth = 0
        self._lines_before = 0
        self._lines_fed = 0
        parser = expat.ParserCreate("utf-8", SEPARATOR)
        parser.buffer_text = True
        parser.buffer_size = 64 * 1024
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.CharacterDataHandler = text
        parser.StartNamespaceDeclHandler = self._on_namespace
        parser.StartDoctypeDeclHandler = self._refuse_declarations
        parser.EntityDeclHandler = self._refuse_declarations
        parser.UnparsedEntityDeclHandler = self._refuse_declarations
        parser.ExternalEntityRefHandler = self._refuse_declarations
        self._parser = parser

    @property
    def line(self) -> int:
        """The line of the file that is being read, counted from 1."""
        return self._lines_before + self._parser.CurrentLineNumber

    def feed(self, stream: BinaryIO) -> Iterator[None]:
        """Read the stream to its end, pausing after every chunk so that what it completed can be taken."""
        chunk = self._head(stream)
        decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        fed = 0
        while True:
            last = not chunk
            data = self._cleaned(decoder, chunk, last)
            self._parse(data, last)
            fed += len(data)
            if fed - self._parser.CurrentByteIndex > LONGEST_TOKEN:
                raise WxrError(N_("In line %(line)s a tag or remark is too long for an export."), line=self.line)
            yield
            if last:
                return
            chunk = stream.read(CHUNK)
            self.bytes_read += len(chunk)

    def _head(self, stream: BinaryIO) -> bytes:
        """The first chunk without byte order mark and leading blank lines, after settling the encoding."""
        marked = None
        while True:
            chunk = stream.read(CHUNK)
            self.bytes_read += len(chunk)
            if not chunk:
                raise WxrError(N_("The file is empty."))
            for mark, encoding in _UTF16:
                if chunk.startswith(mark):
                    self._encoding = encoding
                    return chunk.removeprefix(mark)
            if chunk.startswith(codecs.BOM_UTF8):
                marked, chunk = "utf-8", chunk.removeprefix(codecs.BOM_UTF8)
            rest = chunk.lstrip(b" \t\r\n")
            self._lines_before += chunk[: len(chunk) - len(rest)].count(b"\n")
            if rest:
                break
        if rest.startswith(_PACKED):
            raise WxrError(N_("The file is packed. Unpack it and import the .xml file inside."))
        if not rest.startswith(b"<"):
            raise WxrError(N_("The file is not XML. A WordPress export begins with <?xml."))
        self._encoding = marked or _declared_encoding(rest)
        return rest

    def _cleaned(self, decoder: codecs.IncrementalDecoder, chunk: bytes, last: bool) -> bytes:
        """The chunk as UTF-8 without the characters XML 1.0 forbids."""
        try:
            data = decoder.decode(chunk, last).encode("utf-8")
        except UnicodeDecodeError as error:
            if last:
                self._refuse_truncated()
            line = self._lines_before + self._lines_fed + error.object[: error.start].count(b"\n") + 1
            raise WxrError(
                N_("Line %(line)s is not written in %(encoding)s, although the file says so."),
                line=line,
                encoding=self._encoding.upper(),
            ) from None
        self._lines_fed += data.count(b"\n")
        clean = data.translate(None, _FORBIDDEN)
        self.control_characters += len(data) - len(clean)
        for character in _NONCHARACTERS:
            if found := clean.count(character):
                clean = clean.replace(character, b"")
                self.control_characters += found
        return clean

    def _parse(self, data: bytes, last: bool) -> None:
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            if last and error.code in _TRUNCATED:
                self._refuse_truncated()
            raise WxrError(
                N_("Line %(line)s is not well-formed XML (%(reason)s)."),
                line=self._lines_before + error.lineno,
                reason=expat.errors.messages[error.code],
            ) from None

    def _refuse_truncated(self) -> NoReturn:
        raise WxrError(
            N_("The file ends too early, in line %(line)s. Export it again, or copy it again completely."),
            line=self.line,
        ) from None

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise WxrError(N_("Line %(line)s is nested too deeply for an export."), line=self.line)
        self._remember(name)
        for attribute in attributes:
            self._remember(attribute)
        self._start(name, attributes)

    def _on_end(self, name: str) -> None:
        self._depth -= 1
        self._end(name)

    def _on_namespace(self, prefix: str | None, address: str | None) -> None:
        self._remember(f"{prefix}{SEPARATOR}{address}")
        self._namespace(address or "")

    def _remember(self, name: str) -> None:
        # The parser itself keeps every name for good, so a file of ever new ones would fill the memory.
        if name not in self._names:
            self._names.add(name)
            self._names_length += len(name)
            if len(self._names) > MOST_NAMES or self._names_length > LONGEST_TOKEN:
                raise WxrError(N_("Line %(line)s: an export has not so many different tags."), line=self.line)

    def _refuse_declarations(self, *_details: object) -> NoReturn:
        raise WxrError(
            N_("Line %(line)s declares a document type or an entity. No export does, so the file is not opened."),
            line=self.line,
        )


def _declared_encoding(head: bytes) -> str:
    declared = _DECLARATION.match(head)
    name = declared[1].decode("ascii", "replace") if declared else "utf-8"
    try:
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError):
        encoding = ""
    # A declaration that can be read byte by byte is not in UTF-16, and ASCII is a part of UTF-8. The bytes themselves
    # are read strictly, so that a wrong guess is refused and not garbled.
    if encoding in {"ascii", "utf-16", "utf-16-le", "utf-16-be"}:
        encoding = "utf-8"
    if encoding not in ENCODINGS:
        raise WxrError(N_("The file says it is written in %(encoding)s, which is not known here."), encoding=name)
    return encoding
