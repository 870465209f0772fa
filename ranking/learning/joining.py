"""Joins served searches with what shoppers did with them: lists with grades, in the order of time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.event_log import EventLog, Logged, ServedSearch
from ranking.behaviour.seen import TOLD, Sighting
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.training_set import query_family
from ranking.learning.shown import MOST_POSITIONS, Outcome, ShownList, ShownLog

HAS_PICTURE: Final = "query_has_picture"
REFRESH_SECONDS: Final = 1800.0  # the same list for the same shopper within this time is the same look at it
ASSUMED_PAGES: Final = f"assumed: pages as they were served, down to place {MOST_POSITIONS}"
_AUTO: Final = Sighting()
GRADES: Final[Mapping[str, Outcome]] = {
    Action.VIEW: Outcome.CLICKED,  # a product page opened from a result
    Action.CLICK: Outcome.CLICKED,
    Action.ADD_TO_CART: Outcome.CARTED,
    Action.PURCHASE: Outcome.BOUGHT,
}


@dataclass(frozen=True, slots=True)
class LogReading:
    """The lists, and what became of every search of the log: `counts` by outcome (searches, taught, repeated, unseen,
    suspect, without_features). `cursor`: of the newest event that was read; times in seconds since 1970, None without a list.
    `seen`: how it is known what shoppers saw.
    """

    log: ShownLog
    counts: Mapping[str, int]
    cursor: int
    seen: str = TOLD

    @property
    def first_at(self) -> float | None:
        return self.log.lists[0].at if self.log.lists else None

    @property
    def last_at(self) -> float | None:
        return self.log.lists[-1].at if self.log.lists else None


@dataclass(slots=True)
class _Deeds:
    """What is known of one search: the strongest deed per product, and what was really visible."""

    grades: dict[str, int] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)
    has_impressions: bool = False
    moment: float = 0.0  # by the shopper's clock, where a deed tells it


def read_shown(
    log: EventLog,
    catalogue: str,
    features: Sequence[str],
    *,
    since: float = 0.0,
    until: float = float("inf"),
    sighting: Sighting = _AUTO,
) -> LogReading:
    """Searches served in [since, until) with the deeds known until then. `sighting`: how it is known what shoppers saw.
    Raises LogError.
    """
    deeds, suspects, cursor = _deeds(event_pages(log, catalogue), until)
    is_told = any(e.action == Action.IMPRESSION and e.at >= since for events in deeds.values() for e in events)
    is_assumed = bool(deeds) and sighting.is_assumed(is_told=is_told)
    searches = log.searches(catalogue, since=since, until=until)
    known = _Known(deeds, suspects, is_assumed)
    lists, counts = _lists(searches, known, tuple(features))
    seen = ASSUMED_PAGES if is_assumed else TOLD
    return LogReading(ShownLog(tuple(features), tuple(lists)), counts, cursor, seen)


def event_pages(log: EventLog, catalogue: str) -> Iterator[Logged]:
    """Every event of the catalogue in the order of arrival, read in pages."""
    after = 0
    while page := log.read(after=after, catalogue=catalogue):
        yield from page
        after = page[-1].cursor


def _deeds(events: Iterable[Logged], until: float) -> tuple[dict[str, list[Event]], set[str], int]:
    """Teaching, unsuspect events by query id; shoppers and searches that are suspect; the newest cursor."""
    found: dict[str, list[Event]] = defaultdict(list)
    suspects: set[str] = set()
    cursor = 0
    for logged in events:
        event, cursor = logged.event, logged.cursor
        if event.at >= until:
            continue
        if not event.counts:
            suspects.update(filter(None, (event.shopper, event.query_id)))
        elif event.teaches and event.query_id is not None and event.product is not None:
            found[event.query_id].append(event)
    return found, suspects, cursor


@dataclass(frozen=True, slots=True)
class _Known:
    """What the events tell. `is_assumed`: no impressions do, so pages count as seen."""

    deeds: Mapping[str, Sequence[Event]]
    suspects: set[str]
    is_assumed: bool


def _lists(
    searches: Iterable[ServedSearch], events: _Known, features: tuple[str, ...]
) -> tuple[list[ShownList], dict[str, int]]:
    counts = dict.fromkeys(("searches", "taught", "repeated", "unseen", "suspect", "without_features"), 0)
    lists: list[ShownList] = []
    latest: dict[tuple[str, ...], tuple[int, float]] = {}
    for search in searches:
        counts["searches"] += 1
        if search.query_id in events.suspects or (search.shopper or "") in events.suspects:
            counts["suspect"] += 1
            continue
        if search.features is None or not search.products:
            counts["without_features"] += 1
            continue
        known = _summed_up(search, events.deeds.get(search.query_id, ()))
        if search.shopper is None and not (known.grades or known.visible):
            counts["unseen"] += 1  # a tool, a test, or a shopper who left no trace: nobody is known to have looked
            continue
        key = (search.shopper or search.query_id, search.query.casefold(), *search.products)
        place, moment = latest.get(key, (-1, 0.0))
        if place >= 0 and abs(known.moment - moment) <= REFRESH_SECONDS:
            lists[place] = _folded(lists[place], known)
            counts["repeated"] += 1
            continue
        shown = _shown(search, known, features, is_assumed=events.is_assumed)
        if shown is None:
            counts["without_features"] += 1
            continue
        latest[key] = (len(lists), known.moment)
        lists.append(shown)
        counts["taught"] += 1
    return lists, counts


def _summed_up(search: ServedSearch, events: Sequence[Event]) -> _Deeds:
    known, shown = _Deeds(moment=min((event.at for event in events), default=search.at)), set(search.products)
    for event in events:
        if event.product is None or event.product not in shown:
            continue
        if event.action == Action.IMPRESSION:
            known.has_impressions = True
        grade = GRADES.get(event.action, Outcome.SKIPPED)
        if grade:
            known.grades[event.product] = max(grade, known.grades.get(event.product, 0))
        known.visible.add(event.product)
    return known


def _shown(search: ServedSearch, known: _Deeds, features: tuple[str, ...], *, is_assumed: bool) -> ShownList | None:
    """The list down to the last product that was visible, where impressions tell or that is assumed; None when no row has a
    feature.
    """
    assert search.features is not None
    values = FeatureMatrix(search.feature_names, search.features).select(features).values
    depth = len(search.products)
    if known.has_impressions:
        depth = 1 + max(i for i, product in enumerate(search.products) if product in known.visible)
    elif is_assumed:
        # No deeper than click models look. A cut at the last click would leave low places to clicked lists alone.
        depth = max(1, min(depth, 1 + MOST_POSITIONS - search.first_position))
    keep = np.flatnonzero(~np.isnan(values[:depth]).all(axis=1))
    if keep.size == 0:
        return None
    products = tuple(search.products[i] for i in keep)
    return ShownList(
        query_id=search.query_id,
        query=search.query,
        family=_family(search, values, features),
        at=search.at,
        shopper=search.shopper,
        products=products,
        positions=(keep + search.first_position).astype(np.int32),
        values=values[keep],
        grades=np.array([known.grades.get(product, 0) for product in products], dtype=np.float64),
        model=search.model,
    )


def _family(search: ServedSearch, values: NDArray[np.float32], features: tuple[str, ...]) -> str:
    """That of its words; a search by picture is like no other, for nothing tells whether the pictures were the same."""
    words = query_family(search.query)
    has_picture = HAS_PICTURE in features and bool((values[:, features.index(HAS_PICTURE)] > 0).any())
    return f"{words}?{search.query_id}" if has_picture or not words else words


def _folded(shown: ShownList, known: _Deeds) -> ShownList:
    """A refresh is no second look: the first list keeps its features and takes what was done later."""
    later = np.array([known.grades.get(product, 0) for product in shown.products], dtype=np.float64)
    return replace(shown, grades=np.maximum(shown.grades, later), repeats=shown.repeats + 1)
