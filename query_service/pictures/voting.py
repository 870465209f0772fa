"""From neighbours and words to probabilities: which values a thing that looks so has."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NEIGHBOURS = 30
PSEUDO_VOTES = 2.0  # what the words count for, as if so many neighbours had spoken


def neighbour_weights(closeness: Floats) -> Floats:
    """The votes of the nearest but one less: 1 for the first, falling with distance to 0 for the last, who only marks
    where the neighbourhood ends.

    `closeness`: falling, shape (k + 1,). Returns shape (k,). Weighted nearest neighbours after Dudani (1976).
    """
    if len(closeness) < 2:
        return np.ones(len(closeness), dtype=np.float32)
    reach = float(closeness[0] - closeness[-1])
    if reach <= 0:
        return np.ones(len(closeness) - 1, dtype=np.float32)
    return np.asarray((closeness[:-1] - closeness[-1]) / reach, dtype=np.float32)


def prior_of(likeness: Floats) -> Floats:
    """Shares of the values by how well their words fit the picture: a softmax, in standard deviations of this vocabulary.

    `likeness`: cosines of the picture and each value's words. Returns the same shape, summing to 1.
    """
    spread = float(likeness.std())
    scaled = (likeness - likeness.max()) / spread if spread > 1e-6 else np.zeros_like(likeness)
    shares = np.exp(scaled)
    return np.asarray(shares / shares.sum(), dtype=np.float32)


def confidences(
    votes: Sequence[Sequence[str]], weights: Floats, vocabulary: Sequence[str], prior: Floats
) -> Mapping[str, float]:
    """The probability of each value of the vocabulary.

    `votes`: the values that each neighbour has, several or none; who has none speaks against all. `prior`: shares that
    sum to 1 and count for PSEUDO_VOTES.
    """
    places = {value: place for place, value in enumerate(vocabulary)}
    counted = PSEUDO_VOTES * np.asarray(prior, dtype=np.float64)
    for values, weight in zip(votes, weights, strict=True):
        for value in set(values):
            if value in places:
                counted[places[value]] += float(weight)
    total = float(weights.sum()) + PSEUDO_VOTES
    return dict(zip(vocabulary, (counted / total).tolist(), strict=True))


def spoken(value: str) -> str:
    """A value as somebody would say it: of a path the last step, without signs between words."""
    last = re.split(r"\s*[/>|]\s*", value.strip().rstrip("/>| "))[-1]
    return re.sub(r"[_\-]+", " ", last).strip() or value
