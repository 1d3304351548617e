"""Four processes serve; a catalog changes on the disk; every one of them says the new text at its next request."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from backoffice.catalogs.upkeep import replace_file

ROOT = Path(__file__).resolve().parents[2]
HEADING = re.compile(r'class="bo-skip"[^>]*>([^<]*)<')
#: Enough that each of four processes answers some of them.
ASKED = 60


@dataclass
class Site:
    """What serves, and from which folder of translations."""

    address: str
    catalog: Path

    def page(self, language: str) -> str:
        """The front page, whoever answers."""
        with urllib.request.urlopen(f"{self.address}/blog/?lang={language}", timeout=20) as answer:
            return str(answer.read().decode())

    def said(self, language: str = "de") -> Counter[str]:
        """What the first link of the page said, and how often, when many asked at once."""
        with ThreadPoolExecutor(8) as people:
            pages = list(people.map(self.page, [language] * ASKED))
        return Counter(found[1] if (found := HEADING.search(page)) else "" for page in pages)

    def change(self, text: str) -> None:
        """Put another translation of the link into the file, as an editor of text files does."""
        before = self.catalog.read_text(encoding="utf-8")
        after = re.sub(r'(msgid "Skip to content"\nmsgstr) ".*"', rf'\1 "{text}"', before)
        assert after != before
        replace_file(self.catalog, after.encode())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Four processes of gunicorn on a free port of this machine, with a copy of the German catalogs."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(ROOT / "translations" / "de", folder / "translations" / "de")
    settings = {
        "BACKOFFICE_INSTANCE": str(folder / "instance"),
        "BACKOFFICE_TRANSLATIONS": str(folder / "translations"),
        "BACKOFFICE_ADMIN_PASSWORD": "harbour-gazette",
    }
    environment = {**os.environ, **settings}
    subprocess.run([sys.executable, "-m", "flask", "db", "upgrade"], cwd=ROOT, env=environment, check=True)
    log = folder / "log"
    with log.open("w") as written:
        command = [sys.executable, "-m", "gunicorn", "-w", "4", "-b", "127.0.0.1:0", "run:app"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=written, stdout=written)
    try:
        yield Site(_address(log, process), folder / "translations" / "de" / "LC_MESSAGES" / "messages.po")
    finally:
        process.terminate()
        process.wait(30)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    for _attempt in range(600):
        told = log.read_text()
        if told.count("Booting worker") == 4 and (found := re.search(r"Listening at: (http://127\.0\.0\.1:\d+)", told)):
            return found[1]
        assert process.poll() is None, told
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_every_process_says_a_new_text_at_its_next_request(site: Site) -> None:
    assert site.said("en") == {"Skip to content": ASKED}
    for number in range(3):
        site.change(f"Zum Inhalt {number}")
        assert site.said() == {f"Zum Inhalt {number}": ASKED}


def test_a_file_that_is_torn_takes_no_language_down(site: Site) -> None:
    whole = site.catalog.read_bytes()
    site.change("Zum Inhalt")
    assert set(site.said()) == {"Zum Inhalt"}
    for torn in (whole[: len(whole) // 3], b"\xff\xfe broken", b"", whole + b'\nmsgid "Skip to content"\nmsgstr "x'):
        replace_file(site.catalog, torn)
        site.catalog.with_suffix(".mo").write_bytes(torn[:50])
        assert sum(site.said().values()) == ASKED
        assert site.said("en") == {"Skip to content": ASKED}
    replace_file(site.catalog, whole)
    site.change("Wieder da")
    assert site.said() == {"Wieder da": ASKED}
