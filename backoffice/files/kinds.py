"""Which files may lie in the folder: a short list of extensions, each with its type and a look at the content.

The same rules hold for an upload, a new name and an edit. Web pages, SVG, scripts and office files with macros are on
no list. Pictures are verified, not encoded anew: the bytes somebody uploaded are the bytes others download. What is
hidden behind a genuine picture cannot run, because downloads are attachments in a sandbox, of a fixed type that
browsers may not guess; what a page shows is a preview, and that is always encoded anew. Zip archives are kept and never
unpacked.
"""

from __future__ import annotations

import codecs
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from backoffice.files.errors import FileTooLarge, KindRefused
from backoffice.files.names import extension_of
from backoffice.files.pictures import MOST_PIXELS, TooManyPixels, is_picture
from backoffice.foundation.i18n import _l

#: The type with which everything else that lies in the folder is served.
UNKNOWN_TYPE = "application/octet-stream"

_CHUNK = 64 * 1024
#: An office file with a longer table of contents is not one.
_LONGEST_DIRECTORY = 4 * 1024 * 1024

Check = Callable[[BinaryIO], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of file; `family` is image, text, document, archive, audio or video."""

    family: str
    content_type: str
    is_genuine: Check


def _picture(picture_format: str) -> Check:
    return lambda stream: is_picture(stream, picture_format)


def _is_text(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        while chunk := stream.read(_CHUNK):
            if b"\x00" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _is_pdf(stream: BinaryIO) -> bool:
    return stream.read(5) == b"%PDF-"


def _is_mp3(stream: BinaryIO) -> bool:
    head = stream.read(4)
    if len(head) < 4:
        return False
    if head.startswith(b"ID3"):
        return head[3] < 0x10
    is_layer_three = head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return is_layer_three and head[2] & 0xF0 not in (0x00, 0xF0) and head[2] & 0x0C != 0x0C


def _is_mp4(stream: BinaryIO) -> bool:
    head = stream.read(12)
    return head[4:8] == b"ftyp" and head[8:12].startswith((b"iso", b"mp4", b"avc1", b"M4V", b"dash", b"MSNV"))


def _is_zip(stream: BinaryIO) -> bool:
    return stream.read(4) == b"PK\x03\x04" and _directory(stream) is not None


def _office(folder: bytes) -> Check:
    def is_office_file(stream: BinaryIO) -> bool:
        names = list(_members(stream)) if stream.read(4) == b"PK\x03\x04" else []
        has_macros = any(name.lower().endswith(b"vbaproject.bin") for name in names)
        return b"[Content_Types].xml" in names and any(name.startswith(folder) for name in names) and not has_macros

    return is_office_file


def _open_document(content_type: str) -> Check:
    expected = b"mimetype" + content_type.encode()

    def is_open_document(stream: BinaryIO) -> bool:
        # The format demands that the first member be the type, by name, uncompressed and without extra fields.
        head = stream.read(30 + len(expected))
        return head[:4] == b"PK\x03\x04" and head[30:] == expected and _directory(stream) is not None

    return is_open_document


_OPENXML = "application/vnd.openxmlformats-officedocument"
_OPENDOCUMENT = "application/vnd.oasis.opendocument"
_JPEG = Kind("image", "image/jpeg", _picture("JPEG"))

#: Every kind that is taken, by extension.
KINDS: dict[str, Kind] = {
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Kind("image", "image/png", _picture("PNG")),
    "gif": Kind("image", "image/gif", _picture("GIF")),
    "webp": Kind("image", "image/webp", _picture("WEBP")),
    "pdf": Kind("document", "application/pdf", _is_pdf),
    "txt": Kind("text", "text/plain", _is_text),
    "md": Kind("text", "text/markdown", _is_text),
    "csv": Kind("text", "text/csv", _is_text),
    "docx": Kind("document", f"{_OPENXML}.wordprocessingml.document", _office(b"word/")),
    "xlsx": Kind("document", f"{_OPENXML}.spreadsheetml.sheet", _office(b"xl/")),
    "pptx": Kind("document", f"{_OPENXML}.presentationml.presentation", _office(b"ppt/")),
    "odt": Kind("document", f"{_OPENDOCUMENT}.text", _open_document(f"{_OPENDOCUMENT}.text")),
    "ods": Kind("document", f"{_OPENDOCUMENT}.spreadsheet", _open_document(f"{_OPENDOCUMENT}.spreadsheet")),
    "odp": Kind("document", f"{_OPENDOCUMENT}.presentation", _open_document(f"{_OPENDOCUMENT}.presentation")),
    "zip": Kind("archive", "application/zip", _is_zip),
    "mp3": Kind("audio", "audio/mpeg", _is_mp3),
    "mp4": Kind("video", "video/mp4", _is_mp4),
}

_WEB_PAGES = frozenset(
    {"htm", "html", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl", "xslt", "js", "mjs", "php"}
)


def kind_of(name: str) -> Kind | None:
    """The kind the extension stands for, or None."""
    return KINDS.get(extension_of(name))


def accepted_kind(name: str) -> Kind:
    """The kind the extension stands for; raises KindRefused if files of that kind are not taken."""
    kind = kind_of(name)
    if kind:
        return kind
    extension = extension_of(name)
    if extension in _WEB_PAGES:
        raise KindRefused(_l("Web pages are not taken. Save it as PDF or plain text and try again."))
    taken = ", ".join(KINDS)
    if not extension:
        raise KindRefused(_l("The name needs an ending that says what it is: %(kinds)s.", kinds=taken))
    raise KindRefused(
        _l(
            "Files that end in .%(extension)s are not taken. Taken are %(kinds)s.",
            extension=extension[:20],
            kinds=taken,
        )
    )


def check_content(kind: Kind, stream: BinaryIO) -> None:
    """Raise KindRefused if the content is not of the kind, FileTooLarge if a picture has too many pixels."""
    stream.seek(0)
    try:
        genuine = kind.is_genuine(stream)
    except TooManyPixels:
        raise FileTooLarge(
            _l("The picture has more than %(limit)s million pixels. Make it smaller.", limit=MOST_PIXELS // 1_000_000)
        ) from None
    if genuine:
        return
    if kind.family == "text":
        raise KindRefused(_l("This is not plain text. Save it as text in UTF-8 and try again."))
    raise KindRefused(_l("The content is not what the name says. It may be damaged, or have a wrong ending."))


def _directory(stream: BinaryIO) -> tuple[int, int] | None:
    """Where the table of contents of a zip file begins and how long it is; None if the file has none."""
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - 22 - 65_535)
    stream.seek(start)
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        return None
    length, offset, comment = struct.unpack("<IIH", tail[place + 12 : place + 22])
    if place + 22 + comment != len(tail) or offset + length > start + place:
        return None
    return offset, length


def _members(stream: BinaryIO) -> Iterator[bytes]:
    """The names in a zip file, without opening any of them; none for what is not one."""
    place = _directory(stream)
    if place is None or place[1] > _LONGEST_DIRECTORY:
        return
    stream.seek(place[0])
    table = stream.read(place[1])
    position = 0
    while table[position : position + 4] == b"PK\x01\x02" and position + 46 <= len(table):
        name, extra, comment = struct.unpack("<HHH", table[position + 28 : position + 34])
        yield table[position + 46 : position + 46 + name]
        position += 46 + name + extra + comment
