"""Events as columns: only those that count, words and ids replaced by numbers, a person by a number that cannot be read back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.query_text import normalized_query
from ranking.behaviour.event import SECONDS_A_DAY, Action, Event
from ranking.behaviour.log.event_log import ServedList

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

ACTIONS: tuple[Action, ...] = tuple(Action)
CODE: dict[str, int] = {str(action): code for code, action in enumerate(ACTIONS)}


@dataclass(frozen=True, slots=True)
class EventColumns:
    """n events that teach, are not suspect, speak of a product, and have one of the reserved actions.

    `action`: int8, place in ACTIONS. `at`: float64, seconds since 1970. `product`, `query`: int32, places in `products` and
    `queries`, −1 for no words. `search`, `person`, `visit`: int64 hashes, 0 where unknown, and `search` for rows of
    recommendations; a person is the shopper, else the session, else the page; a visit is the session, else the person's
    day. `position`: int32 from 1, 0 unknown. `quantity`: float64.
    """

    action: NDArray[np.int8]
    at: Floats
    product: NDArray[np.int32]
    query: NDArray[np.int32]
    search: Longs
    person: Longs
    visit: Longs
    position: NDArray[np.int32]
    quantity: Floats
    products: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.at.size)

    def where(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "EventColumns":
        """These events alone; the numbers of products and queries stay."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMN_NAMES})

    def until(self, at: float) -> "EventColumns":
        """What had happened at this moment."""
        past = self.at <= at
        return self if past.all() else self.where(past)

    def aligned(self, products: Sequence[str]) -> "EventColumns":
        """The same events with products numbered by their place in `products`, −1 for those that are not in it."""
        place = {name: number for number, name in enumerate(products)}
        found = np.array([place.get(name, -1) for name in self.products] or [-1], dtype=np.int32)
        return replace(self, product=found[self.product], products=tuple(products))

    def of(self, *actions: Action) -> "EventColumns":
        """Events of these actions."""
        return self.where(np.isin(self.action, [CODE[action] for action in actions]))


COLUMN_NAMES = tuple(field.name for field in fields(EventColumns) if field.name not in ("products", "queries"))
_TYPES = {"action": np.int8, "product": np.int32, "query": np.int32, "position": np.int32} | dict.fromkeys(
    ("search", "person", "visit"), np.int64
)


class EventTable:
    """Columns that grow batch by batch, in the order of the log. Numbers of products and queries never change."""

    def __init__(self, start: EventColumns | None = None) -> None:
        self._parts: list[EventColumns] = [] if start is None else [start]
        self._products = {} if start is None else {name: number for number, name in enumerate(start.products)}
        self._queries = {} if start is None else {name: number for number, name in enumerate(start.queries)}
        self._normalized: dict[str, str] = {}

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def add(self, events: Sequence[Event]) -> int:
        """Take in those that count. Returns how many."""
        rows = [self._row(event) for event in events if is_counted(event)]
        if rows:
            self._parts.append(_columns(rows))
        return len(rows)

    def add_seen(self, pages: Iterable[tuple[ServedList, Sequence[str], float]]) -> int:
        """Take in that these products of a list were seen, from its first place on, at a moment. Returns how many."""
        rows: list[tuple[float, ...]] = []
        for shown, products, at in pages:
            search, shopper = id_hash(shown.query_id), id_hash(shown.shopper)
            person = shopper or search
            visit, query = mixed(person, int(at // SECONDS_A_DAY)), self._query(shown.query)
            for position, product in enumerate(products, start=shown.first_position):
                number = self._products.setdefault(product, len(self._products))
                rows.append((CODE[Action.IMPRESSION], at, number, query, search, person, visit, position, 1.0))
        if rows:
            self._parts.append(_columns(rows))
        return len(rows)

    def columns(self) -> EventColumns:
        """Everything taken in so far."""
        if len(self._parts) != 1:
            self._parts = [_joined(self._parts)]
        return replace(self._parts[0], products=tuple(self._products), queries=tuple(self._queries))

    def _row(self, event: Event) -> tuple[float, ...]:
        search, shopper, session = id_hash(event.query_id), id_hash(event.shopper), id_hash(event.session)
        person = shopper or session or search
        return (
            CODE[event.action],
            event.at,
            self._products.setdefault(event.product or "", len(self._products)),
            self._query(event.query),
            0 if event.is_recommended else search,
            person,
            session or (mixed(person, int(event.at // SECONDS_A_DAY)) if person else 0),
            event.position or 0,
            event.quantity,
        )

    def _query(self, text: str | None) -> int:
        if not text:
            return -1
        known = self._normalized.get(text)
        if known is None:
            known = self._normalized[text] = normalized_query(text)
        return self._queries.setdefault(known, len(self._queries)) if known else -1


def is_counted(event: Event) -> bool:
    """Whether an event adds to counters: it was shown to be true, is no machine's, and speaks of a product."""
    return event.teaches and event.counts and event.product is not None and event.action in CODE


def columns_of(events: Sequence[Event]) -> EventColumns:
    """The columns of these events."""
    table = EventTable()
    table.add(events)
    return table.columns()


def mixed(*numbers: int) -> int:
    """One int64 from several, never 0."""
    digest = blake2b(b"".join(number.to_bytes(8, "little", signed=True) for number in numbers), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1


def id_hash(text: str | None) -> int:
    """The number of an id in the columns; 0 for none."""
    if not text:
        return 0
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True) or 1


def _columns(rows: Sequence[tuple[float, ...]]) -> EventColumns:
    columns = dict(zip(COLUMN_NAMES, zip(*rows, strict=True), strict=True))
    made: dict[str, Any] = {
        name: np.array(column, dtype=_TYPES.get(name, np.float64)) for name, column in columns.items()
    }
    return EventColumns(**made)


def _joined(parts: Sequence[EventColumns]) -> EventColumns:
    made: dict[str, Any] = {
        name: np.concatenate(
            [np.empty(0, dtype=_TYPES.get(name, np.float64)), *(getattr(part, name) for part in parts)]
        )
        for name in COLUMN_NAMES
    }
    return EventColumns(**made)
