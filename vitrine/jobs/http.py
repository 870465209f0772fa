"""Jobs over HTTP: ask for one, and see how far it is."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from indexer.http import CatalogueName
from indexer.http_messages import Message
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.errors import NotFound
from plugin_config.catalogue import Catalogue
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from query_service.problems import PROBLEMS, declared_problem
from ranking.errors import JudgmentsError
from ranking.evaluation.measures import parse_measure
from ranking.learning.debiasing import require_approach
from vitrine.jobs.job import Job, JobKind, JobProblem, JobProgress, JobState
from vitrine.jobs.ledger import ID
from vitrine.jobs.requests import EvaluateRequest, Judgment, TrainRequest, write_judgments
from vitrine.jobs.results import EvaluationResult, RebuildResult, TrainingResult
from vitrine.jobs.running import open_ledger
from vitrine.jobs.work import known_policy, named_judgments

JobId = Annotated[str, Path(description="Id of a job.", pattern=ID)]
_ASKED: dict[int | str, dict[str, Any]] = {
    **{status: PROBLEMS[status] for status in (404, 422, 503)},
    409: declared_problem("A job of this kind is not over; the detail names it."),
}


class NoWorkers(VitrineError):
    """There is no broker, and so nobody who would do a job."""

    code = "no_workers"
    status = 503


class JobResponse(Message):
    """A job: where it stands, and what came of it."""

    id: str = Field(description="Its id; GET /catalogues/NAME/jobs/ID shows how far it is.")
    kind: JobKind = Field(description="What is to be done.")
    catalogue: str = Field(description="Name of the catalogue.")
    state: JobState = Field(description="queued, running, done or failed.")
    asked_at: datetime = Field(description="When it was asked for.")
    started_at: datetime | None = Field(description="When a worker began; null while it waits.")
    ended_at: datetime | None = Field(description="When it was done or failed; null before.")
    attempts: int = Field(description="How often a worker began: once more for each worker that died over it.")
    progress: JobProgress = Field(description="How far its present step is.")
    result: TrainingResult | EvaluationResult | RebuildResult | None = Field(
        description="What came of it; null before it is done."
    )
    problem: JobProblem | None = Field(description="Why it failed; null unless it did.")


class JobsResponse(Message):
    """The jobs of a catalogue that are remembered."""

    catalogue: str = Field(description="Name of the catalogue.")
    jobs: list[JobResponse] = Field(description="Oldest first; of those that are over, the last fifty.")


def build_jobs_router(settings: Settings, *, call: Callable[[Settings], None]) -> APIRouter:
    """The routes; nothing is connected before the first request. `call` tells the workers that a job waits."""
    router = APIRouter()
    asking = _Asking(settings, call)
    _add_asking(router, asking)
    _add_counting(router, asking)
    _add_looking(router, asking)
    return router


class _Asking:
    """What the routes do, apart from how they are asked."""

    def __init__(self, settings: Settings, call: Callable[[Settings], None]) -> None:
        self._settings = settings
        self._call = call
        self.ledger = open_ledger(settings)

    def add(self, kind: JobKind, catalogue: str, asked: BaseModel | None, judgments: list[Judgment]) -> Job:
        if self._settings.redis_url is None:
            raise NoWorkers(
                "no broker is known, and so no worker: start one with `vitrine up` or set VITRINE_REDIS_URL"
            )

        def attach(path: FilePath) -> None:
            write_judgments(judgments, path)

        job = self.ledger.add(
            kind,
            catalogue,
            {} if asked is None else asked.model_dump(mode="json", exclude={"judgments"}, exclude_unset=True),
            now=datetime.now(UTC),
            attach=attach if judgments else None,
        )
        self._call(self._settings)
        return job

    def catalogue(self, name: str) -> Catalogue:
        """Raises NotFound."""
        client = connect(self._settings)
        try:
            return IndexCatalogueStore(client, self._settings).get(name).catalogue
        finally:
            client.close()

    def check_file(self, name: str | None) -> None:
        """Raises JudgmentsError when there is no such file, or it cannot be read."""
        if name is not None:
            named_judgments(self._settings, name)


def _add_asking(router: APIRouter, asking: _Asking) -> None:
    @router.post(
        "/catalogues/{name}/models/train", tags=["learning"], status_code=202, responses=_ASKED,
        summary="Learn from what shoppers did",
    )  # fmt: skip
    def train(
        name: CatalogueName, request: Request, response: Response, body: TrainRequest | None = None
    ) -> JobResponse:
        """A worker trains a model from the log, as `vitrine train --from-behaviour` does; it serves where the gate is open.
        Answers at once with the job.
        """
        asked = body or TrainRequest()
        known_policy(asking.catalogue(name), asked.policy)
        require_approach(asked.click_model)
        asking.check_file(asked.judgments_file)
        return _accepted(request, response, asking.add(JobKind.TRAIN, name, asked, asked.judgments))

    @router.post(
        "/catalogues/{name}/evaluate", tags=["learning"], status_code=202, responses=_ASKED,
        summary="Compare policies on judged queries",
    )  # fmt: skip
    def evaluate(name: CatalogueName, request: Request, response: Response, body: EvaluateRequest) -> JobResponse:
        """A worker searches every judged query under every policy, as `vitrine evaluate` does, with intervals and paired
        tests. Answers at once with the job.
        """
        catalogue = asking.catalogue(name)
        for policy in body.policies:
            known_policy(catalogue, policy)
        for measure in body.measures:
            parse_measure(measure)
        if not body.judgments and body.judgments_file is None:
            raise JudgmentsError("there are no judgments; give some as `judgments`, or a file as `judgments_file`")
        asking.check_file(body.judgments_file)
        return _accepted(request, response, asking.add(JobKind.EVALUATE, name, body, body.judgments))


def _add_counting(router: APIRouter, asking: _Asking) -> None:
    @router.post(
        "/catalogues/{name}/events/rebuild", tags=["learning"], status_code=202, responses=_ASKED,
        summary="Count what shoppers did anew",
    )  # fmt: skip
    def rebuild(name: CatalogueName, request: Request, response: Response) -> JobResponse:
        """A worker makes rows, recommendations and profiles again from the log, as `vitrine events rebuild` does. Answers
        at once with the job.
        """
        asking.catalogue(name)
        return _accepted(request, response, asking.add(JobKind.REBUILD, name, None, []))


def _add_looking(router: APIRouter, asking: _Asking) -> None:
    @router.get("/catalogues/{name}/jobs", tags=["learning"], summary="The jobs of a catalogue")
    def jobs(name: CatalogueName) -> JobsResponse:
        """Those that wait, run, or are over."""
        return JobsResponse(catalogue=name, jobs=[job_response(job) for job in asking.ledger.of(name)])

    @router.get("/catalogues/{name}/jobs/{id}", tags=["learning"], summary="How far a job is")
    def job(name: CatalogueName, id: JobId) -> JobResponse:
        """Its state and progress; its result when it is done, or the problem when it failed."""
        found = asking.ledger.get(name, id)
        if found is None:
            raise NotFound(f"the catalogue {name!r} has no job {id!r}; GET /catalogues/{name}/jobs for those kept")
        return job_response(found)


def job_response(job: Job) -> JobResponse:
    """The job as it is told."""
    return JobResponse.model_validate(job.model_dump(mode="json", exclude={"wishes"}))


def _accepted(request: Request, response: Response, job: Job) -> JobResponse:
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/catalogues/{job.catalogue}/jobs/{job.id}"
    return job_response(job)
