"""How much a shopper's likings of one product weigh, long ago and lately: the sums that all else is made from."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ranking.personalization.shoppers.likings import Likings

TASTE_HALF_LIFE = 90.0  # days
RECENT_HALF_LIFE = 60.0
MOST_WEIGHT = 1.5  # buying the same thing every week says no more of one's taste than this


@dataclass(frozen=True, slots=True)
class OwnProducts:
    """One entry per shopper and product, sorted by them; float64 of shape (pairs,).

    `bought`: days on which it was bought; `log_quantity`: mean of log(1 + quantity) then, NaN for never. `recent`: those
    days, faded. `taste`: faded strength, within ±MOST_WEIGHT; what neighbours and affinities weigh. `liked`: strength
    without fading, within 0 and 1. `age_days`: since the last liking.
    """

    shopper: NDArray[np.int64]
    product: NDArray[np.int64]
    bought: NDArray[np.float64]
    recent: NDArray[np.float64]
    taste: NDArray[np.float64]
    liked: NDArray[np.float64]
    age_days: NDArray[np.float64]
    log_quantity: NDArray[np.float64]

    def at(self, places: NDArray[np.intp] | slice) -> "OwnProducts":
        """Some of the pairs, in this order."""
        return OwnProducts(*(getattr(self, name)[places] for name in self.__slots__))

    def matrix(self, values: NDArray[np.float64], shape: tuple[int, int]) -> sp.csr_matrix:
        """`values` of the pairs as shoppers × products."""
        return sp.csr_matrix((values, (self.shopper, self.product)), shape=shape)


def own_products(likings: Likings, *, now: float) -> OwnProducts:
    """The sums per shopper and product as seen at `now`, seconds since 1970."""
    if likings.day.size == 0:
        none, nothing = np.empty(0, np.int64), np.empty(0)
        return OwnProducts(none, none, nothing, nothing, nothing, nothing, nothing, nothing)
    changed = (np.diff(likings.shopper) != 0) | (np.diff(likings.product) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changed) + 1])
    ages = likings.ages(now)
    bought = likings.is_bought.astype(np.float64)
    logs = np.add.reduceat(np.nan_to_num(likings.log_quantity), starts)
    days = np.add.reduceat(bought, starts)
    taste = np.add.reduceat(likings.strength * np.exp2(-ages / TASTE_HALF_LIFE), starts)
    return OwnProducts(
        shopper=likings.shopper[starts],
        product=likings.product[starts],
        bought=days,
        recent=np.add.reduceat(bought * np.exp2(-ages / RECENT_HALF_LIFE), starts),
        taste=np.clip(taste, -MOST_WEIGHT, MOST_WEIGHT),
        liked=np.clip(np.add.reduceat(likings.strength, starts), 0.0, 1.0),
        age_days=np.minimum.reduceat(ages, starts),
        log_quantity=np.divide(logs, days, out=np.full(days.shape, np.nan), where=days > 0),
    )
