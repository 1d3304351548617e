"""Previews are small, upright, clean and cheap."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from PIL import Image, PngImagePlugin

from backoffice.files import pictures
from tests.files.samples import GENUINE, HTML, picture, png_header


def shown(data: bytes, picture_format: str, size: int = 64) -> Image.Image:
    return Image.open(io.BytesIO(pictures.preview(io.BytesIO(data), picture_format, size)))


def is_red(image: Image.Image, x: int, y: int) -> bool:
    red, _green, blue = image.convert("RGB").getpixel((x, y))
    return red > 150 and blue < 100


@pytest.mark.parametrize("extension", ["jpg", "png", "gif", "webp"])
def test_every_format_becomes_a_webp_of_the_same_shape(extension: str) -> None:
    picture_format = {"jpg": "JPEG"}.get(extension, extension.upper())
    preview = shown(GENUINE[extension], picture_format, 20)
    assert (preview.format, preview.size) == ("WEBP", (20, 10))
    assert is_red(preview, 2, 5) and not is_red(preview, 17, 5)


def test_a_small_picture_is_not_blown_up() -> None:
    assert shown(GENUINE["png"], "PNG", 500).size == (40, 20)


@pytest.mark.parametrize(("asked", "given"), [(-5, 16), (0, 16), (10**9, 1024)])
def test_the_size_is_clamped(asked: int, given: int) -> None:
    assert shown(picture("PNG", (2000, 2000)), "PNG", asked).size == (given, given)


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"), [(3, (40, 20), (35, 10)), (6, (20, 40), (10, 5)), (8, (20, 40), (10, 35))]
)
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_taken_sideways_stands_upright(
    picture_format: str, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    preview = shown(picture(picture_format, exif=exif), picture_format)
    assert preview.size == size
    assert is_red(preview, *red_at)


def test_a_big_photograph_taken_sideways_stands_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    preview = shown(picture("JPEG", (4000, 1000), exif=exif), "JPEG", 100)
    assert preview.size == (25, 100) and is_red(preview, 12, 20)


def test_the_preview_holds_nothing_but_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>", zip=False)
    for data, picture_format in (
        (picture("JPEG", exif=exif, comment=b"<script>"), "JPEG"),
        (picture("PNG", exif=exif, pnginfo=notes, icc_profile=b"<script>" * 20) + HTML, "PNG"),
        (picture("GIF", comment=b"<script>") + HTML, "GIF"),
        (picture("WEBP", exif=exif, xmp=b"<script>"), "WEBP"),
    ):
        assert b"script" in data
        preview = pictures.preview(io.BytesIO(data), picture_format, 64)
        assert b"script" not in preview and b"EXIF" not in preview


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_metadata_do_not_cost_the_preview() -> None:
    assert shown(picture("JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff"), "JPEG").size == (40, 20)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_is_shown(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (3000, 200)).save(out, "PNG", **({"transparency": 0} if mode == "P" else {}))
    preview = shown(out.getvalue(), "PNG", 60)
    assert preview.size == (60, 4)
    assert (preview.mode == "RGBA") is (mode in {"LA", "P", "RGBA"})


def test_the_ink_of_printers_is_shown() -> None:
    out = io.BytesIO()
    Image.new("CMYK", (100, 50), (0, 255, 255, 0)).save(out, "JPEG")
    assert is_red(shown(out.getvalue(), "JPEG"), 10, 10)


def test_a_film_shows_its_first_picture() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert is_red(shown(out.getvalue(), "GIF"), 5, 5)


@pytest.mark.parametrize("cut", [0, 10, 25])
@pytest.mark.parametrize("extension", ["jpg", "png", "gif", "webp"])
def test_a_damaged_picture_is_no_picture(extension: str, cut: int) -> None:
    data = GENUINE[extension][:cut] + HTML
    with pytest.raises((pictures.NoPicture, pictures.TooManyPixels)):
        pictures.preview(io.BytesIO(data), {"jpg": "JPEG"}.get(extension, extension.upper()), 64)


def test_one_format_is_not_another() -> None:
    assert pictures.is_picture(io.BytesIO(GENUINE["png"]), "PNG")
    for other in ("JPEG", "GIF", "WEBP"):
        assert not pictures.is_picture(io.BytesIO(GENUINE["png"]), other)


@pytest.mark.parametrize("size", [(8000, 5001), (9500, 9500), (20_000, 20_000), (60_000, 700)])
def test_too_many_pixels_are_not_decoded(size: tuple[int, int]) -> None:
    for look in (
        lambda data: pictures.is_picture(data, "PNG"),
        lambda data: pictures.preview(data, "PNG", 64),
    ):
        with pytest.raises(pictures.TooManyPixels):
            look(io.BytesIO(png_header(*size)))


MEASURED = """
import io, resource, sys
from PIL import Image
from backoffice.files import pictures
picture_format, mode = sys.argv[1:3]
out = io.BytesIO()
size = (8000, 5000) if picture_format != "WEBP" else (4000, 3000)
with open(sys.argv[3], "rb") as file:
    data = file.read()
Image.new("RGB", (10, 10)).save(out, "WEBP")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pictures.preview(io.BytesIO(data), picture_format, 256)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("picture_format", "mode", "size"),
    [
        ("PNG", "RGBA", (8000, 5000)),
        ("PNG", "P", (8000, 5000)),
        ("GIF", "P", (8000, 5000)),
        ("WEBP", "RGB", (4000, 3000)),
    ],
)
def test_the_largest_picture_costs_less_than_200_mb(
    tmp_path: object, picture_format: str, mode: str, size: tuple[int, int]
) -> None:
    path = f"{tmp_path}/picture"
    Image.new(mode, size).save(path, picture_format)
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, picture_format, mode, path], capture_output=True, text=True, check=True
    )
    assert int(measured.stdout) < 200
