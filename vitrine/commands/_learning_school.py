"""What learning from behaviour needs, opened from the settings and closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.behaviour.learning import School
    from plugin_config.settings import Settings
    from ranking.learning.gate import Check
    from ranking.learning.joining import LogReading

RECENT_SECONDS = 3600.0  # parity is asked of the last searches: older ones have seen another world


@contextmanager
def open_school(settings: Settings, catalogue: str) -> Iterator[School]:
    """The log, the models and the declared features of a catalogue. Raises NotFound for an unknown one."""
    from indexer.behaviour.composition import open_log
    from indexer.behaviour.learning import School
    from mappings.catalogue_store import IndexCatalogueStore
    from mappings.client import connect
    from ranking.features.declared import declared_features
    from ranking.lambdamart.store import DirectoryModelStore

    client, log = connect(settings), open_log(settings)
    try:
        stored = IndexCatalogueStore(client, settings).get(catalogue)
        store = DirectoryModelStore(settings.models_folder / catalogue)
        yield School(catalogue, log, store, declared_features(stored.catalogue))
    finally:
        log.close()
        client.close()


def parity_of(settings: Settings, school: School) -> Callable[[LogReading], Iterable[Check]]:
    """The check that the last logged searches can be computed again through the read path."""

    def check(reading: LogReading) -> Iterable[Check]:
        from query_service.parity import parity_check, recompute

        since = (reading.last_at or 0.0) - RECENT_SECONDS
        searches = school.log.searches(school.catalogue, since=since)
        return (parity_check(asyncio.run(recompute(settings, school.catalogue, searches))),)

    return check
