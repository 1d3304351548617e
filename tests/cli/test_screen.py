"""What commands show is text: whole for other programs, and never able to play with a terminal."""

from __future__ import annotations

import io
import sys

import pytest

from backoffice.cli.screen import progress, show_table


def test_cells_are_text_and_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("Name",), [("[red]Ana[/red] :smile:\x1b[2J",)])
    assert "[red]Ana[/red] :smile:[2J" in capsys.readouterr().out


def test_a_long_cell_is_whole_where_another_program_reads(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("Name", "Words"), [("a" * 60, "b" * 150)])
    assert f"{'a' * 60}   {'b' * 150}" in capsys.readouterr().out.splitlines()


def test_lines_end_with_their_last_word(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("Name", "Words"), [("Ana", "short"), ("Bo", "a good deal longer")])
    assert all(line == line.rstrip() for line in capsys.readouterr().out.splitlines())


def test_progress_stays_off_a_stream_that_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress() as begin:
        begin("Reading")(5, 10, "five of ten")
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_shows_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress() as begin:
        begin("Reading")(5, 10, "[five] of ten")
    assert "Reading" in terminal.getvalue()
    assert "[five] of ten" in terminal.getvalue()
