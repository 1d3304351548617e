"""Our comment list against a plain Flask-Admin one on the same table, behind the same gunicorn worker.

`python -m benchmarks.lists` builds 1,000,000 comments on SQLite and on a private PostgreSQL, asks both sides in turn
for the same five pages, and prints medians. `--large` does it with ten times as many and compares ours with ours.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

from rich.console import Console
from sqlalchemy import create_engine, text

from benchmarks.report import table, write
from benchmarks.serving import Browser, environment, first_run, flask, gunicorn
from tests.postgres import PostgresServer, create_database, url_of

ROWS, POSTS = 1_000_000, 10_000
PAGE = 15_000
SIZE = 50
console = Console()


@dataclass
class Case:
    """One page on both sides."""

    name: str
    ours: str
    plain: str
    ours_ms: list[float] = field(default_factory=list)
    plain_ms: list[float] = field(default_factory=list)
    ours_bytes: int = 0

    @property
    def medians(self) -> tuple[float, float]:
        """Ours and theirs, in milliseconds."""
        return statistics.median(self.ours_ms), statistics.median(self.plain_ms) if self.plain_ms else float("nan")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--requests", type=int, default=15, help="how often each page is asked for (plain: a third)")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--large", action="store_true", help="also with ten times as many rows, ours only")
    parser.add_argument("--keep", type=Path, help="a folder in which databases on SQLite are built once and used again")
    parser.add_argument("--build-only", action="store_true", help="with --keep: build, do not measure")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    given = parser.parse_args()
    results: dict[tuple[str, int], list[Case]] = {}
    for database in given.databases.split(","):
        for rows in (given.rows, given.rows * 10) if given.large else (given.rows,):
            requests = 0 if given.build_only else given.requests
            cases = measured(database, rows, requests, given.keep, with_plain=rows == given.rows)
            if cases:
                results[database, rows] = cases
    for (database, rows), cases in results.items():
        console.print(table(database, rows, cases, results.get((database, given.rows)) if rows != given.rows else None))
    if given.write:
        write(results, given.rows)


def measured(kind: str, rows: int, requests: int, keep: Path | None, *, with_plain: bool) -> list[Case]:
    """Build a database of that size, serve it, and ask."""
    kept = keep / f"{kind}-{rows}" if keep and kind == "sqlite" else None
    folder = kept or Path(tempfile.mkdtemp(prefix="backoffice-bench-"))
    try:
        with database(kind, folder) as url:
            settings = environment(folder, url)
            if not (folder / "built").exists():
                _build(kind, rows, settings)
                (folder / "built").touch()
            if not requests:
                return []
            cases = _cases(url, rows)
            with gunicorn(settings, "benchmarks.server:application") as port:
                _ask(Browser(port), cases, requests, with_plain=with_plain)
            return cases
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _build(database: str, rows: int, settings: dict[str, str]) -> None:
    console.print(f"{database}: building {rows:,} comments …")
    first_run(settings)
    taken = flask(settings, "comments", "demo", "--count", str(rows), "--posts", str(POSTS))
    console.print(f"{database}: built in {taken:.0f} s")


def _ask(browser: Browser, cases: list[Case], requests: int, *, with_plain: bool) -> None:
    browser.sign_in()
    for case in cases:
        _seconds, body = browser.get(case.ours)
        case.ours_bytes = len(body)
        if with_plain:
            browser.get(case.plain)
    # One after the other, so that a busy moment of the machine touches all of them.
    for turn in range(requests):
        for case in cases:
            case.ours_ms.append(browser.get(case.ours)[0] * 1000)
            if with_plain and turn % 3 == 0:
                case.plain_ms.append(browser.get(case.plain)[0] * 1000)


def _cases(url: str, rows: int) -> list[Case]:
    engine = create_engine(url)
    with engine.connect() as connection:
        find = "SELECT {} FROM comments ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET :skip"
        skip = min(PAGE * SIZE, rows * 3 // 4)
        deep = connection.execute(text(find.format("created_at")), {"skip": skip}).scalar_one()
        words, number = connection.execute(text(find.format("text, id")), {"skip": rows // 2}).one()
    engine.dispose()
    day = (datetime.fromisoformat(deep) if isinstance(deep, str) else deep.astimezone(UTC)).date()
    rare = sorted(set(re.findall(r"[a-z]{4,}", words)), key=lambda word: (-len(word), word))[:2]
    search = quote_plus(" ".join(rare))
    return [
        Case("first page", "/admin/comment/", "/plain/admin/comment/"),
        Case("filter: pending", "/admin/comment/?flt_status=pending", "/plain/admin/comment/?flt0_0=pending"),
        Case("the same, by equality", "/admin/comment/?flt_status=pending", "/plain/admin/comment/?flt0_2=pending"),
        Case(f"page {PAGE:,}", f"/admin/comment/?at={day}", f"/plain/admin/comment/?page={skip // SIZE}"),
        Case("two-word search", f"/admin/comment/?search={search}", f"/plain/admin/comment/?search={search}"),
        Case("edit form", f"/admin/comment/edit/?id={number}", f"/plain/admin/comment/edit/?id={number}"),
    ]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of an empty database that lasts as long as the block; PostgreSQL is a private server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'backoffice.sqlite3'}"
        return
    server = PostgresServer(durable=True)
    try:
        create_database(server.address, "measured")
        yield url_of(server.address, "measured")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
