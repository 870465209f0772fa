"""The simulated clock: days that end now, visits through the day, seasons. Nothing here waits for anything."""

import math
from dataclasses import dataclass

import numpy as np

from vitrine.simulator.shelf import Floats

SECONDS_A_DAY = 86_400.0
MOST_DAYS = 30  # the API takes no older events
_MARGIN_SECONDS = 1_800.0  # the last visit ends before now
# Visits by hour of the day: quiet nights, a small peak at noon and a larger one in the evening.
_HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 9, 10, 12, 10, 8, 8, 9, 11, 13, 15, 16, 14, 9, 5], dtype=np.float64)
_WEEKEND = 1.25


@dataclass(frozen=True, slots=True)
class Clock:
    """`days` simulated days; the last one ends a little before `until` (seconds since 1970)."""

    until: float
    days: int

    def start_of(self, day: int) -> float:
        """Seconds since 1970 at which a day begins; days count from 0."""
        return self.until - _MARGIN_SECONDS - (self.days - day) * SECONDS_A_DAY * self._pace

    @property
    def _pace(self) -> float:
        # Thirty whole days and the margin would reach beyond what is taken: the days are a little shorter then.
        longest = MOST_DAYS * SECONDS_A_DAY - 3 * _MARGIN_SECONDS
        return min(1.0, longest / (self.days * SECONDS_A_DAY))

    def moments(self, rng: np.random.Generator, day: int, count: int) -> Floats:
        """Times of `count` visits of a day, in order."""
        hour = rng.choice(24, size=count, p=_HOURS / _HOURS.sum())
        share = (hour + rng.random(count)) / 24
        return np.sort(self.start_of(day) + share * SECONDS_A_DAY * self._pace * 0.98)

    def bustle(self, day: int) -> float:
        """How busy a day is, against an ordinary one."""
        weekday = math.floor(self.start_of(day) / SECONDS_A_DAY + 4) % 7  # 0: Sunday, for 1970 began on a Thursday
        return _WEEKEND if weekday in (0, 6) else 1.0


def seasonal(categories: int, at: float, *, strength: float, period_days: float) -> Floats:
    """Demand for each category at a time, against its mean: a wave with a phase of its own, shape (categories,)."""
    phase = np.arange(categories) / max(categories, 1)
    wave = np.sin(2 * np.pi * (at / (period_days * SECONDS_A_DAY) + phase))
    return np.asarray(1.0 + strength * wave, dtype=np.float64)
