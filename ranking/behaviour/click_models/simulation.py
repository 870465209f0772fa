"""Simulated shoppers who click by known rules: the ground truth that click models and rankers are tested against.

Each function takes attraction, shape (searches, positions), the probability that this shopper would click this product if they
looked at it, and gives clicks of the same shape.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.click_models.sessions import Floats

Clicks = NDArray[np.bool_]
Rng = np.random.Generator


def click_position_based(rng: Rng, attraction: Floats, *, severity: float = 1.0) -> Clicks:
    """Each place is looked at with probability (1/k)^severity, whatever happens elsewhere."""
    looked = rng.random(attraction.shape) < _decline(attraction.shape[1], severity)
    return np.asarray(looked & (rng.random(attraction.shape) < attraction), dtype=np.bool_)


def click_cascade(rng: Rng, attraction: Floats) -> Clicks:
    """Read from the top, stop at the first click."""
    would = rng.random(attraction.shape) < attraction
    return np.asarray(would & (np.cumsum(would, axis=1) == 1), dtype=np.bool_)


def click_dependent(rng: Rng, attraction: Floats, *, first: float = 0.6, decline: float = 0.85) -> Clicks:
    """Read from the top; after a click at place k go on with probability first · decline^(k − 1)."""
    would = rng.random(attraction.shape) < attraction
    goes_on = rng.random(attraction.shape) < first * decline ** np.arange(attraction.shape[1])
    stopped: NDArray[np.int64] = np.cumsum(would & ~goes_on, axis=1) - (would & ~goes_on)
    return np.asarray(would & (stopped == 0), dtype=np.bool_)


def click_trust_bias(rng: Rng, attraction: Floats, *, severity: float = 1.0) -> Clicks:
    """Position-based, and shoppers who look also click what does not attract them: more so the higher it stands."""
    places = np.arange(1, attraction.shape[1] + 1)
    looked = rng.random(attraction.shape) < _decline(attraction.shape[1], severity)
    wrongly = 0.65 / (places + 1.0)
    perceived = attraction * (1 - 0.02 * np.minimum(places, 10)) + (1 - attraction) * wrongly
    return looked & (rng.random(attraction.shape) < perceived)


def click_grid(rng: Rng, attraction: Floats, *, columns: int = 4, skips_row: float = 0.25) -> Clicks:
    """A page of rows: the middle of a row is looked at more than its ends, rows are looked at from the top with slow decline,
    and whole rows are skipped (after Xie et al., WWW 2019, "Grid-based evaluation metrics").
    """
    places = np.arange(attraction.shape[1])
    row, column = places // columns, places % columns
    middle = 1 - 0.35 * np.abs(column - (columns - 1) / 2) / ((columns - 1) / 2)
    row_read = rng.random((attraction.shape[0], int(row.max()) + 1)) > skips_row
    reach = 0.7**row
    looked = (rng.random(attraction.shape) < middle * reach) & row_read[:, row]
    return np.asarray(looked & (rng.random(attraction.shape) < attraction), dtype=np.bool_)


def _decline(positions: int, severity: float) -> Floats:
    return np.asarray((1.0 / np.arange(1, positions + 1)) ** severity, dtype=np.float64)


SHOPPERS: Mapping[str, Callable[[Rng, Floats], Clicks]] = {
    "position": click_position_based,
    "cascade": click_cascade,
    "dependent": click_dependent,
    "trust": click_trust_bias,
    "grid": click_grid,
}
