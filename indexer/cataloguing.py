"""Opening a catalogue for writing: its index, with the fields that its encoders fill."""

from collections.abc import Sequence
from pathlib import Path

from encoders.runtime import Runtime
from indexer.vector_fields import vector_fields
from mappings.catalogue_store import CatalogueStore, StoredCatalogue
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings


def open_catalogue(
    catalogues: CatalogueStore, catalogue: Catalogue, *, settings: Settings, picture_roots: Sequence[Path] = ()
) -> StoredCatalogue:
    """The catalogue as it is stored now: made, or changed as far as a live index can be.

    `picture_roots`: folders from which its picture files may be read from now on.
    Raises IncompatibleChange, EncoderError, ConfigurationError, EngineError.
    """
    vectors = vector_fields(catalogue, Runtime.from_settings(settings))
    return catalogues.put(catalogue, vectors=vectors, picture_roots=picture_roots)
