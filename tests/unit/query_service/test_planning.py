"""What is asked of OpenSearch for a question, on values."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from mappings.catalogue_store import StoredCatalogue
from mappings.fields import Modality, VectorField
from mappings.hybrid import search_body
from plugin_config.catalogue import parse_catalogue
from plugin_config.policy import RankingPolicy, SubQueryKind
from query_service.catalogues import ServedCatalogue
from query_service.encoding import EncodedQuery
from query_service.feature_plan import feature_plan
from query_service.filtering import conditions
from query_service.messages import SearchRequest
from query_service.planning import Question, matching_parts, plan_search, without_vectors
from query_service.window import window_of

CATALOGUE = parse_catalogue("name: shop\ntext: {title: 1}\nkeyword: [brand]\nnumber: [price]", origin="test")
PICTURE = VectorField(Modality.PICTURE, "p1", 2)
TEXT = VectorField(Modality.TEXT, "t1", 2)
VECTOR = np.array([1.0, 0.0], dtype=np.float32)


def question(policy: dict[str, Any], *, is_joined: bool = False, **asked: Any) -> Question:
    """A question of the words "red shoe" beside a vector of words and one of a picture."""
    stored = StoredCatalogue(CATALOGUE, "t-shop", "t-shop.v1", (TEXT, PICTURE), (), datetime(2026, 1, 1, tzinfo=UTC))
    request = SearchRequest.model_validate({"text": "red shoe", **asked})
    return Question(
        ServedCatalogue(stored, feature_plan(CATALOGUE), {}),
        request,
        RankingPolicy.model_validate({"name": "test", **policy}),
        "red shoe",
        conditions(request.filters),
        encoded=EncodedQuery(
            {SubQueryKind.TEXT_VECTOR: (TEXT, VECTOR), SubQueryKind.PICTURE_VECTOR: (PICTURE, VECTOR)}
        ),
        is_joined=is_joined,
    )


def test_a_joined_question_that_loses_its_vectors_is_asked_by_its_words() -> None:
    joined = question({"weights": {"text_vector": 0.5, "picture_vector": 0.5}}, is_joined=True)
    plan = plan_search(without_vectors(joined, "refused"), size=10, from_=0, with_source=True)
    assert [part.kind for part in plan.parts] == [SubQueryKind.KEYWORD]
    assert "hybrid" not in search_body(plan)["query"]


def test_what_is_sorted_by_a_field_is_counted_by_the_parts_that_it_is_found_by() -> None:
    asked = question({"weights": {"keyword": 0.6, "text_vector": 0.4}}, sort="price", filters={"brand": "Acme"})
    found = plan_search(asked, size=10, from_=0, with_source=True).parts
    assert [part.kind for part in found] == [SubQueryKind.KEYWORD]
    assert matching_parts(asked, asked.clauses()) == found


@pytest.mark.parametrize(("floor", "deepest"), [(0.5, 200), (0.0, 10_000)])
def test_pages_of_keywords_end_where_the_floor_cannot_be_told_any_more(floor: float, deepest: int) -> None:
    policy = {"weights": {"keyword": 1.0}, "relevance_floor": floor, "candidates": 200}
    inside = window_of(question(policy, size=20, **{"from": 190}), has_model=False)
    assert inside.shown == min(20, deepest - 190)
    beyond = window_of(question(policy, size=20, **{"from": 200}), has_model=False)
    assert beyond.shown == min(20, deepest - 200)
    assert bool(beyond.notes) == (deepest == 200)
