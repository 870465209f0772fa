"""The lists of a catalogue from its event columns. Nothing depends on the order of the events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.behaviour.aggregates.columns import ACTIONS, EventColumns, Floats
from ranking.behaviour.aggregates.together import Together, bought_together, viewed_together
from ranking.behaviour.event import INTEREST, SECONDS_A_DAY, Action
from ranking.recommendations.kinds import Kind
from ranking.recommendations.listed import Listed

MOST_TOGETHER: Final = 30
MOST_TRENDING: Final = 200
MOST_RECENT: Final = 30
RECENT_DAYS: Final = 90.0
_LEAST_COUNT: Final = 1.5  # faded common groups below which two products met by chance
_SHORT_DAYS, _LONG_DAYS = 3.0, 21.0  # half-lives between which a trend shows
_DOUBT: Final = 5.0  # faded interest at which half of a trend is believed


@dataclass(frozen=True, slots=True)
class Lists:
    """`together`: kind → product → its list. `recent`: person's number → what they looked at, latest first."""

    together: Mapping[Kind, Mapping[str, Listed]]
    trending: Listed
    recent: Mapping[int, Listed]


def make_lists(events: EventColumns, *, now: float) -> Lists:
    """Everything that can be recommended at a moment; later events are left out."""
    past = events.until(now)
    return Lists(
        {
            Kind.BOUGHT_TOGETHER: dict(_together(past, bought_together(past, now=now))),
            Kind.VIEWED_TOGETHER: dict(_together(past, viewed_together(past, now=now))),
        },
        trending(past, now=now),
        dict(recently_viewed(past, now=now)),
    )


def trending(events: EventColumns, *, now: float, most: int = MOST_TRENDING) -> Listed:
    """Products whose interest of the last days stands out against their own weeks, and against everything's.

    Score: how many times the interest that the long half-life would lead one to expect came in the short one, minus 1,
    times recent / (recent + 5); products that only keep their level are none.
    """
    interest = np.array([INTEREST[action] for action in ACTIONS])[events.action]
    kept = (events.product >= 0) & (interest > 0)
    size = len(events.products)
    product, weight, age = events.product[kept], interest[kept], (now - events.at[kept]) / SECONDS_A_DAY
    recent = _sums(product, weight * np.exp2(-age / _SHORT_DAYS), size)
    level = _sums(product, weight * np.exp2(-age / _LONG_DAYS), size)
    if not level.sum():
        return Listed()
    expected = (level + 1.0) * recent.sum() / (level.sum() + size)
    score = (recent / expected - 1.0) * recent / (recent + _DOUBT)
    order = [int(place) for place in np.lexsort((np.arange(size), -score)) if score[place] > 0][:most]
    return Listed(tuple(events.products[i] for i in order), tuple(float(score[i]) for i in order))


def recently_viewed(events: EventColumns, *, now: float, most: int = MOST_RECENT) -> Iterator[tuple[int, Listed]]:
    """Each person's products, the latest first; the score fades by half in a week."""
    seen = events.of(Action.VIEW, Action.CLICK, Action.ADD_TO_CART, Action.PURCHASE)
    kept = (seen.person != 0) & (seen.product >= 0) & (seen.at > now - RECENT_DAYS * SECONDS_A_DAY)
    seen = seen.where(kept)
    order = np.lexsort((seen.product, -seen.at, seen.person))
    persons, products, at = seen.person[order], seen.product[order], seen.at[order]
    begins = np.flatnonzero(np.diff(persons, prepend=persons[:1] - 1))
    for begin, end in zip(begins, [*begins[1:], persons.size][: begins.size], strict=True):
        found: dict[str, float] = {}
        for product, when in zip(products[begin:end], at[begin:end], strict=True):
            found.setdefault(events.products[product], float(np.exp2((when - now) / (7 * SECONDS_A_DAY))))
            if len(found) == most:
                break
        yield int(persons[begin]), Listed(tuple(found), tuple(found.values()))


def _together(events: EventColumns, counted: Together) -> Iterator[tuple[str, Listed]]:
    neighbours = counted.neighbours(most=MOST_TOGETHER)
    for number, name in enumerate(events.products):
        places = slice(int(neighbours.begin[number]), int(neighbours.begin[number + 1]))
        often = neighbours.count[places] >= _LEAST_COUNT
        if often.any():
            ids = neighbours.product[places][often]
            strength = neighbours.strength[places][often]
            yield name, Listed(tuple(events.products[i] for i in ids), tuple(float(s) for s in strength))


def _sums(products: np.ndarray, weights: Floats, size: int) -> Floats:
    return np.bincount(products, weights=weights, minlength=size).astype(np.float64)
