"""Batches of texts of similar length: padding is work thrown away."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

TOKEN_BUDGET = 1024  # small enough that a batch's activations stay in the cache of a core


def batches_by_length(lengths: Sequence[int], *, budget: int = TOKEN_BUDGET) -> Iterator[list[int]]:
    """Positions of the texts, shortest first, in batches whose padded size stays within `budget` tokens.

    A text longer than the budget makes a batch of its own.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[position] > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def pad(rows: Sequence[Sequence[int]], *, filler: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and mask, both shape (len(rows), longest row)."""
    longest = max(1, max(len(row) for row in rows))
    ids = np.full((len(rows), longest), filler, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
