"""What was considered: of a list in which something was chosen, the products down to the one after the last choice.

A shopper who clicked a place has looked at those above it and most often at the next (Joachims, Granka, Pan, Hembrooke, Gay,
SIGIR 2005). What stands lower may never have been seen, and says nothing; so no guess at places is needed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.grouping import combined
from ranking.behaviour.event import SECONDS_A_DAY

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sights:
    """n products that were seen or acted on in searches, in any order and with repetitions; all of shape (n,).

    `search`, `person`: numbers; `product`: number from 0; `position` from 1, 0 unknown; `interest`: as INTEREST gives it, 0 for
    seen; `at`: seconds since 1970. Repetitions count once, at their strongest.
    """

    search: Longs
    person: Longs
    product: Longs
    position: Longs
    interest: Floats
    at: Floats

    def where(self, rows: NDArray[np.bool_] | Longs) -> "Sights":
        """These alone."""
        return Sights(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Considered:
    """n products in lists that somebody chose from, those of one list side by side, each product once.

    `begin`: where each list begins, shape (lists,). `product`: shape (n,). `chosen`: how much choosing it says, 0 for
    passed over. `person`, `at`: shape (lists,), the chooser's number and the time of the last deed.
    """

    begin: Longs
    product: Longs
    chosen: Floats
    person: Longs
    at: Floats

    def __len__(self) -> int:
        return int(self.product.size)

    @property
    def lists(self) -> int:
        return int(self.begin.size)

    @property
    def of(self) -> Longs:
        """The number of each product's list, shape (n,)."""
        return np.repeat(np.arange(self.lists), np.diff(self.begin, append=len(self)))

    def part(self, keep: NDArray[np.bool_]) -> "Considered":
        """Some of the lists, by a flag for each."""
        of = self.of
        rows = keep[of]
        begin = np.flatnonzero(np.diff(of[rows], prepend=-1))
        return Considered(begin, self.product[rows], self.chosen[rows], self.person[keep], self.at[keep])

    def of_a_kind(self, kinds: NDArray[np.integer]) -> "Considered":
        """Of each list what is of the same kind as something chosen; `kinds`: of every product, 0 for none.

        What else stood there was passed over for being something else, not for what it is like.
        """
        of, chosen = self.of, self.chosen > 0
        kind = combined(of, kinds[self.product])
        alike = np.isin(kind, kind[chosen])
        passed_over = np.bincount(of, weights=alike & ~chosen, minlength=self.lists) > 0
        rows = alike & passed_over[of]
        begin = np.flatnonzero(np.diff(of[rows], prepend=-1))
        kept = of[rows][begin]
        return Considered(begin, self.product[rows], self.chosen[rows], self.person[kept], self.at[kept])

    def before(self, moment: float) -> "Considered":
        """The lists whose last deed was before a moment."""
        return self.part(self.at < moment) if (self.at >= moment).any() else self

    def latest_of_each(self, most: int) -> "Considered":
        """At most so many lists of each person, the newest."""
        order = np.lexsort((-self.at, self.person))
        person = self.person[order]
        rank = np.arange(order.size) - np.searchsorted(person, person)
        keep = np.zeros(order.size, dtype=np.bool_)
        keep[order[rank < most]] = True
        return self if keep.all() else self.part(keep)

    def fading(self, *, half_life_days: float, now: float) -> "Considered":
        """The same with choices of long ago saying less."""
        faded = np.exp2(np.minimum(0.0, self.at - now) / (half_life_days * SECONDS_A_DAY))
        return Considered(self.begin, self.product, self.chosen * faded[self.of], self.person, self.at)


def considered(sights: Sights) -> Considered:
    """The lists that hold a choice and something it was preferred to, in the order of their searches' numbers.

    A product counts at its highest place. What has no place counts where it was chosen. Choosing says the square root of its
    interest: a purchase, six clicks' worth of interest, is no six choices.
    """
    order = np.lexsort((sights.product, sights.search))
    known = sights.where(order)
    new_list = np.diff(known.search, prepend=-1 if not known.search.size else known.search[0] - 1) != 0
    starts = np.flatnonzero(new_list | (np.diff(known.product, prepend=-1) != 0))
    if starts.size == 0:
        nothing = np.empty(0)
        none = np.empty(0, dtype=np.int64)
        return Considered(none, none, nothing, none, nothing)
    search, product, person = known.search[starts], known.product[starts], known.person[starts]
    interest = np.maximum.reduceat(known.interest, starts)
    place = np.minimum.reduceat(np.where(known.position > 0, known.position, np.iinfo(np.int64).max), starts)
    last_at = np.maximum.reduceat(known.at, starts)
    _, of = np.unique(search, return_inverse=True)
    deepest = np.zeros(int(of.max()) + 1)
    np.maximum.at(deepest, of, np.where((interest > 0) & (place < np.iinfo(np.int64).max), place, 0))
    kept = (interest > 0) | ((interest == 0) & (place <= deepest[of] + 1))
    has_choice = np.bincount(of, weights=interest > 0, minlength=deepest.size) > 0
    passed_over = np.bincount(of, weights=kept & (interest <= 0), minlength=deepest.size) > 0
    kept &= (has_choice & passed_over)[of]
    begin = np.flatnonzero(np.diff(of[kept], prepend=-1))
    at = np.full(deepest.size, -np.inf)
    np.maximum.at(at, of, last_at)
    lists = of[kept][begin]
    return Considered(begin, product[kept], np.sqrt(np.maximum(interest[kept], 0.0)), person[kept][begin], at[lists])
