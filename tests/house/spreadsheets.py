"""Exports read back."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def csv_rows(data: bytes) -> list[list[str]]:
    """The lines of a CSV file, its head included; the mark of the encoding has to be there."""
    text = data.decode("utf-8")
    assert text.startswith("\ufeff"), "spreadsheets would guess the encoding"
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def xlsx_rows(data: bytes) -> list[list[str]]:
    """The lines of the first sheet, its head included. Raises AssertionError if a cell holds a formula."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared: list[str] = []
        if "xl/sharedStrings.xml" in book.namelist():
            strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            shared = ["".join(item.itertext()) for item in strings.iter(f"{_SHEET}si")]
    assert sheet.find(f".//{_SHEET}f") is None, "a cell holds a formula"
    return [[_text(cell, shared) for cell in row.iter(f"{_SHEET}c")] for row in sheet.iter(f"{_SHEET}row")]


def _text(cell: ElementTree.Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    value = cell.findtext(f"{_SHEET}v") or ""
    return shared[int(value)] if cell.get("t") == "s" else value
