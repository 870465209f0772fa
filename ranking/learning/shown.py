"""A list as a shopper saw it, with what they did: the unit of learning from behaviour."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.click_models.sessions import Sessions

MOST_POSITIONS = 60  # what was shown farther down was seen by so few that it teaches nothing


class Outcome(IntEnum):
    """The grade of a shown product: the strongest thing the shopper did with it."""

    SKIPPED = 0
    CLICKED = 1
    CARTED = 2
    BOUGHT = 3


@dataclass(frozen=True, slots=True)
class ShownList:
    """One search as it was served, best position first. `family`: see query_family. `at`: seconds since 1970.

    `positions`: int32, from 1; `values`: float32, shape (products, features), the rows as they were served;
    `grades`: float64, an Outcome each. `repeats`: how many refreshes of the same list were folded into it. `times`: for how
    many equal searches of different shoppers it stands.
    """

    query_id: str
    query: str
    family: str
    at: float
    shopper: str | None
    products: tuple[str, ...]
    positions: NDArray[np.int32]
    values: NDArray[np.float32]
    grades: NDArray[np.float64]
    repeats: int = 0
    model: str | None = None
    times: int = 1

    @property
    def has_interest(self) -> bool:
        return bool(self.grades.max(initial=0.0) > 0)


@dataclass(frozen=True, slots=True)
class ShownLog:
    """Lists in the order of time, with the same feature columns."""

    features: tuple[str, ...]
    lists: tuple[ShownList, ...]

    def part(self, places: Sequence[int] | NDArray[np.intp]) -> "ShownLog":
        """The lists at these places."""
        return ShownLog(self.features, tuple(self.lists[int(i)] for i in places))


def as_sessions(lists: Sequence[ShownList]) -> Sessions:
    """The lists as click models read them: a pair is a query family with a product, numbered as they
    first come; a click is any interest.

    Shape (lists, positions): as many positions as the deepest list has, at most 60.
    """
    width = min(MOST_POSITIONS, max((int(shown.positions.max(initial=1)) for shown in lists), default=1))
    pairs = np.full((len(lists), width), -1, dtype=np.int64)
    clicks = np.zeros((len(lists), width), dtype=np.bool_)
    number: dict[tuple[str, str], int] = {}
    for row, shown in enumerate(lists):
        family = shown.family
        for product, position, grade in zip(
            shown.products, shown.positions.tolist(), shown.grades.tolist(), strict=True
        ):
            pair = number.setdefault((family, product), len(number))
            if position <= width:
                pairs[row, position - 1] = pair
                clicks[row, position - 1] = grade > 0
    times = np.array([shown.times for shown in lists], dtype=np.float64)
    return Sessions(pairs, clicks, len(number), times)
