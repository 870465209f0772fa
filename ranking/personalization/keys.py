"""Short keys: products, attribute values and words as unsigned 32-bit numbers, so that many are compared at once.

A key is the first four bytes of a BLAKE2b hash. Two of a shopper's thousand products meet a given third one by chance once
in four million lookups, which costs that product a slightly wrong feature and nothing else. 0 stands for "none".
"""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint32]
NONE = 0
_TABLE_BITS = 0x3FFF


def key_of(text: str) -> int:
    """The key of a text; never 0."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little") or 1


def product_key(product: str) -> int:
    """The key of a product's id."""
    return key_of(product)


def value_key(family: str, value: str) -> int:
    """The key of an attribute's value: equal words of two families have two keys."""
    return key_of(f"{family}\x1f{value}")


def product_keys(products: Iterable[str]) -> Keys:
    """The keys of products, shape (products,)."""
    return np.array([product_key(product) for product in products], dtype=np.uint32)


def places_of(wanted: Keys, known: Keys) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where wanted keys are known: flat places in `wanted` (any shape) and for each its place in `known`.

    `known`: sorted, without repeats. A table over the last 14 bits passes over most strangers before the search.
    """
    if known.size == 0 or wanted.size == 0:
        empty = np.empty(0, dtype=np.intp)
        return empty, empty
    flat = wanted.ravel()
    table = np.zeros(_TABLE_BITS + 1, dtype=bool)
    table[known & _TABLE_BITS] = True
    maybe = table[flat & _TABLE_BITS].nonzero()[0]
    keys = flat[maybe]
    found = known.searchsorted(keys)
    found[found == known.size] = 0  # above all that is known
    same = known[found] == keys
    return maybe[same], found[same]
