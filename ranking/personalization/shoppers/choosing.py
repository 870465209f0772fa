"""How a shopper chooses among things of a kind: effects of brand, colour, price and the like on what they take.

Affinities say what somebody had much to do with, which is also what they happened to need. Here only choices count, of things of
one category that were considered together, beyond what everybody would have chosen (the products' worths): see
ranking.behaviour.choices.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ranking.behaviour.choices.considered import Considered
from ranking.behaviour.choices.effects import SPREADS as TRIED
from ranking.behaviour.choices.effects import fit_effects, learn_effects
from ranking.behaviour.choices.worths import newest
from ranking.personalization.keys import Keys, places_of
from ranking.personalization.products.rows import TasteRows

CHOOSERS: Final = ("brand", "colour", "attributes")  # the families of values that are chosen by
PRICE: Final = len(CHOOSERS)  # the family of the one effect of the logarithm of the price
FAMILY_COUNT: Final = len(CHOOSERS) + 1
LISTS_OF_ONE: Final = 300  # the newest
LISTS_OF_ALL: Final = 40_000  # to learn from how much people differ
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Choosing:
    """`keys`: of values, sorted; `effects`: of each on the log-odds of being chosen; `price`: of 1 more in its logarithm."""

    keys: Keys = field(default_factory=lambda: np.empty(0, dtype=np.uint32))
    effects: Floats = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    price: float = 0.0

    def of(self, rows: TasteRows) -> Floats:
        """The log-odds that all effects give each product against the mean of these, shape (products,); NaN without choices."""
        if self.keys.size == 0:
            return np.full(rows.size, np.nan, dtype=np.float32)
        values = np.hstack([rows[family] for family in CHOOSERS])
        wanted, known = places_of(values, self.keys)
        sums = np.zeros(rows.size)  # bincount of nothing gives whole numbers
        sums += np.bincount(wanted // values.shape[1], weights=self.effects[known], minlength=rows.size)
        sums += self.price * _dearer(rows["log_price"], np.zeros(rows.size, np.int64), 1)
        return np.asarray(sums - sums.mean(), dtype=np.float32)


def learn_spread(lists: Considered, rows: TasteRows) -> NDArray[np.float64]:
    """How much people differ in each family, shape (FAMILY_COUNT,): the variances of their effects."""
    some = newest(lists.of_a_kind(rows["category"][:, 0]), LISTS_OF_ALL)
    if not len(some):
        return np.full(FAMILY_COUNT, TRIED[0])
    traits, _, family = _traits(some, rows)
    return learn_effects(
        some, traits, family, FAMILY_COUNT, offset=rows["worth"][some.product].astype(np.float64)
    ).spread


def choosing_of(
    lists: Considered, rows: TasteRows, spread: NDArray[np.float64], *, people: int = 1
) -> tuple[Choosing, ...]:
    """How each of `people` chooses; `lists.person` numbers them from 0, `lists.product` the rows."""
    lists = lists.of_a_kind(rows["category"][:, 0])
    if not len(lists):
        return (Choosing(),) * people
    traits, columns, family = _traits(lists, rows)
    offset = rows["worth"][lists.product].astype(np.float64)
    values = fit_effects(lists, traits, family, spread, offset=offset).values
    person, key = columns >> np.uint64(32), (columns & np.uint64(0xFFFF_FFFF)).astype(np.uint32)
    ends = np.searchsorted(person, np.arange(people + 1, dtype=np.uint64))
    return tuple(_one(key[a:b], values[a:b]) for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))


def _one(keys: Keys, values: NDArray[np.float64]) -> Choosing:
    """Key 0, which is no value's, is that of the price; it comes first where it is."""
    if keys.size == 0:
        return Choosing()
    has_price = keys[0] == 0
    first = int(has_price)
    return Choosing(keys[first:], values[first:].astype(np.float32), float(values[0]) if has_price else 0.0)


def _traits(lists: Considered, rows: TasteRows) -> tuple[sp.csr_matrix, NDArray[np.uint64], NDArray[np.int64]]:
    """What each considered product has, a column for each person and value: the matrix, the columns' numbers (person and
    key, sorted) and their families."""
    person = lists.person[lists.of].astype(np.uint64) << np.uint64(32)
    entries, numbers, weights, families = [], [], [], []
    for family, name in enumerate(CHOOSERS):
        keys = rows[name][lists.product]
        row, slot = np.nonzero(keys)
        entries.append(row)
        numbers.append(person[row] | keys[row, slot].astype(np.uint64))
        weights.append(np.ones(row.size))
        families.append(np.full(row.size, family, np.int64))
    entries.append(np.arange(len(lists)))
    numbers.append(person)
    weights.append(_dearer(rows["log_price"][lists.product], lists.of, lists.lists))
    families.append(np.full(len(lists), PRICE, np.int64))
    columns, first, of = np.unique(np.concatenate(numbers), return_index=True, return_inverse=True)
    matrix = sp.csr_matrix((np.concatenate(weights), (np.concatenate(entries), of)), shape=(len(lists), columns.size))
    return matrix, columns, np.concatenate(families)[first]


def _dearer(log_price: Floats, of: NDArray[np.int64], lists: int) -> NDArray[np.float64]:
    """By how much each is dearer than the mean of its list, in logarithms; 0 where the price is unknown."""
    known = ~np.isnan(log_price)
    prices = np.where(known, log_price, 0.0).astype(np.float64)
    count = np.maximum(np.bincount(of, weights=known, minlength=lists), 1.0)
    mean = np.bincount(of, weights=prices, minlength=lists) / count
    return np.where(known, prices - mean[of], 0.0)
