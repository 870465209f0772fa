"""Removing a person: from the log and from profiles at once, and word of every model that may have learned from them."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.behaviour.profiles.composition import remove_profiles
from indexer.behaviour.recommended import remove_recently_viewed
from indexer.behaviour.rows.composition import keep_rows
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from ranking.behaviour.log.event_log import EventLog, Presence
from ranking.errors import ModelError
from ranking.lambdamart.manifest import Manifest
from ranking.lambdamart.store import DirectoryModelStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A model that was trained on behaviour after the person's first event."""

    catalogue: str
    model: str
    created_at: str
    serves: bool


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed of a person; `models` learned from them, and keep what they learned until trained again.

    `profiles`: how many were removed, one a catalogue; None where no Redis is set, and so none can be.
    """

    presence: Presence
    models: tuple[LearnedModel, ...]
    profiles: int | None = None


def forget_shopper(log: EventLog, settings: Settings, shopper: str) -> Forgotten:
    """Remove a person's events, searches and profiles, count the rows without them, and refuse later events.

    Asking again is harmless. Raises LogError, and FeatureRowsUnavailable or ProfilesUnavailable while Redis does not answer:
    nothing is removed then, so that asking again still names the models.
    """
    presence = log.presence(shopper)
    models = tuple(_learned(settings, presence))
    profiles = _leave_redis(settings, shopper)
    log.forget(shopper)
    _leave_redis(settings, shopper)  # a worker may have written the profile once more before the log forgot
    _count_again(settings, presence)
    return Forgotten(presence, models, profiles)


def _leave_redis(settings: Settings, shopper: str) -> int | None:
    remove_recently_viewed(settings, shopper)
    return remove_profiles(settings, shopper)


def _count_again(settings: Settings, presence: Presence) -> None:
    """Rows without the person, at once where that can be; else the next pass of the workers finds that somebody left."""
    if not presence.events or (settings.features_redis_url or settings.redis_url) is None:
        return
    try:
        keep_rows(settings, presence.catalogues)
    except VitrineError as error:
        _log.warning(
            "the rows are counted again by the next pass of the workers, or by `vitrine events rebuild`: %s", error
        )


def _learned(settings: Settings, presence: Presence) -> Iterator[LearnedModel]:
    if presence.first_at is None:
        return
    for catalogue in presence.catalogues:
        store = DirectoryModelStore(settings.models_folder / catalogue)
        current = store.pointer().current
        for model in store.ids():
            try:
                manifest = store.manifest(model)
            except ModelError:
                continue  # a damaged model serves nobody; `vitrine models list` names it
            if _may_know(manifest, presence):
                yield LearnedModel(catalogue, model, manifest.created_at.isoformat(), model == current)


def _may_know(manifest: Manifest, presence: Presence) -> bool:
    """Whether the model was trained on behaviour, and not before the person came or their events arrived."""
    made, read = manifest.created_at.timestamp(), manifest.data.cursor
    if "behaviour" not in manifest.data.origin or presence.first_at is None or made < presence.first_at:
        return False
    has_read = presence.first_cursor is not None and (read is None or presence.first_cursor <= read)
    return has_read or (presence.first_search_at is not None and presence.first_search_at <= made)
