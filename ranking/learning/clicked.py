"""Which of the products of a list was clicked, as a choice: a conditional logit with an effect for each place.

The chance of each product to be the one clicked is proportional to exp(effect of its place + weights · its columns) (McFadden
1974). What belongs to the search cancels out. What a product gains by where it stood is told apart from what it is, for
products with near values stand side by side in one list and far apart in another. Effects and weights have weak normal priors
around 0, so that few clicks say little.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ranking.learning.shown import ShownList

Floats = NDArray[np.float64]
_LAST_PLACES: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 25)  # of each stretch with one effect; one more below
_PRECISION_OF_PLACES = 0.1
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Fitted:
    """`places`: effects of all stretches of places but the first, which is 0. `weights`: of the columns.

    `slopes`: of each list's log likelihood, shape (lists, places + weights). `covariance`: of places and weights together.
    """

    places: Floats
    weights: Floats
    slopes: Floats
    covariance: Floats

    def drawn(self, often: Floats) -> Floats:
        """The weights if each list had come so often, shape (lists,): by one step of Newton's method."""
        return self.weights + (((often - 1.0) @ self.slopes) @ self.covariance)[self.places.size :]


class Clicked:
    """n products of lists, those of one list side by side. `begin`: of each list, shape (lists,); `of`: each product's list."""

    __slots__ = ("_chosen", "_clicks", "_places", "begin", "of")

    def __init__(self, lists: Sequence[ShownList]) -> None:
        sizes = np.array([len(shown.products) for shown in lists])
        self.begin = np.cumsum(sizes) - sizes
        self.of = np.repeat(np.arange(sizes.size), sizes)
        stretch = np.searchsorted(_LAST_PLACES, np.concatenate([shown.positions for shown in lists]))
        self._places = np.eye(len(_LAST_PLACES) + 1)[stretch][:, 1:]
        self._chosen = np.concatenate([(shown.grades > 0).astype(np.float64) for shown in lists])
        self._clicks = np.add.reduceat(self._chosen, self.begin)

    def fit(self, columns: Floats, *, precision: Floats, least: float = -np.inf) -> Fitted:
        """The most probable weights. `columns`: shape (n, weights); `precision`: of the priors, shape (weights,).

        No weight goes below `least`.
        """
        rows, known = np.hstack([self._places, columns]), self._places.shape[1]
        priors = np.concatenate([np.full(known, _PRECISION_OF_PLACES), precision])
        total = self._clicks[self.of]

        def loss(values: Floats) -> tuple[float, Floats]:
            share, likelihood = self._shares(rows @ values)
            slope = rows.T @ (self._chosen - total * share) - priors * values
            return 0.5 * float(priors @ values**2) - likelihood, -slope

        bounds = [(-np.inf, np.inf)] * known + [(least, np.inf)] * columns.shape[1]
        found = minimize(
            loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _STEPS}
        ).x
        share, _ = self._shares(rows @ found)
        slopes = np.add.reduceat(rows * (self._chosen - total * share)[:, None], self.begin)
        means = np.add.reduceat(rows * share[:, None], self.begin)
        curvature = (rows * (total * share)[:, None]).T @ rows - (means * self._clicks[:, None]).T @ means
        return Fitted(found[:known], found[known:], slopes, np.linalg.inv(curvature + np.diag(priors)))

    def below_best(self, scores: Floats) -> Floats:
        """Each product's distance from the best of its list, at most 0."""
        return np.asarray(scores - np.maximum.reduceat(scores, self.begin)[self.of], dtype=np.float64)

    def _shares(self, scores: Floats) -> tuple[Floats, float]:
        """The chance of each product to be the one clicked, and the log likelihood of the clicks."""
        below = self.below_best(scores)
        raised = np.exp(below)
        sums = np.add.reduceat(raised, self.begin)
        return raised / sums[self.of], float(self._chosen @ below - self._clicks @ np.log(sums))
