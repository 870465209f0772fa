import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.errors import MeasureError
from ranking.evaluation.measures import measure_queries, parse_measure, retrieval_depth
from ranking.evaluation.ndcg import ndcg

IDS = [f"p{n}" for n in range(12)]
rankings = st.permutations(IDS).map(lambda ids: ids[:8])
grades = st.dictionaries(st.sampled_from(IDS), st.integers(0, 3), min_size=1).filter(lambda g: max(g.values()) > 0)


def one(name: str, ranking: list[str], judged: dict[str, float]) -> float:
    return float(measure_queries([ranking], [judged], [parse_measure(name)])[name][0])


def by_hand(name: str, ranking: list[str], judged: dict[str, float], cutoff: int) -> float:
    """Textbook definitions, written out without the library."""
    top = [judged.get(i, 0) for i in ranking[:cutoff]]
    relevant = sum(grade > 0 for grade in judged.values())
    found = sum(grade > 0 for grade in top)
    first = next((rank for rank, grade in enumerate(top, start=1) if grade > 0), None)
    precisions = [sum(g > 0 for g in top[:rank]) / rank for rank, grade in enumerate(top, start=1) if grade > 0]
    return {
        "P": found / cutoff,
        "R": found / relevant,
        "F1": 2 * found / (len(top) + relevant),
        "RR": 1 / first if first else 0.0,
        "AP": sum(precisions) / relevant,
        "Success": float(found > 0),
        "Judged": sum(i in judged for i in ranking[:cutoff]) / len(top),
    }[name]


@given(rankings, grades, st.sampled_from([1, 3, 5, 8]))
@pytest.mark.parametrize("name", ["P", "R", "F1", "RR", "AP", "Success", "Judged"])
def test_measures_agree_with_their_textbook_definitions(
    name: str, ranking: list[str], judged: dict[str, float], cutoff: int
) -> None:
    assert one(f"{name}@{cutoff}", ranking, judged) == pytest.approx(by_hand(name, ranking, judged, cutoff))


@given(rankings, grades, st.sampled_from([1, 3, 10]))
def test_our_fast_ndcg_equals_the_library(ranking: list[str], judged: dict[str, float], cutoff: int) -> None:
    ranked = np.array([judged.get(i, 0.0) for i in ranking], dtype=np.float64)
    assert ndcg(ranked, judged.values(), cutoff=cutoff) == pytest.approx(one(f"nDCG@{cutoff}", ranking, judged))


def test_exponential_gains_follow_their_formula() -> None:
    expected = (7 / math.log2(3) + 1 / math.log2(4)) / (7 + 1 / math.log2(3))
    assert one("nDCG(dcg='exp-log2')@10", ["x", "a", "b"], {"a": 3, "b": 1}) == pytest.approx(expected)


def test_accuracy_is_the_share_of_pairs_in_the_right_order() -> None:
    assert one("Accuracy", ["a", "x", "b", "y"], {"a": 1, "b": 1}) == pytest.approx(3 / 4)
    assert one("Accuracy@1", ["a", "x"], {"a": 1}) == 1


@given(grades)
def test_the_ideal_order_has_an_ndcg_of_one(judged: dict[str, float]) -> None:
    ideal = sorted(judged, key=lambda i: -judged[i])
    assert one("nDCG@10", ideal, judged) == pytest.approx(1)


def test_fractional_grades_count_as_they_are() -> None:
    assert one("nDCG@2", ["a", "b"], {"a": 0.5, "b": 1}) == pytest.approx(one("nDCG@2", ["a", "b"], {"a": 1, "b": 2}))
    with pytest.raises(MeasureError, match="whole numbers"):
        one("P(rel=2)@5", ["a"], {"a": 0.5})


def test_a_query_without_a_relevant_product_is_left_out_but_its_judged_share_counts() -> None:
    measures = [parse_measure("nDCG@10"), parse_measure("Judged@10")]
    found = measure_queries([["a"], ["a", "b"]], [{"a": 1}, {"a": 0}], measures)
    assert found["nDCG@10"][0] == 1
    assert np.isnan(found["nDCG@10"][1])
    assert found["Judged@10"].tolist() == [1, 0.5]


@pytest.mark.parametrize("name", ["nDCG@10", "AP", "RR@10", "P@5", "R@5", "F1@5", "Accuracy", "Success@1"])
def test_nothing_found_counts_zero(name: str) -> None:
    assert one(name, [], {"a": 1}) == 0


def test_nothing_found_has_no_judged_share() -> None:
    assert math.isnan(one("Judged@10", [], {"a": 1}))


@pytest.mark.parametrize(
    ("asked", "same"), [("MAP", "AP"), ("MRR@5", "RR@5"), ("NDCG@3", "nDCG@3"), ("Hit@2", "Success@2")]
)
def test_familiar_names_mean_the_same(asked: str, same: str) -> None:
    ranking, judged = ["x", "a", "b"], {"a": 2.0, "b": 1.0, "c": 1.0}
    assert one(asked, ranking, judged) == one(same, ranking, judged)


@pytest.mark.parametrize(
    "name", ["", "foo", "nDCG@0", "nDCG@ten", "P", "nDCG@99999", "R@201", "alpha_nDCG@10", "__import__('os')"]
)
def test_an_unknown_measure_is_refused_with_examples(name: str) -> None:
    with pytest.raises(MeasureError, match=r"nDCG@10|cutoff"):
        parse_measure(name)


def test_enough_hits_are_fetched_for_every_measure() -> None:
    assert retrieval_depth([parse_measure("P@5")]) == 10
    assert retrieval_depth([parse_measure("P@5"), parse_measure("R@50")]) == 50
    assert retrieval_depth([parse_measure("AP")]) == 100
