"""Factors of products and shoppers from what was liked: a truncated singular value decomposition of the scaled matrix.

X̂ = D_u^(-1/2) · X · D_i^(-1/2) ≈ U·S·Vᵀ with D the sums of rows and columns of X. A shopper's factors are x̂_u·V, which for a
shopper of the training equals U·S ("folding in", Deerwester et al. 1990), so that new shoppers and new actions need no
new decomposition.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import svds

FACTORS = 48
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Factors:
    """`products`: float32, shape (products, factors), columns of zeros where the data has fewer. `scale`: D_i^(-1/2)."""

    products: Floats
    scale: Floats


def learn_factors(liked: sp.csr_matrix, *, factors: int = FACTORS, seed: int = 0) -> Factors:
    """Factors of `liked`, shape (shoppers, products). Equal data and seed give equal factors; signs are fixed, too."""
    products = liked.shape[1]
    degree = np.asarray(liked.sum(axis=0), dtype=np.float64).ravel()
    scale = np.where(degree > 0, 1.0 / np.sqrt(np.maximum(degree, 1.0)), 0.0)
    found = np.zeros((products, factors), dtype=np.float32)
    rank = min(factors, min(liked.shape) - 1)
    if rank >= 1 and liked.nnz > 0:
        activity = np.asarray(liked.sum(axis=1), dtype=np.float64).ravel()
        scaled = sp.diags(1.0 / np.sqrt(np.maximum(activity, 1.0))) @ liked @ sp.diags(scale)
        _, strengths, right = svds(sp.csc_matrix(scaled), k=rank, rng=np.random.default_rng(seed))
        order = np.argsort(-strengths)
        vectors = right[order].T
        signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(rank)])
        found[:, :rank] = vectors * np.where(signs == 0, 1, signs)
    return Factors(found, scale.astype(np.float32))


def fold_in(liked: Floats, products: Floats, scale: Floats) -> Floats:
    """The factors of a shopper who likes these products. `liked`: shape (own,); `products`, `scale`: their rows."""
    total = max(float(liked.sum()), 1.0)
    folded: Floats = ((liked * scale) @ products / np.float32(np.sqrt(total))).astype(np.float32)
    return folded
