"""From one vector a token to one vector a text."""

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import Vectors


def pool(hidden: NDArray[np.float32], mask: NDArray[np.int64], *, how: str) -> Vectors:
    """`hidden` (texts, tokens, width) and `mask` (texts, tokens) to (texts, width).

    `how`: mean over the tokens that are there, cls the first, last the last one that is there. A model's own
    pooler gives one token, which cls takes.
    """
    if how == "mean":
        weights = mask.astype(np.float32)
        total = np.einsum("bsh,bs->bh", hidden, weights)
        return np.asarray(total / np.maximum(weights.sum(axis=1, keepdims=True), 1.0), dtype=np.float32)
    if how == "last":
        last = mask.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)
        return np.asarray(hidden[np.arange(len(hidden)), last], dtype=np.float32)
    return np.asarray(hidden[:, 0], dtype=np.float32)


def unit_rows(vectors: NDArray[np.float32]) -> Vectors:
    """Rows of length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
