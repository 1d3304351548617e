"""Reading labelled texts: columns by name, and a reason for whatever is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from backoffice.foundation.errors import InvalidInput
from backoffice.spam import labelled
from backoffice.spam.labelled import Labelled, Read


def read(folder: Path, data: str | bytes) -> Read:
    """What is read from a file of this content."""
    path = folder / "labelled.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return labelled.read(path)


@pytest.mark.parametrize("header", ["CONTENT,CLASS", "text,label", "Comment , Spam", "Class,text"])
def test_columns_are_found_by_name(tmp_path: Path, header: str) -> None:
    body = "1,buy\n0,nice\n" if header.startswith("Class") else "buy,1\nnice,0\n"
    rows = read(tmp_path, f"{header}\n{body}").rows
    assert [(row.text, row.is_spam) for row in rows] == [("buy", True), ("nice", False)]


@pytest.mark.parametrize(
    ("word", "is_spam"),
    [("1", True), ("spam", True), ("SPAM ", True), ("Yes", True), ("0", False), ("ham", False), ("no", False)],
)
def test_labels_are_understood(tmp_path: Path, word: str, is_spam: bool) -> None:
    assert read(tmp_path, f"text,label\nx,{word}\n").rows == [Labelled("x", "", is_spam)]


def test_whatever_is_left_out_has_a_reason(tmp_path: Path) -> None:
    found = read(tmp_path, "text,label,author\na,1,Ana\na,1,Ana\nb,1,\nb,0,\n,1,\nc,perhaps,\nd,0,Bo\n\n")
    assert found.rows == [Labelled("a", "Ana", True), Labelled("d", "Bo", False)]
    assert {str(why): count for why, count in found.left_out.items()} == {
        "more than once in the file": 2,
        "labelled both ways": 1,
        "without a text": 1,
        "without a label that says spam or not": 1,
    }


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbftext,label\n\xc3\xa9,1\n",
        b"text;label\n\xe9;1\n",
        b'text\tlabel\r\n"\xc3\xa9"\t1\r\n',
        b"\n\ntext,label\n\xc3\xa9,1\n",
        b"text,label\n\x00\xc3\xa9,1\n",
    ],
)
def test_encodings_and_separators_are_found_out(tmp_path: Path, data: bytes) -> None:
    assert [row.text for row in read(tmp_path, data).rows] == ["é"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"a,b\n1,2\n", "text, content, comment"),
        (b"text,b\n1,2\n", "label, class, spam"),
        (b'text,label\n"never closed,1\n', "Row"),
        (b"\x81\x8d,\n", "neither UTF-8 nor"),
    ],
)
def test_what_is_no_such_table_is_refused_in_a_sentence(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(tmp_path, data)
    assert sentence in str(refusal.value)


def test_a_field_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read(tmp_path, "text,label\n" + "a" * 200_000 + ",1\n")
