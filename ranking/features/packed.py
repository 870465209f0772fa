"""Feature rows as bytes: one small value per product, so that one MGET reads all candidates."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.features.feature import FeatureMatrix

_TAG_BYTES = 4


def row_key(prefix: str, catalogue: str, product_id: str) -> str:
    """The key under which a product's row is kept; `prefix` is the installation's index prefix."""
    return f"{prefix}:row:{catalogue}:{product_id}"


def rows_note_key(prefix: str, catalogue: str) -> str:
    """The key of the note that says what the rows of a catalogue were made from."""
    return f"{prefix}:rows:{catalogue}"


@dataclass(frozen=True, slots=True)
class RowSchema:
    """The columns of a row. A row begins with four bytes of the columns' hash, then float32 little-endian values.

    A row of another schema is as good as none: it reads as NaN, never as numbers in wrong columns.
    """

    names: tuple[str, ...]

    @property
    def tag(self) -> bytes:
        return hashlib.sha256("\n".join(self.names).encode()).digest()[:_TAG_BYTES]

    @property
    def row_bytes(self) -> int:
        return _TAG_BYTES + 4 * len(self.names)

    def encode(self, values: NDArray[np.float32]) -> list[bytes]:
        """One row per product. `values`: shape (products, columns), NaN where absent."""
        if values.ndim != 2 or values.shape[1] != len(self.names):
            raise ValueError(f"rows have {len(self.names)} columns, the matrix has the shape {values.shape}")
        tag, packed = self.tag, np.ascontiguousarray(values, dtype="<f4")
        return [tag + row.tobytes() for row in packed]

    def decode(self, rows: Sequence[bytes | None]) -> FeatureMatrix:
        """The matrix of these rows, shape (len(rows), columns); a missing or foreign row is NaN throughout."""
        tag, size = self.tag, self.row_bytes
        absent = tag + np.full(len(self.names), np.nan, dtype="<f4").tobytes()
        usable = [row if row is not None and len(row) == size and row[:_TAG_BYTES] == tag else absent for row in rows]
        joined = np.frombuffer(b"".join(usable), dtype=np.uint8).reshape(len(rows), size)
        values = np.ascontiguousarray(joined[:, _TAG_BYTES:]).view("<f4").reshape(len(rows), len(self.names))
        return FeatureMatrix(self.names, values.astype(np.float32, copy=False))
