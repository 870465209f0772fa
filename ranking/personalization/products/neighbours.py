"""Products that the same shoppers like: the cosine of their likers, damped for products that few like."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

KEPT = 64
_DAMPING = 5.0  # as if five strangers liked each product: two products of one liker each are not twins
_BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The closest products of each product, closest first.

    `places`: int32, shape (products, kept), -1 where there are no more. `closeness`: float32, same shape, 0 there.
    """

    places: NDArray[np.int32]
    closeness: NDArray[np.float32]


def nearest_by_likers(liked: sp.csr_matrix, *, kept: int = KEPT) -> Neighbours:
    """Item-item cosine: Σ_u x_ui·x_uj / √((d_i + 5)·(d_j + 5)) with d_i = Σ_u x_ui.

    `liked`: shape (shoppers, products), x in (0, 1]. See Sarwar et al. 2001, "Item-based collaborative filtering".
    Works in blocks of products, so that the whole product × product matrix is never held.
    """
    products = liked.shape[1]
    places = np.full((products, kept), -1, dtype=np.int32)
    closeness = np.zeros((products, kept), dtype=np.float32)
    degree = np.asarray(liked.sum(axis=0), dtype=np.float64).ravel()
    scaled = sp.csc_matrix(liked @ sp.diags(1.0 / np.sqrt(degree + _DAMPING)))
    transposed = sp.csr_matrix(scaled.T)
    for start in range(0, products, _BLOCK):
        block = sp.csr_matrix(transposed[start : start + _BLOCK] @ scaled)
        for row in range(block.shape[0]):
            _keep_best(block, row, start + row, places=places, closeness=closeness)
    return Neighbours(places, closeness)


def _keep_best(
    block: sp.csr_matrix, row: int, product: int, *, places: NDArray[np.int32], closeness: NDArray[np.float32]
) -> None:
    columns = block.indices[block.indptr[row] : block.indptr[row + 1]]
    values = block.data[block.indptr[row] : block.indptr[row + 1]]
    others = columns != product
    columns, values = columns[others], values[others]
    kept = places.shape[1]
    if values.size > kept:
        best = np.argpartition(-values, kept)[:kept]
        columns, values = columns[best], values[best]
    order = np.lexsort((columns, -values))
    places[product, : order.size] = columns[order]
    closeness[product, : order.size] = values[order]
