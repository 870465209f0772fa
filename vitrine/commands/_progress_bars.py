"""Progress bars on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

Report = Callable[[int, int], None]


def bars_of(*columns: ProgressColumn, quiet: bool) -> Progress:
    """Bars with these columns, or with the usual ones. They vanish at the end; without a terminal there are none."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Callable[[str], Report]]:
    """Gives a function that begins a bar and returns its reporter (done, of). Bars vanish at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with bars_of(*columns, quiet=quiet) as bars:

        def begin(description: str) -> Report:
            bar = bars.add_task(description, total=None)
            return lambda done, of: bars.update(bar, completed=done, total=of)

        yield begin
