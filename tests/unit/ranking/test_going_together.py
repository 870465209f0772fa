import numpy as np
import pytest

from ranking.behaviour.aggregates.columns import columns_of
from ranking.behaviour.aggregates.rows import behaviour_rows
from ranking.behaviour.aggregates.together import LARGEST_GROUP, bought_together, together, viewed_together
from ranking.behaviour.event import Action, Event
from ranking.features.rows import ProductRowSchema
from ranking.features.together_rows import no_neighbours, together_columns
from ranking.personalization.keys import product_keys
from tests.unit.ranking.shop_past import NOW, shop


def visits(*baskets: str, action: Action = Action.CLICK) -> list[Event]:
    """Each basket is a word of letters; the letter a is p00, b is p01."""
    return [
        Event(f"{visit}{place}", action, NOW - 3_600 - visit, f"p{ord(letter) - 97:02d}", session=f"v{action}{visit}")
        for visit, basket in enumerate(baskets)
        for place, letter in enumerate(basket)
    ]


def test_pairs_count_once_a_visit_and_products_nobody_met_have_no_neighbours() -> None:
    events = columns_of(visits("aab", "ab", "bc"))
    counted = viewed_together(events, now=NOW)
    place = {name: number for number, name in enumerate(events.products)}
    assert counted.counts.toarray()[place["p00"], place["p01"]] == pytest.approx(2, rel=1e-3)
    assert counted.counts.toarray()[place["p00"], place["p02"]] == 0
    assert not bought_together(events, now=NOW).neighbours().product.size


def test_often_together_beats_once_together_by_chance() -> None:
    events = columns_of(visits(*["ab"] * 20, *["a"] * 20, *["b"] * 20, "ac"))
    near = viewed_together(events, now=NOW).neighbours()
    products, strength = near.of(events.products.index("p00"))
    assert [events.products[p] for p in products] == ["p01", "p02"]
    assert strength[0] > 0.4 > 0.05 > strength[1]


def test_a_visit_of_everything_counts_its_latest_products_only() -> None:
    many = np.arange(5 * LARGEST_GROUP)
    counted = together(
        np.ones(many.size, np.int64), many, many.astype(float), size=many.size, now=1e9, half_life_days=1e6
    )
    assert np.count_nonzero(counted.single) == LARGEST_GROUP
    assert counted.single[-1] > 0


def test_the_order_of_the_events_does_not_matter() -> None:
    events = visits("abcd", "bcd", "acd", *["bd"] * 7)
    one = behaviour_rows(columns_of(events), shop(), (), now=NOW).products.together
    other = behaviour_rows(columns_of(events[::-1]), shop(), (), now=NOW).products.together
    assert one.tobytes() == other.tobytes()


def test_candidates_that_go_with_the_visit_stand_out() -> None:
    events = visits(*["ab"] * 9, *["ac"] * 9, "de") + visits(*["ab"] * 9, action=Action.PURCHASE)
    schema = ProductRowSchema.of_names(("price_percentile",))
    rows = behaviour_rows(columns_of(events), shop(), schema.names, now=NOW).products
    read = schema.decode([*schema.encode(rows)[:5], None]).together
    looked_at = product_keys(["p00"])
    found = together_columns(read, looked_at, np.ones(1, np.float32))
    viewed, bought = found.values.T
    assert viewed[1] > viewed[2] > 0.3
    assert bought[1] > 0.3 > bought[2] == 0
    assert viewed[[3, 4, 5]].tolist() == [0, 0, 0]
    assert np.isnan(together_columns(no_neighbours(2), looked_at[:0], np.ones(0, np.float32)).values).all()
