"""Candidates from OpenSearch: the plan of a search sent, its answer read into values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mappings import fields
from mappings.client import AsyncClient
from mappings.feature_query import CLAUSE_MARK
from mappings.hybrid import MAXIMUM_COUNTED, NAMED_SCORES, SearchPlan, search_body
from plugin_config.policy import SubQueryKind
from ranking.features.feature import FeatureMatrix

GROUP_COUNT = "groups"
EXACT_GROUPS = 3_000  # OpenSearch counts distinct values exactly up to about here
PARTS = tuple(str(kind) for kind in SubQueryKind)
RETRIEVAL_FEATURES = (*(f"score_{part}" for part in PARTS), "fused_score", "fused_rank_reciprocal")
Version: TypeAlias = tuple[str, int, int]  # index, sequence number and primary term: of one writing of a document


@dataclass(frozen=True, slots=True)
class Stored:
    """What is shown of a product: `source` is JSON as it was indexed, `pictures` their references.

    `version`: the writing that it came from; None where that was not asked for.
    """

    source: str
    pictures: tuple[str, ...]
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Products in the order of their fused scores. `scores` holds each part's raw scores, only where it matched.

    `values` are the doc values that the plan asked for, and the group. `stored` is empty unless the plan asked for
    sources, `versions` unless it asked for those. `engine_ms` is OpenSearch's own time. `is_examined`: the scores hold
    those of the feature clauses, too. `before`: how many stand above the first of them.
    """

    ids: tuple[str, ...]
    fused: NDArray[np.float64]
    scores: tuple[Mapping[str, float], ...]
    values: tuple[Mapping[str, Sequence[Any]], ...]
    total: int
    total_is_exact: bool
    engine_ms: float
    aggregations: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, Stored] = field(default_factory=dict)
    is_examined: bool = False
    versions: tuple[Version | None, ...] = ()
    before: int = 0

    def features(self) -> FeatureMatrix:
        """The columns with source `retrieval`: raw score of each part (NaN where it did not match), fused score, rank."""
        values = np.empty((len(self.ids), len(RETRIEVAL_FEATURES)), dtype=np.float32)
        values[:, :-2] = self.scores_of(PARTS)
        values[:, -2] = self.fused
        values[:, -1] = 1.0 / np.arange(self.before + 1, self.before + len(self.ids) + 1)
        return FeatureMatrix(RETRIEVAL_FEATURES, values)

    def scores_of(self, names: Sequence[str]) -> NDArray[np.float32]:
        """The raw scores of these parts or clauses, shape (candidates, names); NaN where one did not match."""
        cells = chain.from_iterable(map(scores.get, names, repeat(math.nan)) for scores in self.scores)
        count = len(self.scores) * len(names)
        return np.fromiter(cells, dtype=np.float32, count=count).reshape(len(self.scores), len(names))

    def part_scores(self, place: int) -> dict[str, float]:
        """The raw scores of the candidate at this place, without those of the feature clauses."""
        return {name: score for name, score in self.scores[place].items() if not name.startswith(CLAUSE_MARK)}

    def value(self, place: int, path: str) -> str | None:
        """The first value of a document field of the candidate at this place, as text."""
        found = self.values[place].get(path)
        return str(found[0]) if found else None

    def only(self, places: Sequence[int]) -> "Candidates":
        """The candidates at these places, in this order; counts and aggregations stay."""
        return replace(
            self,
            ids=tuple(self.ids[i] for i in places),
            fused=self.fused[list(places)],
            scores=tuple(self.scores[i] for i in places),
            values=tuple(self.values[i] for i in places),
            versions=tuple(self.versions[i] for i in places) if self.versions else (),
        )

    def first(self, count: int) -> "Candidates":
        """The best `count` of them."""
        return self if count >= len(self.ids) else self.only(range(count))


async def retrieve(client: AsyncClient, alias: str, plan: SearchPlan) -> Candidates:
    """Send the plan. Raises the errors of mappings.errors."""
    body = search_body(plan)
    if plan.group_field is not None:
        # `missing` is never met, but without it OpenSearch 3.6 prunes the count by the field's terms and forgets the
        # least scores of the parts of a hybrid query.
        distinct = {"field": plan.group_field, "precision_threshold": EXACT_GROUPS, "missing": ""}
        counting = {"cardinality": distinct}
        body["aggs"] = {**body.get("aggs", {}), GROUP_COUNT: counting}
    answer = await client.search(alias, body, **{NAMED_SCORES: True})
    return replace(read_candidates(answer), is_examined=plan.post_filter is not None, before=plan.from_)


def read_candidates(answer: Mapping[str, Any]) -> Candidates:
    """Read an answer of OpenSearch."""
    hits = answer["hits"]["hits"]
    total, is_exact = _total(answer)
    return Candidates(
        ids=tuple(hit["_id"] for hit in hits),
        fused=np.array([hit.get("_score") or 0.0 for hit in hits], dtype=np.float64),
        scores=tuple(_named_scores(hit) for hit in hits),
        values=tuple(hit.get("fields", {}) for hit in hits),
        total=total,
        total_is_exact=is_exact,
        engine_ms=float(answer["took"]),
        aggregations=answer.get("aggregations", {}),
        stored={hit["_id"]: read_stored(hit["_source"]) for hit in hits if "_source" in hit},
        versions=tuple(map(read_version, hits)) if hits and "_seq_no" in hits[0] else (),
    )


def read_version(hit: Mapping[str, Any]) -> Version:
    """Which writing of its document a hit is, where that was asked for."""
    return hit["_index"], hit["_seq_no"], hit["_primary_term"]


def read_stored(source: Mapping[str, Any], version: Version | None = None) -> Stored:
    """What a document's `_source` says to a page."""
    pictures = source.get(fields.PICTURES) or ()
    return Stored(source[fields.SOURCE], (pictures,) if isinstance(pictures, str) else tuple(pictures), version)


async def read_sources(client: AsyncClient, alias: str, ids: Sequence[str]) -> tuple[Mapping[str, Stored], float]:
    """What is shown of these products, and OpenSearch's own milliseconds."""
    if not ids:
        return {}, 0.0
    body = {
        "size": len(ids),
        "track_total_hits": False,
        "_source": [fields.SOURCE, fields.PICTURES],
        "seq_no_primary_term": True,
        "query": {"bool": {"filter": [{"ids": {"values": list(ids)}}]}},
    }
    answer = await client.search(alias, body)
    hits = answer["hits"]["hits"]
    return {hit["_id"]: read_stored(hit["_source"], read_version(hit)) for hit in hits}, float(answer["took"])


def _total(answer: Mapping[str, Any]) -> tuple[int, bool]:
    groups = answer.get("aggregations", {}).get(GROUP_COUNT)
    if groups is not None:
        return int(groups["value"]), groups["value"] < EXACT_GROUPS
    total = answer["hits"].get("total")
    if total is None:
        return len(answer["hits"]["hits"]), False
    return int(total["value"]), total["relation"] == "eq" or total["value"] < MAXIMUM_COUNTED


def _named_scores(hit: Mapping[str, Any]) -> Mapping[str, float]:
    matched = hit.get("matched_queries")
    return matched if isinstance(matched, dict) else {}
