"""A storage among neighbours who must not be touched, whatever a test does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from backoffice.files.storage import Storage
from backoffice.files.writing import HIDDEN
from tests.files.places import Place, digests
from tests.files.shared import Shared


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A storage in `files`, beside `files-private`; at the end everything around it must be as it was."""
    root = tmp_path / "files"
    (tmp_path / "files-private").mkdir()
    (tmp_path / "files-private" / "secret.txt").write_text("secret\n")
    (tmp_path / "secret.txt").write_text("secret\n")
    (tmp_path / "key.bin").write_bytes(bytes(range(256)))
    storage = Storage(root, max_bytes=1_000_000)
    before = digests(tmp_path, without=root)
    yield Place(storage, root, tmp_path)
    assert digests(tmp_path, without=root) == before
    assert set(digests(root / HIDDEN)) <= {"lock"}


@pytest.fixture
def shared(app: Flask, tmp_path: Path) -> Iterator[Shared]:
    """The shared files of the application among neighbours who must not be touched, whatever a test does."""
    place = Shared(app, tmp_path)
    (tmp_path / "files-private").mkdir()
    (tmp_path / "files-private" / "secret.txt").write_text("secret\n")
    (tmp_path / "secret.txt").write_text("secret\n")
    before = place.neighbours()
    yield place
    assert place.neighbours() == before
