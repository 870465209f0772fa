"""Events of the log as the columns that profiles are made from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.behaviour.choices.considered import Considered, Sights, considered
from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.event_log import EventLog
from ranking.personalization.shoppers.likings import Actions

_BATCH: Final = 50_000


@dataclass(frozen=True, slots=True)
class Everybody:
    """Every action of known products. `shoppers`: ids by the numbers in `actions` and `choices`, `teaches`: bool, shape
    (actions,): those that came with proof of having been shown. `choices`: what they took of what they considered.
    `cursor`: of the last event of the log that was looked at.
    """

    shoppers: tuple[str, ...]
    actions: Actions
    teaches: np.ndarray
    choices: Considered
    cursor: int

    @property
    def teaching(self) -> Actions:
        """The actions that others may learn from."""
        return picked(self.actions, self.teaches)


def speaks(event: Event) -> bool:
    """Whether an event says something of its shopper's taste: no machine's, of a product, and neither neutral nor seen only."""
    return event.counts and event.interest != 0 and event.product is not None and event.shopper is not None


def read_everybody(log: EventLog, catalogue: str, places: Mapping[str, int]) -> Everybody:
    """All that shoppers did with the products of `places` (id → number). Raises LogError."""
    numbers: dict[str, int] = {}
    rows: list[tuple[int, int, float, float, float, bool]] = []
    sights, unseen = SightTable(), ChoicesUnseen()
    cursor = 0
    while batch := log.read(after=cursor, limit=_BATCH, catalogue=catalogue):
        for logged in batch:
            event = logged.event
            place = places.get(event.product or "")
            unseen.add(event)
            if place is not None and is_sight(event):
                sights.add(event, place)
            if place is not None and speaks(event):
                number = numbers.setdefault(event.shopper or "", len(numbers))
                rows.append((number, place, event.at, event.interest, event.quantity, event.teaches))
        cursor = batch[-1].cursor
    for event in unseen.sights(log, catalogue):
        place = places.get(event.product or "")
        if place is not None:
            sights.add(event, place)
    columns = tuple(zip(*rows, strict=True)) or ((),) * 6
    actions = _actions(columns[:5])
    teaches = np.array(columns[5], dtype=np.bool_)
    return Everybody(tuple(numbers), actions, teaches, considered(sights.sights(numbers)), cursor)


def is_sight(event: Event) -> bool:
    """Whether an event says that a known person saw a product in a search, or took it there."""
    return (
        event.teaches
        and event.counts
        and event.shopper is not None
        and event.query_id is not None
        and (event.action == Action.IMPRESSION or event.interest > 0)
    )


class ChoicesUnseen:
    """Searches in which something was chosen and nothing is known to have been seen: their pages as served tell the rest.

    Of a page only what stands above a choice, and next to it, counts as considered, so no further guess is made.
    """

    def __init__(self) -> None:
        self._chosen: dict[str, Event] = {}
        self._seen: set[str] = set()

    def add(self, event: Event) -> None:
        """Take notice of an event."""
        if event.query_id is None or not is_sight(event):
            return
        if event.action == Action.IMPRESSION:
            self._seen.add(event.query_id)
        else:
            self._chosen.setdefault(event.query_id, event)

    def sights(self, log: EventLog, catalogue: str) -> Iterator[Event]:
        """An impression of each product of those pages, by the one who chose there. Raises LogError."""
        bare = {query_id: event for query_id, event in self._chosen.items() if query_id not in self._seen}
        for shown in log.lists_of(catalogue, bare):
            chosen = bare[shown.query_id]
            for position, product in enumerate(shown.products, start=shown.first_position):
                yield Event(
                    event_id=f"{shown.query_id}:{position}",
                    action=Action.IMPRESSION,
                    at=chosen.at,
                    product=product,
                    query_id=shown.query_id,
                    shopper=chosen.shopper,
                    position=position,
                    teaches=True,
                )


class SightTable:
    """Sights as they are read from the log."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, int, int, float, float]] = []

    def add(self, event: Event, place: int) -> None:
        """Take one in, of the product with this number; see is_sight."""
        self._rows.append(
            (event.query_id or "", event.shopper or "", place, event.position or 0, event.interest, event.at)
        )

    def sights(self, shoppers: Mapping[str, int]) -> Sights:
        """Those of these shoppers, by their numbers; searches are numbered by their names, in whatever order they came."""
        kept = [row for row in self._rows if row[1] in shoppers]
        searches = {name: number for number, name in enumerate(sorted({row[0] for row in kept}))}
        return Sights(
            search=np.array([searches[row[0]] for row in kept], dtype=np.int64),
            person=np.array([shoppers[row[1]] for row in kept], dtype=np.int64),
            product=np.array([row[2] for row in kept], dtype=np.int64),
            position=np.array([row[3] for row in kept], dtype=np.int64),
            interest=np.array([row[4] for row in kept], dtype=np.float64),
            at=np.array([row[5] for row in kept], dtype=np.float64),
        )


def choices_of(events: Iterable[Event], places: Mapping[str, int]) -> Considered:
    """What one shopper, as number 0, took of what they considered, of the products of `places`."""
    table, shopper = SightTable(), ""
    for event in events:
        if event.product is not None and event.product in places and is_sight(event):
            table.add(event, places[event.product])
            shopper = event.shopper or ""
    return considered(table.sights({shopper: 0}))


def actions_of(events: Iterable[Event], places: Mapping[str, int]) -> Actions:
    """The actions of one shopper, as number 0, with the products of `places`."""
    rows = [
        (0, places[event.product or ""], event.at, event.interest, event.quantity)
        for event in events
        if speaks(event) and event.product in places
    ]
    return _actions(tuple(zip(*rows, strict=True)) or ((),) * 5)


def picked(actions: Actions, rows: np.ndarray | slice) -> Actions:
    """Some of the actions."""
    return Actions(*(getattr(actions, name)[rows] for name in Actions.__slots__))


def _actions(columns: tuple[tuple[float, ...], ...]) -> Actions:
    shopper, product, at, interest, quantity = columns
    return Actions(
        np.array(shopper, dtype=np.int64),
        np.array(product, dtype=np.int64),
        np.array(at, dtype=np.float64),
        np.array(interest, dtype=np.float64),
        np.array(quantity, dtype=np.float64),
    )
