"""From events and products to the rows that serving reads: the one way, for rebuilding, following the log and training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ranking.behaviour.aggregates.columns import EventColumns
from ranking.behaviour.aggregates.facts import ProductFacts, facts_of
from ranking.behaviour.aggregates.products import Behaviour, product_behaviour
from ranking.behaviour.aggregates.queries import QueryBehaviour, query_behaviour
from ranking.behaviour.aggregates.together import bought_together, viewed_together
from ranking.features.rows import BRAND, CATEGORY, PRICE, ProductRows, QueryRow, attribute_code, classes
from ranking.features.statistics import ProductColumns, product_statistics
from ranking.features.together_rows import KEPT, TogetherRows, no_neighbours
from ranking.personalization.keys import product_keys


@dataclass(frozen=True, slots=True)
class BehaviourRows:
    """What serving reads of a catalogue as of one moment. `products`: one row per product in the order of the columns,
    `queries`: by normalized text.
    """

    products: ProductRows
    queries: dict[str, QueryRow]


def behaviour_rows(events: EventColumns, columns: ProductColumns, names: Sequence[str], *, now: float) -> BehaviourRows:
    """Everything known of products and queries at `now`; later events are left out, so past moments can be asked for.

    `names`: the columns of a product's row (ranking.features.rows.row_schema). The order of the events does not matter.
    Events of products that are not among the columns count for places and queries, and for no product.
    """
    facts = facts_of(columns)
    statistics = product_statistics(columns, names)
    attributes = {BRAND: _codes(columns.brand), CATEGORY: _codes(columns.category), PRICE: columns.price}
    behaviour = Behaviour(events.aligned(columns.ids), facts, now=now)
    counted = product_behaviour(behaviour) if len(behaviour.events) else {}
    values = statistics.values
    for place, name in enumerate(names):
        if name in attributes:
            values[:, place] = attributes[name]
        elif name in counted:
            values[:, place] = counted[name]
    against = counted.get("clicks_vs_expected")
    queries = [] if against is None else query_behaviour(behaviour, against)
    rows = ProductRows(statistics, _neighbours(behaviour))
    return BehaviourRows(rows, {found.query: _row(found, facts) for found in queries})


def _neighbours(behaviour: Behaviour) -> TogetherRows:
    """The strongest neighbours of each product, by looking and by buying."""
    found = no_neighbours(len(behaviour.facts.ids))
    if not len(behaviour.events):
        return found
    keys = product_keys(behaviour.facts.ids)
    for name, counted in (("viewed", viewed_together), ("bought", bought_together)):
        nearest = counted(behaviour.events, now=behaviour.now).neighbours(most=KEPT)
        owner = np.repeat(np.arange(found.size), np.diff(nearest.begin))
        place = np.arange(nearest.product.size) - nearest.begin[owner]
        found[name][owner, place] = keys[nearest.product]
        found[f"{name}_strength"][owner, place] = nearest.strength
    return found


def _codes(values: Sequence[str | None]) -> np.ndarray:
    codes = {value: attribute_code(value) for value in set(values)}
    return np.array([codes[value] for value in values], dtype=np.float64)


def _row(found: QueryBehaviour, facts: ProductFacts) -> QueryRow:
    return QueryRow(
        ids=tuple(facts.ids[product] for product in found.products.tolist()),
        pairs=found.pairs.astype(np.float32),
        evidence=found.evidence,
        spread=found.spread,
        log_price=found.log_price,
        categories=classes(found.categories),
        brands=classes(found.brands),
    )
