"""Exponentially decayed sums that do not depend on the order in which events arrive.

A sum with half-life h at time t is Σ wᵢ · 2^(−(t − tᵢ)/h). It is kept as Σ wᵢ · 2^((tᵢ − L)/h) beside a landmark L
("forward decay", Cormode et al., ICDE 2009). The landmark moves only by whole half-lives, which multiplies the sum by a power of
two and is exact in floating point: any shuffle of the log gives the same sums up to the rounding of additions.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_DAY = 86_400.0
_FURTHEST_HALF_LIVES = 256  # exponents stay far inside the range of a double


@dataclass(slots=True)
class DecayedSum:
    """One decayed sum. `half_life`: seconds. Adding is commutative and associative; merging equals adding everything."""

    half_life: float
    landmark: int = 0  # in half-lives since 1970
    scaled: float = 0.0

    def add(self, weight: float, at: float) -> None:
        """Count `weight` at time `at` (seconds since 1970)."""
        exponent = at / self.half_life - self.landmark
        if exponent > _FURTHEST_HALF_LIVES:
            self._move_landmark(math.floor(at / self.half_life))
            exponent = at / self.half_life - self.landmark
        self.scaled += weight * math.exp2(exponent)

    def merge(self, other: "DecayedSum") -> None:
        """Take in another sum of the same half-life. Raises ValueError for a different one."""
        if other.half_life != self.half_life:
            raise ValueError(f"half-lives differ: {self.half_life} and {other.half_life} seconds")
        self._move_landmark(max(self.landmark, other.landmark))
        self.scaled += math.ldexp(other.scaled, other.landmark - self.landmark)

    def value(self, now: float) -> float:
        """The sum as seen at `now`, seconds since 1970."""
        return self.scaled * math.exp2(self.landmark - now / self.half_life)

    def _move_landmark(self, landmark: int) -> None:
        if landmark > self.landmark:
            self.scaled = math.ldexp(self.scaled, self.landmark - landmark)
            self.landmark = landmark


@dataclass(frozen=True, slots=True)
class Decayed:
    """Decayed sums of many keys at one moment, computed at once from columns of a log."""

    half_life: float
    now: float
    values: NDArray[np.float64] = field(repr=False)


def decayed_sums(
    keys: NDArray[np.int64], times: NDArray[np.float64], weights: NDArray[np.float64], *, half_life: float, now: float
) -> Decayed:
    """Sum `weights` per key as seen at `now`.

    `keys`: shape (n,), from 0 on; `times`: seconds since 1970; events after `now` are left out (point-in-time features).
    Returns values of shape (max key + 1,), zero for keys without events.
    """
    past = times <= now
    size = int(keys.max()) + 1 if keys.size else 0
    faded = weights[past] * np.exp2((times[past] - now) / half_life)
    sums = np.bincount(keys[past], weights=faded, minlength=size).astype(np.float64)
    return Decayed(half_life, now, sums)
