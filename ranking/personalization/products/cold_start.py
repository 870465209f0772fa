"""New products borrow from products whose vectors lie near: what few or none have tried is lent by those like it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LENDERS = 10
LENT_EVIDENCE = 3.0  # as much as three likers of one's own
_BLOCK = 512
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lenders:
    """For each borrower: `places` of its lenders, int64 of shape (borrowers, lenders), and their `weights`, rows sum to 1."""

    borrowers: NDArray[np.int64]
    places: NDArray[np.int64]
    weights: Floats


def find_lenders(vectors: Floats, evidence: Floats, *, least: float = LENT_EVIDENCE, lenders: int = LENDERS) -> Lenders:
    """The nearest proven products of every product with less than `least` evidence.

    `vectors`: float32, shape (products, dimensions), rows of NaN without a vector; `evidence`: how much each has been
    tried, shape (products,). Weights fall with the cosine; lenders of no likeness (cosine ≤ 0) lend nothing.
    """
    has = ~np.isnan(vectors).any(axis=1) if vectors.shape[1] else np.zeros(len(evidence), dtype=bool)
    proven, borrowers = np.flatnonzero(has & (evidence >= least)), np.flatnonzero(has & (evidence < least))
    count = min(lenders, proven.size)
    if count == 0 or borrowers.size == 0:
        return Lenders(np.empty(0, np.int64), np.empty((0, 0), np.int64), np.empty((0, 0), np.float32))
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    places = np.empty((borrowers.size, count), dtype=np.int64)
    weights = np.empty((borrowers.size, count), dtype=np.float32)
    for start in range(0, borrowers.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        cosines = unit[borrowers[part]] @ unit[proven].T
        best = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        weights[part] = np.maximum(np.take_along_axis(cosines, best, axis=1), 0.0)
        places[part] = proven[best]
    sums = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0)
    return Lenders(borrowers, places, weights)


def lend(values: Floats, evidence: Floats, lenders: Lenders, *, strength: float = LENT_EVIDENCE) -> Floats:
    """`values` with the borrowers' rows drawn towards their lenders': (n·own + m·lent) / (n + m).

    `values`: shape (products,) or (products, columns): rates, factors, whatever can be averaged. Borrowers whose lenders
    weigh nothing keep their own.
    """
    found = values.astype(np.float32, copy=True)
    if lenders.borrowers.size == 0:
        return found
    lent = np.einsum("bl,bl...->b...", lenders.weights, values[lenders.places])
    own = np.asarray(evidence, dtype=np.float32)[lenders.borrowers]
    trusted = np.where(lenders.weights.sum(axis=1) > 0, np.float32(strength), np.float32(0.0))
    share = np.divide(trusted, own + trusted, out=np.zeros_like(trusted), where=own + trusted > 0)
    share = share.reshape((-1,) + (1,) * (values.ndim - 1))
    found[lenders.borrowers] = (1.0 - share) * values[lenders.borrowers] + share * lent
    return found
