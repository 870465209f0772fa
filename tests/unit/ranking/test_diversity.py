import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ranking.diversity import diversify


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
