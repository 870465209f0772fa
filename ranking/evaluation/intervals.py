"""How sure a mean over queries is: a bootstrap that resamples queries."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
SHARE = (0.0, 1.0)  # between these most measures lie
ANYWHERE = (-math.inf, math.inf)
_CHUNK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class MeanInterval:
    """A mean over queries with the ends of its confidence interval; all NaN without any query."""

    mean: float
    low: float
    high: float
    queries: int

    def __str__(self) -> str:
        return f"{self.mean:.4f} [{self.low:.4f}, {self.high:.4f}]"

    def ends(self) -> dict[str, float | None]:
        """`mean`, `low` and `high` as reports hold them."""
        return {"mean": rounded(self.mean), "low": rounded(self.low), "high": rounded(self.high)}


def rounded(value: float) -> float | None:
    """A measured number as reports hold it: to six places, None where nothing has a value."""
    return None if math.isnan(value) else round(value, 6)


def bootstrap_mean(
    values: NDArray[np.float64], *, seed: int = 17, resamples: int = RESAMPLES, within: tuple[float, float] = ANYWHERE
) -> MeanInterval:
    """Percentile bootstrap of the mean (Efron 1979); NaN values (queries the measure does not apply to) are left out.

    The spread is widened by sqrt(n / (n - 1)): resampling n values is too narrow by that factor, which few queries show.
    `within`: between what every value lies, if that is known; the ends do not leave it.
    """
    present = values[~np.isnan(values)]
    if present.size == 0:
        return MeanInterval(float("nan"), float("nan"), float("nan"), 0)
    mean = float(present.mean())
    if present.size == 1:
        return MeanInterval(mean, mean, mean, 1)
    tail = (1 - CONFIDENCE) / 2
    drawn = _resampled_means(present, resamples, np.random.default_rng(seed)) - mean
    low, high = np.quantile(drawn * np.sqrt(present.size / (present.size - 1)), [tail, 1 - tail])
    return MeanInterval(mean, max(within[0], mean + float(low)), min(within[1], mean + float(high)), int(present.size))


def _resampled_means(values: NDArray[np.float64], resamples: int, random: np.random.Generator) -> NDArray[np.float64]:
    means = np.empty(resamples)
    step = max(1, _CHUNK_CELLS // values.size)
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        means[start : start + size] = values[random.integers(0, values.size, (size, values.size))].mean(axis=1)
    return means
