"""From a share of votes to a probability that can be believed: how often a shop's own products have the value that so large a
share of their neighbours names.

Shares stray from probabilities in either way: thirty neighbours of a cup are not all cups where a shop has twenty; several
values of a field may be right at once. How far is a matter of the shop and the field, so it is learnt from its own products,
each named as if it were unknown (logistic calibration, Platt 1999).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from query_service.pictures.voting import NEIGHBOURS, confidences, neighbour_weights, prior_of

Floats = NDArray[np.float32]
MOST_QUESTIONS = 300
FEWEST_QUESTIONS = 40
ANSWERS = 3  # the values of a product that are looked at: the most probable ones
_LEAST = 1e-3  # shares nearer to 0 or 1 than this are taken for this
_TRUST = 5.0  # how hard shares are held on to as they are, in answers
_SLOPES = (0.5, 4.0)
_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Belief:
    """The log odds of a value are `shift` and `slope` times the log odds of its share."""

    shift: float = 0.0
    slope: float = 1.0

    def of(self, share: float) -> float:
        """A probability; it rises with the share."""
        if self == AS_VOTED:
            return share
        return float(1 / (1 + np.exp(-(self.shift + self.slope * _log_odds(np.array(share))))))


AS_VOTED = Belief()


@dataclass(frozen=True, slots=True)
class Known:
    """Products whose values are known: `vectors` (n, dimension), the group of each, and its values of one field."""

    vectors: Floats
    groups: Sequence[str]
    values: Sequence[Collection[str]]


def learn_belief(known: Known, vocabulary: Sequence[str], likeness: Floats, *, most: int = MOST_QUESTIONS) -> Belief:
    """What shares are worth for this field. `likeness` (n, len(vocabulary)): how well each value's words fit each product.

    Asks for the first `most` products that have a value, among all. AS_VOTED where there are fewer than FEWEST_QUESTIONS.
    """
    asked = [place for place, values in enumerate(known.values) if values][:most]
    if len(asked) < FEWEST_QUESTIONS:
        return AS_VOTED
    groups = np.array(known.groups)
    closeness = known.vectors[asked] @ known.vectors.T
    closeness[groups[asked][:, None] == groups[None, :]] = -np.inf  # variants would answer for each other
    shares, right = [], []
    for row, place in enumerate(asked):
        for value, share in _named(closeness[row], known, vocabulary, likeness[place]):
            shares.append(share)
            right.append(value in known.values[place])
    return fit_belief(np.array(shares), np.array(right))


def fit_belief(shares: NDArray[np.float64], right: NDArray[np.bool_]) -> Belief:
    """By Newton's method, held near AS_VOTED. `shares`, `right` (n,): the share of each answer and whether it was right."""
    rows = np.stack([np.ones(len(shares)), _log_odds(shares)], axis=1)
    start = np.array([0.0, 1.0])
    found = start.copy()
    for _ in range(_ROUNDS):
        sure = 1 / (1 + np.exp(-(rows @ found)))
        gradient = rows.T @ (sure - right) + _TRUST * (found - start)
        curvature = (rows * (sure * (1 - sure))[:, None]).T @ rows + _TRUST * np.eye(2)
        found -= np.linalg.solve(curvature, gradient)
    return Belief(round(float(found[0]), 4), round(float(np.clip(found[1], *_SLOPES)), 4))


def _named(closeness: Floats, known: Known, vocabulary: Sequence[str], likeness: Floats) -> Sequence[tuple[str, float]]:
    nearest = np.argsort(-closeness, kind="stable")[: NEIGHBOURS + 1]
    nearest = nearest[np.isfinite(closeness[nearest])]
    weights = neighbour_weights(closeness[nearest])
    votes = [list(known.values[place]) for place in nearest[: len(weights)]]
    found = confidences(votes, weights, vocabulary, prior_of(likeness))
    return sorted(found.items(), key=lambda pair: -pair[1])[:ANSWERS]


def _log_odds(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(shares, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)
