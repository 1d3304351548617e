"""What trust costs: saving with the trail, very many records at once and back, reading and checking a long trail.

`python -m benchmarks.trust` measures on SQLite and on a private PostgreSQL and prints tables: one comment saved with
and without the trail; 100,000 matching comments approved and taken back in the background while somebody else pages
through the list; pages of the trail at 10,000,000 entries; `flask audit verify`; eight processes that write at once.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any, Self

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from benchmarks.lists import database
from benchmarks.long_trail import lengthen, seal_some
from benchmarks.report import write_trust
from benchmarks.serving import ROOT, Browser, environment, first_run, flask, gunicorn, server

MATCHING, ENTRIES, SEALED = 100_000, 10_000_000, 1_000_000
WRITERS, WRITES, SAVES = 8, 150, 400
console = Console()
Lines = list[tuple[str, str, str]]


class Told(list[tuple[str, str, str]]):
    """Lines of a table, each shown as soon as it is known."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def __iadd__(self, lines: Iterable[tuple[str, str, str]]) -> Self:  # type: ignore[misc,override]
        """Take lines and show them."""
        for line in lines:
            console.print(f"{self.kind}: {' | '.join(line)}")
            self.append(line)
        return self


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--entries", type=int, default=ENTRIES, help="length of the trail that is read and checked")
    parser.add_argument("--matching", type=int, default=MATCHING, help="comments that are approved at once")
    parser.add_argument("--only", default="saving,writers,batch,trail", help="parts to measure, separated by commas")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    given = parser.parse_args()
    parts = given.only.split(",")
    results = {name: measured(name, given.entries, given.matching, parts) for name in given.databases.split(",")}
    for name, lines in results.items():
        shown = Table("what", "measured", "wanted", title=name)
        for line in lines:
            shown.add_row(*line)
        console.print(shown)
    if given.write:
        write_trust(results)


def measured(kind: str, entries: int, matching: int, parts: list[str]) -> Lines:
    """Everything on one database."""
    folder = Path(tempfile.mkdtemp(prefix="backoffice-trust-"))
    lines = Told(kind)
    try:
        with database(kind, folder) as url:
            settings = environment(folder, url)
            first_run(settings)
            console.print(f"{kind}: building {matching * 3 // 2:,} comments …")
            flask(settings, "comments", "demo", "--count", str(matching * 3 // 2), "--posts", "1000")
            if "saving" in parts:
                lines += saving(settings)
            if "writers" in parts:
                lines += writers(settings, url)
            if "batch" in parts:
                lines += batch(settings, url, matching)
            if "trail" in parts:
                console.print(f"{kind}: building {entries:,} entries …")
                lines += trail(settings, url, entries)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return lines


def saving(settings: dict[str, str]) -> Lines:
    """One comment changed and committed, with the trail and with its listeners taken away, in turn."""
    told = worker(settings, "saving", str(SAVES))
    ratio = told["with"] / told["without"]
    return [("save one comment", f"{told['with']:.2f} ms, without trail {told['without']:.2f} ms: {ratio:.2f}", "1.5")]


def writers(settings: dict[str, str], url: str) -> Lines:
    """Eight processes that save comments while the server seals what they write."""
    with server(settings):
        begun = time.perf_counter()
        processes = [
            subprocess.Popen(
                _worker("writing", str(number), str(WRITES)), cwd=ROOT, env=settings, stdout=subprocess.PIPE
            )
            for number in range(WRITERS)
        ]
        told = [json.loads(process.communicate(timeout=600)[0]) for process in processes]
        taken = time.perf_counter() - begun
        wait_until_sealed(url)
    saved, refused = sum(each["saved"] for each in told), sum(each["refused"] for each in told)
    slowest = max(each["slowest"] for each in told)
    check = verdict(settings)
    return [
        (
            f"{WRITERS} writers at once",
            f"{saved:,} saved in {taken:.1f} s, {refused} refused, slowest {slowest:.0f} ms; {check}",
            "none refused, chain whole",
        )
    ]


def batch(settings: dict[str, str], url: str, matching: int) -> Lines:
    """Approve all that match, and take it back, as people do; how the list answers meanwhile."""
    engine = create_engine(url)
    with engine.begin() as connection:
        newest = "SELECT id FROM comments ORDER BY id LIMIT :most"
        sql = f"UPDATE comments SET status = CASE WHEN id IN ({newest}) THEN 'pending' ELSE 'spam' END"
        connection.execute(text(sql + ", decided_at = NULL, reason = ''"), {"most": matching})
        before = _state(connection)
    lines: Lines = []
    with server(settings) as port:
        browser = Browser(port)
        browser.sign_in()
        page = browser.get("/admin/comment/?flt_status=pending")[1]
        asked = browser.post("/admin/comment/action/", action="approve", all=_value(page, "all"))[1]
        task = _approve(browser, asked)
        lines.append((f"approve {matching:,}", _followed(browser, port, task), "30 s, 100 ms"))
        task = _take_back(browser, task)
        lines.append(("take that back", _followed(browser, port, task), "30 s, 100 ms"))
    with engine.begin() as connection:
        same = _state(connection) == before
    engine.dispose()
    lines.append(("every row as before", "yes" if same else "no", "yes"))
    return lines


def trail(settings: dict[str, str], url: str, entries: int) -> Lines:
    """Checking a trail as the house writes it, and pages of one that is filled up to its full length."""
    lines: Lines = []
    seal_some(min(SEALED, entries), settings)
    begun = time.perf_counter()
    check = verdict(settings)
    taken = time.perf_counter() - begun
    own = worker(settings, "verifying")
    lines.append(("flask audit verify", f"{own['rate']:,.0f} entries/s ({check}; {taken:.0f} s in all)", "100,000"))
    engine = create_engine(url)
    facts = lengthen(engine, entries, min(SEALED, entries))
    engine.dispose()
    pages = {
        "first page": "",
        "by person": "?flt_actor_name=ana",
        "by kind": "?flt_kind=comment",
        "by kind, a rare one": "?flt_kind=role",
        "by field": "?flt_field=comment.status",
        "by field, a rare one": "?flt_field=comment.author_email",
        "by record": f"?flt_record=comment+{facts['record']}",
        "by action": "?flt_action=comment.approve",
        "a day in the middle": f"?flt_at_from={facts['day']}&flt_at_to={facts['day']}",
        "jump to a day": f"?at={facts['day']}",
        "person and kind": "?flt_actor_name=ana&flt_kind=post",
    }
    with gunicorn(settings, "benchmarks.server:application") as port:
        browser = Browser(port)
        browser.sign_in()
        for name, query in pages.items():
            browser.get(f"/admin/audit/{query}")
            times = [browser.get(f"/admin/audit/{query}")[0] * 1000 for _time in range(9)]
            lines.append((f"trail of {entries:,}: {name}", f"{statistics.median(times):.1f} ms", "50 ms"))
    return lines


def _followed(browser: Browser, port: int, task: str) -> str:
    """Look at the list until the task is over; how long that took and how the list answered."""
    begun = time.perf_counter()
    with paging(port) as times:
        _wait_for_task(browser, task)
        taken = time.perf_counter() - begun
    return f"{taken:.1f} s; list meanwhile {statistics.median(times) * 1000:.0f} ms (median of {len(times)})"


@contextmanager
def paging(port: int) -> Iterator[list[float]]:
    """Somebody else who looks at the first page again and again; gives how long each look took, in seconds."""
    browser, stop = Browser(port), threading.Event()
    browser.sign_in()
    times: list[float] = []

    def look() -> None:
        while not stop.is_set():
            times.append(browser.get("/admin/comment/")[0])
            stop.wait(0.2)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield times
    finally:
        stop.set()
        thread.join()


def verdict(settings: dict[str, str]) -> str:
    """What `flask audit verify` says first."""
    command = [sys.executable, "-m", "flask", "audit", "verify"]
    told = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    return (told.stdout + told.stderr).strip().splitlines()[0].rstrip(".")


def worker(settings: dict[str, str], *words: str) -> dict[str, Any]:
    """Run a part in a process of its own; what it measured."""
    told = subprocess.run(_worker(*words), cwd=ROOT, env=settings, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def wait_until_sealed(url: str) -> None:
    """Until the newest entry has its seal; raises RuntimeError after a minute."""
    engine = create_engine(url)
    sql = "SELECT (SELECT max(id) FROM audit_entries), (SELECT max(last_id) FROM audit_seals)"
    try:
        for _attempt in range(240):
            with engine.connect() as connection:
                newest, sealed = connection.execute(text(sql)).one()
            if newest == sealed:
                return
            time.sleep(0.25)
    finally:
        engine.dispose()
    raise RuntimeError("the sealer does not keep up")


def _worker(*words: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.trust_worker", *words]


def _approve(browser: Browser, page: bytes) -> str:
    return browser.post("/admin/comment/all/", action="approve", all=_value(page, "all"))[2]


def _take_back(browser: Browser, task: str) -> str:
    page = browser.get(task)[1]
    found = re.search(rb'name="batch" value="(\w+)"', page)
    assert found, "nothing to take back"
    return browser.post("/admin/undo/back/", batch=found[1].decode())[2]


def _wait_for_task(browser: Browser, task: str) -> None:
    while b"data-over" not in (page := browser.get(task)[1]):
        time.sleep(0.2)
    if b'data-state="done"' not in page:
        raise RuntimeError("the task did not end well")


def _value(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"'.encode(), page)
    assert found, f"no field {name}"
    return unescape(found[1].decode())


def _state(connection: Any) -> list[tuple[Any, ...]]:
    rows = connection.execute(text("SELECT id, status, reason, decided_at, text FROM comments ORDER BY id"))
    return [tuple(row) for row in rows]


if __name__ == "__main__":
    main()
