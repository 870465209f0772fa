"""A feature is declared once, for training and for serving: its name, what it depends on and where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


class Scope(StrEnum):
    """What a feature's value depends on."""

    QUERY = "query"
    PRODUCT = "product"
    QUERY_PRODUCT = "query_product"
    SHOPPER = "shopper"
    SHOPPER_PRODUCT = "shopper_product"


class Source(StrEnum):
    """Where its value is read: a named clause of the feature query, the fused retrieval, the query itself,
    the packed rows, the shopper's profile, or the other columns of the same candidates."""

    ENGINE = "engine"
    RETRIEVAL = "retrieval"
    QUERY = "query"
    BEHAVIOUR = "behaviour"
    PROFILE = "profile"
    CANDIDATES = "candidates"


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the matrix. Absent is NaN, never zero. `monotone` is +1 or -1 where more may only help or harm.

    `words` is a short phrase for the explanation a person reads ("all words in the title"). `field` is the catalogue's
    own name of the field it reads, where it reads one.
    """

    name: str
    scope: Scope
    source: Source
    words: str
    monotone: int = 0
    field: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """`values`: float32, shape (products, features), NaN where absent; columns in the order of `names`."""

    names: tuple[str, ...]
    values: NDArray[np.float32]

    def select(self, names: Sequence[str]) -> "FeatureMatrix":
        """The same rows with these columns, in this order; a name that is not here gives a column of NaN."""
        wanted = tuple(names)
        columns = np.full((self.values.shape[0], len(wanted)), np.nan, dtype=np.float32)
        to, from_ = shared_columns(wanted, self.names)
        columns[:, to] = self.values[:, from_]
        return FeatureMatrix(wanted, columns)


@lru_cache(maxsize=256)
def shared_columns(to: tuple[str, ...], from_: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the names of `from_` stand in `to`, and where in `from_`; names that `to` lacks are left out.

    Kept, because the same pairs of tables meet with every search.
    """
    place = {name: i for i, name in enumerate(to)}
    pairs = [(place[name], i) for i, name in enumerate(from_) if name in place]
    columns = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return columns[:, 0].copy(), columns[:, 1].copy()
