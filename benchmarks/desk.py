"""How quick the moderation desk is: with a long queue, with many desks open, and with many people deciding at once.

`python -m benchmarks.desk` fills an installation of its own with 1,000,000 comments of which 50,000 wait, on SQLite and
on a private PostgreSQL, and asks its pages through one gunicorn worker with one thread; then it opens fifty desks, lets
twenty people decide as fast as they can behind the servers that docs/operations.md names, and stores readers' comments
with a rule of every kind and a spam score.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.desk_data import MODERATORS, labelled
from benchmarks.desk_load import FETCH, Desk, everybody, many_desks
from benchmarks.lists import database
from benchmarks.report import write_desk
from benchmarks.serving import ROOT, Browser, environment, first_run, flask, gunicorn
from benchmarks.trust import Told

COMMENTS, POSTS = 1_000_000, 10_000
LIMITED = "benchmarks.server:application"
console = Console()
Lines = list[tuple[str, str, str]]
PARTS = "pages,submit,desks,people"


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--databases", "--database", default="sqlite,postgresql")
    parser.add_argument("--comments", type=int, default=COMMENTS, help="how many there are; one in twenty waits")
    parser.add_argument("--requests", type=int, default=60, help="how often each page is asked for")
    parser.add_argument("--only", default=PARTS, help="parts to measure, separated by commas")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/desk.md")
    given = parser.parse_args()
    results = {}
    for kind in given.databases.split(","):
        folder = Path(tempfile.mkdtemp(prefix="backoffice-desk-"))
        try:
            with database(kind, folder) as url:
                settings = environment(folder, url)
                build(kind, settings, folder, given.comments)
                results[kind] = measured(kind, settings, folder, given.requests, given.only.split(","))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    for kind, lines in results.items():
        shown = Table("what", "measured", "wanted", title=kind)
        for line in lines:
            shown.add_row(*line)
        console.print(shown)
    if given.write:
        write_desk(results, given.comments)


def build(kind: str, settings: dict[str, str], folder: Path, comments: int, *, loaded: bool = False) -> None:
    """Fill an empty installation: comments, what waits with all that is known of it, rules, and a spam score."""
    console.print(f"{kind}: building {comments:,} comments …")
    if not loaded:
        first_run(settings)
        flask(settings, "comments", "demo", "--count", str(comments), "--posts", str(max(comments // 100, 1)))
    worker(settings, "fill")
    labelled(folder / "labelled.csv")
    flask(settings, "comments", "train", str(folder / "labelled.csv"))
    worker(settings, "settle")


def measured(kind: str, settings: dict[str, str], folder: Path, requests: int, parts: list[str]) -> Lines:
    """Everything on one database."""
    lines = Told(kind)
    if "pages" in parts:
        lines += pages(settings, requests)
    if "submit" in parts:
        lines += submitting(settings)
    if "desks" in parts:
        lines += desks(settings, folder)
    if "people" in parts:
        lines += people(settings)
    return lines


def pages(settings: dict[str, str], requests: int) -> Lines:
    """One person at her desk, one worker with one thread."""
    lines = [
        (f"counts of all tabs and {views}", f"{worker(settings, 'counts', '60', searching)['ms']:.1f} ms", wanted)
        for views, searching, wanted in (("two views", "0", "10 ms"), ("two views and a search", "1", ""))
    ]
    with gunicorn(settings, LIMITED) as port:
        browser = Browser(port)
        browser.sign_in()
        desk = Desk(port, browser)
        asked: dict[str, tuple[str, Callable[[], float]]] = {
            "opening the desk": ("50 ms", desk.open),
            "next page": ("30 ms", _next_page(port, browser, "")),
            "next page by score": ("30 ms", _next_page(port, browser, "&order=score")),
            "author's history": ("20 ms", _history(port, browser)),
            # The second of two: the first waits for the worker to end the request before it.
            "a poll that is answered 304": ("3 ms", lambda: (_quiet(desk), _quiet(desk))[1]),
            "a decision": ("15 ms", _decision(port, browser)),
            "a poll after a decision": ("", _news(port, browser)),
        }
        times: dict[str, list[float]] = {name: [] for name in asked}
        desk.open()
        for _time in range(requests):
            # In turn, so that a busy moment of the machine touches all of them; the desk opens anew each time.
            for name, (_wanted, ask) in asked.items():
                times[name].append(ask() * 1000)
        health = [browser.get("/admin/moderation/health/")[0] * 1000 for _time in range(6)]
    lines.append(
        ("health of 30 days", f"{statistics.median(health[1:]):.1f} ms; the first of a minute {health[0]:.0f} ms", "")
    )
    for name, (wanted, _ask) in asked.items():
        some = times[name][3:]
        slow = statistics.quantiles(some, n=20)[-1]
        lines.append((name, f"{statistics.median(some):.1f} ms (95 %: {slow:.1f})", wanted))
    return lines


def _next_page(port: int, browser: Browser, query: str) -> Callable[[], float]:
    desk = Desk(port, browser)
    desk.open(f"?queue=pending{query}")

    def ask() -> float:
        desk.cards = desk.cards[-20:]
        return desk.more(query)

    return ask


def _history(port: int, browser: Browser) -> Callable[[], float]:
    desk = Desk(port, browser)
    desk.open()
    for _page in range(4):
        desk.more()
    ids = itertools.cycle([id for id, _version in desk.cards])
    return lambda: desk.ask(f"/admin/moderation/author/{next(ids)}", headers=FETCH)[0]


def _quiet(desk: Desk) -> float:
    taken, status, _news = desk.poll()
    while status != 304:
        taken, status, _news = desk.poll()
    return taken


def _decision(port: int, browser: Browser) -> Callable[[], float]:
    desk = Desk(port, browser)
    desk.open("?order=newest&queue=pending")
    actions = itertools.cycle(("approve", "reject", "spam"))

    def decide() -> float:
        if not desk.cards:
            desk.open("?order=newest&queue=pending")
        taken, status, answer = desk.decide(*desk.cards.pop(), next(actions))
        assert status == 200, answer
        return taken

    return decide


def _news(port: int, browser: Browser) -> Callable[[], float]:
    """The poll of a desk with a full page when something has changed since."""
    desk = Desk(port, browser)
    desk.open()

    def ask() -> float:
        desk.stamp = "0"
        taken, status, _news = desk.poll()
        assert status == 200, status
        return taken

    return ask


def submitting(settings: dict[str, str]) -> Lines:
    """A reader's comment, with a rule of every kind and a score: the storing alone, and the whole request."""
    told = worker(settings, "submitting", "200")
    lines = [
        (
            "storing a reader's comment",
            f"{told['ms']:.1f} ms (95 %: {told['slow']:.1f}; {told['statements']} statements)",
            "25 ms",
        )
    ]
    with gunicorn(settings, LIMITED) as port:
        write = Reader(port, worker(settings, "writers", "120")["writers"])
        times = [write() * 1000 for _time in range(100)]
    lines.append(("the same as a request of a visitor", f"{statistics.median(times):.1f} ms", ""))
    return lines


class Reader:
    """A visitor who sends one comment after another."""

    def __init__(self, port: int, given: list[dict[str, Any]]) -> None:
        self.browser, self.given, self.number = Browser(port), itertools.cycle(given), 0

    def __call__(self) -> float:
        """Open a post and send a comment; seconds of the sending."""
        self.number += 1
        one = next(self.given)
        # Each is another visitor's browser: no cookies of the one before.
        self.browser.cookies.clear()
        _taken, page = self.browser.get(f"/blog/post/{one['post']}/{one['slug']}")
        fields = dict(re.findall(r'name="(csrf_token|once)" value="([^"]+)"', page.decode()))
        fields |= {"name": one["name"], "email": one["email"] or "", "text": f"{one['text']} {self.number}"}
        taken, status, _body = self.browser.ask(f"/blog/post/{one['post']}/{one['slug']}", fields)
        assert status == 303, status
        return taken


def desks(settings: dict[str, str], folder: Path) -> Lines:
    """Fifty desks open at once, one worker."""
    with _served(settings, folder, LIMITED, 1, 4) as (port, master):
        staff = _staff(port)
        reader = Reader(port, worker(settings, "writers", "120")["writers"])
        told = many_desks(port, staff, master, lambda: (reader(), None)[1])
    quiet = statistics.median(told["taken"][304] or [float("nan")]) * 1000
    news = statistics.median(told["taken"][200] or [float("nan")]) * 1000
    late = sorted(told["late"]) or [float("nan")]
    return [
        (
            "50 desks, 2 decisions a second, a comment every 2 s",
            f"seen after {statistics.median(late):.1f} s (median), {late[-1]:.1f} s (longest of {len(late):,}); "
            f"{told['missed']} not seen",
            "5 s",
        ),
        ("their worker", f"{told['share'] * 100:.0f} % of a processor", ""),
        (
            "their polls",
            f"{told['answers'].get(200, 0):,} with news ({news:.0f} ms), {told['answers'].get(304, 0):,} without "
            f"({quiet:.1f} ms)",
            "",
        ),
    ]


def people(settings: dict[str, str]) -> Lines:
    """Twenty people who decide as fast as they can, behind the servers that production has."""
    with gunicorn(settings, LIMITED) as port:
        staff = _staff(port)
    lines = []
    served = (("1 worker of 4 threads", 1, 4), ("2 workers of 4 threads", 2, 4), ("4 workers of 4 threads", 4, 4))
    for title, workers, threads in served:
        with gunicorn(settings, "run:app", workers=workers, threads=threads) as port:
            told = everybody(port, staff, 2000, 30)
        check = worker(settings, "checked", str(len(told["accepted"])), given=told["accepted"])
        rate = len(told["accepted"]) / told["seconds"]
        faults = f"{check['twice']} twice, {check['lost']} lost, {check['untold']} not in the trail"
        lines += [
            (
                f"{MODERATORS} people at once, {title}",
                f"{len(told['accepted']):,} decided in {told['seconds']:.1f} s ({rate:.0f} a second): "
                f"median {told['median'] * 1000:.0f} ms, 95 % within {told['slow'] * 1000:.0f} ms",
                "200 ms",
            ),
            (
                "of these",
                f"{faults}; {len(told['refused']):,} came too late, {told['named']:,} of them heard who was faster"
                + (f"; others: {told['other']}" if told["other"] else ""),
                "0, 0, 0",
            ),
        ]
    return lines


def _staff(port: int) -> list[Browser]:
    made = []
    for number in range(MODERATORS):
        browser = Browser(port)
        browser.sign_in(f"mod{number:02}")
        made.append(browser)
    return made


@contextmanager
def _served(
    settings: dict[str, str], folder: Path, application: str, workers: int, threads: int
) -> Iterator[tuple[int, int]]:
    """A gunicorn whose number is known."""
    pid = folder / "gunicorn.pid"
    with gunicorn(settings, application, workers=workers, threads=threads, pid=pid) as port:
        yield port, int(pid.read_text())


def worker(settings: dict[str, str], *words: str, given: Any = None) -> dict[str, Any]:
    """Run a part in a process of its own; what it measured."""
    command = [sys.executable, "-m", "benchmarks.desk_worker", *words]
    said = json.dumps(given).encode()
    told = subprocess.run(command, cwd=ROOT, env=settings, check=True, stdout=subprocess.PIPE, input=said)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


if __name__ == "__main__":
    main()
