import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plugin_config.policy import Normalizer, SubQueryKind
from ranking.diversity import diversify
from ranking.fusion import fuse, normalize

TECHNIQUES = ["min_max", "l2", "z_score", "rrf(k=60)"]
LEAST = 0.001  # min_max lifts a part's weakest hit to this much, past one that is weaker still
# Hundredths: scores that differ in their last bit alone may be one and the same in other units.
hundredths = st.integers(1, 5_000).map(lambda number: number / 100)
scores = hnp.arrays(np.float64, st.integers(1, 20), elements=hundredths, unique=True)


def technique(text: str) -> Normalizer:
    return Normalizer.model_validate(text)


@given(scores)
@pytest.mark.parametrize("text", TECHNIQUES)
def test_normalizing_keeps_the_order(text: str, scores: np.ndarray) -> None:
    found = normalize(scores, technique(text))
    assert (np.diff(found[np.argsort(scores)]) >= -LEAST).all()
    assert (found >= 0).all()


@given(scores, st.floats(0.1, 100))
@pytest.mark.parametrize("text", TECHNIQUES)
def test_a_part_that_scores_in_other_units_counts_the_same(text: str, scores: np.ndarray, factor: float) -> None:
    assert normalize(scores * factor, technique(text)) == pytest.approx(normalize(scores, technique(text)), abs=1e-6)


@given(scores)
@pytest.mark.parametrize("text", ["min_max", "l2", "rrf(k=1)"])
def test_a_fused_score_of_one_part_keeps_its_order(text: str, scores: np.ndarray) -> None:
    found = fuse({SubQueryKind.KEYWORD: scores}, {SubQueryKind.KEYWORD: 0.3}, technique(text))
    assert (np.diff(found[np.argsort(scores)]) >= -LEAST).all()


def test_a_candidate_that_a_part_did_not_find_gets_nothing_from_it() -> None:
    parts = {SubQueryKind.KEYWORD: np.array([2.0, 1.0, np.nan]), SubQueryKind.TEXT_VECTOR: np.array([np.nan, 1.0, 2.0])}
    weights = {SubQueryKind.KEYWORD: 0.8, SubQueryKind.TEXT_VECTOR: 0.2}
    found = fuse(parts, weights, technique("min_max"))
    assert found == pytest.approx([0.8, 0.001, 0.2], abs=1e-3)


def test_fusing_without_any_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        fuse({SubQueryKind.KEYWORD: np.array([1.0])}, {SubQueryKind.TEXT_VECTOR: 1.0}, technique("min_max"))


def test_strength_zero_keeps_the_order() -> None:
    assert diversify(np.array([3.0, 2, 1]), ["a", "a", "b"], strength=0).order == (0, 1, 2)


def test_a_second_brand_comes_up_when_the_first_fills_the_list() -> None:
    found = diversify(np.array([1.0, 0.98, 0.96, 0.94]), ["a", "a", "a", "b"], strength=0.6)
    assert found.order.index(3) == 1
    assert 3 in found.moved_up
    assert {1, 2} <= found.moved_down


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30), st.floats(0, 1), st.integers(1, 40))
def test_diversity_loses_nothing_and_leaves_what_lies_beyond_its_depth(
    values: list[str | None], strength: float, depth: int
) -> None:
    scores = np.linspace(1, 0, len(values))
    found = diversify(scores, values, strength=strength, depth=depth)
    assert sorted(found.order) == list(range(len(values)))
    assert found.order[depth:] == tuple(range(depth, len(values)))


def test_products_without_a_value_are_like_no_other() -> None:
    assert diversify(np.array([3.0, 2, 1]), [None, None, None], strength=0.9).order == (0, 1, 2)
