"""Mixes the model's score with the fused score, both placed between the extremes of the candidates."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def stretch(scores: Scores) -> Scores:
    """Least to 0, greatest to 1, linear between; all one half when they are equal. Shape is kept."""
    if scores.size == 0:
        return scores.astype(np.float64)
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.full(scores.shape, 0.5)
    return (scores - low) / (high - low)


def blend_scores(model: Scores, fused: Scores, *, weight: float) -> Scores:
    """`weight` × stretched model score + (1 − weight) × stretched fused score; in [0, 1], the order of the candidates."""
    return weight * stretch(model) + (1.0 - weight) * stretch(fused)


def order_by(scores: Scores) -> NDArray[np.intp]:
    """Places of the candidates, best score first; equal scores keep their order."""
    return np.argsort(-scores, kind="stable")
