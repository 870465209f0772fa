"""What was really seen: a product once a search, at a place, clicked or not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.columns import CODE, EventColumns, Floats, Longs
from ranking.behaviour.aggregates.grouping import grouped
from ranking.behaviour.event import SECONDS_A_DAY, Action

SEARCHES_A_DAY_BY_PERSON = 300.0  # products seen, beyond which a person weighs no more


@dataclass(frozen=True, slots=True)
class Exposures:
    """n products seen. `product`, `query`: numbers as in the events. `position`: from 1, 0 unknown. `clicked`: bool.
    `weight`: the same product seen again by the same person for the same words on the same day weighs one together.
    """

    product: Longs
    query: Longs
    position: Longs
    at: Floats
    clicked: NDArray[np.bool_]
    weight: Floats

    def __len__(self) -> int:
        return int(self.at.size)

    @property
    def clicks(self) -> Floats:
        """Weight where clicked, 0 elsewhere."""
        return np.where(self.clicked, self.weight, 0.0)

    def fading(self, *, half_life_days: float, now: float) -> "Exposures":
        """The same with old ones weighing less."""
        faded = self.weight * np.exp2((self.at - now) / (half_life_days * SECONDS_A_DAY))
        return Exposures(self.product, self.query, self.position, self.at, self.clicked, faded)


def exposures(events: EventColumns) -> Exposures:
    """The products seen in searches. A click proves that its product was seen, with or without an impression.

    The place is the deepest that was reported, the time the first. Events without a search are none.
    """
    is_click = events.action == CODE[Action.CLICK]
    seen = events.where(((events.action == CODE[Action.IMPRESSION]) | is_click) & (events.search != 0))
    groups = grouped(seen.search, seen.product)
    clicked = groups.most((seen.action == CODE[Action.CLICK]).astype(np.float64)) > 0
    query = groups.most(seen.query.astype(np.float64)).astype(np.int64)
    at = groups.least(seen.at)
    first = np.zeros(groups.count, dtype=np.int64)
    first[groups.of] = np.arange(len(seen))
    product, person = seen.product[first].astype(np.int64), _person(seen.person, groups.of, groups.count)
    day = np.floor(at / SECONDS_A_DAY).astype(np.int64)
    again = grouped(person, product, query, day)
    weight = 1.0 / again.sums()[again.of]
    whole = grouped(person, day)
    weight = weight * np.minimum(1.0, SEARCHES_A_DAY_BY_PERSON / whole.sums(weight)[whole.of])
    position = groups.most(seen.position.astype(np.float64)).astype(np.int64)
    return Exposures(product, query, position, at, clicked, weight)


def _person(persons: Longs, of: Longs, count: int) -> Longs:
    """One of the persons of each group, the same whatever the order: events of one search are one person's."""
    found = np.full(count, np.iinfo(np.int64).min)
    np.maximum.at(found, of, persons)
    return found
