"""Many at once, for `benchmarks.desk`: fifty open desks, and twenty people who decide as fast as they can."""

from __future__ import annotations

import json
import os
import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.serving import Browser

FETCH = {"X-Requested-With": "fetch", "Accept": "application/json"}
DESKS, EVERY, LOOKING = 50, 3.0, 60.0
SIZE = 20
_CARD = re.compile(r'<article [^>]*data-id="(\d+)" data-status="\w+" data-version="(\d+)"')
_DESK = re.compile(r'data-stamp="(\d+)" data-newest="(\d+)"')
_AFTER = re.compile(r'data-after="([^"]*)"')
Cards = list[tuple[int, int]]


def cards_in(html: str) -> Cards:
    """Number and version of each card of a page."""
    return [(int(id), int(version)) for id, version in _CARD.findall(html)]


class Desk(Browser):
    """A desk that is open in a browser: what its script knows and asks."""

    def __init__(self, port: int, like: Browser) -> None:
        super().__init__(port)
        self.cookies, self.token = dict(like.cookies), like.token
        self.cards: Cards = []
        self.stamp = self.newest = self.after = ""

    def open(self, query: str = "") -> float:
        """Load the page; seconds."""
        taken, body = self.get(f"/admin/moderation/{query}")
        page = body.decode()
        found, after = _DESK.search(page), _AFTER.search(page)
        assert found is not None and after is not None, "no desk"
        self.stamp, self.newest = found.groups()
        self.cards, self.after = cards_in(page), after[1]
        return taken

    def more(self, query: str = "") -> float:
        """Fetch the next cards; seconds."""
        shown = ",".join(str(id) for id, _version in self.cards[-60:])
        asked = f"/admin/moderation/cards/?after={self.after}&but={shown}{query}"
        taken, status, body = self.ask(asked, headers=FETCH)
        assert status == 200, status
        told = json.loads(body)
        self.cards += cards_in(told["html"])
        self.after = told["after"] or ""
        return taken

    def poll(self) -> tuple[float, int, dict[str, Any]]:
        """Ask what has changed; seconds, status and what was told."""
        ids = quote(",".join(f"{id}.{version}" for id, version in self.cards[:60]))
        headers = {**FETCH, "If-None-Match": f'"{self.stamp}"'}
        taken, status, body = self.ask(f"/admin/moderation/poll/?ids={ids}&newest={self.newest}", headers=headers)
        if status == 200:
            self.stamp = self.etag.strip('"')
        return taken, status, json.loads(body) if status == 200 else {}

    def decide(self, id: int, version: int, action: str) -> tuple[float, int, dict[str, Any]]:
        """Decide about a card as its button does; seconds, status and what was told."""
        fields = {"csrf_token": self.token, "action": action, "url": "/admin/moderation/", "rowid": str(id)}
        asked = {**fields, "version": str(version)}
        taken, status, body = self.ask("/admin/moderation/action/", asked, FETCH)
        return taken, status, json.loads(body)


def seconds_of(master: int) -> float:
    """Seconds of the processor that the workers of a gunicorn have used."""
    total = 0.0
    for child in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def many_desks(port: int, people: Sequence[Browser], master: int, write: Callable[[], None]) -> dict[str, Any]:
    """Fifty desks ask every three seconds while two people decide once a second each and readers write.

    How late each desk learned of each decision and comment, how it was answered, and what the workers used.
    """
    desks = [Desk(port, people[number % len(people)]) for number in range(DESKS)]
    for desk in desks:
        desk.open()
    deciders = [Desk(port, people[number]) for number in (0, 1)]
    for number, desk in enumerate(deciders):
        desk.open()
        while len(desk.cards) < 2 * LOOKING + SIZE:
            desk.more()
        desk.cards = desk.cards[number::2]
    decided: dict[int, float] = {}
    written: list[float] = []
    told: list[tuple[float, dict[str, Any], int]] = []
    answers: Counter[int] = Counter()
    taken: dict[int, list[float]] = {200: [], 304: []}
    end = time.monotonic() + LOOKING
    stop = end + 6

    def look(number: int, desk: Desk) -> None:
        time.sleep(EVERY * number / DESKS)
        while time.monotonic() < stop:
            begun = time.monotonic()
            seconds, status, news = desk.poll()
            answers[status] += 1
            taken[status].append(seconds)
            if news:
                told.append((time.monotonic(), news, number))
                gone = {each["id"] for each in news["moved"]}
                desk.cards = [card for card in desk.cards if card[0] not in gone]
                if len(desk.cards) < SIZE // 2:
                    desk.more()
            time.sleep(max(EVERY - (time.monotonic() - begun), 0))

    def decide(desk: Desk) -> None:
        for id, version in desk.cards:
            begun = time.monotonic()
            if begun > end:
                break
            _seconds, status, _answer = desk.decide(id, version, "approve")
            if status == 200:
                decided[id] = time.monotonic()
            time.sleep(max(1 - (time.monotonic() - begun), 0))

    def send() -> None:
        while time.monotonic() < end:
            write()
            written.append(time.monotonic())
            time.sleep(2)

    used, begun = seconds_of(master), time.monotonic()
    threads = [threading.Thread(target=look, args=pair) for pair in enumerate(desks)]
    threads += [threading.Thread(target=decide, args=(desk,)) for desk in deciders]
    threads.append(threading.Thread(target=send))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    share = (seconds_of(master) - used) / (time.monotonic() - begun)
    return {"answers": dict(answers), "share": share, "taken": taken, **_lateness(decided, written, told)}


def _lateness(decided: dict[int, float], written: list[float], told: list[Any]) -> dict[str, Any]:
    """Seconds from a change to the answer that told a desk of it, and how many were never told."""
    late: list[float] = []
    missed = 0
    for number in range(DESKS):
        mine = sorted((at, news) for at, news, desk in told if desk == number)
        first: dict[int, float] = {}
        for at, news in mine:
            for each in news["moved"]:
                first.setdefault(each["id"], at)
        for id, moment in decided.items():
            if id in first:
                late.append(max(first[id] - moment, 0))
            else:
                missed += 1
        for count, moment in enumerate(written, 1):
            seen = next((at for at, news in mine if news["fresh"] >= count), None)
            if seen is None:
                missed += 1
            else:
                late.append(max(seen - moment, 0))
    return {"late": late, "missed": missed, "decided": len(decided), "written": len(written)}


def everybody(port: int, people: Sequence[Browser], most: int, seconds: float) -> dict[str, Any]:
    """All decide at once without a pause; four share a list, two of them from its middle on.

    Each accepted decision with its number, status and version, how long all took, and what losers were told.
    """
    lists = max(len(people) // 4, 1)
    whole = Desk(port, people[0])
    whole.open()
    while len(whole.cards) < most + SIZE * lists and whole.after:
        whole.more()
    share = len(whole.cards) // lists
    accepted: list[tuple[int, str, int]] = []
    refused: list[str] = []
    taken: list[float] = []
    other: Counter[int] = Counter()
    end = time.monotonic() + seconds
    actions = ("approve", "reject", "spam")

    def work(number: int) -> None:
        desk = Desk(port, people[number])
        mine = whole.cards[number % lists * share : (number % lists + 1) * share]
        if number // lists >= 2:
            mine = mine[share // 2 :] + mine[: share // 2]
        for id, version in mine:
            if time.monotonic() > end or len(accepted) >= most:
                return
            took, status, answer = desk.decide(id, version, actions[(id + number) % 3])
            taken.append(took)
            if status == 200:
                accepted.extend((each["id"], each["status"], each["version"]) for each in answer["done"])
            elif status == 409:
                refused.append(answer["message"])
            else:
                other[status] += 1

    begun = time.monotonic()
    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "accepted": accepted,
        "named": sum("Moderator" in message for message in refused),
        "refused": refused,
        "other": dict(other),
        "seconds": time.monotonic() - begun,
        "median": statistics.median(taken),
        "slow": statistics.quantiles(taken, n=20)[-1],
    }
