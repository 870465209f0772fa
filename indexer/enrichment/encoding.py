"""Encoding a batch in which some items may be poison: halve it until each bad one stands alone."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from encoders.encoder import Vectors
from mappings.ledger import Vector

Item = TypeVar("Item")

_log = logging.getLogger(__name__)


def encode_each(encode: Callable[[Sequence[Item]], Vectors], items: Sequence[Item]) -> list[Vector | str]:
    """One unit vector per item, in order, or the reason why that item has none.

    A batch that fails is halved and tried again, so n items with one bad among them cost about 2·log2(n) calls more.
    """
    if not items:
        return []
    try:
        vectors = np.ascontiguousarray(encode(items), dtype=np.float32)
        if vectors.shape[0] != len(items):
            raise ValueError(f"the encoder gave {vectors.shape[0]} vectors for {len(items)} items")
    except Exception as error:  # noqa: BLE001  an encoder is foreign code: whatever it raises concerns this batch only
        if len(items) == 1:
            return [f"the encoder fails on it: {error or type(error).__name__}"]
        _log.info("a batch of %d cannot be encoded (%s); halving it", len(items), type(error).__name__)
        middle = len(items) // 2
        return [*encode_each(encode, items[:middle]), *encode_each(encode, items[middle:])]
    usable = [bool(np.isfinite(row).all()) for row in vectors]
    return [
        row if good else "the encoder gave a vector with NaN or infinity"
        for row, good in zip(vectors, usable, strict=True)
    ]
