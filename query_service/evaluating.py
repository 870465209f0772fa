"""Policies side by side on the same judged queries, each query scored by a model that has not learned from it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from plugin_config.policy import RankingPolicy
from query_service.composition import SearchService
from query_service.judged_requests import judged_request
from query_service.page import SearchPage
from ranking.errors import ModelError
from ranking.evaluation.comparison import Comparison, compare_policies
from ranking.evaluation.intervals import MeanInterval, bootstrap_mean
from ranking.evaluation.judgments import JudgedQuery, Judgments
from ranking.evaluation.measures import JUDGED_AT_10, Measure, measure_queries, parse_measure, retrieval_depth
from ranking.lambdamart.store import DirectoryModelStore

AT_ONCE = 4
BATCH = 64
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """What one policy reaches. `measures` keep the order asked for; `milliseconds` is the median time of a search."""

    measures: Mapping[str, MeanInterval]
    judged_at_10: float  # NaN when no query found anything
    milliseconds: float


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """`solvable`: queries with a product of a grade above 0; the others have no value but the judged share."""

    catalogue: str
    judgments: str
    queries: int
    solvable: int
    policies: Mapping[str, PolicyFigures]
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class Answers:
    """What one policy answered: rankings in the order of the queries."""

    rankings: list[tuple[str, ...]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    degraded: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


async def evaluate_policies(
    service: SearchService,
    catalogue: str,
    judgments: Judgments,
    *,
    policies: Sequence[RankingPolicy],
    measures: Sequence[Measure],
    progress: Progress | None = None,
) -> EvaluationReport:
    """Search every query under every policy and measure. Raises the errors of a search, MeasureError, JudgmentsError.

    A model is never examined on what it has learned: for a query whose family its training met, the trees of the fold
    that did not see it are used, and a note says for how many.
    """
    size = retrieval_depth(measures)
    asked = [*measures, parse_measure(JUDGED_AT_10)]
    grades = [query.grades for query in judgments.queries]
    values: dict[str, dict[str, NDArray[np.float64]]] = {}
    figures: dict[str, PolicyFigures] = {}
    notes = list(judgments.notes)
    for number, policy in enumerate(policies):
        chosen, held_out = policy_by_query(service, catalogue, policy, judgments.queries)
        notes += [held_out] if held_out else []

        def report(done: int, of: int, before: int = number) -> None:
            if progress is not None:
                progress(before * of + done, len(policies) * of)

        answers = await _answer_all(service, catalogue, judgments, policies=chosen, size=size, progress=report)
        notes += _what_failed(policy.name, answers)
        found = measure_queries(answers.rankings, grades, asked)
        values[policy.name] = found
        figures[policy.name] = PolicyFigures(
            {measure.name: bootstrap_mean(found[measure.name], within=measure.bounds) for measure in measures},
            bootstrap_mean(found[JUDGED_AT_10], resamples=1).mean,
            float(np.median(answers.milliseconds)),
        )
    return EvaluationReport(
        catalogue,
        judgments.origin,
        len(grades),
        sum(any(grade > 0 for grade in judged.values()) for judged in grades),
        figures,
        compare_policies(values, [measure.name for measure in measures]),
        tuple(dict.fromkeys(notes)),
    )


def policy_by_query(
    service: SearchService, catalogue: str, policy: RankingPolicy, queries: Sequence[JudgedQuery]
) -> tuple[list[RankingPolicy], str | None]:
    """The policy for each query, its model replaced by a fold's where training met the query; and a note if so."""
    reference = policy.reranking.model
    if reference is None or ":" in reference:
        return [policy] * len(queries), None
    store = DirectoryModelStore(service.settings.models_folder / catalogue)
    try:
        manifest = store.verified(reference).manifest
    except ModelError:
        return [policy] * len(queries), None  # the search says what is wrong, or goes on without
    folds = {family: n for n, fold in enumerate(manifest.folds) for family in fold.held_out}
    met = [folds.get(query.family) for query in queries]
    chosen = [policy if fold is None else _with_model(policy, f"{manifest.id}:{fold}") for fold in met]
    seen = sum(fold is not None for fold in met)
    if seen == 0:
        return chosen, None
    return chosen, (
        f"{policy.name}: model {manifest.id} was trained on {seen} of these {len(queries)} queries; each of them is "
        "scored by cross-validation, with trees that never saw it"
    )


def _with_model(policy: RankingPolicy, reference: str) -> RankingPolicy:
    return policy.model_copy(update={"reranking": policy.reranking.model_copy(update={"model": reference})})


async def _answer_all(
    service: SearchService,
    catalogue: str,
    judgments: Judgments,
    *,
    policies: Sequence[RankingPolicy],
    size: int,
    progress: Progress,
) -> Answers:
    gate, answers = asyncio.Semaphore(AT_ONCE), Answers()

    async def answer(query: JudgedQuery, policy: RankingPolicy) -> SearchPage:
        request = judged_request(query, judgments.folder, policy=policy, size=size)
        async with gate:
            return await service.search(catalogue, request)

    pairs = list(zip(judgments.queries, policies, strict=True))
    for start in range(0, len(pairs), BATCH):
        batch: list[Awaitable[SearchPage]] = [answer(*pair) for pair in pairs[start : start + BATCH]]
        for page in await asyncio.gather(*batch):
            answers.rankings.append(tuple(hit.id for hit in page.hits))
            answers.milliseconds.append(page.took_ms.get("total", float("nan")))
            answers.degraded.update(page.degraded)
            answers.notes.update(note.reason for note in page.operator_notes)
        progress(len(answers.rankings), len(pairs))
    return answers


def _what_failed(policy: str, answers: Answers) -> list[str]:
    failed = [f"{policy}: {count} searches ran without {part}" for part, count in answers.degraded.items()]
    return failed + [f"{policy}: {note}" for note in answers.notes]


def unique_names(policies: Sequence[RankingPolicy]) -> list[RankingPolicy]:
    """The policies with a number after a name that came before, so that no figures are lost."""
    taken: set[str] = set()
    named = []
    for policy in policies:
        names = (policy.name, *(f"{policy.name[:36]}-{number}" for number in range(2, len(policies) + 2)))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        named.append(policy if name == policy.name else policy.model_copy(update={"name": name}))
    return named
