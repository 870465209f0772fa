"""New products borrow from products of like vectors, as far as the log shows that likeness tells."""

from dataclasses import replace

import numpy as np
import pytest

from ranking.behaviour.aggregates.columns import columns_of
from ranking.behaviour.aggregates.rows import behaviour_rows
from ranking.behaviour.alike import alike_products
from ranking.behaviour.event import Action, Event
from ranking.behaviour.rates import backed_off
from ranking.features.statistics import ProductColumns
from tests.unit.ranking.shop_past import DAY, NOW

NAMES = ("attraction", "click_rate", "clicks_vs_similar", "attraction_alike", "looks_alike")
KINDS, EACH = 12, 20


def styles(seed: int, *, telling: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors in twelve bundles, and attractions that the bundles decide, or that have nothing to do with them."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(KINDS, 32))
    of = np.repeat(np.arange(KINDS), EACH)
    vectors = centres[of] + 0.5 * chance.normal(size=(of.size, 32))
    attraction = np.linspace(0.05, 0.5, KINDS)[of] if telling else chance.uniform(0.05, 0.5, of.size)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), attraction


def shop(vectors: np.ndarray) -> ProductColumns:
    """One brand and one category: they say nothing of a product."""
    count = len(vectors)
    absent = np.full(count, np.nan)
    return ProductColumns(
        tuple(f"p{n}" for n in range(count)), absent, absent, absent, absent, ["b"] * count, ["c"] * count,
        vectors=vectors,
    )  # fmt: skip


def past(attraction: np.ndarray, new: np.ndarray, *, seed: int, searches: int = 700) -> list[Event]:
    """Searches that show ten old products, looked at less the lower they stand; what is new was never shown."""
    chance, events = np.random.default_rng(seed), []
    old = np.setdiff1d(np.arange(attraction.size), new)
    for number in range(searches):
        at = NOW - chance.random() * 20 * DAY
        shown = chance.choice(old, 10, replace=False)
        clicked = (chance.random(10) < np.arange(1, 11) ** -0.7) & (chance.random(10) < attraction[shown])
        for place, product in enumerate(shown.tolist(), start=1):
            for action in (Action.IMPRESSION, Action.CLICK)[: 1 + int(clicked[place - 1])]:
                events.append(
                    Event(
                        event_id=f"{number}-{place}-{action}", action=action, at=at, product=f"p{product}",
                        query_id=f"q{number}", query="thing", shopper=f"s{number}", position=place,
                    )
                )  # fmt: skip
    return events


def rates(columns: ProductColumns, events: list[Event]) -> dict[str, np.ndarray]:
    matrix = behaviour_rows(columns_of(events), columns, NAMES, now=NOW).products.matrix
    return {name: matrix.values[:, place].astype(np.float64) for place, name in enumerate(matrix.names)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_new_product_near_good_ones_gets_their_rate_and_one_near_poor_ones_theirs(seed: int) -> None:
    vectors, attraction = styles(seed)
    new = np.arange(0, attraction.size, EACH)  # the first of each bundle
    columns, events = shop(vectors), past(attraction, new, seed=seed)
    lent = rates(columns, events)
    alone = rates(replace(columns, vectors=np.empty((0, 0), np.float32)), events)
    assert np.ptp(alone["attraction"][new]) < 1e-6  # nothing is known of any of them
    assert np.corrcoef(lent["attraction"][new], attraction[new])[0, 1] > 0.9
    error = [np.abs(found["attraction"][new] / attraction[new] - 1).mean() for found in (lent, alone)]
    assert error[0] < 0.5 * error[1]
    assert lent["attraction_alike"][new[-1]] > 3 * lent["attraction_alike"][new[0]]
    assert (lent["looks_alike"] > 0).all()
    assert np.isnan(alone["looks_alike"]).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_likeness_tells_nothing_hardly_anything_is_lent(seed: int) -> None:
    vectors, attraction = styles(seed, telling=False)
    new = np.arange(0, attraction.size, EACH)
    columns, events = shop(vectors), past(attraction, new, seed=seed)
    lent = rates(columns, events)["attraction"]
    alone = rates(replace(columns, vectors=np.empty((0, 0), np.float32)), events)["attraction"]
    assert np.abs(lent[new] / alone[new] - 1).mean() < 0.12


def test_what_was_tried_often_keeps_its_own_rate() -> None:
    vectors, _ = styles(4)
    trials = np.full(len(vectors), 40.0)
    successes = np.where(np.arange(len(vectors)) < 100, 4.0, 20.0)
    trials[7], successes[7] = 4000.0, 3600.0
    one_group = np.zeros(len(vectors), dtype=np.int64)
    found = backed_off(successes, trials, [one_group], alike=alike_products(vectors, trials))
    assert found.rates[7] == pytest.approx(0.9, abs=0.02)


def test_products_without_a_vector_and_a_shop_without_vectors_lend_and_borrow_nothing() -> None:
    vectors, _ = styles(5)
    vectors[3] = np.nan
    trials = np.ones(len(vectors))
    found = alike_products(vectors, trials)
    assert found is not None
    assert found.weights[3].sum() == 0
    assert 3 not in found.places[found.weights > 0]
    assert all(place not in row for place, row in enumerate(found.places))
    assert alike_products(np.empty((0, 0), np.float32), trials) is None
    assert alike_products(np.full((4, 8), np.nan, np.float32), np.ones(4)) is None
