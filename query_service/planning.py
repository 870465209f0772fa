"""From a request, its policy and its encoded query to the sub-queries that OpenSearch gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mappings import fields
from mappings.facets import facet_aggregations, facet_fields
from mappings.feature_query import QueryVector
from mappings.filters import Body, Condition, IndexedField, filter_clauses, sort_keys, without_words
from mappings.hybrid import (
    Beside,
    Nearest,
    Neutral,
    Part,
    SearchPlan,
    best_of_part,
    joined_part,
    keyword_part,
    vector_part,
    with_neutral,
)
from mappings.keyword import keyword_query
from mappings.spelling import Evidence
from plugin_config.catalogue import Catalogue
from plugin_config.policy import BUILT_IN, RankingPolicy, SubQueryKind
from query_service.adaptive import adapted
from query_service.catalogues import ServedCatalogue
from query_service.encoding import EncodedQuery
from query_service.errors import UnknownPolicy
from query_service.messages import SearchRequest

VECTOR_KINDS = (SubQueryKind.TEXT_VECTOR, SubQueryKind.PICTURE_VECTOR, SubQueryKind.WORDS_TO_PICTURE)
COSINES = {
    SubQueryKind.TEXT_VECTOR: "cosine_text",
    SubQueryKind.PICTURE_VECTOR: "cosine_picture",
    SubQueryKind.WORDS_TO_PICTURE: "cosine_words_picture",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, understood and checked: everything the parts of a query are made from.

    `is_examined`: the features of the candidates are wanted, and come with them. `without`: words no hit may have.
    `picture_floor`: the closeness below which nothing looks like the picture; None where that is not known or asked.
    `neutral_score`: what a product with the words but without a picture gets from the picture part, in the engine's units.
    `frames`: unit vectors of a video's frames; with several, a product counts by the one it looks most like.
    `is_joined`: its vectors are asked as one, end to end.
    """

    served: ServedCatalogue
    request: SearchRequest
    policy: RankingPolicy
    words: str | None
    conditions: Mapping[str, Condition]
    encoded: EncodedQuery = field(default_factory=EncodedQuery)
    evidence: Evidence | None = None
    least_scores: Mapping[SubQueryKind, float] = field(default_factory=dict)
    is_examined: bool = False
    without: tuple[str, ...] = ()
    picture_floor: float | None = None
    neutral_score: float | None = None
    frames: tuple[NDArray[np.float32], ...] = ()
    is_joined: bool = False

    def clauses(self, *, leaving_out: str | None = None) -> tuple[Body, ...]:
        """What every hit has to pass, but for the filter on one field. Raises UnknownFieldError or FilterValueError."""
        filters = filter_clauses(self.catalogue, self.conditions, leaving_out=leaving_out)
        return (*filters, *_unwanted(self))

    @property
    def catalogue(self) -> Catalogue:
        return self.served.stored.catalogue

    @property
    def is_browsing(self) -> bool:
        return self.words is None and not self.request.images and not self.encoded.vectors

    @property
    def is_grouped(self) -> bool:
        """Whether one product of each group of variants is shown."""
        return self.catalogue.group is not None and self.request.group

    @property
    def facets(self) -> tuple[IndexedField, ...]:
        asked = self.request.facets
        return self.served.facets if asked is None else facet_fields(self.catalogue, asked)


def resolve_policy(catalogue: Catalogue, request: SearchRequest) -> RankingPolicy:
    """The policy asked for, with the request's own weights and floor over it. Raises UnknownPolicy."""
    asked = request.policy if request.policy is not None else catalogue.default_policy
    if isinstance(asked, str):
        known = {**BUILT_IN, **catalogue.policies}
        if asked not in known:
            raise UnknownPolicy(f"policy: there is no policy {asked[:60]!r}; there are {', '.join(sorted(known))}")
        asked = known[asked]
    if request.weights:
        # Weights that somebody gives are meant: they are not moved by evidence any more.
        asked = asked.with_weights(request.weights).model_copy(update={"adaptive": False})
    if request.minimum_score is not None:
        asked = asked.model_copy(update={"relevance_floor": request.minimum_score})
    return asked


def word_vector_kinds(policy: RankingPolicy, *, shares_words: bool) -> tuple[SubQueryKind, ...]:
    """The vectors of the words that this policy wants."""
    wanted = [SubQueryKind.TEXT_VECTOR]
    if shares_words:
        wanted.append(SubQueryKind.WORDS_TO_PICTURE)
    return tuple(kind for kind in wanted if policy.weights.get(kind, 0.0) > 0)


def part_weights(question: Question) -> dict[SubQueryKind, float]:
    """The weight of each part that this question can have. All zero means: the words alone, by keywords."""
    weights = {
        kind: weight
        for kind, weight in question.policy.weights.items()
        if (kind in question.encoded.vectors) or (kind is SubQueryKind.KEYWORD and question.words is not None)
    }
    if question.policy.adaptive and question.evidence is not None:
        weights = adapted(weights, question.evidence)
    if not any(weights.values()) and question.words is not None:
        return {SubQueryKind.KEYWORD: 1.0}
    return {kind: weight for kind, weight in weights.items() if weight > 0}


def sub_queries(question: Question, weights: Mapping[SubQueryKind, float], filters: Sequence[Body]) -> tuple[Part, ...]:
    """The parts in the order of SubQueryKind."""
    if question.is_joined:
        return (_joined(question, weights, filters),)
    parts = tuple(_part(question, kind, weights[kind], filters) for kind in SubQueryKind if kind in weights)
    if question.neutral_score is None or SubQueryKind.KEYWORD not in weights:
        return parts
    target, _ = question.encoded.vectors[SubQueryKind.PICTURE_VECTOR]
    neutral = Neutral(target, _keywords(question), question.neutral_score)
    return tuple(with_neutral(p, neutral, filters) if p.kind is SubQueryKind.PICTURE_VECTOR else p for p in parts)


def _joined(question: Question, weights: Mapping[SubQueryKind, float], filters: Sequence[Body]) -> Part:
    stretches = []
    for kind in (kind for kind in VECTOR_KINDS if kind in weights):
        target, vector = question.encoded.vectors[kind]
        views, codes = kind is SubQueryKind.PICTURE_VECTOR, question.served.codes(target, vector)
        nearest = Nearest(target, vector, k=question.policy.candidates, views=views, codes=codes)
        stretches.append(Beside(kind, nearest, weights[kind]))
    return joined_part(stretches, filters)


def _part(question: Question, kind: SubQueryKind, weight: float, filters: Sequence[Body]) -> Part:
    if kind is SubQueryKind.KEYWORD:
        return keyword_part(_keywords(question), filters, weight)
    target, vector = question.encoded.vectors[kind]
    views = kind is SubQueryKind.PICTURE_VECTOR
    least = question.least_scores.get(kind)

    def nearest(to: NDArray[np.float32]) -> Nearest:
        codes = question.served.codes(target, to)
        return Nearest(target, to, k=question.policy.candidates, views=views, least_score=least, codes=codes)

    if views and len(question.frames) > 1:
        return best_of_part(kind, [nearest(frame) for frame in question.frames], filters, weight)
    return vector_part(kind, nearest(vector), filters, weight)


def _keywords(question: Question) -> Body:
    kinds = () if question.evidence is None else question.evidence.kinds
    return keyword_query(question.catalogue, question.words or "", tolerant=is_tolerant(question), kinds=kinds)


def is_tolerant(question: Question) -> bool:
    """Whether misspelt words may match: only where no product has all of the words, so that exact ones stay exact."""
    evidence = question.evidence
    return question.policy.spelling and evidence is not None and evidence.all_words == 0 and evidence.code == 0


def matching_parts(question: Question, filters: Sequence[Body]) -> tuple[Part, ...]:
    """The parts whose matches belong to the results, to find and to count them by."""
    parts = sub_queries(question, part_weights(question), filters)
    if question.request.sort is None:
        return parts
    # Sorted by a field, far neighbours would stand among real matches: words alone decide what belongs to it.
    return tuple(part for part in parts if part.kind is SubQueryKind.KEYWORD) or parts


def plan_search(question: Question, *, size: int, from_: int, with_source: bool) -> SearchPlan:
    """The whole plan. Raises UnknownFieldError or FilterValueError for filters, facets and sort keys that do not fit."""
    catalogue, request = question.catalogue, question.request
    filters = question.clauses()
    parts = matching_parts(question, filters)
    sort: tuple[Body, ...] = ()
    if request.sort is not None:
        sort = tuple(sort_keys(catalogue, request.sort))
    elif question.is_browsing:
        sort = browsing_order(catalogue)
    return SearchPlan(
        parts=parts,
        normalizer=question.policy.normalizer,
        depth=question.policy.candidates,
        size=size,
        from_=from_,
        filters=filters,
        sort=sort,
        group_field=fields.GROUP if question.is_grouped else None,
        aggregations=facet_aggregations(
            [facet for facet in question.facets if facet.name not in question.conditions], question.served.steps
        ),
        with_source=with_source,
        value_fields=question.served.plan.engine.paths if question.is_examined else (),
        post_filter=_feature_clauses(question) if question.is_examined else None,
    )


def _feature_clauses(question: Question) -> Body:
    vectors = {COSINES[kind]: QueryVector(*pair) for kind, pair in question.encoded.vectors.items()}
    return question.served.plan.engine.post_filter(question.words, vectors)


def _unwanted(question: Question) -> tuple[Body, ...]:
    """What leaves out the products, and the words, that the shopper does not want to see."""
    found: list[Body] = []
    if question.request.not_like:
        found.append({"bool": {"must_not": [{"ids": {"values": question.request.not_like}}]}})
    if question.without:
        found.append(without_words(question.catalogue, question.without))
    return tuple(found)


def browsing_order(catalogue: Catalogue) -> tuple[Body, ...]:
    """Popular products first, then well rated ones, then by id."""
    roles = (catalogue.roles.popularity, catalogue.roles.rating_count, catalogue.roles.rating)
    keys = [
        {fields.number_field(name): {"order": "desc", "missing": "_last"}}
        for name in roles
        if name is not None and name in catalogue.number
    ]
    return (*keys, {fields.ID: {"order": "asc"}})


def without_vectors(question: Question, reason: str) -> Question:
    """The same question by keywords alone, its vectors marked as failed."""
    failed = {**question.encoded.failed, **dict.fromkeys(question.encoded.vectors, reason)}
    return replace(question, encoded=EncodedQuery({}, failed), neutral_score=None, is_joined=False)
