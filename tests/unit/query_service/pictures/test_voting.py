"""From neighbours and words to probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_service.pictures.voting import confidences, neighbour_weights, prior_of, spoken


def weights(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float32)


def test_votes_fall_with_distance_and_the_last_neighbour_only_marks_the_end() -> None:
    np.testing.assert_allclose(neighbour_weights(weights(0.9, 0.7, 0.5)), [1.0, 0.5])
    np.testing.assert_allclose(neighbour_weights(weights(0.9, 0.9, 0.9)), [1.0, 1.0])
    np.testing.assert_allclose(neighbour_weights(weights(0.9)), [1.0])


def test_neighbours_that_agree_are_believed_and_one_alone_is_not() -> None:
    even = weights(0.5, 0.5)
    many = confidences([["mug"]] * 30, np.ones(30, dtype=np.float32), ["mug", "lamp"], even)
    one = confidences([["mug"]], weights(1), ["mug", "lamp"], even)
    assert many["mug"] == pytest.approx(31 / 32)
    assert one["mug"] == pytest.approx(2 / 3)


def test_words_decide_where_neighbours_are_even() -> None:
    found = confidences([["mug"], ["lamp"]], weights(1, 1), ["mug", "lamp"], prior_of(weights(0.1, 0.3)))
    assert found["lamp"] > found["mug"]


def test_a_product_with_several_values_speaks_for_each_and_one_without_against_all() -> None:
    flat = prior_of(weights(0.2, 0.2))
    both = confidences([["mug", "lamp"], []], weights(1, 1), ["mug", "lamp"], flat)
    assert both == {"mug": pytest.approx(0.5), "lamp": pytest.approx(0.5)}


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=50))
def test_the_prior_is_made_of_shares(likeness: list[float]) -> None:
    prior = prior_of(weights(*likeness))
    assert prior.sum() == pytest.approx(1, abs=1e-4)
    assert (prior >= 0).all()
    assert prior[int(np.argmax(likeness))] == pytest.approx(prior.max())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Men/Tops/Jackets", "Jackets"),
        ("Home > Garden > Chairs", "Chairs"),
        ("dark_blue", "dark blue"),
        ("Tees/", "Tees"),
        ("/", "/"),
        ("红色", "红色"),
    ],
)
def test_a_value_is_said_without_its_path(value: str, words: str) -> None:
    assert spoken(value) == words
