"""Impressions of shops that send none: the served lists, as far as they are assumed to have been seen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ranking.behaviour.aggregates.columns import CODE, EventColumns, EventTable, id_hash
from ranking.behaviour.event import INTEREST, Action
from ranking.behaviour.log.event_log import ServedList
from ranking.behaviour.seen import Sighting


def tells_impressions(events: EventColumns, *, since: float) -> bool:
    """Whether any impression is known from then on."""
    return bool(((events.action == CODE[Action.IMPRESSION]) & (events.at >= since)).any())


def with_assumed(events: EventColumns, lists: Iterable[ServedList], sighting: Sighting) -> EventColumns:
    """The events, and an impression of each product that is assumed to have been seen.

    A list was looked at by a known shopper, or where something of it was acted on; one with impressions of its own is left as
    it is. A list was seen at the first deed it led to, else when it was served.
    """
    acted, first = _deeds(events)
    told = set(np.unique(events.search[events.action == CODE[Action.IMPRESSION]]).tolist())
    table = EventTable(events)

    def seen() -> Iterator[tuple[ServedList, Sequence[str], float]]:
        for shown in lists:
            search = id_hash(shown.query_id)
            if search in told or (shown.shopper is None and search not in acted):
                continue
            depth = sighting.depth(shown.products, {events.products[n] for n in acted.get(search, ())})
            yield shown, shown.products[:depth], first.get(search, shown.at)

    table.add_seen(seen())
    return table.columns()


def _deeds(events: EventColumns) -> tuple[dict[int, set[int]], dict[int, float]]:
    """By search: the products that were acted on, and the moment of the first deed."""
    interest = np.array([INTEREST[action] for action in CODE])[events.action]
    rows = np.flatnonzero((interest > 0) & (events.search != 0))
    acted: dict[int, set[int]] = defaultdict(set)
    first: dict[int, float] = {}
    of = zip(events.search[rows].tolist(), events.product[rows].tolist(), events.at[rows].tolist(), strict=True)
    for search, product, at in of:
        acted[search].add(product)
        first[search] = min(at, first.get(search, at))
    return acted, first
