"""Why something was chosen: effects of what products are, by the choice itself (McFadden 1974, conditional logit).

The chance that a product is the one chosen of those considered is proportional to exp(offset + sum of its effects). Effects have
a normal prior around 0; its variance is the one under which choices that were held out are likeliest. What depends on the
search alone, such as how good the whole list was, cancels out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from ranking.behaviour.choices.considered import Considered, Floats

SPREADS: Final = (0.1, 0.02, 0.05, 0.2, 0.5, 1.0)  # variances tried; the first where nothing can be told
HELD_OUT: Final = 5  # every fifth list
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Effects:
    """`values`: of each effect, shape (effects,). `spread`: variance of each family's prior, shape (families,)."""

    values: Floats
    spread: Floats


def fit_effects(
    lists: Considered,
    traits: sp.csr_matrix,
    family: NDArray[np.int64],
    spread: Floats,
    *,
    offset: Floats | None = None,
) -> Effects:
    """The most probable effects under priors of these variances.

    `traits`: what each considered product has, shape (considered, effects). `family`: of each effect. `offset`: what is
    known of each considered product besides, shape (considered,).
    """
    known = np.zeros(len(lists)) if offset is None else offset
    precision = 1.0 / spread[family]
    start, of = lists.begin, lists.of
    total = np.add.reduceat(lists.chosen, start) if len(lists) else np.empty(0)

    def shares(values: Floats) -> tuple[Floats, float]:
        scores = traits @ values + known
        scores -= np.maximum.reduceat(scores, start)[of]
        raised = np.exp(scores)
        sums = np.add.reduceat(raised, start)
        return raised / sums[of], float(lists.chosen @ scores - total @ np.log(sums))

    def loss(values: Floats) -> tuple[float, Floats]:
        share, likelihood = shares(values)
        slope = traits.T @ (lists.chosen - total[of] * share) - precision * values
        return 0.5 * float(precision @ values**2) - likelihood, -np.asarray(slope)

    if not len(lists):
        return Effects(np.zeros(family.size), spread)
    found = minimize(loss, np.zeros(family.size), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return Effects(found.x, spread)


def learn_effects(
    lists: Considered, traits: sp.csr_matrix, family: NDArray[np.int64], families: int, *, offset: Floats | None = None
) -> Effects:
    """The effects, under the spread with which held-out lists are predicted best. `families`: how many there are.

    Each family may move a product's odds equally: one of which products have eight values gets an eighth for each.
    """
    if not len(lists):
        return fit_effects(lists, traits, family, np.full(families, SPREADS[0]))
    known = np.zeros(len(lists)) if offset is None else offset
    held_out = np.arange(lists.lists) % HELD_OUT == HELD_OUT - 1
    rows = held_out[lists.of]
    learned, asked = lists.part(~held_out), lists.part(held_out)
    share = _shares(traits, family, families)

    def told(scale: float) -> float:
        found = fit_effects(learned, traits[~rows], family, scale * share, offset=known[~rows])
        return likelihood(asked, traits[rows] @ found.values + known[rows])

    best = max(SPREADS, key=told) if asked.lists else SPREADS[0]
    return fit_effects(lists, traits, family, best * share, offset=offset)


def likelihood(lists: Considered, scores: Floats) -> float:
    """The logarithm of the probability of what was chosen, if these are the log-odds; shape of `scores`: (considered,)."""
    scores = scores - np.maximum.reduceat(scores, lists.begin)[lists.of]
    sums = np.add.reduceat(np.exp(scores), lists.begin)
    return float(lists.chosen @ (scores - np.log(sums)[lists.of]))


def _shares(traits: sp.csr_matrix, family: NDArray[np.int64], families: int) -> Floats:
    """1 over the number of values that one product has of each family."""
    squares = np.asarray(traits.multiply(traits).sum(axis=0)).ravel()
    each = np.bincount(family, weights=squares, minlength=families) / max(traits.shape[0], 1)
    return np.asarray(1.0 / np.maximum(each, 1.0), dtype=np.float64)
