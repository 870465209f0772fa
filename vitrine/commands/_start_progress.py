"""Starts the stack with bars on the terminal; on a pipe it writes one line a part."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from plugin_config.settings import Settings
from vitrine.stack.lifecycle import up
from vitrine.stack.state import StackState
from vitrine.stack.watching import Silent


def start_with_progress(settings: Settings, *, quiet: bool = False) -> StackState:
    """`vitrine up` with its progress on standard error. Raises StackError."""
    if quiet:
        return up(settings, Silent())
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<36}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=console.is_terminal, disable=not console.is_terminal) as bars:
        return up(settings, _Bars(bars, console))


class _Bars:
    def __init__(self, bars: Progress, console: Console) -> None:
        self._bars = bars
        self._console = console
        self._tasks: dict[str, TaskID] = {}

    @contextmanager
    def download(self, name: str, total_bytes: int) -> Iterator[Callable[[int], None]]:
        task = self._bars.add_task(f"fetching {name}", total=total_bytes, note=f"{total_bytes / 1e6:.0f} MB")
        if not self._console.is_terminal:
            self._console.print(f"fetching {name} ({total_bytes / 1e6:.0f} MB)", highlight=False)
        yield lambda count: self._bars.update(task, advance=count)

    def starting(self, name: str) -> None:
        self._tasks[name] = self._bars.add_task(f"starting {name}", total=None, note="")

    def ready(self, name: str, seconds: float) -> None:
        if name in self._tasks:
            self._bars.update(self._tasks[name], total=1, completed=1, note="works")
            if not self._console.is_terminal:
                self._console.print(f"{name} works after {seconds:.1f} s", highlight=False)
