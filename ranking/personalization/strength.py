"""How much of a shopper goes into the order: a model's scores with and without the personal columns, mixed.

score = (1 − s)·f(x without personal columns) + s·f(x). A tree model that learned from shoppers known and unknown knows what to do
with absent columns: at s = 0 it ranks for anybody, at s = 1 for this person, and between it moves in a straight line.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import Feature, FeatureMatrix, Source
from ranking.lambdamart.scorer import Scorer


def personal_names(features: Iterable[Feature]) -> frozenset[str]:
    """The names of the features that come from a profile."""
    return frozenset(feature.name for feature in features if feature.source is Source.PROFILE)


def anonymous(matrix: FeatureMatrix, personal: frozenset[str]) -> FeatureMatrix:
    """The same candidates as anybody would see them: personal columns NaN."""
    values = matrix.values.copy()
    values[:, [place for place, name in enumerate(matrix.names) if name in personal]] = np.nan
    return FeatureMatrix(matrix.names, values)


class StrengthScorer:
    """A Scorer of strength s, 0 < s < 1; its contributions are mixed in the same way and still sum to the score."""

    def __init__(self, scorer: Scorer, personal: frozenset[str], strength: float) -> None:
        self._scorer = scorer
        self._personal = personal
        self._strength = strength

    @property
    def model_id(self) -> str:
        return self._scorer.model_id

    @property
    def features(self) -> tuple[str, ...]:
        return self._scorer.features

    @property
    def blend(self) -> float:
        return self._scorer.blend

    @property
    def knows_pictures(self) -> bool:
        return self._scorer.knows_pictures

    def score(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        return self._mixed(self._scorer.score(matrix), self._scorer.score(anonymous(matrix, self._personal)))

    def contributions(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        plain = self._scorer.contributions(anonymous(matrix, self._personal))
        return self._mixed(self._scorer.contributions(matrix), plain)

    def _mixed(self, personal: NDArray[np.float64], plain: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._strength * personal + (1.0 - self._strength) * plain


def with_strength(scorer: Scorer, features: Iterable[Feature], strength: float) -> Scorer:
    """The scorer for this strength, between 0 and 1; itself at the ends, where the matrix alone decides."""
    if strength <= 0 or strength >= 1:
        return scorer
    names = personal_names(features)
    return StrengthScorer(scorer, names, strength) if names.intersection(scorer.features) else scorer
