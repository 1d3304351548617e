"""What commands show: tables and progress, on a terminal and in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from backoffice.foundation.i18n import _
from backoffice.foundation.text import clean_line

#: A file or another program gets lines this long rather than cut ones.
_WIDE = 250

#: Called with what is done, how much there is (None if unknown), and a few words on what that means.
Report = Callable[[float, float | None, str], None]


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> None:
    """Print rows under heads; `numbers` are the columns that are set flush right. Cells are text, never markup."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    flush_right = set(numbers)
    for index, head in enumerate(columns):
        table.add_column(
            Text(head), justify="right" if index in flush_right else "left", overflow="fold", no_wrap=index == 0
        )
    for row in rows:
        table.add_row(*(Text(clean_line(str(cell))) for cell in row))
    console = _console()
    with console.capture() as captured:
        console.print(table)
    # Rows are filled up with blanks to the full width, which only gets in the way of what reads them.
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


@contextmanager
def progress() -> Iterator[Callable[[str], Report]]:
    """Bars on the error stream while the block runs, where that is a terminal; call the value to begin a new one."""
    console = _console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )

    def begin(description: str) -> Report:
        task = bars.add_task(description, total=None, words="")

        def report(done: float, total: float | None, words: str = "") -> None:
            bars.update(task, completed=done, total=total, words=clean_line(words))

        return report

    with bars:
        yield begin


def yes_or_no(value: bool) -> str:
    """The word for a truth."""
    return _("yes") if value else _("no")


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console
