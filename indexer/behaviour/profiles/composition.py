"""Where the parts of profiles meet, for the workers and for the command line."""

import time
from collections.abc import Callable, Sequence

from indexer.behaviour.composition import open_log
from indexer.behaviour.profiles.making import ProfileReport, Progress, follow_profiles, rebuild_profiles
from indexer.behaviour.profiles.storing import ProfileStore, remove_shopper
from indexer.feature_rows import connect_rows
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings


def keep_profiles(
    settings: Settings,
    catalogues: Sequence[str] | None = None,
    *,
    anew: bool = False,
    now: Callable[[], float] = time.time,
    progress: Progress | None = None,
) -> dict[str, ProfileReport]:
    """Bring the profiles of these catalogues, or of all, up to date; `anew` makes all of them again from the log.

    Raises ConfigurationError without a Redis, NotFound for an unknown catalogue, and as rebuild_profiles.
    """
    redis = connect_rows(settings)
    if redis is None:
        raise ConfigurationError("no Redis for profiles is known: start one with `vitrine up` or set VITRINE_REDIS_URL")
    client, log = connect(settings), open_log(settings)
    try:
        index = IndexCatalogueStore(client, settings)
        found = index.list() if catalogues is None else [index.get(name) for name in catalogues]
        reports = {}
        for stored in found:
            store = ProfileStore(redis, prefix=settings.index_prefix, catalogue=stored.catalogue.name)
            reports[stored.catalogue.name] = (
                rebuild_profiles(log, client, store, stored, now=now(), progress=progress)
                if anew
                else follow_profiles(log, client, store, stored, now=now())
            )
        return reports
    finally:
        log.close()
        client.close()
        redis.close()


def remove_profiles(settings: Settings, shopper: str) -> int | None:
    """Remove a person's profiles; how many there were, None where no Redis is set. Raises ProfilesUnavailable."""
    redis = connect_rows(settings)
    if redis is None:
        return None
    try:
        return remove_shopper(redis, prefix=settings.index_prefix, shopper=shopper)
    finally:
        redis.close()
