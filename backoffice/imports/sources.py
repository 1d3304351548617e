"""Where an import reads from: a file by its path, or an open binary stream that belongs to the caller."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from backoffice.imports.refusals import N_, ImportRefused

Source = str | os.PathLike[str] | BinaryIO

#: Called with the bytes read so far and the size of the file, None where it is not known.
Progress = Callable[[int, int | None], None]


@contextmanager
def opened(source: Source, refused: type[ImportRefused]) -> Iterator[tuple[BinaryIO, int | None]]:
    """The stream and, for a file, its size; a file is closed at the end. Raises `refused` if it cannot be opened."""
    if not isinstance(source, str | os.PathLike):
        yield source, None
        return
    name = Path(source).name
    try:
        stream = open(source, "rb")  # noqa: SIM115 - closed below; a failure to open is told apart from one to read
    except FileNotFoundError:
        raise refused(N_("There is no file %(name)s."), name=name) from None
    except (OSError, ValueError):
        raise refused(N_("%(name)s cannot be opened. Is it a file, and may you read it?"), name=name) from None
    with stream:
        yield stream, os.fstat(stream.fileno()).st_size
