"""What learning from behaviour needs, opened from the settings and closed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.behaviour.learning import School
    from plugin_config.settings import Settings


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
