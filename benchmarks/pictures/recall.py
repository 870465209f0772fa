"""Ranks of right answers, recall at cutoffs, and Wilson's interval for a share (Wilson 1927)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures.tasks import Task


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]".replace("0.", ".")


def find_ranks(
    questions: NDArray[np.float32],
    gallery: NDArray[np.float32],
    task: Task,
    head_start: NDArray[np.float32] | float = 0.0,
) -> NDArray[np.int64]:
    """Rank from 1 of the best right answer; `head_start` is taken off what each of the gallery scores."""
    scores = questions @ gallery.T - head_start
    for row, hidden in enumerate(task.hidden or ()):
        scores[row, list(hidden)] = -np.inf
    best = np.array([scores[row, list(right)].max() for row, right in enumerate(task.right)])
    above = (scores > best[:, None] + 1e-6).sum(axis=1)
    return np.asarray(1 + above, dtype=np.int64)


def recall(ranks: NDArray[np.int64], cutoff: int) -> Share:
    return wilson(int((ranks <= cutoff).sum()), len(ranks))


def wilson(hits: float, trials: int, *, z: float = 1.96) -> Share:
    share = hits / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return Share(share, max(0.0, centre - half), min(1.0, centre + half))


def describe_row(name: str, ranks: NDArray[np.int64], cutoffs: Sequence[int]) -> str:
    cells = "  ".join(f"R@{cutoff} {recall(ranks, cutoff)}" for cutoff in cutoffs)
    return f"{name:48} n={len(ranks):3}  {cells}"
