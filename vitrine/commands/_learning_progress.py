"""Progress bars on standard error for reading, training and measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Callable[[str], Report]]:
    """Gives a function that begins a bar and returns its reporter (done, of). Bars vanish at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bars:

        def begin(description: str) -> Report:
            bar = bars.add_task(description, total=None)
            return lambda done, of: bars.update(bar, completed=done, total=of)

        yield begin
