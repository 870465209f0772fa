"""What goes together: how often two products were met by the same visit, basket or person, and each product's neighbours.

One count serves co-views, co-purchases and neighbours for recommendations and personal features.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ranking.behaviour.aggregates.columns import EventColumns, Floats, Longs
from ranking.behaviour.aggregates.grouping import combined
from ranking.behaviour.event import SECONDS_A_DAY, Action

MOST_NEIGHBOURS: Final = 50
LARGEST_GROUP: Final = 100  # pairs grow with the square: beyond this, a group's latest products stand for it
DOUBT: Final = 3.0  # pairs seen no more often than this are believed by half or less


@dataclass(frozen=True, slots=True)
class Together:
    """Pairs of products. `counts`: (size, size), symmetric, zero diagonal: faded number of groups that hold both.
    `single`: shape (size,), faded number of groups that hold the product.
    """

    counts: csr_array
    single: Floats

    def neighbours(self, *, most: int = MOST_NEIGHBOURS) -> "Neighbours":
        """The strongest of each product, by cosine · n / (n + 3) for n common groups: likely and often, not rare by chance."""
        pairs = self.counts.tocoo()
        rows, columns = np.asarray(pairs.row, np.int64), np.asarray(pairs.col, np.int64)
        count = np.asarray(pairs.data, np.float64)
        strength = count / np.sqrt(self.single[rows] * self.single[columns]) * count / (count + DOUBT)
        order = np.lexsort((columns, -strength, rows))
        rows, columns, strength, count = rows[order], columns[order], strength[order], count[order]
        begin = np.searchsorted(rows, np.arange(self.single.size + 1))
        kept = np.arange(rows.size) - begin[rows] < most
        begin = np.searchsorted(rows[kept], np.arange(self.single.size + 1))
        return Neighbours(begin, columns[kept], strength[kept], count[kept])


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Neighbours of product i, strongest first: places begin[i] to begin[i + 1] of `product`, `strength` (0 to 1) and
    `count` (faded common groups).
    """

    begin: Longs
    product: Longs
    strength: Floats
    count: Floats

    def of(self, product: int) -> tuple[Longs, Floats]:
        """Neighbours of one product and their strengths."""
        places = slice(int(self.begin[product]), int(self.begin[product + 1]))
        return self.product[places], self.strength[places]


def together(
    groups: Longs,
    products: NDArray[np.int32] | Longs,
    at: Floats,
    *,
    size: int,
    now: float,
    half_life_days: float = 90.0,
) -> Together:
    """Count pairs within groups (visits, baskets, persons; 0 is no group). Each product counts once a group.

    `groups`, `products`, `at`: shape (n,), `products` below `size` or −1 for none; later than `now` is left out. A group
    fades with the age of its last event. Order of the rows does not matter.
    """
    inside = (groups != 0) & (at <= now) & (products >= 0)
    group, member, when = _distinct(groups[inside], products[inside].astype(np.int64), at[inside])
    _, group = np.unique(group, return_inverse=True)
    count = int(group.max()) + 1 if group.size else 0
    last = np.full(count, -np.inf)
    np.maximum.at(last, group, when)
    kept = _latest_of_each(group, member, when)
    fade = np.exp2((last - now) / (half_life_days * SECONDS_A_DAY))
    held = csr_array((np.sqrt(fade[group[kept]]), (group[kept], member[kept])), shape=(count, size))
    counts = csr_array(held.T @ held)
    single = np.asarray(counts.diagonal(), dtype=np.float64)
    counts.setdiag(0.0)
    counts.eliminate_zeros()
    return Together(counts, single)


def viewed_together(events: EventColumns, *, now: float) -> Together:
    """Products that the same visit looked at, put into the cart or bought."""
    seen = events.of(Action.VIEW, Action.CLICK, Action.ADD_TO_CART, Action.PURCHASE)
    return together(seen.visit, seen.product, seen.at, size=len(events.products), now=now)


def bought_together(events: EventColumns, *, now: float) -> Together:
    """Products that the same visit bought."""
    sold = events.of(Action.PURCHASE)
    return together(sold.visit, sold.product, sold.at, size=len(events.products), now=now, half_life_days=180.0)


def _distinct(groups: Longs, products: Longs, at: Floats) -> tuple[Longs, Longs, Floats]:
    """Each product once a group, with its latest time."""
    _, first, of = np.unique(combined(groups, products), return_index=True, return_inverse=True)
    when = np.full(first.size, -np.inf)
    np.maximum.at(when, of, at)
    return groups[first], products[first], when


def _latest_of_each(group: Longs, product: Longs, when: Floats) -> NDArray[np.bool_]:
    """Whether a row is among its group's latest; equal times are settled by the product's number."""
    order = np.lexsort((product, -when, group))
    begin = np.searchsorted(group[order], np.arange(int(group.max()) + 2 if group.size else 1))
    kept = np.zeros(group.size, dtype=np.bool_)
    kept[order] = np.arange(group.size) - begin[group[order]] < LARGEST_GROUP
    return kept
