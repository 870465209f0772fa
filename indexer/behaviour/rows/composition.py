"""Where the parts of keeping rows meet, for the workers and for the command line."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redis import Redis

from indexer.behaviour.composition import open_log, sighting_of
from indexer.behaviour.rows.keeping import KeptRows, RowKeeper
from indexer.behaviour.rows.store import Progress, RowStore
from indexer.feature_rows import connect_rows
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import Client, connect
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings
from ranking.behaviour.log.event_log import EventLog


@dataclass(slots=True)
class RowWorkshop:
    """What keeps the rows of an installation; its connections are made on first use."""

    client: Client
    redis: Redis
    log: EventLog
    keeper: RowKeeper

    def close(self) -> None:
        """Let go of connections."""
        self.client.close()
        self.redis.close()
        self.log.close()


def open_rows(settings: Settings, *, now: Callable[[], float] = time.time) -> RowWorkshop:
    """Raises ConfigurationError when no Redis is known."""
    redis = connect_rows(settings)
    if redis is None:
        raise ConfigurationError(
            "no Redis for feature rows is known: start one with `vitrine up` or set VITRINE_REDIS_URL"
        )
    client, log = connect(settings), open_log(settings)
    store = RowStore(redis, prefix=settings.index_prefix)
    folder = settings.events_folder / "counted"
    keeper = RowKeeper(client, store, log, folder=folder, sighting=sighting_of(settings), now=now)
    return RowWorkshop(client, redis, log, keeper)


def keep_rows(
    settings: Settings,
    catalogues: Sequence[str] | None = None,
    *,
    anew: bool = False,
    now: Callable[[], float] = time.time,
    progress: Progress = lambda _done, _all: None,
) -> list[KeptRows]:
    """Bring the rows of these catalogues, or of all, up to date; `anew` makes them again from the log.

    Raises ConfigurationError without a Redis, NotFound for an unknown catalogue, and what RowKeeper.keep raises.
    """
    workshop = open_rows(settings, now=now)
    try:
        store = IndexCatalogueStore(workshop.client, settings)
        stored = store.list() if catalogues is None else [store.get(name) for name in catalogues]
        return [workshop.keeper.keep(each, anew=anew, progress=progress) for each in stored]
    finally:
        workshop.close()
