"""Counters of the last days, and counters of everything in which old events fade."""

import numpy as np

from ranking.behaviour.aggregates.columns import Floats, Longs
from ranking.behaviour.event import SECONDS_A_DAY


def windowed(keys: Longs, at: Floats, weights: Floats, *, days: float, now: float, size: int) -> Floats:
    """Sum of the weights per key over the `days` before `now`, shape (size,). Keys below 0 count nowhere."""
    inside = (at <= now) & (at > now - days * SECONDS_A_DAY) & (keys >= 0)
    return np.bincount(keys[inside], weights=weights[inside], minlength=size).astype(np.float64)


def faded(keys: Longs, at: Floats, weights: Floats, *, half_life_days: float, now: float, size: int) -> Floats:
    """Sum of weight · 2^(−age / half-life) per key, shape (size,). Keys below 0 and events after `now` count nowhere."""
    inside = (at <= now) & (keys >= 0)
    fading = weights[inside] * np.exp2((at[inside] - now) / (half_life_days * SECONDS_A_DAY))
    return np.bincount(keys[inside], weights=fading, minlength=size).astype(np.float64)


def latest(keys: Longs, at: Floats, *, now: float, size: int) -> Floats:
    """Time of the last event per key, shape (size,); NaN for keys without one."""
    inside = (at <= now) & (keys >= 0)
    found = np.full(size, -np.inf)
    np.maximum.at(found, keys[inside], at[inside])
    return np.where(np.isinf(found), np.nan, found)
