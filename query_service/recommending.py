"""Recommendations from lists to page: the products of a list, filtered, through the stages that a search goes through."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from mappings import fields
from mappings.client import AsyncClient
from mappings.filters import Body, FieldKind, filter_clauses, locate
from query_service.catalogues import CatalogueLookup, ServedCatalogue
from query_service.errors import ProductNotFound
from query_service.filtering import conditions
from query_service.lookup import Lookup
from query_service.messages import FilterValue, SearchRequest
from query_service.ordering import Ordering
from query_service.page import PageHit, SearchPage
from query_service.planning import Question, resolve_policy
from query_service.ranking_stage import Ranked, ServingModel
from query_service.recommendation_lists import RecommendationLists
from query_service.result_tokens import ResultTokens
from query_service.retrieval import Candidates, read_candidates
from query_service.timing import Stopwatch
from ranking.recommendations.kinds import Kind
from ranking.recommendations.listed import EMPTY, Listed, blend
from ranking.recommendations.suiting import suited

SIMILAR: Final = "similar"
POPULAR: Final = "popular"
_SEEDS: Final = 10  # products of a shopper's past that speak for them
_VIEWED_WEIGHT, _BOUGHT_WEIGHT = 1.0, 0.5
_LIKENED: Final = 3  # of these, the latest, also bring what looks or reads like them
_LIKE_WEIGHT: Final = 0.1
_MOST_CANDIDATES: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `product` and `user` as the kind needs them; `filters` as in a search."""

    kind: Kind
    product: str | None = None
    user: str | None = None
    filters: Mapping[str, FilterValue] = field(default_factory=dict)
    size: int = 8


@dataclass(frozen=True, slots=True)
class _Source:
    """A list, and what may stand in for it: products like `alike`, else what is popular; `why` None: nothing may.

    `as_kind`: the list is one of another kind already, for the same reason.
    """

    listed: Listed
    alike: str | None = None
    why: str | None = None
    degraded: tuple[str, ...] = ()
    as_kind: Kind | None = None


class Recommending:
    """Answers requests for recommendations. Raises VitrineErrors only."""

    def __init__(
        self,
        client: AsyncClient,
        catalogues: CatalogueLookup,
        ordering: Ordering,
        lookup: Lookup,
        lists: RecommendationLists,
        *,
        tokens: ResultTokens,
    ) -> None:
        self._client = client
        self._catalogues = catalogues
        self._ordering = ordering
        self._lookup = lookup
        self._lists = lists
        self._tokens = tokens

    async def recommend(self, name: str, wanted: Wanted) -> SearchPage:
        """A page whose policy names what is really shown: the kind, or what stands in for it, and a note says why.

        Raises NotFound for the catalogue, ProductNotFound for the product, the errors of wrong filters, and EngineError.
        """
        watch = Stopwatch()
        served = await self._catalogues.get(name)
        request = SearchRequest(filters=dict(wanted.filters), size=wanted.size, user=wanted.user, facets=[])
        question = Question(
            served, request, resolve_policy(served.stored.catalogue, request), None, conditions(request.filters)
        )
        clauses = filter_clauses(question.catalogue, question.conditions)
        group = None if wanted.product is None else await self._lookup.group(name, wanted.product)
        with watch.stage("features"):
            source = await self._source(served, wanted)
        shown, without = wanted.kind.value, frozenset(filter(None, (wanted.product,)))
        with watch.stage("retrieve"):
            clauses = clauses if wanted.kind is Kind.RECENTLY_VIEWED else [*clauses, *_sellable(served)]
            found = await self._found(served, source.listed, clauses, without=without, group=group)
            notes: tuple[str, ...] = ()
            if found.ids and source.as_kind is not None:
                shown, notes = source.as_kind.value, (source.why or "",)
            if not found.ids and source.why is not None:
                shown, found = await self._instead(served, source, clauses, group=group)
                notes = (source.why,)
            if wanted.kind is Kind.FOR_YOU and found.ids:
                found = await self._suited(question, found)
        ordered = await self._ordering.order(question, found, ServingModel(), watch)
        hits = _hits(found, ordered.ranked, wanted.size)
        page = SearchPage(
            uuid.uuid4().hex, hits, len(found.ids), True, watch.took(), shown, degraded=source.degraded, notes=notes
        )
        return self._tokens.sign_row(page)

    async def similar(self, name: str, product_id: str, size: int) -> SearchPage:
        """Products like one, as Lookup.similar finds them, shown to a shopper. Raises as that does."""
        return self._tokens.sign_row(await self._lookup.similar(name, product_id, size))

    async def _source(self, served: ServedCatalogue, wanted: Wanted) -> _Source:
        name = served.stored.catalogue.name
        if wanted.kind.needs_product and wanted.product is not None:
            found = await self._lists.together(name, [wanted.kind], [wanted.product])
            why = f"too little is known of what is {wanted.kind.value.replace('-', ' ')} with it: products like it"
            return _Source(found[0] if found else EMPTY, wanted.product, why, _degraded(found))
        if wanted.kind is Kind.TRENDING:
            trending = await self._lists.trending(name)
            return _Source(trending or EMPTY, None, "nothing stands out yet: what is popular", _degraded(trending))
        recent = await self._lists.recent(name, wanted.user or "")
        if wanted.kind is Kind.RECENTLY_VIEWED:
            return _Source(recent or EMPTY, degraded=_degraded(recent))
        return await self._for_you(name, recent)

    async def _for_you(self, name: str, recent: Listed | None) -> _Source:
        """What goes with what the shopper looked at, the latest most; without that, what looks like the latest."""
        if not recent:
            trending = await self._lists.trending(name) or EMPTY
            why = "nothing is known of this shopper yet: what everybody likes"
            return _Source(trending, None, why, _degraded(recent), as_kind=Kind.TRENDING)
        seeds, weights = recent.ids[:_SEEDS], recent.scores[:_SEEDS]
        kinds = (Kind.VIEWED_TOGETHER, Kind.BOUGHT_TOGETHER)
        found = await self._lists.together(name, kinds, seeds) or []
        shares = [weight * part for weight in weights for part in (_VIEWED_WEIGHT, _BOUGHT_WEIGHT)]
        together = [pair for pair in zip(found, shares, strict=False) if pair[0]]
        likenesses = await self._like(name, seeds[:_LIKENED], weights) if together else []
        listed = blend([*together, *likenesses], without=frozenset(recent.ids))
        return _Source(listed, seeds[0], "nothing goes with what this shopper saw yet: products like the latest of it")

    async def _like(self, name: str, seeds: Sequence[str], weights: Sequence[float]) -> list[tuple[Listed, float]]:
        """What is like each of these, behind what goes with them; a product that is gone is like nothing."""

        async def like(seed: str) -> Listed:
            try:
                page = await self._lookup.similar(name, seed, _MOST_CANDIDATES // 8)
            except ProductNotFound:
                return EMPTY
            return Listed(tuple(hit.id for hit in page.hits), tuple(hit.score for hit in page.hits))

        found = await asyncio.gather(*(like(seed) for seed in seeds))
        return [(listed, _LIKE_WEIGHT * weight) for listed, weight in zip(found, weights, strict=False)]

    async def _suited(self, question: Question, found: Candidates) -> Candidates:
        """The candidates in the order that suits who asks, as far as a profile of them is known."""
        policy = question.policy.model_copy(update={"personalization": 1.0})
        matrix, _ = await self._ordering.matrix(replace(question, policy=policy), found)
        scores = suited(found.fused, matrix)
        order = np.argsort(-scores, kind="stable")
        return replace(found.only(order.tolist()), fused=scores[order])

    async def _instead(
        self, served: ServedCatalogue, source: _Source, clauses: list[Body], *, group: str | None
    ) -> tuple[str, Candidates]:
        """What stands in for an empty list: products like one, and what is popular where nothing is like it."""
        name = served.stored.catalogue.name
        if source.alike is not None:
            page = await self._lookup.similar(name, source.alike, _MOST_CANDIDATES // 4, filters=clauses)
            listed = Listed(tuple(hit.id for hit in page.hits), tuple(hit.score for hit in page.hits))
            found = await self._found(served, listed, clauses, without=frozenset({source.alike}), group=group)
            if found.ids:
                return SIMILAR, found
        ids = await self._lookup.popular(name, _MOST_CANDIDATES // 4, filters=clauses)
        listed = Listed(ids, tuple(1.0 / place for place in range(1, len(ids) + 1)))
        return POPULAR, await self._found(served, listed, clauses, without=frozenset(), group=group)

    async def _found(
        self,
        served: ServedCatalogue,
        listed: Listed,
        clauses: list[Body],
        *,
        without: frozenset[str],
        group: str | None,
    ) -> Candidates:
        """The products of the list that are there and pass the filters, in its order, one of each group of variants."""
        ids = [id for id in listed.ids if id not in without][:_MOST_CANDIDATES]
        answer = await self._client.search(served.stored.alias, _body(ids, clauses)) if ids else _NO_ANSWER
        found = read_candidates(answer)
        score = dict(zip(listed.ids, listed.scores, strict=True))
        order = sorted(range(len(found.ids)), key=lambda place: (-score[found.ids[place]], found.ids[place]))
        met = set() if group is None else {group}
        kept = []
        for place in order:
            own = found.value(place, fields.GROUP)
            if own is None or own not in met:
                kept.append(place)
                met |= {own} if own is not None else set()
        scores = np.array([score[found.ids[place]] for place in kept], dtype=np.float64)
        return replace(found.only(kept), fused=scores, total=len(kept))


_NO_ANSWER: Mapping[str, Any] = {"hits": {"hits": [], "total": {"value": 0, "relation": "eq"}}, "took": 0}


def _hits(found: Candidates, ranked: Ranked, size: int) -> tuple[PageHit, ...]:
    return tuple(
        PageHit(found.ids[place], rank, float(ranked.final[place]), stored.source, len(stored.pictures))
        for rank, place in enumerate(ranked.order[:size], start=1)
        if (stored := found.stored[found.ids[place]])
    )


def _body(ids: list[str], clauses: list[Body]) -> Body:
    return {
        "size": len(ids),
        "query": {"bool": {"filter": [{"ids": {"values": ids}}, *clauses]}},
        "_source": [fields.SOURCE, fields.PICTURES],
        "docvalue_fields": [fields.GROUP],
        "track_total_hits": False,
    }


def _sellable(served: ServedCatalogue) -> list[Body]:
    """What is sold out is not recommended, where the catalogue says what is in stock."""
    stock = served.stored.catalogue.roles.stock
    if stock is None:
        return []
    field = locate(served.stored.catalogue, stock, purpose="stock")
    sold_out: dict[FieldKind, Body] = {
        FieldKind.NUMBER: {"range": {field.path: {"lte": 0}}},
        FieldKind.FLAG: {"term": {field.path: False}},
    }
    return [{"bool": {"must_not": [sold_out[field.kind]]}}] if field.kind in sold_out else []


def _degraded(found: object) -> tuple[str, ...]:
    return ("behaviour",) if found is None else ()
