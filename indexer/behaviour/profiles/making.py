"""Making profiles: all of them from the whole log, or those of the shoppers who did something since the last time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from indexer.behaviour.profiles.actions import (
    ChoicesUnseen,
    actions_of,
    choices_of,
    is_sight,
    picked,
    read_everybody,
    speaks,
)
from indexer.behaviour.profiles.storing import ProfileStore
from indexer.behaviour.profiles.traits import read_traits
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from ranking.behaviour.choices.considered import Considered
from ranking.behaviour.choices.worths import newest
from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import EventLog
from ranking.personalization.learning import Tastes, learn_tastes, with_choices
from ranking.personalization.shoppers.building import Society, build_profile
from ranking.personalization.shoppers.choosing import LISTS_OF_ONE, Choosing, choosing_of
from ranking.personalization.shoppers.likings import Actions, likings_of
from ranking.personalization.shoppers.profile import Profile
from ranking.personalization.shoppers.weights import TASTE_HALF_LIFE

RELEARNED_SECONDS: Final = 86_400.0  # neighbours, factors and segments change slowly
EVENTS_OF_ONE: Final = 20_000  # the newest; older ones have faded
_BATCH: Final = 500
_EVENTS_AT_ONCE: Final = 50_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ProfileReport:
    """What one pass did. `products`: rows written, 0 where only shoppers were brought up to date."""

    shoppers: int
    products: int
    cursor: int


def rebuild_profiles(
    log: EventLog,
    client: Client,
    store: ProfileStore,
    stored: StoredCatalogue,
    *,
    now: float,
    progress: Progress | None = None,
) -> ProfileReport:
    """Learn rows, segments and every profile from the whole log, as of `now` (seconds since 1970).

    Later events are left out, so that a past moment can be asked for. `progress`: (profiles done, of). Raises LogError, the
    errors of mappings.errors, and FeatureRowsUnavailable.
    """
    traits = read_traits(client, stored)
    everybody = read_everybody(log, stored.catalogue.name, {id: place for place, id in enumerate(traits.ids)})
    tastes = learn_tastes(
        traits,
        likings_of(everybody.teaching.before(now)),
        shoppers=len(everybody.shoppers),
        now=now,
        generation=_new_generation(store),
    )
    tastes = with_choices(tastes, traits, everybody.choices.before(now), now=now)
    store.write_rows(traits.ids, tastes.rows)
    order = np.argsort(everybody.actions.shopper, kind="stable")
    actions = picked(everybody.actions, order)
    starts = np.searchsorted(actions.shopper, np.arange(len(everybody.shoppers) + 1))
    for begin in range(0, len(everybody.shoppers), _BATCH):
        some = range(begin, min(begin + _BATCH, len(everybody.shoppers)))
        choosing = _choosing(everybody.choices.before(now), tastes, some, now=now)
        store.write_profiles(
            {
                everybody.shoppers[number]: replace(
                    build_profile(
                        _newest(actions, int(starts[number]), int(starts[number + 1])),
                        tastes.rows,
                        tastes.society,
                        now=now,
                    ),
                    choosing=choosing[number - begin],
                )
                for number in some
            }
        )
        if progress is not None:
            progress(some.stop, len(everybody.shoppers))
    store.write_society(tastes.society, learned_at=now)
    store.set_cursor(everybody.cursor)
    return ProfileReport(len(everybody.shoppers), len(traits.ids), everybody.cursor)


def follow_profiles(
    log: EventLog, client: Client, store: ProfileStore, stored: StoredCatalogue, *, now: float
) -> ProfileReport:
    """Bring up to date the profiles of those who did something since the last pass; everything once a day.

    Doing it twice, or dying on the way, changes nothing: a profile is made from its shopper's events, and the cursor moves
    last. Raises as rebuild_profiles.
    """
    known = store.society()
    cursor = store.cursor()
    if known is None or now - known[1] > RELEARNED_SECONDS:
        batch = log.read(after=0, limit=1, catalogue=stored.catalogue.name)
        return rebuild_profiles(log, client, store, stored, now=now) if batch else ProfileReport(0, 0, 0)
    seen = 0
    while batch := log.read(after=cursor, limit=_EVENTS_AT_ONCE, catalogue=stored.catalogue.name):
        shoppers = sorted({row.event.shopper for row in batch if row.event.shopper and speaks(row.event)})
        for begin in range(0, len(shoppers), _BATCH):
            some = shoppers[begin : begin + _BATCH]
            store.write_profiles({shopper: one_profile(log, store, known[0], shopper, now=now) for shopper in some})
        seen += len(shoppers)
        cursor = batch[-1].cursor
        store.set_cursor(cursor)
    return ProfileReport(seen, 0, cursor)


def one_profile(log: EventLog, store: ProfileStore, society: Society, shopper: str, *, now: float) -> Profile | None:
    """The profile of one shopper from the log and the rows of their products; None for somebody without events."""
    events = log.of_shopper(store.catalogue, shopper, limit=EVENTS_OF_ONE)
    if not any(event.product and speaks(event) for event in events):
        return None
    events += _unseen(log, store.catalogue, events)
    ids = sorted({event.product for event in events if event.product and (speaks(event) or is_sight(event))})
    rows = store.rows(ids)
    places = {id: place for place, id in enumerate(ids) if rows["generation"][place] == society.generation}
    profile = build_profile(actions_of(events, places), rows, society, now=now)
    lists = choices_of(events, places).before(now).fading(half_life_days=TASTE_HALF_LIFE, now=now)
    return replace(profile, choosing=choosing_of(newest(lists, LISTS_OF_ONE), rows, society.spread)[0])


def _unseen(log: EventLog, catalogue: str, events: Sequence[Event]) -> list[Event]:
    unseen = ChoicesUnseen()
    for event in events:
        unseen.add(event)
    return list(unseen.sights(log, catalogue))


def _choosing(lists: Considered, tastes: Tastes, some: range, *, now: float) -> tuple[Choosing, ...]:
    """How each of some shoppers chooses, by their numbers."""
    theirs = lists.part((lists.person >= some.start) & (lists.person < some.stop))
    numbered = replace(theirs, person=theirs.person - some.start).latest_of_each(LISTS_OF_ONE)
    faded = numbered.fading(half_life_days=TASTE_HALF_LIFE, now=now)
    return choosing_of(faded, tastes.rows, tastes.society.spread, people=len(some))


def _newest(actions: Actions, begin: int, end: int) -> Actions:
    """One shopper's actions, the newest of very many."""
    mine = picked(actions, slice(begin, end))
    if mine.at.size <= EVENTS_OF_ONE:
        return mine
    return picked(mine, np.argsort(-mine.at, kind="stable")[:EVENTS_OF_ONE])


def _new_generation(store: ProfileStore) -> int:
    """Another number than that of the rows there are; never 0."""
    known = store.society()
    return 1 if known is None else known[0].generation % 0xFFFF_FFFF + 1
