"""Making rows: events into columns, columns into rows, and the same counters kept one by one in a dictionary."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.behaviour.past import DAY, NOW, Shop
from plugin_config.catalogue import Catalogue
from ranking.behaviour.aggregates.columns import EventColumns, EventTable
from ranking.behaviour.aggregates.rows import BehaviourRows, behaviour_rows
from ranking.behaviour.event import Event
from ranking.features.declared import declared_features
from ranking.features.rows import ProductRowSchema

CATALOGUE = Catalogue.model_validate(
    {
        "name": "shop",
        "text": {"title": 3},
        "keyword": ["brand", "kind"],
        "number": ["cost"],
        "roles": {"price": "cost", "brand": "brand", "category": "kind"},
        "encoders": {"text": None, "picture": None},
    }
)
FEATURES = declared_features(CATALOGUE)
SCHEMA = ProductRowSchema.of(FEATURES)
HALF_LIFE = 30 * DAY
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Made:
    """CPU seconds of each step, and what came out."""

    plain: float
    columns: float
    rows: float
    events: EventColumns
    result: BehaviourRows


def measure(shop: Shop, events: Sequence[Event]) -> Made:
    """Each way once; the plain one keeps ten counters of products alone, without rates, places, queries and neighbours."""
    plain, _ = timed(lambda: plain_counters(events))
    columns, table = timed(lambda: table_of(events))
    known = table.columns()
    rows, result = timed(lambda: behaviour_rows(known, shop.columns, SCHEMA.names, now=NOW))
    return Made(plain, columns, rows, known, result)


def timed(do: Callable[[], _Result]) -> tuple[float, _Result]:
    begun = time.process_time()
    found = do()
    return time.process_time() - begun, found


def table_of(events: Sequence[Event]) -> EventTable:
    table = EventTable()
    table.add(events)
    return table


def plain_counters(events: Sequence[Event]) -> dict[tuple[str, str, object], float]:
    """A window of 1, 7, 30 and 90 days and a faded counter for each product and action, event by event."""
    counters: dict[tuple[str, str, object], float] = defaultdict(float)
    for event in events:
        if event.product is None or not event.teaches or event.suspect:
            continue
        age = NOW - event.at
        for days in (1, 7, 30, 90):
            if age < days * DAY:
                counters[event.product, event.action, days] += 1
        counters[event.product, event.action, "faded"] += 2 ** (-age / HALF_LIFE)
    return counters
