"""What makes one set-up equal to the next."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_package_is_pinned_and_named_once() -> None:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line)] == []
    names = [re.split(r"[\[=]", line)[0].lower() for line in lines]
    assert len(names) == len(set(names))


def test_the_lock_of_the_editor_binds_contents_and_names_no_server() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert [name for name, package in fetched.items() if "integrity" not in package or "resolved" in package] == []


def test_a_second_set_up_has_nothing_to_do() -> None:
    command = [sys.executable, "tools/setup.py"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    second = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=10)
    assert second.stdout == ""
