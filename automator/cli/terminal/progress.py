"""A progress bar for the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from automator.cli.terminal import WORKING

if WORKING:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )


class ShowProgress(Protocol):
    """Shows how much of the total is done, and a note behind the bar."""

    def __call__(self, done: int, total: int, note: str = "", /) -> None: ...


@contextmanager
def progress_bar(what: str, *, counts: bool = True) -> Iterator[ShowProgress]:
    """Draws a bar on standard error while the block runs: with numbers if `counts`, else percent.

    Nothing is drawn if standard error is not a terminal.
    """
    amount = MofNCompleteColumn() if counts else TaskProgressColumn()
    note = TextColumn("{task.fields[note]}")
    console = Console(stderr=True)
    with Progress(
        TextColumn(what),
        BarColumn(),
        amount,
        TimeRemainingColumn(),
        note,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None, note="")

        def show(done: int, total: int, note: str = "", /) -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield show
