"""What a product is worth to everybody, by what it was chosen over: places, searches and what stood beside it cancel out."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ranking.behaviour.choices.considered import Considered, Floats, Longs
from ranking.behaviour.choices.effects import learn_effects

MOST_LISTS: Final = 40_000  # the newest: more make nothing surer that is shown often, and cost every pass


def learn_worths(lists: Considered, groups: Sequence[NDArray[np.int64]], products: int) -> Floats:
    """The log-worth of each product, shape (products,): exp(difference) is how much more often one is chosen than another.

    A product's worth is its own effect and those of its groups, each as far as the evidence goes: `groups` from narrow to wide
    (variants of one product, brand), a group number for each product, -1 for none. 0 where nothing is known.
    """
    latest = newest(lists, MOST_LISTS)
    belongs, family = _belonging(groups, products)
    if not len(latest):
        return np.zeros(products)
    effects = learn_effects(latest, belongs[latest.product], family, len(groups) + 1)
    return np.asarray(belongs @ effects.values, dtype=np.float64)


def newest(lists: Considered, most: int) -> Considered:
    """The lists of the latest deeds."""
    if lists.lists <= most:
        return lists
    keep = np.zeros(lists.lists, dtype=np.bool_)
    keep[np.argsort(-lists.at, kind="stable")[:most]] = True
    return lists.part(keep)


def _belonging(groups: Sequence[Longs], products: int) -> tuple[sp.csr_matrix, Longs]:
    """Which effects each product has: its own, and one of each of its groups; and the family of each effect."""
    numbers = np.arange(products)
    rows, columns, families, width = [numbers], [numbers], [np.zeros(products, np.int64)], products
    for level, of in enumerate(groups, start=1):
        member = np.flatnonzero(of >= 0)
        count = int(of.max(initial=-1)) + 1
        rows.append(member)
        columns.append(of[member] + width)
        families.append(np.full(count, level, np.int64))
        width += count
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sp.csr_matrix((np.ones(row.size), (row, column)), shape=(products, width)), np.concatenate(families)
