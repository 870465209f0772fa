"""What shoppers did, as likings: one number per shopper, product and day, however often a button was pressed.

The strongest action of a day counts, in purchases (a click is a sixth of one, see INTEREST); a dismissal counts against the
product where nothing else was done that day. Any order of the events, and any repetition, gives the same likings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.event import INTEREST, SECONDS_A_DAY, Action

_WHOLE = INTEREST[Action.PURCHASE]


@dataclass(frozen=True, slots=True)
class Actions:
    """Events as columns, all of shape (events,): shopper and product by number from 0, seconds since 1970, interest as
    INTEREST gives it, and quantity. Events without a product are none of these.
    """

    shopper: NDArray[np.int64]
    product: NDArray[np.int64]
    at: NDArray[np.float64]
    interest: NDArray[np.float64]
    quantity: NDArray[np.float64]

    def before(self, moment: float) -> "Actions":
        """Those that happened before a moment: what was known then."""
        past = self.at < moment
        return Actions(self.shopper[past], self.product[past], self.at[past], self.interest[past], self.quantity[past])


@dataclass(frozen=True, slots=True)
class Likings:
    """One entry per shopper, product and day, sorted by them; all of shape (likings,).

    `day`: whole days since 1970, UTC. `strength`: in purchases, negative for a dismissal. `last_at`: the day's last action.
    `log_quantity`: mean of log(1 + quantity) of that day's purchases, NaN where nothing was bought.
    """

    shopper: NDArray[np.int64]
    product: NDArray[np.int64]
    day: NDArray[np.int64]
    strength: NDArray[np.float64]
    last_at: NDArray[np.float64]
    log_quantity: NDArray[np.float64]

    @property
    def is_bought(self) -> NDArray[np.bool_]:
        return np.asarray(~np.isnan(self.log_quantity), dtype=np.bool_)

    def of(self, part: slice) -> "Likings":
        """A run of entries, such as those of one shopper."""
        return Likings(
            self.shopper[part],
            self.product[part],
            self.day[part],
            self.strength[part],
            self.last_at[part],
            self.log_quantity[part],
        )

    def ages(self, now: float) -> NDArray[np.float64]:
        """Days between the beginning of each entry's day and `now`, never below 0."""
        return np.asarray(np.maximum(now / SECONDS_A_DAY - self.day, 0.0), dtype=np.float64)


def likings_of(actions: Actions) -> Likings:
    """Likings of these actions."""
    day = np.floor(actions.at / SECONDS_A_DAY).astype(np.int64)
    speaking = actions.interest != 0
    columns = (actions.shopper[speaking], actions.product[speaking], day[speaking])
    order = np.lexsort(columns[::-1])
    shopper, product, day = (column[order] for column in columns)
    if order.size == 0:
        nothing = np.empty(0)
        return Likings(shopper, product, day, nothing, nothing, nothing)
    changed = (np.diff(shopper) != 0) | (np.diff(product) != 0) | (np.diff(day) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changed) + 1])
    interest = actions.interest[speaking][order]
    best = np.maximum.reduceat(interest, starts)
    bought = interest >= _WHOLE
    logs = np.where(bought, np.log1p(actions.quantity[speaking][order]), 0.0)
    count = np.add.reduceat(bought.astype(np.float64), starts)
    sums = np.add.reduceat(logs, starts)
    quantity = np.divide(sums, count, out=np.full(count.shape, np.nan), where=count > 0)
    last_at = np.maximum.reduceat(actions.at[speaking][order], starts)
    return Likings(shopper[starts], product[starts], day[starts], best / _WHOLE, last_at, quantity)
