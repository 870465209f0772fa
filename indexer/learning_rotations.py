"""A rotation for vectors that will be kept as bits, learned from those that an index already has."""

import logging
from dataclasses import replace
from typing import Final

import numpy as np

from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.codes.learning import LEAST_FOR_EACH_DIMENSION, learn_rotation, recall_of_codes
from mappings.codes.rotations import Rotations
from mappings.fields import VectorField
from mappings.hybrid import sample_body
from plugin_config.catalogue import VectorStorage

_log = logging.getLogger(__name__)
_HELD_OUT: Final = 500
_WORTH_KEEPING: Final = 0.005
_SAMPLE: Final = 10_000  # the most that OpenSearch gives at once; more would not make the rotation better


def with_learned_rotation(
    client: Client, stored: StoredCatalogue, vector: VectorField, rotations: Rotations
) -> VectorField:
    """The field with a rotation learned from the vectors of its encoder in this catalogue, where it finds more.

    It is kept when it beats the arbitrary one on vectors that it did not learn from. A field of another storage comes back as
    it is, so does one with too few vectors. Raises EngineError.
    """
    if vector.storage is not VectorStorage.BITS or all(known.name != vector.name for known in stored.vectors):
        return vector
    answer = client.request("POST", f"/{stored.index}/_search", body=sample_body(vector, _SAMPLE), timeout_seconds=120)
    rows = [hit["_source"][vector.name] for hit in answer["hits"]["hits"]]
    held_out = min(_HELD_OUT, len(rows) // 10)
    if len(rows) - held_out < LEAST_FOR_EACH_DIMENSION * vector.dimension:
        return vector
    vectors = np.asarray(rows, dtype=np.float32)
    questions, others = vectors[:held_out], vectors[held_out:]
    learned, arbitrary = learn_rotation(others), rotations.coder(replace(vector, rotation="")).rotation
    found, found_before = (recall_of_codes(others, questions, rotation) for rotation in (learned, arbitrary))
    _log.info("%s: recall of codes %.4f learned, %.4f arbitrary", vector.name, found, found_before)
    return replace(vector, rotation=rotations.save(learned)) if found >= found_before + _WORTH_KEEPING else vector
