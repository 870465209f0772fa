"""How much one person may say: repeated actions and tireless shoppers are scaled down, whatever the order they come in."""

from typing import Final

import numpy as np

from ranking.behaviour.aggregates.columns import CODE, EventColumns, Floats
from ranking.behaviour.aggregates.grouping import grouped
from ranking.behaviour.event import SECONDS_A_DAY, Action

SAME_A_DAY: Final = 3.0  # one person, product and action
ACTIONS_A_DAY: Final = 200.0  # of one person, impressions apart
IMPRESSIONS_A_DAY: Final = 2_000.0


def influence(events: EventColumns) -> Floats:
    """The weight of each event, shape (n,), above 0 and up to 1.

    A person's events of one action on one product on one day (UTC) weigh at most 3 together, and all of their actions of
    a day at most 200 (impressions 2,000). Nobody's events, those without shopper, session and search, weigh 1.
    """
    day = np.floor(events.at / SECONDS_A_DAY).astype(np.int64)
    same = grouped(events.person, events.product, events.action, day)
    weights = np.minimum(1.0, SAME_A_DAY / same.sums())[same.of]
    is_seeing = events.action == CODE[Action.IMPRESSION]
    whole = grouped(events.person, day, is_seeing)
    most = np.where(is_seeing, IMPRESSIONS_A_DAY, ACTIONS_A_DAY)
    weights = weights * np.minimum(1.0, most / whole.sums(weights)[whole.of])
    return np.where(events.person == 0, 1.0, weights)
