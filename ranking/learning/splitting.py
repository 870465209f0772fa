"""What is learned from and what is kept aside: by time, since models serve the future, and by query."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.errors import TrainingError
from ranking.learning.shown import ShownLog

HELD_OUT_SHARE: Final = 0.2
FEWEST_LISTS: Final = 20


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """`learned`: lists before `boundary` (seconds since 1970); `held_out`: those from then on."""

    learned: ShownLog
    held_out: ShownLog
    boundary: float


def split_by_time(log: ShownLog, *, share: float = HELD_OUT_SHARE) -> TimeSplit:
    """The last `share` of the lists is held out; lists of one moment stay together. Raises TrainingError for a log that
    holds nothing to learn: too few lists, no interest at all, or nothing but interest."""
    require_contrast(log)
    times = np.array([shown.at for shown in log.lists])
    boundary = float(times[int(len(times) * (1 - share))])
    before = np.flatnonzero(times < boundary)
    after = np.flatnonzero(times >= boundary)
    if before.size == 0:  # everything happened at one moment
        half = np.arange(len(times))
        before, after = half[: len(half) // 2], half[len(half) // 2 :]
    return TimeSplit(log.part(before), log.part(after), boundary)


def require_contrast(log: ShownLog) -> None:
    """Raises TrainingError when the log cannot teach an order, saying what is there instead."""
    lists = log.lists
    if len(lists) < FEWEST_LISTS:
        raise TrainingError(
            f"the log holds {len(lists)} searches to learn from, and {FEWEST_LISTS} are needed; let shoppers search, send "
            "their events with the result tokens to /events (docs/how-to/events.md), then train"
        )
    if not any(shown.has_interest for shown in lists):
        raise TrainingError(
            f"none of the {len(lists)} searches led to a click, cart or purchase that teaches: all labels are the same; "
            "send events with the result tokens of the hits to /events, then train"
        )
    if all((shown.grades > 0).all() for shown in lists):
        raise TrainingError(
            f"every product of all {len(lists)} searches was clicked: all labels are the same and hold no order to learn; "
            "check what your shop reports as clicks"
        )
