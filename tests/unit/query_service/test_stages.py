"""Stages of a search on values, without any engine."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from mappings.feature_query import feature_query
from mappings.spelling import Evidence
from plugin_config.catalogue import parse_catalogue
from plugin_config.policy import BUILT_IN, SubQueryKind
from query_service.adaptive import adapted, needed_deviations
from query_service.explanation import summary
from query_service.features import engine_matrix
from query_service.messages import Contribution, SearchRequest
from query_service.page import PageHit, SearchPage
from query_service.ranking_stage import rank
from query_service.retrieval import Candidates, read_candidates
from query_service.service import above_floor
from query_service.trace import DecisionTrace, TraceLog
from ranking.features.declared import declared_features
from ranking.features.feature import FeatureMatrix, Source

CATALOGUE = parse_catalogue(
    """
name: shop
text: {title: 1}
number: [price, list_price, stock]
date: [released]
images: [picture]
roles: {price: price, list_price: list_price, stock: stock, released: released}
encoders: {text: null}
""",
    origin="test",
)


def candidates(*scores: float) -> Candidates:
    count = len(scores)
    return Candidates(
        ids=tuple(str(n) for n in range(count)),
        fused=np.array(scores, dtype=np.float64),
        scores=({},) * count,
        values=({},) * count,
        total=500,
        total_is_exact=True,
        engine_ms=1.0,
    )


class Backwards:
    """A model that likes the last candidate best."""

    model_id = "m-test"
    features = ("fused_score",)
    blend = 1.0
    knows_pictures = True

    def score(self, matrix: FeatureMatrix) -> np.ndarray:
        return np.arange(matrix.values.shape[0], dtype=np.float64)

    def contributions(self, matrix: FeatureMatrix) -> np.ndarray:
        return np.zeros((matrix.values.shape[0], 2))


def test_the_model_orders_what_it_saw_and_the_rest_stays_behind() -> None:
    found = candidates(0.9, 0.8, 0.7, 0.6, 0.5)
    matrix = found.only(range(3)).features()
    ranked = rank(found, matrix, Backwards(), BUILT_IN["reranked"])
    assert ranked.order == (2, 1, 0, 3, 4)
    final = [float(ranked.final[place]) for place in ranked.order]
    assert final == sorted(final, reverse=True)


def test_a_part_that_did_not_match_is_absent_from_the_features() -> None:
    answer = {
        "took": 3,
        "hits": {
            "total": {"value": 2, "relation": "eq"},
            "hits": [
                {"_id": "a", "_score": 0.9, "matched_queries": {"keyword": 7.5, "a_clause_of_the_shop": 1.0}},
                {"_id": "b", "_score": 0.4, "matched_queries": {"text_vector": 1.5}},
            ],
        },
    }
    found = read_candidates(answer).features()
    column = found.values[:, found.names.index("score_keyword")]
    assert column[0] == pytest.approx(7.5)
    assert np.isnan(column[1])


def test_a_floor_keeps_the_best_and_counts_what_remains() -> None:
    kept = above_floor(candidates(1.0, 0.7, 0.2), 0.5)
    assert (kept.ids, kept.total, kept.total_is_exact) == (("0", "1"), 2, True)
    assert above_floor(candidates(), 0.5).ids == ()
    assert above_floor(candidates(1.0, 0.9), 0.5).total == 500


def test_document_fields_become_features_and_what_is_absent_stays_so() -> None:
    query = feature_query(CATALOGUE, (f for f in declared_features(CATALOGUE) if f.source is Source.ENGINE))
    code = query.codes[query.names.index("bm25_title")]
    answer = {
        "took": 1,
        "hits": {
            "hits": [
                {"_id": "b", "fields": {"number.price": [10.0]}},
                {
                    "_id": "a",
                    "matched_queries": {code: 2.5, "keyword": 7.0},
                    "fields": {
                        "number.price": [80.0],
                        "number.list_price": [100.0],
                        "number.stock": [0.0],
                        "date.released": ["2026-01-01T00:00:00.000Z"],
                        "picture_count": [2],
                    },
                },
            ],
        },
    }
    candidates = read_candidates(answer)
    matrix = engine_matrix(query, candidates, now=datetime(2026, 1, 11, tzinfo=UTC))
    assert candidates.part_scores(1) == {"keyword": 7.0}
    rows = [dict(zip(matrix.names, row.tolist(), strict=True)) for row in matrix.values]
    assert rows[1]["bm25_title"] == pytest.approx(2.5)
    assert rows[1]["discount"] == pytest.approx(0.2)
    assert rows[1]["in_stock"] == 0
    assert rows[1]["age_days"] == pytest.approx(10)
    assert (rows[1]["has_picture"], rows[0]["has_picture"]) == (1, 0)
    assert all(np.isnan(rows[0][name]) for name in ("bm25_title", "discount", "in_stock", "age_days"))


def test_a_known_code_silences_the_vectors_and_scarce_matches_strengthen_them() -> None:
    weights = {SubQueryKind.KEYWORD: 0.6, SubQueryKind.TEXT_VECTOR: 0.2, SubQueryKind.PICTURE_VECTOR: 1.0}
    assert adapted(weights, Evidence(all_words=50, code=1))[SubQueryKind.TEXT_VECTOR] == 0
    assert adapted(weights, Evidence(all_words=0))[SubQueryKind.TEXT_VECTOR] == pytest.approx(0.3)
    assert adapted(weights, Evidence(all_words=50)) == weights
    assert needed_deviations(Evidence(all_words=0)) < needed_deviations(Evidence(all_words=50))


def test_an_explanation_speaks_of_parts_model_and_moves() -> None:
    share = Contribution(feature="price", value=5, contribution=0.2, words="price (5) somewhat raised it")
    told = summary({"keyword": 3.0, "picture_vector": 1.2}, 7, 2, [share], ["moved up to mix brand"])
    assert told[0] == "Found because its words match and its picture looks alike."
    assert "from 7 to 2" in told[1]
    assert told[2] == "Moved up to mix brand."


def test_a_page_writes_the_products_as_they_are_stored() -> None:
    hit = PageHit("1", 1, 0.5, '{"title":"x","nested":{"a":[1,2.50]}}')
    page = SearchPage("q", (hit,), 1, True, {"total": 1.0}, "hybrid")
    assert b'"source":{"title":"x","nested":{"a":[1,2.50]}}' in page.to_json()
    assert page.to_message().hits[0].source["nested"] == {"a": [1, 2.5]}


def test_the_trace_log_forgets_the_oldest() -> None:
    log = TraceLog(keep=2)
    for name in ("a", "b", "c"):
        log.add(
            DecisionTrace(
                query_id=name,
                at=datetime(2026, 1, 1, tzinfo=UTC),
                catalogue="shop",
                index="i",
                encoders={},
                model=None,
                request=SearchRequest(),
                policy=BUILT_IN["hybrid"],
                words=None,
                weights={},
                hits=(),
                degraded=(),
                notes=(),
            )
        )
    assert log.get("a") is None
    assert log.get("c") is not None
    again, other = log.get("b"), log.get("c")
    assert again is not None
    assert other is not None
    log.add(again)
    log.add(replace(other, query_id="d"))
    assert log.get("b") is again
