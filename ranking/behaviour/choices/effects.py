"""Why something was chosen: effects of what products are, by the choice itself (McFadden 1974, conditional logit).

The chance that a product is the one chosen of those considered is proportional to exp(offset + sum of its effects). Effects have
a normal prior around 0 whose variance is learned with them, for each family of effects its own: families in which people differ
are believed early, others are drawn to nothing (empirical Bayes by expectation maximization, variances of the effects by
the diagonal of the curvature). What depends on the search alone, such as how good the whole list was, cancels out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from ranking.behaviour.choices.considered import Considered, Floats

FIRST_VARIANCE: Final = 0.5
LEAST_VARIANCE: Final = 1e-3
MOST_VARIANCE: Final = 4.0
ROUNDS: Final = 4
_STEPS: Final = 60


@dataclass(frozen=True, slots=True)
class Effects:
    """`values`, `variances`: of each effect's posterior, shape (effects,). `spread`: variance of each family's prior."""

    values: Floats
    variances: Floats
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
    precision = 1.0 / np.maximum(spread, LEAST_VARIANCE)[family]
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
        return Effects(np.zeros(family.size), spread[family], spread)
    found = minimize(loss, np.zeros(family.size), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    share, _ = shares(found.x)
    curvature = traits.multiply(traits).T @ (total[of] * share * (1.0 - share))
    return Effects(found.x, 1.0 / (np.asarray(curvature).ravel() + precision), spread)


def learn_effects(
    lists: Considered, traits: sp.csr_matrix, family: NDArray[np.int64], families: int, *, offset: Floats | None = None
) -> Effects:
    """The effects and the variances of their families, in turns. `families`: how many there are."""
    spread = np.full(families, FIRST_VARIANCE)
    size = np.maximum(np.bincount(family, minlength=families), 1)
    effects = fit_effects(lists, traits, family, spread, offset=offset)
    for _ in range(ROUNDS - 1):
        second = np.bincount(family, weights=effects.values**2 + effects.variances, minlength=families) / size
        spread = np.clip(second, LEAST_VARIANCE, MOST_VARIANCE)
        effects = fit_effects(lists, traits, family, spread, offset=offset)
    return effects
