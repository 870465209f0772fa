"""A search from request to page: the stages in their order, and nothing else."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from mappings import fields
from mappings.client import AsyncClient
from mappings.hybrid import SearchPlan, search_body
from plugin_config.policy import SubQueryKind
from query_service.asking import Asked, Asking
from query_service.catalogues import CatalogueLookup
from query_service.counting import count_variants, facets_of, selected_counts
from query_service.explanation import explain
from query_service.fallback import retrieve_or_degrade
from query_service.likeness import said_of_likeness
from query_service.messages import Personalization, SearchRequest
from query_service.ordering import Ordered, Ordering, diversity_path
from query_service.page import PageHit, SearchPage, Seen
from query_service.personal import Personalized
from query_service.planning import Question, part_weights, plan_search
from query_service.result_tokens import ResultTokens
from query_service.retrieval import Candidates, Stored, read_sources, retrieve
from query_service.timing import Stopwatch
from query_service.trace import DecisionTrace, TraceLog
from query_service.variants import count_groups, followed_by
from query_service.watching import Filmed, matched_frames
from query_service.window import Window, window_of
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
class Found:
    """Candidates of a search with the counts beside them."""

    question: Question
    candidates: Candidates
    aggregations: Mapping[str, Any]


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

    def forget(self) -> None:
        """Drop what is kept of earlier searches."""
        self._parts.asking.forget()

    async def search(self, name: str, request: SearchRequest) -> SearchPage:
        """One page of the catalogue `name`. Parts that fail are named in `degraded`; the rest answers.

        Raises NotFound for an unknown catalogue, the errors of wrong filters, policies and pictures, and
        EngineUnavailable.
        """
        watch = Stopwatch()
        served = await self._parts.catalogues.get(name)
        asked = await self._parts.asking.ask(served, request, watch)
        model = await self._parts.ordering.model(asked.question)
        question = replace(asked.question, is_examined=model.scorer is not None or request.explain)
        window = window_of(question, has_model=model.scorer is not None)
        with watch.stage("retrieve"):
            found = await self._retrieve(question, window, watch)
        kept = above_floor(found.candidates, found.question.policy.relevance_floor)
        ordered = await self._parts.ordering.order(found.question, kept, model, watch)
        return await self._page(asked, replace(found, candidates=kept), ordered, window, watch)

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

    async def _page(self, asked: Asked, found: Found, ordered: Ordered, window: Window, watch: Stopwatch) -> SearchPage:
        question, candidates = found.question, found.candidates
        places = ordered.ranked.order[window.first : window.first + window.shown]
        ids = [candidates.ids[place] for place in places]
        with watch.stage("retrieve"):
            stored, variants = await self._shown(question, candidates, ids, places, watch)
        explanations = (
            explain(question, ordered, candidates, places) if question.request.explain else [None] * len(places)
        )
        query_id = (question.request.ubi and question.request.ubi.query_id) or uuid.uuid4().hex
        hits = tuple(
            PageHit(
                id=id,
                rank=rank,
                score=float(ordered.ranked.final[place]),
                source=stored[id].source,
                pictures=len(stored[id].pictures),
                variants=variants.get(candidates.value(place, fields.GROUP) or ""),
                explanation=explanation,
                token=self._parts.tokens.sign(query_id, id, rank, policy=question.policy.name),
            )
            for rank, (id, place, explanation) in enumerate(
                zip(ids, places, explanations, strict=True), start=question.request.from_ + 1
            )
            if id in stored  # a product may be deleted between the two requests
        )
        hits = await with_frames(self._parts.client, asked, hits)
        page = replace(self._summed_up(asked, found, ordered, hits, window), query_id=query_id)
        self._parts.traces.add(trace_of(question, page))
        return replace(page, took_ms=watch.took())

    async def _shown(
        self, question: Question, candidates: Candidates, ids: list[str], places: tuple[int, ...], watch: Stopwatch
    ) -> tuple[Mapping[str, Stored], Mapping[str, int]]:
        """Sources of the page's products, unless they came with the candidates, and the sizes of their groups."""
        client, alias = self._parts.client, question.served.stored.alias
        groups = [group for place in places if (group := candidates.value(place, fields.GROUP)) is not None]
        if candidates.stored or not ids:
            return candidates.stored, await count_variants(client, question, groups)
        (stored, engine_ms), variants = await asyncio.gather(
            read_sources(client, alias, ids), count_variants(client, question, groups)
        )
        watch.engine += engine_ms
        return stored, variants

    def _summed_up(
        self, asked: Asked, found: Found, ordered: Ordered, hits: tuple[PageHit, ...], window: Window
    ) -> SearchPage:
        question = found.question
        failed = tuple(str(kind) for kind in question.encoded.failed)
        return SearchPage(
            query_id="",
            hits=hits,
            total=found.candidates.total,
            total_is_exact=found.candidates.total_is_exact,
            took_ms={},
            policy=question.policy.name,
            facets=facets_of(question, found.aggregations),
            model=None if ordered.scorer is None else ordered.scorer.model_id,
            corrected=asked.corrected,
            degraded=tuple(dict.fromkeys((*asked.perceived.degraded, *failed, *ordered.degraded))),
            notes=(*asked.notes, *said_of_likeness(question, found.candidates), *window.notes, *ordered.notes),
            personalized=personalization_of(ordered.personalized),
            debug=debug_of(question, window) if question.request.debug else None,
            heard=asked.perceived.heard,
            frames=asked.perceived.seconds,
            seen=Seen(question, tuple(found.candidates.ids), ordered.matrix),
        )


async def with_frames(client: AsyncClient, asked: Asked, hits: tuple[PageHit, ...]) -> tuple[PageHit, ...]:
    """The hits with the frame of the video that each looks most like; as they are without a video."""
    target = asked.question.encoded.vectors.get(SubQueryKind.PICTURE_VECTOR)
    if not asked.frames or target is None or not hits:
        return hits
    frames, seconds = np.stack(asked.frames), asked.perceived.seconds
    found = await matched_frames(
        client, asked.question.served.stored.alias, target[0], [hit.id for hit in hits], Filmed(frames, seconds)
    )
    return tuple(replace(hit, frame=found.get(hit.id)) for hit in hits)


def above_floor(candidates: Candidates, floor: float) -> Candidates:
    """The candidates whose fused score is at least this share of the best one's; the total says how many remain."""
    if floor <= 0 or not candidates.ids or candidates.fused[0] <= 0:
        return candidates
    keep = np.flatnonzero(candidates.fused >= floor * candidates.fused[0]).tolist()
    if len(keep) == len(candidates.ids):
        return candidates
    kept = candidates.only(keep)
    return replace(kept, total=count_groups(kept), total_is_exact=True)


def personalization_of(found: Personalized | None) -> Personalization | None:
    """What is told of a profile's part in the order."""
    if found is None:
        return None
    segment = None if found.segment < 0 else found.segment
    return Personalization(strength=found.strength, events=found.events, products=found.products, segment=segment)


def plan_of(question: Question, window: Window) -> SearchPlan:
    """What is asked of OpenSearch for this stretch."""
    plan = plan_search(question, size=window.size, from_=window.from_, with_source=window.is_page)
    return replace(plan, every_variant=window.has_variants)


def debug_of(question: Question, window: Window) -> dict[str, Any]:
    """The body that was sent and what decided it."""
    plan = plan_of(question, window)
    evidence = question.evidence
    return {
        "search": search_body(plan),
        "weights": {str(kind): weight for kind, weight in part_weights(question).items()},
        "evidence": None if evidence is None else {name: getattr(evidence, name) for name in evidence.__slots__},
    }


def trace_of(question: Question, page: SearchPage) -> DecisionTrace:
    """The trace of one answered search."""
    request = question.request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for image in request.get("images", []):
        image["uri"] = image["uri"][:80]  # a whole picture has no place in a log
    stored = question.served.stored
    return DecisionTrace(
        query_id=page.query_id,
        at=datetime.now(UTC),
        catalogue=stored.catalogue.name,
        index=stored.index,
        encoders={str(kind): target.fingerprint for kind, (target, _) in question.encoded.vectors.items()},
        model=page.model,
        request=request,
        policy=question.policy.model_dump(mode="json"),
        words=question.words,
        weights={str(kind): weight for kind, weight in part_weights(question).items()},
        hits=tuple((hit.id, hit.score) for hit in page.hits),
        degraded=page.degraded,
        notes=page.notes,
        personalized=None if page.personalized is None else page.personalized.model_dump(),
    )
