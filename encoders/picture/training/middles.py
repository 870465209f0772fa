"""What a network learnt from in a few vectors: the middles of groups of its training pictures' meanings."""

import numpy as np
from numpy.typing import NDArray

from encoders.text.pooling import unit_rows

Floats = NDArray[np.float32]
_MOST = 512
_PICTURES_EACH = 10  # on average; fewer groups where there are fewer pictures
_ROUNDS = 12


def find_middles(meanings: Floats, *, seed: int = 0) -> NDArray[np.int8]:
    """Spherical k-means (Dhillon and Modha 2001) of rows of length 1, as int8 (middles, width) of 127 times length 1."""
    randomness = np.random.default_rng(seed)
    count = max(1, min(_MOST, len(meanings) // _PICTURES_EACH))
    middles = meanings[randomness.choice(len(meanings), count, replace=False)]
    for _ in range(_ROUNDS):
        nearest = (meanings @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, nearest, meanings)
        is_empty = ~np.isin(np.arange(count), nearest)
        sums[is_empty] = meanings[randomness.choice(len(meanings), int(is_empty.sum()))]
        middles = unit_rows(sums)
    return np.asarray(np.round(middles * 127), dtype=np.int8)
