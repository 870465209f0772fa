"""A job as its file keeps it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class JobKind(StrEnum):
    """What there is to do."""

    TRAIN = "train"
    EVALUATE = "evaluate"
    REBUILD = "rebuild"


class JobState(StrEnum):
    """Where a job stands. A running one whose worker died is taken up again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobProgress(BaseModel):
    """How far a job is within its present step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str = Field(description="What is being done; empty before it begins.")
    done: int = Field(description="Units of this step that are done.")
    of: int = Field(description="Units of this step; 0 while nobody knows.")


class JobProblem(BaseModel):
    """Why a job failed, as RFC 9457 writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str = Field(description="urn:vitrine:problem:CODE.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status that a direct answer would have had.")
    detail: str = Field(description="What happened, to what, and the next step.")


class Job(BaseModel):
    """`wishes`: what was asked, as the request of its kind; `result`: as the result of its kind, once it is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: JobKind
    catalogue: str
    asked_at: datetime
    wishes: dict[str, Any]
    state: JobState = JobState.QUEUED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    progress: JobProgress = JobProgress(step="", done=0, of=0)
    result: dict[str, Any] | None = None
    problem: JobProblem | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)

    def having(self, **changes: object) -> "Job":
        """The job with these fields changed."""
        return self.model_copy(update=changes)
