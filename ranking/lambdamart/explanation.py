"""Why the model scored a hit as it did: SHAP values, the largest first, in words a person can read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import Feature
from ranking.features.wording import in_words

LARGE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class FeatureShare:
    """How much one feature moved the model's score of one hit. `value` is None where the feature was absent."""

    feature: str
    value: float | None
    contribution: float
    words: str


def explain_scores(
    contributions: NDArray[np.float64],
    values: NDArray[np.float32],
    features: Sequence[Feature],
    *,
    most: int = 8,
) -> list[tuple[float, list[FeatureShare]]]:
    """For each row: the base value, and the `most` largest shares (those of exactly 0 left out).

    `contributions`: as a Scorer gives them, shape (rows, features + 1). `values`: shape (rows, features), same columns.
    """
    explained = []
    for row, cells in zip(contributions, values, strict=True):
        total = float(np.abs(row[:-1]).sum()) or 1.0
        places = sorted(range(len(features)), key=lambda i: -abs(row[i]))[:most]
        shares = [_share(features[i], float(cells[i]), float(row[i]), total) for i in places if row[i] != 0.0]
        explained.append((float(row[-1]), shares))
    return explained


def _share(feature: Feature, value: float, contribution: float, total: float) -> FeatureShare:
    strength = "much" if abs(contribution) / total >= LARGE_SHARE else "somewhat"
    direction = "raised it" if contribution > 0 else "lowered it"
    if math.isnan(value):
        return FeatureShare(feature.name, None, contribution, f"{feature.words}: absent, {strength} {direction}")
    return FeatureShare(feature.name, value, contribution, f"{in_words(feature, value)} {strength} {direction}")
