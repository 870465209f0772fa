"""Products whose vectors lie near lend each other what is known of them: rates of what few or none have tried.

A product's clicks and looks are pooled over its nearest neighbours that were seen at all, each by its likeness, and shrunk
towards the rate of its brand and category. How much that is to be believed the log says itself: over the products that were
seen, the share of it that predicts their own rates best (least squares, each product weighed by its trials; nobody lends to
itself). Where vectors say nothing of rates the share is 0, and nothing changes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LENDERS: Final = 10
MOST_LENDERS: Final = 4_000  # those that were tried most; more cost time and tell little
_BLOCK: Final = 512
_SEEN: Final = 20  # products below which the share is not learned, and nothing is lent

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alike:
    """For each product: `places` of its neighbours, int64 of shape (products, neighbours), and their `weights`, float64, the
    cosine, 0 where there is no neighbour.
    """

    places: NDArray[np.int64]
    weights: Floats

    def pooled(self, values: Floats) -> Floats:
        """Sum over each product's neighbours by their weights, shape (products,)."""
        return np.asarray((self.weights * values[self.places]).sum(axis=1), dtype=np.float64)

    def rates(self, successes: Floats, trials: Floats, similar: Floats, strength: float) -> Floats:
        """The neighbours' rate, drawn towards `similar` by `strength` trials; all of shape (products,)."""
        pooled = self.pooled(successes) + strength * similar
        return np.asarray(pooled / (self.pooled(trials) + strength), dtype=np.float64)

    def share(self, successes: Floats, trials: Floats, similar: Floats, strength: float) -> float:
        """How much of the way from `similar` to the neighbours' rate products' own rates lie, from 0 to 1."""
        seen = (trials > 0) & (self.weights.sum(axis=1) > 0)
        if seen.sum() < _SEEN:
            return 0.0
        step = (self.rates(successes, trials, similar, strength) - similar)[seen]
        own = successes[seen] / trials[seen] - similar[seen]
        spread = float((trials[seen] * step**2).sum())
        return float(np.clip((trials[seen] * own * step).sum() / spread, 0.0, 1.0)) if spread > 0 else 0.0

    def towards(self, successes: Floats, trials: Floats, similar: Floats, strength: float) -> Floats:
        """What a product of no trials is taken for: `similar`, and as much of the neighbours' rate as proves right."""
        share = self.share(successes, trials, similar, strength)
        return (1.0 - share) * similar + share * self.rates(successes, trials, similar, strength)


def alike_products(unit: NDArray[np.float32], trials: Floats) -> Alike | None:
    """The nearest of the tried products of each product, by cosine.

    `unit`: float32, shape (products, dimensions), rows of length 1, or of NaN for products without a vector; best with what
    all products share taken out. `trials`: shape (products,). None where no product has neighbours.
    """
    if not unit.size:
        return None
    has = ~np.isnan(unit).any(axis=1)
    lenders = np.flatnonzero(has & (trials > 0))
    lenders = lenders[np.argsort(-trials[lenders], kind="stable")[:MOST_LENDERS]]
    count = min(LENDERS, lenders.size - 1)
    if count < 1:
        return None
    places = np.zeros((len(unit), count), dtype=np.int64)
    weights = np.zeros((len(unit), count), dtype=np.float64)
    rows = np.flatnonzero(has)
    for start in range(0, rows.size, _BLOCK):
        part = rows[start : start + _BLOCK]
        cosines = unit[part] @ unit[lenders].T
        cosines[part[:, None] == lenders[None, :]] = -1.0  # nobody lends to itself
        best = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        weights[part] = np.maximum(np.take_along_axis(cosines, best, axis=1), 0.0)
        places[part] = lenders[best]
    return Alike(places, weights)
