"""The jobs of an installation: a file each, and a lock that its worker holds for as long as it lives."""

import fcntl
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from plugin_config.errors import VitrineError
from vitrine.jobs.job import Job, JobKind

_log = logging.getLogger(__name__)
KEPT: Final = 50  # jobs of a catalogue that are over; older ones go
ID: Final = r"^j[0-9]{8}-[0-9]{6}-[0-9a-f]{6}$"


class JobError(VitrineError):
    """Jobs cannot be kept; the message names their folder."""

    code = "jobs"
    status = 503


class JobUnderway(VitrineError):
    """A job of this kind waits or runs already for this catalogue."""

    code = "job_underway"
    status = 409


class JobLedger:
    """Jobs below a folder; for all processes of one machine. Raises JobError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(
        self,
        kind: JobKind,
        catalogue: str,
        wishes: dict[str, Any],
        *,
        now: datetime,
        attach: Callable[[Path], None] | None = None,
    ) -> Job:
        """A new job that waits; `attach` writes what is too large for its wishes. Raises JobUnderway where one of this kind
        is not over.
        """
        with self._locked("adding"):
            for job in self.of(catalogue):
                if job.kind is kind and not job.is_over:
                    raise JobUnderway(
                        f"the job {job.id} ({kind}) of {catalogue!r} is {job.state}; wait for it, one runs at a time"
                    )
            name = f"j{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
            job = Job(id=name, kind=kind, catalogue=catalogue, asked_at=now, wishes=wishes)
            try:
                self._attach(job, attach)
                self.save(job)
            except BaseException:
                self._beside(job).unlink(missing_ok=True)  # nobody would ever find it
                raise
            self._drop_old(catalogue)
        return job

    def attachment(self, job: Job) -> Path | None:
        """What came with the job; None where nothing did."""
        path = self._beside(job)
        return path if path.is_file() else None

    def of(self, catalogue: str) -> list[Job]:
        """The jobs of a catalogue, oldest first."""
        return [job for job in self._all() if job.catalogue == catalogue]

    def get(self, catalogue: str, id: str) -> Job | None:
        """One job; None for none of this id, or of another catalogue."""
        job = self._read(self._folder / f"{id}.json")
        return job if job is not None and job.catalogue == catalogue else None

    def unfinished(self) -> list[Job]:
        """What waits, runs, or was left behind by a worker that died, oldest first."""
        return [job for job in self._all() if not job.is_over]

    def save(self, job: Job) -> None:
        """Keep the job as it is now; a reader sees the old one or the new one."""
        draft = self._folder / f"{job.id}.{os.getpid()}.draft"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(job.model_dump_json())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / f"{job.id}.json")
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise JobError(f"the job {job.id} cannot be kept in {self._folder}: {error}") from error

    @contextmanager
    def held(self, job: Job) -> Iterator[Job | None]:
        """The job as it is now, for this process alone; None where it is over, or another process has it.

        The lock goes with the process that holds it, however that ends.
        """
        with self._locked(f"{job.catalogue}.{job.kind}", wait=False) as mine:
            current = self.get(job.catalogue, job.id) if mine else None
            yield None if current is None or current.is_over else current

    def _all(self) -> list[Job]:
        found = (self._read(path) for path in sorted(self._folder.glob("j*.json")))
        return sorted((job for job in found if job is not None), key=lambda job: (job.asked_at, job.id))

    def _read(self, path: Path) -> Job | None:
        try:
            return Job.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            _log.error("%s is no job and is passed over: %s", path, error.errors()[:1])
            return None
        except OSError as error:
            raise JobError(f"the job {path.stem} cannot be read: {error}") from error

    def _drop_old(self, catalogue: str) -> None:
        over = [job for job in self.of(catalogue) if job.is_over]
        for job in over[: max(0, len(over) - KEPT)]:
            with suppress(FileNotFoundError):
                (self._folder / f"{job.id}.json").unlink()
            self._beside(job).unlink(missing_ok=True)

    def _attach(self, job: Job, attach: Callable[[Path], None] | None) -> None:
        if attach is None:
            return
        path = self._beside(job)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            attach(path)
        except OSError as error:
            raise JobError(f"what came with the job {job.id} cannot be kept in {self._folder}: {error}") from error

    def _beside(self, job: Job) -> Path:
        return self._folder / f"{job.id}.csv"

    @contextmanager
    def _locked(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = (self._folder / f"{name}.lock").open("w")
        except OSError as error:
            raise JobError(f"the folder of jobs {self._folder} cannot be written: {error}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                mine = True
            except BlockingIOError:
                mine = False
            yield mine
