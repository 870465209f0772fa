"""Training groups from judged queries, made by the same steps that a search takes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np

from plugin_config.errors import VitrineError
from plugin_config.policy import RankingPolicy
from query_service.composition import SearchService
from query_service.judged_requests import judged_request
from query_service.service import Examined
from ranking.errors import TrainingError
from ranking.evaluation.judgments import JudgedQuery, Judgments
from ranking.lambdamart.training_set import QueryGroup, TrainingSet

AT_ONCE = 4
BATCH = 64
MOST_IDS = 1000
Progress = Callable[[int, int], None]


async def read_training_set(
    service: SearchService,
    catalogue: str,
    judgments: Judgments,
    *,
    policy: RankingPolicy,
    judged_only: bool = False,
    progress: Progress | None = None,
) -> TrainingSet:
    """The candidates of every judged query with their features, in the order of the judgments.

    `judged_only` makes candidates of the judged products alone, whatever the words find first; else candidates are what
    the policy retrieves, and those without a judgment count as grade 0. Queries that find nothing make no group.
    Raises TrainingError when features cannot be read, and the errors of a search.
    """
    served = await service.catalogues.get(catalogue)
    names = tuple(feature.name for feature in served.features)
    plain = policy.model_copy(update={"reranking": policy.reranking.model_copy(update={"model": None})})
    gate, done = asyncio.Semaphore(AT_ONCE), 0

    async def read(query: JudgedQuery) -> QueryGroup | None:
        nonlocal done
        async with gate:
            examined = await _examine(
                service, catalogue, query, folder=judgments.folder, policy=plain, only=judged_only
            )
        done += 1
        if progress is not None:
            progress(done, len(judgments.queries))
        return _group(query, examined, names)

    groups = await _all(read, judgments.queries)
    return TrainingSet(names, tuple(group for group in groups if group is not None))


async def _all(
    read: Callable[[JudgedQuery], Awaitable[QueryGroup | None]], queries: Sequence[JudgedQuery]
) -> list[QueryGroup | None]:
    """In batches, so that a hundred thousand queries are not a hundred thousand waiting tasks."""
    found: list[QueryGroup | None] = []
    for start in range(0, len(queries), BATCH):
        found += await asyncio.gather(*(read(query) for query in queries[start : start + BATCH]))
    return found


async def _examine(
    service: SearchService, catalogue: str, query: JudgedQuery, *, folder: Path, policy: RankingPolicy, only: bool
) -> Examined:
    request = judged_request(query, folder, policy=policy, size=1)
    if only:
        ids = list[str | float | bool](list(query.grades)[:MOST_IDS])
        request = request.model_copy(update={"filters": {**request.filters, "id": ids}})
    try:
        return await service.searching.examined(catalogue, request)
    except VitrineError as error:
        error.add_note(f"while reading features of the query {query.label!r}")
        raise


def _group(query: JudgedQuery, examined: Examined, names: tuple[str, ...]) -> QueryGroup | None:
    if examined.matrix is None:
        return None
    if "features" in examined.degraded:
        raise TrainingError(f"query {query.label!r}: OpenSearch did not give the features; try again when it is well")
    return QueryGroup(
        query.label,
        query.family,
        examined.candidates.ids,
        examined.matrix.select(names).values,
        np.asarray(examined.candidates.fused, dtype=np.float64),
        dict(query.grades),
    )
