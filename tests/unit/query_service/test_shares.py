"""Which share of a mixed score comes from which part."""

import numpy as np
import pytest

from plugin_config.policy import Normalizer
from query_service.shares import normalized, said_of_shares

NAN = float("nan")
RAW = np.array([[8.0, 1.9], [2.0, NAN], [5.0, 1.4]])


def test_scores_are_made_comparable_as_the_normalizer_says() -> None:
    ranks = normalized(RAW, Normalizer.model_validate("rrf(k=40)"))
    np.testing.assert_allclose(ranks, [[1 / 41, 1 / 41], [1 / 43, NAN], [1 / 42, 1 / 42]])
    np.testing.assert_allclose(normalized(RAW, Normalizer.model_validate("min_max")), [[1, 1], [0, NAN], [0.5, 0]])
    length = np.sqrt(64 + 4 + 25)
    np.testing.assert_allclose(normalized(RAW, Normalizer.model_validate("l2"))[:, 0], RAW[:, 0] / length)


def test_one_candidate_alone_has_full_scores() -> None:
    np.testing.assert_allclose(normalized(RAW[:1], Normalizer.model_validate("min_max")), [[1, 1]])


@pytest.mark.parametrize(
    ("shares", "asked", "told"),
    [
        (
            {"keyword": 0.38, "picture_vector": 0.62},
            ["keyword", "picture_vector"],
            "62\u00a0% from its picture and 38\u00a0% from its words",
        ),
        ({"keyword": 1.0}, ["keyword", "picture_vector"], "its words alone"),
        ({"picture_vector": 1.0}, ["keyword", "picture_vector"], "its picture alone"),
    ],
)
def test_shares_are_told_in_words_where_a_picture_was_given(
    shares: dict[str, float], asked: list[str], told: str
) -> None:
    (sentence,) = said_of_shares(shares, asked)
    assert told in sentence


def test_nothing_is_told_of_words_alone() -> None:
    assert said_of_shares({"keyword": 0.8, "text_vector": 0.2}, ["keyword", "text_vector"]) == []
    assert said_of_shares({"picture_vector": 1.0}, ["picture_vector"]) == []
