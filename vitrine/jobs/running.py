"""Taking up what waits, and what was left behind."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from vitrine.jobs.job import Job, JobProblem, JobProgress, JobState
from vitrine.jobs.ledger import JobLedger
from vitrine.jobs.work import Begin, Result, result_of

_log = logging.getLogger(__name__)
MOST_ATTEMPTS: Final = 2
_TELL_SECONDS: Final = 1.0
Doing = Callable[[Settings, JobLedger, Job, Begin], Result]


def open_ledger(settings: Settings) -> JobLedger:
    """The jobs of these settings; their folder is made with the first of them."""
    return JobLedger(settings.state_dir / "jobs")


def work_off(settings: Settings, *, do: Doing = result_of) -> int:
    """Do every job that nobody else is doing. Returns how many were done. Raises JobError."""
    ledger, done = open_ledger(settings), 0
    for waiting in ledger.unfinished():
        with ledger.held(waiting) as job:
            if job is not None:
                _do(ledger, job, lambda running, begin: do(settings, ledger, running, begin))
                done += 1
    return done


def _do(ledger: JobLedger, job: Job, do: Callable[[Job, Begin], Result]) -> None:
    if job.attempts >= MOST_ATTEMPTS:
        reason = f"its worker died {job.attempts} times while it worked on this; see the worker's log, then ask again"
        _end(ledger, job, state=JobState.FAILED, problem=_problem("worker_died", 500, reason))
        return
    running = job.having(
        state=JobState.RUNNING, attempts=job.attempts + 1, started_at=job.started_at or datetime.now(UTC)
    )
    ledger.save(running)
    _log.info("%s: job %s (%s) begins, attempt %d", job.catalogue, job.id, job.kind, running.attempts)
    try:
        result = do(running, lambda step: _Telling(ledger, running, step))
    except VitrineError as error:
        _log.warning("%s: job %s (%s) failed: %s", job.catalogue, job.id, job.kind, error)
        _end(ledger, running, state=JobState.FAILED, problem=_problem(error.code, error.status, str(error)))
    except Exception:  # noqa: BLE001  whatever it was, the job must not wait for ever, and the worker goes on
        _log.exception("%s: job %s (%s) failed unexpectedly", job.catalogue, job.id, job.kind)
        reason = f"something unexpected happened; the worker's log has the details under {job.id}"
        _end(ledger, running, state=JobState.FAILED, problem=_problem("unexpected", 500, reason))
    else:
        _end(ledger, running, state=JobState.DONE, result=result.model_dump(mode="json"))


def _end(ledger: JobLedger, job: Job, **changes: object) -> None:
    ledger.save(job.having(ended_at=datetime.now(UTC), progress=JobProgress(step="", done=0, of=0), **changes))


def _problem(code: str, status: int, detail: str) -> JobProblem:
    return JobProblem(type=f"urn:vitrine:problem:{code}", title=code.replace("_", " "), status=status, detail=detail)


class _Telling:
    """Writes how far a step is, about once a second."""

    def __init__(self, ledger: JobLedger, job: Job, step: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._job = job
        self._step = step
        self._clock = clock
        self._told_at = float("-inf")
        self(0, 0)

    def __call__(self, done: int, of: int) -> None:
        if self._clock() - self._told_at < _TELL_SECONDS:
            return
        self._told_at = self._clock()
        self._ledger.save(self._job.having(progress=JobProgress(step=self._step, done=done, of=of)))
