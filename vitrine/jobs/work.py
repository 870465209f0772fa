"""The work of each kind of job: the same functions as the commands call."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from plugin_config.moments import zoned
from plugin_config.settings import Settings
from ranking.errors import JudgmentsError
from ranking.evaluation.judgments import Judgments, read_judgments
from vitrine.jobs.job import Job, JobKind
from vitrine.jobs.ledger import JobLedger
from vitrine.jobs.requests import EvaluateRequest, TrainRequest
from vitrine.jobs.results import EvaluationResult, RebuildResult, TrainingResult

if TYPE_CHECKING:
    from plugin_config.catalogue import Catalogue
    from plugin_config.policy import RankingPolicy
    from query_service.evaluating import EvaluationReport

Begin = Callable[[str], Callable[[int, int], None]]
Result = TrainingResult | EvaluationResult | RebuildResult


def result_of(settings: Settings, ledger: JobLedger, job: Job, begin: Begin) -> Result:
    """Do the job. Raises what the command of the same name would say."""
    return _WORK[job.kind](settings, ledger, job, begin)


def judgments_of(settings: Settings, request: TrainRequest | EvaluateRequest, ledger: JobLedger, job: Job) -> Judgments:
    """Those that came with the job, or those of the named file. Raises JudgmentsError."""
    if request.judgments_file is not None:
        return named_judgments(settings, request.judgments_file)
    came = ledger.attachment(job)
    if came is None:
        raise JudgmentsError(f"the judgments of the job {job.id} are gone; ask again")
    return replace(read_judgments(came), origin="judgments of the request")


def named_judgments(settings: Settings, name: str) -> Judgments:
    """A file of the folder of judgments. Raises JudgmentsError."""
    path = settings.judgments_folder / name
    if not path.is_file():
        raise JudgmentsError(
            f"judgments_file: there is no {name!r} in the folder of judgments; put it there (VITRINE_JUDGMENTS_DIR)"
        )
    return replace(read_judgments(path), origin=name)


def _train(settings: Settings, ledger: JobLedger, job: Job, begin: Begin) -> TrainingResult:
    from indexer.behaviour.learning import Period
    from vitrine.commands._behaviour_lessons import BehaviourLesson, learned_object, train_from_behaviour

    asked = TrainRequest.model_validate(job.wishes)
    is_judged = asked.judgments_file is not None or ledger.attachment(job) is not None
    lesson = BehaviourLesson(
        job.catalogue,
        Period(_seconds(asked.since, 0.0), _seconds(asked.until, float("inf"))),
        asked.click_model,
        asked.seed,
        judgments_of(settings, asked, ledger, job) if is_judged else None,
        asked.policy,
        asked.judged_only,
    )
    # One thread where the settings name none: searches go on beside it.
    quiet = settings.model_copy(update={"threads": settings.threads or 1})
    learned = train_from_behaviour(quiet, lesson, use=asked.use, begin=begin)
    return TrainingResult.model_validate(learned_object(learned))


def _evaluate(settings: Settings, ledger: JobLedger, job: Job, begin: Begin) -> EvaluationResult:
    from vitrine.commands.evaluate import as_object

    asked = EvaluateRequest.model_validate(job.wishes)
    report = asyncio.run(_compared(settings, job, asked, judgments_of(settings, asked, ledger, job), begin))
    return EvaluationResult.model_validate(as_object(report))


async def _compared(
    settings: Settings, job: Job, asked: EvaluateRequest, judgments: Judgments, begin: Begin
) -> "EvaluationReport":
    from query_service.composition import build_service
    from query_service.evaluating import evaluate_policies, unique_names
    from ranking.evaluation.measures import parse_measure

    service = build_service(settings)
    try:
        catalogue = (await service.catalogues.get(job.catalogue)).stored.catalogue
        return await evaluate_policies(
            service,
            job.catalogue,
            judgments,
            policies=unique_names([known_policy(catalogue, policy) for policy in asked.policies]),
            measures=[parse_measure(name) for name in dict.fromkeys(asked.measures)],
            progress=begin("searching"),
        )
    finally:
        await service.close()


def known_policy(catalogue: "Catalogue", asked: "str | RankingPolicy") -> "RankingPolicy":
    """A policy by name, or the one given in full. Raises UnknownPolicy."""
    from query_service.messages import SearchRequest
    from query_service.planning import resolve_policy

    return resolve_policy(catalogue, SearchRequest.model_validate({"policy": asked}))


def _rebuild(settings: Settings, _ledger: JobLedger, job: Job, begin: Begin) -> RebuildResult:
    from indexer.behaviour.profiles.composition import keep_profiles
    from indexer.behaviour.rows.composition import keep_rows

    [kept] = keep_rows(settings, [job.catalogue], anew=True, progress=begin("rows"))
    profiles = keep_profiles(settings, [job.catalogue], anew=True, progress=begin("profiles"))
    return RebuildResult(
        catalogue=job.catalogue,
        looked_at=kept.looked_at,
        counted=kept.counted,
        products=kept.products,
        queries=kept.queries,
        shoppers=profiles[job.catalogue].shoppers,
        seen=kept.seen,
    )


def _seconds(at: datetime | None, otherwise: float) -> float:
    if at is None:
        return otherwise
    return zoned(at).timestamp()


_WORK: Final[Mapping[JobKind, Callable[[Settings, JobLedger, Job, Begin], Result]]] = {
    JobKind.TRAIN: _train,
    JobKind.EVALUATE: _evaluate,
    JobKind.REBUILD: _rebuild,
}
