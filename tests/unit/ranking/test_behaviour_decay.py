import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.behaviour.decay import SECONDS_PER_DAY, DecayedSum, decayed_sums

NOW = 1_760_000_000.0
HALF_LIFE = 7 * SECONDS_PER_DAY

events = st.lists(st.tuples(st.floats(0.01, 50), st.floats(NOW - 400 * SECONDS_PER_DAY, NOW)), min_size=1, max_size=60)


@given(events, st.integers(0, 1000))
def test_any_shuffle_of_the_log_gives_the_same_sum(log: list[tuple[float, float]], seed: int):
    def total(rows: list[tuple[float, float]]) -> float:
        counter = DecayedSum(HALF_LIFE)
        for weight, at in rows:
            counter.add(weight, at)
        return counter.value(NOW)

    shuffled = random.Random(seed).sample(log, len(log))
    assert total(shuffled) == pytest.approx(total(log), rel=1e-9)


@given(events, events)
def test_merging_two_counters_equals_counting_both_logs(a: list[tuple[float, float]], b: list[tuple[float, float]]):
    left, right, both = DecayedSum(HALF_LIFE), DecayedSum(HALF_LIFE), DecayedSum(HALF_LIFE)
    for counter, rows in ((left, a), (right, b), (both, a + b)):
        for weight, at in rows:
            counter.add(weight, at)
    left.merge(right)
    assert left.value(NOW) == pytest.approx(both.value(NOW), rel=1e-9)


def test_an_event_counts_half_after_one_half_life():
    counter = DecayedSum(HALF_LIFE)
    counter.add(8, NOW)
    assert counter.value(NOW + HALF_LIFE) == pytest.approx(4)


def test_counters_of_different_half_lives_do_not_merge():
    with pytest.raises(ValueError, match="half-lives differ"):
        DecayedSum(1.0).merge(DecayedSum(2.0))


def test_columns_and_single_counters_agree_and_the_future_is_left_out():
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 5, 300)
    times = NOW - rng.uniform(-20, 90, 300) * SECONDS_PER_DAY
    weights = rng.uniform(0, 3, 300)
    together = decayed_sums(keys, times, weights, half_life=HALF_LIFE, now=NOW).values
    for key in range(5):
        counter = DecayedSum(HALF_LIFE)
        for k, at, weight in zip(keys, times, weights, strict=True):
            if k == key and at <= NOW:
                counter.add(float(weight), float(at))
        assert together[key] == pytest.approx(counter.value(NOW), rel=1e-9)
