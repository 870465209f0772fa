"""Keeping rows: following the log, reading the catalogue now and then, and writing what serving reads."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from indexer.behaviour.following import LogFollower
from indexer.behaviour.rows.store import Progress, RowsNote, RowStore
from indexer.behaviour.rows.vectors import ProductVectors
from indexer.feature_rows import read_columns
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from ranking.behaviour.aggregates.assumed import tells_impressions, with_assumed
from ranking.behaviour.aggregates.columns import EventColumns
from ranking.behaviour.aggregates.rows import behaviour_rows
from ranking.behaviour.event import SECONDS_A_DAY
from ranking.behaviour.log.event_log import EventLog
from ranking.behaviour.seen import TOLD, Sighting
from ranking.features.declared import declared_features
from ranking.features.rows import ProductRowSchema
from ranking.features.statistics import ProductColumns

CATALOGUE_SECONDS: Final = 600.0  # how long a changed price or a new product may wait for its row
BUSY_SHARE: Final = 0.1  # of the time may go into making rows; in a large shop they are made less often
QUICK_SECONDS: Final = 3.0  # so short a pass need not wait
SIGHT_DAYS: Final = 60.0  # of served lists, where they stand for impressions; older ones have faded to a quarter
REST_SECONDS: Final = 900.0  # rows fade and windows move even where nothing happens


@dataclass(frozen=True, slots=True)
class KeptRows:
    """What a pass came to. `is_written` False: nothing had happened, or the last pass was a moment ago.

    `looked_at`: new events of the log, `counted`: all that count. `seen`: how it is known what shoppers saw.
    """

    catalogue: str
    is_written: bool
    looked_at: int
    counted: int
    products: int
    queries: int
    seconds: float
    seen: str = TOLD


class RowKeeper:
    """Rows of every catalogue of an installation, in one process; remembers what it has read. Not thread-safe."""

    def __init__(
        self,
        client: Client,
        store: RowStore,
        log: EventLog,
        *,
        folder: Path,
        sighting: Sighting,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._store = store
        self._log = log
        self._folder = folder
        self._sighting = sighting
        self._now = now
        self._followers: dict[str, LogFollower] = {}
        self._made: dict[str, tuple[float, float]] = {}  # when the last pass began, and how long it took
        self._columns: dict[str, tuple[float, StoredCatalogue, ProductColumns]] = {}
        self._vectors: dict[str, ProductVectors] = {}

    def keep(
        self, stored: StoredCatalogue, *, anew: bool = False, progress: Progress = lambda _done, _all: None
    ) -> KeptRows:
        """Bring a catalogue's rows up to date. `anew`: read the log and the catalogue from the start and write everything.

        Without it nothing is written while nothing happened. `progress` hears of rows written and of all of them. Raises
        LogError, FeatureRowsUnavailable and the errors of mappings.errors.
        """
        started, now, name = time.monotonic(), self._now(), stored.catalogue.name
        follower = self._follower(name)
        if anew:
            follower.start_anew()
            self._columns.pop(name, None)
            self._vectors.pop(name, None)
        looked_at = follower.follow()
        schema = ProductRowSchema.of(declared_features(stored.catalogue))
        before = self._store.note(name)
        is_wanted = anew or self._is_due(before, follower, schema.layout, stored, now)
        if not is_wanted or (before is not None and not anew and self._is_busy(name, before, follower, now)):
            return KeptRows(name, False, looked_at, 0, 0, 0, time.monotonic() - started)
        counted, is_assumed = follower.columns(), False
        events = counted
        if len(counted):
            events, is_assumed = self._with_sights(name, counted, now)
        columns = self._catalogue(stored, now, with_vectors=len(events) > 0)
        rows = behaviour_rows(events, columns, schema.names, now=now)
        counts = len(columns.ids), len(rows.queries)
        note = RowsNote(now, follower.cursor, follower.people_forgotten, schema.layout, *counts)
        self._store.write(name, columns.ids, rows, note=note, progress=progress)
        self._store.write_lists(name, events, now=now)
        self._made[name] = now, time.monotonic() - started
        seen = self._sighting.told(is_assumed=is_assumed)
        return KeptRows(name, True, looked_at, len(counted), *counts, time.monotonic() - started, seen)

    def _with_sights(self, name: str, events: EventColumns, now: float) -> tuple[EventColumns, bool]:
        """The events, with impressions where a shop sends none and they are assumed; and whether they are."""
        since = now - SIGHT_DAYS * SECONDS_A_DAY
        if not self._sighting.is_assumed(is_told=tells_impressions(events, since=since)):
            return events, False
        return with_assumed(events, self._log.lists(name, since=since), self._sighting), True

    def _is_due(
        self, before: RowsNote | None, follower: LogFollower, layout: str, stored: StoredCatalogue, now: float
    ) -> bool:
        """Whether the rows differ from what they would be, but for a few minutes' fading."""
        if before is None or before.layout != layout or now - before.as_of > REST_SECONDS:
            return True
        made_from = (follower.cursor, follower.people_forgotten)
        return (before.cursor, before.people_forgotten) != made_from or self._is_stale(stored, now)

    def _is_busy(self, name: str, before: RowsNote, follower: LogFollower, now: float) -> bool:
        """Whether the last pass is so near that this one waits; never where somebody asked to be forgotten."""
        at, took = self._made.get(name, (-math.inf, 0.0))
        return (
            took > QUICK_SECONDS
            and now - at < took / BUSY_SHARE
            and before.people_forgotten == follower.people_forgotten
        )

    def _is_stale(self, stored: StoredCatalogue, now: float) -> bool:
        kept = self._columns.get(stored.catalogue.name)
        return kept is None or now - kept[0] > CATALOGUE_SECONDS or kept[1] != stored

    def _catalogue(self, stored: StoredCatalogue, now: float, *, with_vectors: bool) -> ProductColumns:
        """The products as of some minutes ago; their vectors only where behaviour has something to lend."""
        name = stored.catalogue.name
        if self._is_stale(stored, now):
            self._columns[name] = (now, stored, read_columns(self._client, stored))
        at, _, columns = self._columns[name]
        if with_vectors and not columns.vectors.size:
            vectors = self._vectors.setdefault(name, ProductVectors())
            columns = replace(columns, vectors=vectors.of(self._client, stored, columns.ids, now=now))
            self._columns[name] = (at, stored, columns)
        return columns

    def _follower(self, catalogue: str) -> LogFollower:
        if catalogue not in self._followers:
            self._followers[catalogue] = LogFollower(self._log, catalogue, folder=self._folder)
        return self._followers[catalogue]
