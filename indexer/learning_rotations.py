"""A rotation for vectors that will be kept as bits, learned from those that an index already has."""

from dataclasses import replace
from typing import Final

import numpy as np

from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.codes.learning import LEAST_FOR_EACH_DIMENSION, learn_rotation
from mappings.codes.rotations import Rotations
from mappings.fields import VectorField
from mappings.hybrid import sample_body
from plugin_config.catalogue import VectorStorage

_SAMPLE: Final = 10_000  # the most that OpenSearch gives at once; more would not make the rotation better


def with_learned_rotation(
    client: Client, stored: StoredCatalogue, vector: VectorField, rotations: Rotations
) -> VectorField:
    """The field with a rotation learned from the vectors of its encoder in this catalogue, which is kept.

    A field of another storage comes back as it is; so does one with too few vectors, whose rotation stays arbitrary.
    Raises EngineError.
    """
    if vector.storage is not VectorStorage.BITS or all(known.name != vector.name for known in stored.vectors):
        return vector
    answer = client.request("POST", f"/{stored.index}/_search", body=sample_body(vector, _SAMPLE), timeout_seconds=120)
    rows = [hit["_source"][vector.name] for hit in answer["hits"]["hits"]]
    if len(rows) < LEAST_FOR_EACH_DIMENSION * vector.dimension:
        return vector
    rotation = learn_rotation(np.asarray(rows, dtype=np.float32))
    return replace(vector, rotation=rotations.save(rotation))
