"""A search from request to page: the stages in their order, and nothing else."""

import asyncio
from dataclasses import dataclass, replace

import numpy as np

from mappings.client import AsyncClient
from query_service.asking import Asking
from query_service.catalogues import CatalogueLookup
from query_service.counting import selected_counts
from query_service.fallback import retrieve_or_degrade
from query_service.messages import SearchRequest
from query_service.ordering import Ordering, diversity_path
from query_service.page import SearchPage
from query_service.planning import Question
from query_service.presenting import Found, Presenting
from query_service.result_tokens import ResultTokens
from query_service.retrieval import Candidates, retrieve
from query_service.timing import Stopwatch
from query_service.trace import TraceLog
from query_service.variants import count_groups, followed_by
from query_service.window import Window, plan_of, window_of
from ranking.features.feature import FeatureMatrix


@dataclass(frozen=True, slots=True)
class Collaborators:
    """The parts a search is made with."""

    client: AsyncClient
    catalogues: CatalogueLookup
    asking: Asking
    ordering: Ordering
    traces: TraceLog
    tokens: ResultTokens


@dataclass(frozen=True, slots=True)
class Examined:
    """Candidates as a model sees them. `matrix` is None without candidates; `degraded` names what could not run."""

    candidates: Candidates
    matrix: FeatureMatrix | None
    degraded: tuple[str, ...]


class Search:
    """Answers searches. Every method raises VitrineErrors only."""

    def __init__(self, parts: Collaborators) -> None:
        self._parts = parts
        self._presenting = Presenting(parts.client, parts.tokens, parts.traces)

    def forget(self, *, products: bool = True) -> None:
        """Drop what is kept of earlier searches; without `products`, all but what pages showed of products."""
        self._parts.asking.forget()
        if products:
            self._presenting.forget()

    async def search(self, name: str, request: SearchRequest) -> SearchPage:
        """One page of the catalogue `name`. Parts that fail are named in `degraded`; the rest answers.

        Raises NotFound for an unknown catalogue, the errors of wrong filters, policies and pictures, and
        EngineUnavailable.
        """
        watch = Stopwatch()
        served = await self._parts.catalogues.get(name)
        asked = await self._parts.asking.ask(served, request, watch)
        model = await self._parts.ordering.model(asked.question)
        window = window_of(asked.question, has_model=model.scorer is not None)
        model = replace(model, scorer=None) if window.is_page else model  # it has no say so far down
        question = replace(asked.question, is_examined=model.scorer is not None or request.explain)
        with watch.stage("retrieve"):
            found = await self._retrieve(question, window, watch)
        kept = above_floor(found.candidates, found.question.policy.relevance_floor)
        ordered = await self._parts.ordering.order(found.question, kept, model, watch, is_settled=window.is_page)
        return await self._presenting.page(asked, replace(found, candidates=kept), ordered, window, watch)

    async def examined(self, name: str, request: SearchRequest) -> Examined:
        """What a model sees of this request, in the order before it: the first candidates, as many as the policy
        reorders, with their features. The same steps as a search, so that training and serving cannot differ.

        Raises as search.
        """
        watch = Stopwatch()
        served = await self._parts.catalogues.get(name)
        asked = await self._parts.asking.ask(served, request, watch)
        depth = min(asked.question.policy.reranking.depth, asked.question.policy.candidates)
        question = replace(asked.question, is_examined=True)
        window = Window(max(depth, request.size), 0, 0, 0, is_page=False, has_variants=question.is_grouped)
        found = await self._retrieve(question, window, watch)
        kept = above_floor(found.candidates, found.question.policy.relevance_floor).first(depth)
        if not kept.ids:
            return Examined(kept, None, ())
        matrix, degraded = await self._parts.ordering.matrix(found.question, kept)
        return Examined(kept, matrix, (*map(str, found.question.encoded.failed), *degraded))

    async def _retrieve(self, question: Question, window: Window, watch: Stopwatch) -> Found:
        async def once(attempt: Question, part: Window = window) -> Candidates:
            plan = plan_of(attempt, part)
            paths = (*plan.value_fields, diversity_path(attempt), plan.group_field)
            wanted = tuple(dict.fromkeys(path for path in paths if path is not None))
            plan = replace(plan, value_fields=wanted)
            return await retrieve(self._parts.client, attempt.served.stored.alias, plan)

        async def both(attempt: Question) -> Candidates:
            if not attempt.conditions:
                return await once(attempt)
            candidates: Candidates
            candidates, chosen = await asyncio.gather(once(attempt), selected_counts(self._parts.client, attempt))
            return replace(candidates, aggregations={**candidates.aggregations, **chosen})

        answered, candidates = await retrieve_or_degrade(question, both)
        if window.has_variants and len(candidates.ids) == window.size and count_groups(candidates) < window.end:
            # So many variants, or so deep a page, that the groups of this stretch do not fill it.
            rest = replace(window, size=window.end, has_variants=False)
            candidates = followed_by(candidates, await once(replace(answered, is_examined=False), rest))
        watch.engine += candidates.engine_ms
        return Found(answered, candidates, candidates.aggregations)


def above_floor(candidates: Candidates, floor: float) -> Candidates:
    """The candidates whose fused score is at least this share of the best one's; the total says how many remain."""
    if floor <= 0 or not candidates.ids or candidates.fused[0] <= 0:
        return candidates
    keep = np.flatnonzero(candidates.fused >= floor * candidates.fused[0]).tolist()
    if len(keep) == len(candidates.ids):
        return candidates
    kept = candidates.only(keep)
    return replace(kept, total=count_groups(kept), total_is_exact=True)
