"""Normalised discounted cumulative gain on plain arrays, fast enough to choose parameters by.

Source: Järvelin and Kekäläinen 2002; the discount of rank r is 1 / log2(r + 1).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def discounted_gain(grades: NDArray[np.float64], cutoff: int, *, linear: bool = True) -> float:
    """DCG of grades in ranked order. `linear`: a grade counts as it is, else as 2^grade - 1."""
    top = np.maximum(grades[:cutoff], 0.0)
    gains = top if linear else np.exp2(top) - 1
    return float((gains / np.log2(np.arange(2, top.size + 2))).sum())


def ndcg(
    ranked_grades: NDArray[np.float64], judged_grades: Iterable[float], *, cutoff: int, linear: bool = True
) -> float:
    """nDCG@cutoff of one query. `judged_grades`: every grade of the query, retrieved or not; NaN when none is above 0."""
    ideal = np.sort(np.fromiter(judged_grades, dtype=np.float64))[::-1]
    best = discounted_gain(ideal, cutoff, linear=linear)
    return discounted_gain(ranked_grades, cutoff, linear=linear) / best if best > 0 else float("nan")
