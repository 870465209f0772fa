"""A rotation for vectors that will be kept as bits, learned from those that an index already has."""

import logging
from dataclasses import replace
from typing import Final

import numpy as np

from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.codes.coder import Floats
from mappings.codes.learning import LEAST_FOR_EACH_DIMENSION, learn_rotation, recall_of_codes
from mappings.codes.rotations import Rotations
from mappings.fields import VectorField
from mappings.hybrid import sample_body
from plugin_config.catalogue import VectorStorage

_log = logging.getLogger(__name__)
_QUESTIONS: Final = 500
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
    if len(rows) - len(rows) // 10 < LEAST_FOR_EACH_DIMENSION * vector.dimension:
        return vector
    vectors = np.asarray(rows, dtype=np.float32)
    arbitrary = rotations.coder(replace(vector, rotation="")).rotation
    found, found_before = _recall_learned_and_arbitrary(vectors, arbitrary)
    _log.info("%s: recall of codes %.4f learned, %.4f arbitrary", vector.name, found, found_before)
    worth = found >= found_before + _WORTH_KEEPING
    return replace(vector, rotation=rotations.save(learn_rotation(vectors))) if worth else vector


def _recall_learned_and_arbitrary(vectors: Floats, arbitrary: Floats) -> tuple[float, float]:
    """The mean recall of codes by a learned rotation and by this one, of vectors that the learned one has not seen.

    At most a tenth is asked at a time; few vectors take turns, so that they too ask some hundreds of questions: thirty
    would leave it to chance which rotation wins.
    """
    held_out = min(_QUESTIONS, len(vectors) // 10)
    found: list[tuple[float, float]] = []
    for start in range(0, min(_QUESTIONS, 10 * held_out), held_out):
        asked = np.zeros(len(vectors), dtype=bool)
        asked[start : start + held_out] = True
        questions, others = vectors[asked], vectors[~asked]
        learned = learn_rotation(others)
        found.append((recall_of_codes(others, questions, learned), recall_of_codes(others, questions, arbitrary)))
    by_learned, by_arbitrary = np.mean(found, axis=0)
    return float(by_learned), float(by_arbitrary)
