"""Starts processes that outlive the command line, recognizes them later, and ends them."""

import contextlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psutil

MARK = "VITRINE_STACK_FOLDER"
"""Every process of a stack carries its folder in this variable, so that none is ever lost from sight."""

START_TOLERANCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process by its number and its time of birth: a number alone may belong to someone else after a crash."""

    pid: int
    born: float  # seconds since the epoch, as psutil gives it

    def find(self) -> psutil.Process | None:
        """The living process, or None when it has ended or its number now belongs to another."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.born) < START_TOLERANCE_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    @property
    def is_alive(self) -> bool:
        return self.find() is not None


class Launcher:
    """Starts processes in sessions of their own: Ctrl-C in the terminal does not reach them."""

    # Kept for as long as we live: a forgotten Popen warns when it is collected while its process still runs.
    _started: ClassVar[list[subprocess.Popen[bytes]]] = []

    @classmethod
    def start(
        cls, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path, uid: int | None = None
    ) -> ProcessRecord:
        """Start `command` in `folder`, its output in `log`; the log of the time before is kept beside it.

        Raises OSError.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=uid,
                group=uid,
                extra_groups=None if uid is None else [],
            )
        cls._started.append(process)
        return record_of(psutil.Process(process.pid))


def record_of(process: psutil.Process) -> ProcessRecord:
    return ProcessRecord(process.pid, process.create_time())


def marked_processes(folder: Path) -> Iterator[psutil.Process]:
    """Every living process of the stack in `folder`, also those whose record was lost."""
    me = os.getpid()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != me and (process.environ().get(MARK) == str(folder) or _is_redis_of(process, folder)):
                yield process


def _is_redis_of(process: psutil.Process, folder: Path) -> bool:
    """Redis writes its title over its variables, the mark among them; but it stays in its folder."""
    return process.name() in ("redis-server", "valkey-server") and Path(process.cwd()) == folder / "redis"


def with_descendants(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """The processes and everything they have started."""
    found: dict[int, psutil.Process] = {}
    for process in processes:
        found[process.pid] = process
        with contextlib.suppress(psutil.Error):
            found |= {child.pid: child for child in process.children(recursive=True)}
    return list(found.values())


def end(processes: Iterable[psutil.Process], *, grace_seconds: float) -> None:
    """Ask the processes to end, and end them by force after the grace; their descendants too."""
    heads = list(processes)
    everyone = with_descendants(heads)
    for process in heads:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, left = psutil.wait_procs(everyone, timeout=grace_seconds)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5)
