"""A table of comments is read completely, in bounded memory, or refused in one plain sentence with its row."""

from __future__ import annotations

import io
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backoffice.imports import comment_csv
from backoffice.imports.comment_csv import CsvComment, CsvError

HEADER = "author,date,text\n"
ROW = "Otto,2024-05-01 10:00:00,Lovely.\n"


def comments(text: str | bytes) -> list[CsvComment]:
    return list(comment_csv.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def check(text: str | bytes) -> comment_csv.Summary:
    return comment_csv.check(io.BytesIO(text.encode() if isinstance(text, str) else text))


def refusal(text: str | bytes) -> CsvError:
    with pytest.raises(CsvError) as caught:
        check(text)
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence[-1] in ".?"
    return caught.value


# What is read


def test_a_row_becomes_a_comment() -> None:
    (comment,) = comments(
        "COMMENT_ID,AUTHOR,EMAIL,DATE,CONTENT,CLASS\nz12,Otto,otto@example.org,2013-11-07T06:20:48,Lovely.,1\n"
    )
    assert comment == CsvComment(
        row=2,
        key="z12",
        author="Otto",
        email="otto@example.org",
        date=datetime(2013, 11, 7, 6, 20, 48, tzinfo=UTC),
        text="Lovely.",
        label="spam",
    )


@pytest.mark.parametrize(
    "header",
    [
        "AUTHOR,DATE,CONTENT",
        "name,created_at,body",
        " Author , Date , Comment ",
        "author,date,text",
        "Name,Created at,Text",
    ],
)
def test_the_columns_have_many_names(header: str) -> None:
    (comment,) = comments(f"{header}\n{ROW}")
    assert (comment.author, comment.text) == ("Otto", "Lovely.")


def test_the_columns_stand_in_any_order_and_strangers_are_passed_over() -> None:
    (comment,) = comments("likes,text,author,video,date\n4,Lovely.,Otto,psy,2024-05-01\n")
    assert (comment.author, comment.text, comment.date) == ("Otto", "Lovely.", datetime(2024, 5, 1, tzinfo=UTC))


def test_the_preferred_name_wins_where_two_columns_fit() -> None:
    (comment,) = comments("name,author,text,content,date\nwrong,Otto,wrong,Lovely.,\n")
    assert (comment.author, comment.text) == ("Otto", "Lovely.")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("1", "spam"),
        ("0", "approved"),
        ("spam", "spam"),
        (" SPAM ", "spam"),
        ("Approved", "approved"),
        ("ham", "approved"),
        ("not  spam", "approved"),
        ("", "pending"),
        ("pending", "pending"),
        ("rejected", "rejected"),
    ],
)
@pytest.mark.parametrize("column", ["CLASS", "label", "Status"])
def test_the_label_says_what_becomes_of_a_comment(label: str, expected: str, column: str) -> None:
    (comment,) = comments(f"author,date,text,{column}\nOtto,,Lovely.,{label}\n")
    assert comment.label == expected


def test_without_a_label_column_every_comment_is_pending() -> None:
    assert [comment.label for comment in comments(HEADER + ROW)] == ["pending"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-05-01 10:00:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01T10:00:00+02:00", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2013-10-05T00:57:25.078000", datetime(2013, 10, 5, 0, 57, 25, 78000, tzinfo=UTC)),
        ("2024-05-01T10:00:00Z", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("Wed, 01 May 2024 10:00:00 +0200", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("", None),
        ("05/06/2024", None),
        ("soon", None),
        ("1969-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_date_is_a_moment_in_utc_or_nothing(written: str, expected: datetime | None) -> None:
    (comment,) = comments(f'{HEADER}Otto,"{written}",Lovely.\n')
    assert comment.date == expected


def test_the_key_of_a_row_without_id_is_the_same_in_every_run_and_in_every_order() -> None:
    other = "Vera,2024-05-02,Rain.\n"
    first = {comment.text: comment.key for comment in comments(HEADER + ROW + other)}
    second = {comment.text: comment.key for comment in comments(HEADER + other + ROW)}
    assert first == second
    assert len(set(first.values())) == 2


def test_the_key_tells_rows_apart_by_author_date_and_text() -> None:
    rows = ["a,2024-05-01,b", "a,2024-05-01,c", "b,2024-05-01,b", "a,2024-05-02,b", "ab,2024-05-01,"]
    assert len({comment.key for comment in comments(HEADER + "\n".join(rows))}) == len(rows)


def test_a_row_whose_id_is_empty_or_endless_has_a_digest_for_key() -> None:
    first, second = comments(f"id,author,date,text\n,Otto,,Lovely.\n{'x' * 5000},Otto,,Lovely.\n")
    assert len(first.key) == len(second.key) == 64
    assert first.key != second.key


def test_quoted_commas_quotes_and_line_breaks_belong_to_the_text() -> None:
    first, second = comments(f'{HEADER}Otto,,"Rain, ""wind""\nand snow."\n{ROW}')
    assert first.text == 'Rain, "wind"\nand snow.'
    assert (first.row, second.row) == (2, 3)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_separators_are_understood(delimiter: str) -> None:
    (comment,) = comments((HEADER + "Otto,,Lovely.\n").replace(",", delimiter))
    assert (comment.author, comment.text) == ("Otto", "Lovely.")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_understood(ending: str) -> None:
    assert len(comments((HEADER + ROW + ROW).replace("\n", ending))) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(encoding: str) -> None:
    text = HEADER + "Zoë,,Größe “ok” – 5 €\n"
    (comment,) = comments(text.encode(encoding))
    assert (comment.author, comment.text) == ("Zoë", "Größe “ok” – 5 €")
    assert check(text.encode(encoding)).encoding == encoding


def test_emoji_and_other_scripts_arrive_unchanged() -> None:
    (comment,) = comments(HEADER + "محمد,,日本 🚢\ufeff\n")
    assert (comment.author, comment.text) == ("محمد", "日本 🚢\ufeff")


def test_control_characters_are_removed_and_counted() -> None:
    text = HEADER + "Ot\x00to,,Lo\x08ve\x1bly\n"
    (comment,) = comments(text)
    assert (comment.author, comment.text) == ("Otto", "Lovely")
    assert check(text).control_characters == 3


def test_blank_rows_are_passed_over_and_keep_their_number() -> None:
    (comment,) = comments(f"\n\n{HEADER}\n , , \n{ROW}\n")
    assert comment.row == 6


def test_blank_columns_at_the_end_of_a_row_are_forgiven() -> None:
    assert len(comments(HEADER + "Otto,,Lovely.,,\n")) == 1


def test_a_row_without_a_text_is_given_and_counted() -> None:
    assert check(HEADER + "Otto,,\n" + ROW).without_text == 1


def test_check_counts_by_label() -> None:
    text = "author,date,text,CLASS\na,2024-05-01,x,1\nb,never,y,0\nc,,z,\nd,,z,1\n"
    summary = check("\ufeff" + text)
    assert summary.labels == {"spam": 2, "approved": 1, "pending": 1}
    assert (summary.rows, summary.without_date, summary.bytes) == (4, 3, len(text) + 3)
    assert summary.columns == {"author": "author", "date": "date", "text": "text", "label": "CLASS"}


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    path.write_text(HEADER + ROW * 20_000)
    seen: list[tuple[int, int | None]] = []
    comment_csv.check(path, lambda done, total: seen.append((done, total)))
    size = path.stat().st_size
    assert len(seen) > 2 and seen == sorted(seen) and seen[-1] == (size, size)


def test_a_big_table_needs_memory_for_one_row_only(tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    with path.open("w") as file:
        file.write(HEADER)
        for _ in range(600):
            file.write(f'Otto,2024-05-01,"{"many words " * 1_500}"\n')
    tracemalloc.start()
    try:
        summary = comment_csv.check(path)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert summary.rows == 600 and summary.bytes > 9_000_000
    assert peak < 2_500_000


# What is refused


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CsvError, match=r"There is no file missing\.csv\."):
        comment_csv.check(tmp_path / "missing.csv")


def test_a_folder_is_refused_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(CsvError) as caught:
        comment_csv.check(tmp_path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("text", ["", "\n\n  \n"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert str(refusal(text)) == "The file is empty."


def test_a_spreadsheet_is_refused_with_advice() -> None:
    assert "Save it as CSV" in str(refusal(b"PK\x03\x04 a workbook"))


@pytest.mark.parametrize(
    ("header", "missing"),
    [("author,date\n", "text"), ("date,text\n", "author"), ("author,text\n", "date"), ("x\n", "author")],
)
def test_a_missing_column_is_named(header: str, missing: str) -> None:
    error = refusal(header + "a,b\n")
    assert error.params["row"] == 1
    assert f"none for {missing}." in str(error)


@pytest.mark.parametrize("row", ["Otto,2024-05-01\n", "Otto,2024-05-01,Lovely,really\n", "Otto\n"])
def test_a_row_of_another_length_is_refused_with_its_number(row: str) -> None:
    error = refusal(HEADER + ROW + row)
    assert error.params["row"] == 3
    assert "columns, the header has 3" in str(error)


def test_an_unknown_label_is_refused_with_its_row() -> None:
    error = refusal("author,date,text,class\na,,b,1\na,,b,maybe\n")
    assert error.params == {"row": 3, "label": "maybe"}


@pytest.mark.parametrize("broken", ['Otto,,"never closed', 'Otto,,"closed" too early"\n'])
def test_broken_quotation_marks_are_refused_with_their_row(broken: str) -> None:
    assert refusal(HEADER + ROW + broken).params["row"] == 3


def test_a_broken_header_is_refused() -> None:
    assert refusal('"author,date,text\n' + ROW).params["row"] == 1


@pytest.mark.parametrize("field", ["x" * 140_000, '"' + "line\n" * 40_000 + '"', '"' + "x" * 300_000])
def test_a_huge_field_is_refused_with_its_row(field: str) -> None:
    error = refusal(f"{HEADER}{ROW}Otto,,{field}\n")
    assert error.params["row"] == 3
    assert "has a field of more than 131072 characters" in str(error)


def test_an_endless_line_is_refused_without_reading_it_whole() -> None:
    tracemalloc.start()
    data = io.BytesIO(HEADER.encode() + b"x,y," + b"x" * 20_000_000)
    before, _peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    try:
        with pytest.raises(CsvError, match="Row 2 has more than 1000000 characters"):
            list(comment_csv.read(data))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 10_000_000


def test_a_header_of_thousands_of_columns_is_refused() -> None:
    assert "more than 200 columns" in str(refusal(",".join(f"c{n}" for n in range(5_000)) + "\n"))


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf" + HEADER.encode() + b"Zo\xeb,,x\n", HEADER.encode() + b"\x81\x8d,,x\n"]
)
def test_bytes_of_no_encoding_are_refused(data: bytes) -> None:
    assert "neither UTF-8 nor Windows-1252" in str(refusal(data))


def test_the_stream_of_the_caller_stays_open() -> None:
    data = io.BytesIO((HEADER + ROW).encode())
    assert len(list(comment_csv.read(data))) == len(list(comment_csv.read(data))) == 1


SAMPLES = Path(os.environ.get("BACKOFFICE_SAMPLE_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
TABLES = sorted(SAMPLES.glob("*.csv")) if SAMPLES.is_dir() else []


@pytest.mark.skipif(not TABLES, reason="no sample tables here; BACKOFFICE_SAMPLE_DATA names their folder")
def test_real_tables_are_read_completely() -> None:
    for table in TABLES:
        summary = comment_csv.check(table)
        read = list(comment_csv.read(table))
        assert summary.rows == len(read) > 300
        assert set(summary.labels) == {"spam", "approved"}
        assert summary.without_text == 0
        assert all(comment.key and len(comment.key) <= 100 for comment in read)
