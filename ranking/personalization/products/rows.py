"""One packed row per product: everything that a shopper's columns need of it, read for all candidates at once."""

import hashlib
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranking.personalization.products.factors import FACTORS
from ranking.personalization.products.neighbours import KEPT
from ranking.personalization.products.traits import FAMILIES

SEGMENTS: Final = 16
TEXT_DIMENSIONS: Final = 48
PICTURE_DIMENSIONS: Final = 32
TasteRows: TypeAlias = NDArray[np.void]

_PLAIN = np.dtype(
    [
        ("generation", "<u4"),  # profiles and rows of two generations cannot be compared: their factors differ
        ("key", "<u4"),
        ("log_price", "<f4"),
        ("log_quantity", "<f4"),
        ("scale", "<f4"),
        ("worth", "<f4"),
        *((family, "<u4", (slots,)) for family, slots in FAMILIES.items()),
        ("factors", "<f2", (FACTORS,)),
        ("neighbours", "<u4", (KEPT,)),
        ("closeness", "<f2", (KEPT,)),
        ("segments", "<f2", (SEGMENTS,)),
        ("text", "<f2", (TEXT_DIMENSIONS,)),
        ("picture", "<f2", (PICTURE_DIMENSIONS,)),
    ]
)
_TAG: Final = hashlib.sha256(repr(_PLAIN.descr).encode()).digest()[:4]
ROW: Final = np.dtype([("tag", "S4"), *_PLAIN.descr])
ABSENT: Final = 0  # the generation of a row that is not there


def taste_key(prefix: str, catalogue: str, product: str) -> str:
    """The key under which a product's row is kept; `prefix` is the installation's index prefix."""
    return f"{prefix}:taste:{catalogue}:{product}"


def empty_rows(count: int) -> TasteRows:
    """Rows of which nothing is known."""
    rows = np.zeros(count, dtype=ROW)
    rows["tag"] = _TAG
    for name in ("log_price", "log_quantity", "text", "picture"):
        rows[name] = np.nan
    return rows


def encode_rows(rows: TasteRows) -> list[bytes]:
    """Each row as bytes."""
    size, joined = ROW.itemsize, rows.tobytes()
    return [joined[start : start + size] for start in range(0, len(joined), size)]


def decode_rows(found: Sequence[bytes | None]) -> TasteRows:
    """Rows in the order given, read-only; what is missing, damaged or of another edition has the generation ABSENT."""
    size = ROW.itemsize
    usable = [row if row is not None and len(row) == size and row[:4] == _TAG else _EMPTY for row in found]
    return np.frombuffer(b"".join(usable), dtype=ROW)


_EMPTY: Final = empty_rows(1).tobytes()
