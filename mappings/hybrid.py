"""The body of a search: up to five sub-queries fused by an inline pipeline, or one plain query when one part is left."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mappings import fields
from mappings.fields import VectorField
from mappings.filters import Body
from mappings.pipelines import fusion_pipeline
from plugin_config.catalogue import VectorStorage
from plugin_config.policy import Normalizer, SubQueryKind

MAXIMUM_PARTS = 5  # OpenSearch refuses a sixth sub-query
NAMED_SCORES = "include_named_queries_score"  # URL parameter that returns each part's raw score
MAXIMUM_COUNTED = 100_000
NEUTRAL_WORDS = 1e-4  # of a keyword score: enough to tell neutral products apart, too little to lift them
EXPLORED = 4  # times k: a graph merged from others loses near ones when only k are followed, and others after each load
RESCORED = 2  # times k: bits alone mistake near neighbours for each other, so more are looked at by their vectors


@dataclass(frozen=True, slots=True)
class Part:
    """One sub-query with its weight; the filters are already inside."""

    kind: SubQueryKind
    query: Body
    weight: float


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Everything that decides a search body.

    `depth` is the number of candidates each part hands to the fusion; it stays the same over all pages, or pages
    would not fit together. `group_field` shows one hit per value, unless `every_variant` of it is wanted. `sort` replaces
    the order by score. `value_fields` come back with each hit as doc values. `post_filter` is asked of the hits alone;
    counts and facets do not see it. `with_versions` tells of each hit which writing of its document it is.
    """

    parts: tuple[Part, ...]
    normalizer: Normalizer
    depth: int
    size: int
    from_: int = 0
    filters: tuple[Body, ...] = ()
    sort: tuple[Body, ...] = ()
    group_field: str | None = None
    aggregations: Body = field(default_factory=dict)
    with_source: bool = True
    value_fields: tuple[str, ...] = ()
    post_filter: Body | None = None
    every_variant: bool = False
    with_versions: bool = False


def keyword_part(query: Body, filters: Sequence[Body], weight: float) -> Part:
    """The keyword query as a named part under the filters."""
    return Part(SubQueryKind.KEYWORD, _named(SubQueryKind.KEYWORD, query, filters), weight)


@dataclass(frozen=True, slots=True)
class Nearest:
    """A question to a k-NN field: the `k` products whose vectors lie nearest to `vector` (a list or float32 array).

    `views` asks the nested field of single pictures, where a product counts by its best one. `least_score`, in the
    engine's own units, leaves out those of the `k` that lie farther away. `codes` are the vector's own bits, for a field
    that is kept as bits.
    """

    field: VectorField
    vector: Sequence[float] | NDArray[np.float32]
    k: int
    views: bool = False
    least_score: float | None = None
    codes: NDArray[np.int8] | None = None


def vector_part(kind: SubQueryKind, nearest: Nearest, filters: Sequence[Body], weight: float) -> Part:
    """A k-NN query as a named part; the filter goes inside, so that `k` products that pass it are found."""
    return Part(kind, _named(kind, _bounded(nearest, filters), ()), weight)


def best_of_part(kind: SubQueryKind, questions: Sequence[Nearest], filters: Sequence[Body], weight: float) -> Part:
    """Several k-NN queries as one named part: a product counts by the question that it lies nearest to."""
    best = {"dis_max": {"queries": [_bounded(nearest, filters) for nearest in questions]}}
    return Part(kind, _named(kind, best, ()), weight)


@dataclass(frozen=True, slots=True)
class Beside:
    """One stretch of a joined vector: what is asked of one field, and how much it weighs."""

    kind: SubQueryKind
    nearest: Nearest
    weight: float


def joined_part(stretches: Sequence[Beside], filters: Sequence[Body]) -> Part:
    """Several vectors as one: the product of the joined vectors is the weighted sum of the products of their stretches.

    Whoever is among the `k` nearest by one of them is scored exactly by all; a stretch that a product lacks counts 0.
    """
    found = [_bounded(one.nearest, filters) for one in stretches]
    scored = [
        {"bool": {"must": [_named(one.kind, _exactly(one.nearest), ())], "boost": one.weight}} for one in stretches
    ]
    candidates: Body = {"bool": {"should": found, "minimum_should_match": 1}}
    return Part(stretches[-1].kind, {"bool": {"filter": [candidates], "should": scored}}, 1.0)


def _exactly(nearest: Nearest) -> Body:
    """The score that the k-NN query gives to the products it finds, by script, for any product that has the vector."""
    field = nearest.field
    query = _scored_exactly(nearest, {"exists": {"field": _exact_field(nearest)}})
    # The script gives 1 + cosine, the query half of it.
    query["script_score"]["boost"] = 0.5 if field.space == "cosinesimil" else 1.0
    return {"nested": {"path": field.views_name, "query": query, "score_mode": "max"}} if nearest.views else query


@dataclass(frozen=True, slots=True)
class Neutral:
    """What a product without a vector in `field` gets from a k-NN part when it has the `words`: about `score`, in the
    engine's units, a little more for words that match better.
    """

    field: VectorField
    words: Body
    score: float


def with_neutral(part: Part, neutral: Neutral, filters: Sequence[Body]) -> Part:
    """The part with a place for products that it cannot compare, so that they stand or fall by their words.

    The part's name stays with what it compared: its raw score is absent for the others.
    """
    without: Body = {"bool": {"must_not": [{"exists": {"field": neutral.field.name}}]}}
    level = {"constant_score": {"filter": without, "boost": neutral.score}}
    clauses: Body = {"must": [level, {"bool": {"must": [neutral.words], "boost": NEUTRAL_WORDS}}]}
    if filters:
        clauses["filter"] = list(filters)
    return replace(part, query={"dis_max": {"queries": [part.query, {"bool": clauses}]}})


def _bounded(nearest: Nearest, filters: Sequence[Body]) -> Body:
    query = _nearest(nearest, filters)
    if nearest.views:
        query = {"nested": {"path": nearest.field.views_name, "query": query, "score_mode": "max"}}
    if nearest.least_score is not None:
        query = {"function_score": {"query": query, "min_score": nearest.least_score}}
    return query


def _nearest(nearest: Nearest, filters: Sequence[Body]) -> Body:
    """The k nearest by the vectors themselves; or the 2·k nearest by their bits, all scored by the vectors."""
    field = nearest.field
    exact = _exact_field(nearest)
    inside: Body = {"filter": {"bool": {"filter": list(filters)}}} if filters else {}
    if field.storage is not VectorStorage.BITS or nearest.codes is None:
        inside["method_parameters"] = {"ef_search": EXPLORED * nearest.k}
        return {"knn": {exact: {"vector": nearest.vector, "k": nearest.k, **inside}}}
    codes = field.views_codes if nearest.views else field.codes_name
    found = {"knn": {codes: {"vector": nearest.codes, "k": RESCORED * nearest.k, **inside}}}
    return _scored_exactly(nearest, found)


def _exact_field(nearest: Nearest) -> str:
    """Where the vectors themselves lie: those of the single pictures, or the product's."""
    return nearest.field.views_vector if nearest.views else nearest.field.name


def _scored_exactly(nearest: Nearest, found: Body) -> Body:
    """What `found` finds, scored by the vectors themselves."""
    parameters = {
        "field": _exact_field(nearest), "query_value": nearest.vector, "space_type": nearest.field.space,
    }  # fmt: skip
    return {"script_score": {"query": found, "script": {"lang": "knn", "source": "knn_score", "params": parameters}}}


def engine_score(space: str, closeness: float) -> float:
    """The score that OpenSearch gives in a k-NN query for this cosine or inner product of unit vectors."""
    if space == "cosinesimil":
        return (1 + closeness) / 2
    return 1 + closeness if closeness >= 0 else 1 / (1 - closeness)


def closeness_of(space: str, score: float) -> float:
    """The cosine or inner product of unit vectors to which OpenSearch gives this score: engine_score's inverse."""
    if space == "cosinesimil":
        return 2 * score - 1
    return score - 1 if score >= 1 else 1 - 1 / score


def sample_body(field: VectorField, size: int) -> Body:
    """Asks for the vectors of arbitrary products, chosen by their ids so that the same products give the same sample in
    whatever order they were written, and how many have one."""
    chance: Body = {"query": {"exists": {"field": field.name}}, "random_score": {"seed": 17, "field": fields.ID}}
    return {"size": size, "track_total_hits": True, "_source": [field.name], "query": {"function_score": chance}}


def search_body(plan: SearchPlan) -> Body:
    """The body for `_search`; send it with NAMED_SCORES to have each part's raw score.

    No part at all matches every product that passes the filters.
    """
    body: Body = {
        "size": plan.size,
        "from": plan.from_,
        "track_total_hits": MAXIMUM_COUNTED,
        "_source": [fields.SOURCE, fields.PICTURES] if plan.with_source else False,
        **_query(plan),
    }
    if plan.with_versions:
        body["seq_no_primary_term"] = True
    if plan.sort:
        body |= {"sort": list(plan.sort), "track_scores": False}
    if plan.group_field is not None and not plan.every_variant:
        body["collapse"] = {"field": plan.group_field}
    if plan.value_fields:
        body["docvalue_fields"] = list(plan.value_fields)
    if plan.post_filter is not None:
        body["post_filter"] = plan.post_filter
    if plan.aggregations:
        body["aggs"] = plan.aggregations
    return body


def matching(parts: Sequence[Part], filters: Sequence[Body]) -> Body:
    """A query without scores for whatever any of the parts finds: to count with."""
    if not parts:
        return {"bool": {"filter": list(filters)}} if filters else {"match_all": {}}
    return {"bool": {"should": [part.query for part in parts], "minimum_should_match": 1}}


def _query(plan: SearchPlan) -> Body:
    active = [part for part in plan.parts if part.weight > 0] or list(plan.parts)
    if len(active) <= 1 or plan.sort:
        return {"query": active[0].query if len(active) == 1 else matching(active, plan.filters)}
    if len(active) > MAXIMUM_PARTS:
        raise ValueError(f"{len(active)} sub-queries; OpenSearch takes {MAXIMUM_PARTS}")
    return {
        "query": {"hybrid": {"queries": [part.query for part in active], "pagination_depth": plan.depth}},
        "search_pipeline": fusion_pipeline(plan.normalizer, [part.weight for part in active]),
    }


def _named(kind: SubQueryKind, query: Body, filters: Sequence[Body]) -> Body:
    clauses: Body = {"must": [query], "_name": str(kind)}
    if filters:
        clauses["filter"] = list(filters)
    return {"bool": clauses}
