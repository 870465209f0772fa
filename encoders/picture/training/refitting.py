"""After training: the way from trunk to words once more, in closed form.

A head trained by softmax over captions gives every picture to a caption it knows, and a name that it never met is hardly
ever given. A linear map from the trunk to the captions' own vectors, by ridge regression, keeps to directions that many
captions share (Romera-Paredes and Torr 2015) and names unknown things more often, known ones a little less often.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_PENALTY = 1 / 30  # as a share of the pictures' weight, for a trunk of unit variance


def refit_meaning(tensors: Mapping[str, Floats], trunk: Floats, said: Floats, weights: Floats) -> dict[str, Floats]:
    """The tensors with the head `meaning` fitted anew.

    `trunk` (n, 512) of training pictures, `said` (n, 384) the mean vector of each one's captions, `weights` (n,) how much
    each counts. The head has two layers with a ReLU between: trunk is never negative, so the first becomes the identity.
    """
    shares = weights / weights.sum()
    mean, target = shares @ trunk, shares @ said
    spread = np.sqrt(shares @ (trunk - mean) ** 2) + 1e-3
    even = (trunk - mean) / spread
    heavy = even * shares[:, None]
    width = trunk.shape[1]
    found = np.linalg.solve(heavy.T @ even + _PENALTY * np.eye(width), heavy.T @ (said - target)) / spread[:, None]
    head = {
        "meaning.0.weight": np.eye(width),
        "meaning.0.bias": np.zeros(width),
        "meaning.2.weight": found.T,
        "meaning.2.bias": -mean @ found,
    }
    return {**tensors, **{name: np.ascontiguousarray(values, dtype=np.float32) for name, values in head.items()}}
