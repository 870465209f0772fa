"""Vectors of hundreds of numbers as a few dozen: the directions in which a catalogue's products differ most."""

import numpy as np
from numpy.typing import NDArray

_SAMPLE = 20_000
Floats = NDArray[np.float32]


def reduced(vectors: Floats, dimensions: int, *, seed: int = 0) -> Floats:
    """Centred on the mean product and turned to the principal directions; unit rows of `dimensions` columns.

    `vectors`: float32, shape (products, any), rows of NaN where a product has none, which stay NaN. Directions come from at
    most 20,000 products. What all products share says nothing of taste: hence the centring.
    """
    found = np.full((vectors.shape[0], dimensions), np.nan, dtype=np.float32)
    there = np.flatnonzero(~np.isnan(vectors).any(axis=1))
    if there.size == 0:
        return found
    rng = np.random.default_rng(seed)
    sample = there if there.size <= _SAMPLE else rng.choice(there, size=_SAMPLE, replace=False)
    centre = vectors[sample].mean(axis=0)
    spread = vectors[sample] - centre
    _, directions = np.linalg.eigh(spread.T @ spread)  # ascending
    kept = directions[:, ::-1][:, :dimensions]
    turned = (vectors[there] - centre) @ kept
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    unit = np.divide(turned, lengths, out=np.zeros_like(turned), where=lengths > 1e-6)
    found[there] = 0.0
    found[there, : kept.shape[1]] = unit
    return found
