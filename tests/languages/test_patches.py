"""Differences that git takes: whatever the ends of lines, and at the ends of files."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from backoffice.languages.patches import BASE_HEADER, digest_of, patch

NAME = "translations/de/LC_MESSAGES/messages.po"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with nothing in it."""
    path = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", path], check=True)
    return path


@pytest.mark.parametrize("seed", range(40))
def test_git_makes_one_version_into_the_other(repository: Path, seed: int) -> None:
    chance = random.Random(seed)
    ends = ["", "\r", " \u2028x", " é\x0b"]
    lines = [f"line {chance.randint(0, 20)}{chance.choice(ends)}" for _ in range(chance.randint(1, 60))]
    before = "\n".join(lines) + chance.choice(["", "\n"])
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(lines))
        lines[at : at + chance.randint(0, 2)] = [f"new {chance.randint(0, 99)}"]
    after = "\n".join(lines) + chance.choice(["", "\n"])
    file = repository / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before.encode())
    told = patch(before.encode(), after.encode(), NAME)
    assert (told == b"") == (before == after)
    if told:
        command = ["git", "-C", str(repository), "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, input=told, check=True)
    assert file.read_bytes() == after.encode()


def test_a_patch_names_the_version_that_it_is_for() -> None:
    told = patch(b"a\n", b"b\n", NAME)
    assert told.startswith(f"{BASE_HEADER}: ".encode())
    assert digest_of(b"a\n").encode() in told.split(b"\n", 1)[0]
