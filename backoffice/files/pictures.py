"""Pictures that strangers made: looked at without trusting them, and shown small and encoded anew."""

from __future__ import annotations

import io
import threading
from typing import BinaryIO

from PIL import Image, ImageOps

#: A picture of more pixels is not decoded, since some hundred bytes can stand for gigabytes.
MOST_PIXELS = 40_000_000

#: Decoders need 4 bytes for a pixel; these need more, so that fewer pixels are shown small within 200 MB.
_FEWER_PIXELS = {("WEBP", "RGB"): 12_000_000, ("WEBP", "RGBA"): 12_000_000, ("JPEG", "CMYK"): 24_000_000}

SMALLEST, LARGEST = 16, 1024

#: One big picture at a time, so that the memory one needs is the memory all need.
_decoding = threading.Lock()


class TooManyPixels(ValueError):
    """Decoding the picture would need too much memory."""


class NoPicture(ValueError):
    """The content cannot be shown as a picture of that format."""


def is_picture(stream: BinaryIO, picture_format: str) -> bool:
    """Whether the stream holds a picture of exactly this format (`JPEG`, `PNG`, …); raises TooManyPixels.

    Headers and checksums are verified, pixels are not decoded.
    """
    try:
        with _opened(stream, picture_format) as picture:
            picture.verify()
    except NoPicture:
        return False
    except TooManyPixels:
        raise
    except Exception:  # Pillow raises whatever its parsers of forty years of formats happen to raise.
        return False
    return True


def preview(stream: BinaryIO, picture_format: str, size: int) -> bytes:
    """The picture as WebP, upright, within a square of `size` pixels, first frame only, without any of its metadata.

    `size` is clamped to what is sensible. Raises NoPicture or TooManyPixels.
    """
    size = max(SMALLEST, min(size, LARGEST))
    with _decoding:
        try:
            with _opened(stream, picture_format) as picture:
                _refuse_more(picture, _FEWER_PIXELS.get((picture_format, picture.mode), MOST_PIXELS))
                small = _small(picture, size)
        except (NoPicture, TooManyPixels):
            raise
        except Exception as error:  # as above
            raise NoPicture(str(error)) from None
    out = io.BytesIO()
    small.save(out, "WEBP", quality=80, method=3)
    return out.getvalue()


def _opened(stream: BinaryIO, picture_format: str) -> Image.Image:
    stream.seek(0)
    try:
        picture = Image.open(stream, formats=[picture_format])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    except Exception as error:  # as above
        raise NoPicture(str(error)) from None
    _refuse_more(picture, MOST_PIXELS)
    return picture


def _refuse_more(picture: Image.Image, pixels: int) -> None:
    if picture.width * picture.height > pixels:
        raise TooManyPixels


def _small(picture: Image.Image, size: int) -> Image.Image:
    # Shrinking comes before everything that copies the picture, and where shrinking well copies it, every n-th pixel is
    # taken first: 40 million pixels with transparency would need twice their 160 MB otherwise.
    picture.draft("RGB", (size, size))
    stride = max(picture.size) // (size * 4)
    if stride > 1 and picture.mode not in {"RGB", "L"}:
        thinned = (max(1, picture.width // stride), max(1, picture.height // stride))
        picture = picture.resize(thinned, Image.Resampling.NEAREST)
    if picture.mode not in {"RGB", "RGBA", "L", "LA"}:
        picture = picture.convert("RGBA" if "transparency" in picture.info or picture.mode in {"PA", "RGBa"} else "RGB")
    picture.thumbnail((size, size), reducing_gap=2.0)
    upright = _upright(picture)
    has_alpha = upright.mode in {"RGBA", "LA"}
    clean = Image.new("RGBA" if has_alpha else "RGB", upright.size)
    clean.paste(upright.convert(clean.mode))
    return clean


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # Broken metadata say nothing about the pixels.
        return picture
