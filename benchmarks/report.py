"""Tables of a measurement: on the screen, and in docs/benchmarks.md."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
TRUST = PAGE.with_name("trust.md")
TRUST_MARK = "<!-- below: written by python -m benchmarks.trust --write -->"
DESK = PAGE.with_name("desk.md")
DESK_MARK = "<!-- below: written by python -m benchmarks.desk --write -->"
I18N = PAGE.with_name("i18n.md")
I18N_MARK = "<!-- below: written by python -m benchmarks.i18n --write -->"
MARK = "<!-- below: written by python -m benchmarks.lists --write -->"


def table(database: str, rows: int, cases: list[Any], smaller: list[Any] | None = None) -> Table:
    """The medians of one database, as a table for the screen."""
    shown = Table(title=f"{database}, {rows:,} comments")
    for heading in _headings(smaller is not None):
        shown.add_column(heading, justify="left" if heading == "page" else "right")
    for line in _lines(cases, smaller):
        shown.add_row(*line)
    return shown


def write(results: dict[tuple[str, int], list[Any]], base: int) -> None:
    """Put the tables into docs/benchmarks.md below the mark."""
    parts = [PAGE.read_text(encoding="utf-8").split(MARK, 1)[0].rstrip() if PAGE.exists() else "# Benchmarks", "", MARK]
    parts.append(f"\nMeasured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}; medians in ms.\n")
    for (database, rows), cases in results.items():
        smaller = results[database, base] if rows != base else None
        parts.append(f"## {database}, {rows:,} comments\n")
        headings = _headings(smaller is not None)
        parts.append("| " + " | ".join(headings) + " |")
        parts.append("|---|" + "--:|" * (len(headings) - 1))
        parts += ["| " + " | ".join(line) + " |" for line in _lines(cases, smaller)]
        parts.append("")
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def write_trust(results: dict[str, list[tuple[str, str, str]]]) -> None:
    """Put the tables of `benchmarks.trust` into docs/trust.md below its mark."""
    _write(TRUST, TRUST_MARK, "# What trust costs", _measured(), results)


def write_desk(results: dict[str, list[tuple[str, str, str]]], comments: int) -> None:
    """Put the tables of `benchmarks.desk` into docs/desk.md below its mark."""
    _write(DESK, DESK_MARK, "# How quick the desk is", f"{_measured()} {comments:,} comments.", results)


def write_i18n(results: dict[str, list[tuple[str, str, str]]]) -> None:
    """Put the tables of `benchmarks.i18n` into docs/i18n.md below its mark."""
    _write(I18N, I18N_MARK, "# Translations", _measured(), results)


def _measured() -> str:
    return f"Measured {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}."


def _write(page: Path, mark: str, title: str, said: str, results: dict[str, list[tuple[str, str, str]]]) -> None:
    parts = [page.read_text(encoding="utf-8").split(mark, 1)[0].rstrip() if page.exists() else title]
    parts += ["", mark, f"\n{said}\n"]
    for database, lines in results.items():
        parts += [f"## {database}\n", "| what | measured | at most, or at least |", "|---|---|---|"]
        parts += ["| " + " | ".join(line) + " |" for line in lines]
        parts.append("")
    page.write_text("\n".join(parts), encoding="utf-8")


def _headings(is_large: bool) -> list[str]:
    return (
        ["page", "ours", "at a tenth", "ratio", "KiB"] if is_large else ["page", "ours", "plain", "times faster", "KiB"]
    )


def _lines(cases: list[Any], smaller: list[Any] | None) -> list[list[str]]:
    lines = []
    for index, case in enumerate(cases):
        ours, plain = case.medians
        other = smaller[index].medians[0] if smaller else plain
        ratio = ours / other if smaller else other / ours
        lines.append([case.name, f"{ours:.1f}", f"{other:.1f}", f"{ratio:.2f}", f"{case.ours_bytes / 1024:.1f}"])
    return lines
