"""Orders compared by clicks: what stood high was clicked for standing high, and that is taken out."""

import numpy as np
import pytest

from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.learning.contest import compare_orders
from ranking.learning.gate import MARGIN, is_not_worse
from ranking.learning.shown import ShownList

PLACES, LISTS = 12, 600
Scores = list[np.ndarray]


def shown(worth: np.ndarray, order: np.ndarray, clicks: np.ndarray, number: int) -> ShownList:
    values = worth[order][:, None].astype(np.float32)
    return ShownList(
        f"q{number}", "mug", "mug", float(number), f"s{number % 150}", tuple(f"p{i}" for i in order),
        np.arange(1, PLACES + 1, dtype=np.int32), values, clicks.astype(np.float64),
    )  # fmt: skip


def market(seed: int, *, count: int = LISTS) -> tuple[list[ShownList], Scores, Scores]:
    """Lists in an order that knows a little of what products are worth, clicked by shoppers who read in five ways; the worths,
    and the scores of that order, each as they stand on the page.
    """
    random, lists, worths, serving = np.random.default_rng(seed), [], [], []
    kinds = list(SHOPPERS)
    for number in range(count):
        worth = random.normal(size=PLACES)
        score = 0.6 * worth + random.normal(size=PLACES)
        order = np.argsort(-score)
        attraction = 1 / (1 + np.exp(1.5 - 1.2 * worth[order]))
        clicks = SHOPPERS[kinds[number % len(kinds)]](random, attraction[None, :])[0]
        lists.append(shown(worth, order, clicks, number))
        worths.append(worth[order])
        serving.append(score[order])
    return lists, worths, serving


def noisy(worths: Scores, spread: float, seed: int) -> Scores:
    random = np.random.default_rng([seed, 1])
    return [worth + spread * random.normal(size=worth.size) for worth in worths]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_order_that_knows_more_gains_although_clicks_favour_what_was_shown_high(seed: int) -> None:
    lists, worths, serving = market(seed)
    found = compare_orders(lists, noisy(worths, 0.5, seed), serving, cutoff=10)
    assert found.gain.low > 0
    assert found.gain.low < found.gain.mean < found.gain.high
    assert found.weights[0] > found.weights[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_and_the_reverse_lose(seed: int) -> None:
    lists, worths, serving = market(seed, count=1500)
    assert not is_not_worse(compare_orders(lists, noisy(worths, 1e6, seed), serving, cutoff=10).gain, MARGIN)
    assert compare_orders(lists, [-worth for worth in worths], serving, cutoff=10).gain.high < 0


def test_equal_orders_are_equally_good() -> None:
    lists, _, serving = market(4)
    found = compare_orders(lists, [7 * scores - 3 for scores in serving], serving, cutoff=10)
    assert found.gain.mean == found.gain.low == found.gain.high == 0


def test_few_clicks_leave_a_wide_interval() -> None:
    many, few = market(5), market(5, count=60)
    widths = [
        (found := compare_orders(lists, noisy(worths, 0.5, 5), serving, cutoff=10)).gain.high - found.gain.low
        for lists, worths, serving in (many, few)
    ]
    assert widths[1] > 2 * widths[0]


def test_without_a_list_of_two_products_nothing_is_said() -> None:
    found = compare_orders([], [], [], cutoff=10)
    assert np.isnan(found.gain.mean)
    assert found.gain.queries == 0
