"""Small files of every kind, made here."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from PIL import Image

HTML = b"<!doctype html><script>alert(1)</script>"


def picture(picture_format: str = "PNG", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    """A real picture, red on its left half and blue on its right one."""
    image = Image.new("RGB", size, "blue")
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, picture_format, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def archive(*members: tuple[str, bytes], comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in members:
            packed.writestr(name, data)
        packed.comment = comment
    return out.getvalue()


def office(folder: str, *more: str) -> bytes:
    members = ["_rels/.rels", f"{folder}/document.xml", "[Content_Types].xml", *more]
    return archive(*((name, b"<x/>") for name in members))


def open_document(content_type: str) -> bytes:
    return archive(("mimetype", content_type.encode()), ("content.xml", b"<x/>"))


GENUINE: dict[str, bytes] = {
    "jpg": picture("JPEG"),
    "jpeg": picture("JPEG"),
    "png": picture("PNG"),
    "gif": picture("GIF"),
    "webp": picture("WEBP"),
    "pdf": b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n",
    "txt": "Grüße\n日本\n".encode(),
    "md": b"# Title\n",
    "csv": b"\xef\xbb\xbfa,b\n1,2\n",
    "docx": office("word"),
    "xlsx": office("xl"),
    "pptx": office("ppt"),
    "odt": open_document("application/vnd.oasis.opendocument.text"),
    "ods": open_document("application/vnd.oasis.opendocument.spreadsheet"),
    "odp": open_document("application/vnd.oasis.opendocument.presentation"),
    "zip": archive(("a.txt", b"a"), comment=b"made here"),
    "mp3": b"ID3\x04\x00" + bytes(100),
    "mp4": b"\x00\x00\x00\x20ftypisom" + bytes(100),
}
