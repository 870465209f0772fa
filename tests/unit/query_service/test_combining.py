"""Words and a picture as one vector."""

import numpy as np
import pytest

from plugin_config.policy import Combination, RankingPolicy
from query_service.combining import mean_of

SHOWN, SAID = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)


def test_the_mean_leans_to_what_weighs_more_and_has_length_one() -> None:
    np.testing.assert_allclose(mean_of(SHOWN, SAID, 0.75, 0.25), np.array([3, 1]) / np.sqrt(10), rtol=1e-6)
    np.testing.assert_allclose(mean_of(SHOWN, SAID, 1, 0), SHOWN)


def test_without_weights_both_count_the_same_and_opposites_leave_the_picture() -> None:
    np.testing.assert_allclose(mean_of(SHOWN, SAID, 0, 0), np.array([1, 1]) / np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(mean_of(SHOWN, -SHOWN, 0.5, 0.5), SHOWN)


def test_a_policy_says_how_words_and_pictures_are_combined() -> None:
    raw = {"name": "mine", "weights": {"keyword": 1}}
    assert RankingPolicy.model_validate(raw).combination is Combination.WEIGHTED
    assert RankingPolicy.model_validate({**raw, "combination": "mean"}).combination is Combination.MEAN
    joined = RankingPolicy.model_validate({**raw, "combination": "concatenated"})
    assert joined.combination is Combination.CONCATENATED
    with pytest.raises(ValueError, match="combination"):
        RankingPolicy.model_validate({**raw, "combination": "gate"})
