"""Where learned rotations are kept, and the coder of each field."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mappings.codes.coder import Coder, Floats, require_codable, seeded_rotation
from mappings.fields import VectorField
from plugin_config.catalogue import VectorStorage
from plugin_config.errors import ConfigurationError

ROTATIONS = "rotations"  # the folder beside the ranking models
_NAME_CHARACTERS = 16


class Rotations:
    """Learned rotations as files named by their hash, read once and verified. `folder` is shared by writers and readers.

    Safe for use by several processes: a file is complete under its name or not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._coders: dict[tuple[str, str], Coder] = {}

    def coder(self, field: VectorField) -> Coder:
        """The coder of a field that is kept as bits. Raises ConfigurationError when its rotation is missing or altered."""
        key = (field.fingerprint, field.rotation)
        if key not in self._coders:
            require_codable(field.dimension, field.name)
            is_learned = bool(field.rotation)
            rotation = self._read(field) if is_learned else seeded_rotation(field.fingerprint, field.dimension)
            self._coders[key] = Coder(rotation)
        return self._coders[key]

    def coders(self, vector_fields: Sequence[VectorField]) -> dict[str, Coder]:
        """The coders of those fields that are kept as bits, by field name."""
        return {field.name: self.coder(field) for field in vector_fields if field.storage is VectorStorage.BITS}

    def save(self, rotation: Floats) -> str:
        """Keep a rotation; the name under which a field refers to it."""
        content = np.ascontiguousarray(rotation, dtype="<f4").tobytes()
        name = _name_of(content)
        self._folder.mkdir(parents=True, exist_ok=True)
        waiting = self._folder / f"{name}.{id(content)}.part"
        waiting.write_bytes(content)
        waiting.replace(self._folder / f"{name}.f32")
        return name

    def _read(self, field: VectorField) -> Floats:
        path = self._folder / f"{field.rotation}.f32"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"{field.name}: its rotation {path} cannot be read ({error.strerror}); processes that write and search need the "
                "same VITRINE_MODELS_DIR, or `vitrine rebuild` learns another"
            ) from error
        size = 4 * field.dimension**2
        if _name_of(content) != field.rotation or len(content) != size:
            raise ConfigurationError(
                f"{path}: the rotation was altered; restore it, or `vitrine rebuild` learns another"
            )
        return np.frombuffer(content, dtype="<f4").reshape(field.dimension, field.dimension).astype(np.float32)


def _name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_NAME_CHARACTERS]
