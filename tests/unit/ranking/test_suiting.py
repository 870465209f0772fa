"""A list drawn towards a shopper's profile, as far as there is one."""

import numpy as np

from ranking.features.feature import FeatureMatrix
from ranking.recommendations.suiting import EVIDENCE, suited

SCORES = np.array([5.0, 4.0, 3.0, 2.0])


def profile(products: float, **columns: list[float]) -> FeatureMatrix:
    count = len(next(iter(columns.values())))
    named = {**columns, EVIDENCE: [float(np.log1p(products))] * count}
    return FeatureMatrix(tuple(named), np.array(list(named.values()), dtype=np.float32).T)


def test_without_a_profile_the_list_keeps_its_order() -> None:
    for nothing in (
        FeatureMatrix((), np.empty((4, 0), np.float32)),
        profile(0, taste=[0, 0, 1, 0]),
        profile(9, taste=[np.nan] * 4),
    ):
        assert np.argsort(-suited(SCORES, nothing)).tolist() == [0, 1, 2, 3]


def test_the_more_is_known_the_more_taste_counts() -> None:
    little, much = (suited(SCORES, profile(n, liked_text=[0.1, 0.2, 0.9, 0.2])) for n in (1, 60))
    assert np.argsort(-little)[0] == 0
    assert np.argsort(-much)[0] == 2
    assert ((much >= 0) & (much <= 1)).all()


def test_columns_that_say_nothing_and_products_without_a_row_do_no_harm() -> None:
    found = suited(SCORES, profile(60, taste=[np.nan, 0.0, 1.0], affinity_brand=[2.0, 2.0, 2.0]))
    assert np.argsort(-found).tolist() == [2, 0, 1, 3]
    assert suited(np.empty(0), FeatureMatrix((), np.empty((0, 0), np.float32))).shape == (0,)
