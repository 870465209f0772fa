"""What is kept of each product and of each query: layouts that one read of all candidates is enough for.

A product's row holds its declared features and, in columns that no model sees, what a query's row is compared with: brand and
category as numbers and the price. A query's row names its products, so that nothing has to be looked up a second time.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.features.declared.behaviour import PAIR_FEATURES
from ranking.features.feature import Feature, FeatureMatrix, Scope, Source
from ranking.features.packed import RowSchema
from ranking.features.together_rows import ROW as NEIGHBOURS
from ranking.features.together_rows import TogetherRows

Singles = NDArray[np.float32]
BRAND, CATEGORY, PRICE = "#brand", "#category", "#price"
ATTRIBUTES: Final = (BRAND, CATEGORY, PRICE)
_SEPARATOR: Final = "\x1f"  # cannot stand in an id: control characters are refused at the door
_HEAD: Final = struct.Struct("<4sHHH")
_FIXED: Final = ("query_evidence", "query_spread", "log_price")
_TAG: Final = sha256("\n".join(("1", *_FIXED, *PAIR_FEATURES)).encode()).digest()[:4]
QUERY_COLUMNS: Final = (
    *PAIR_FEATURES,
    "query_evidence",
    "query_spread",
    "query_category_share",
    "query_brand_share",
    "query_price_distance",
)


def query_key(prefix: str, catalogue: str, normalized: str) -> str:
    """The key of a query's row; `normalized` as ranking.behaviour.aggregates.query_text makes it."""
    return f"{prefix}:query:{catalogue}:{blake2b(normalized.encode(), digest_size=12).hexdigest()}"


@dataclass(frozen=True, slots=True)
class ProductRows:
    """Decoded rows. `matrix`: the float32 columns, with ATTRIBUTES. `together`: what goes together with each product."""

    matrix: FeatureMatrix
    together: TogetherRows


@dataclass(frozen=True, slots=True)
class ProductRowSchema:
    """A product's row: four bytes of the layout's hash, float32 columns, and its neighbours.

    A row of another layout is as good as none: it reads as absent, never as numbers in wrong columns.
    """

    floats: RowSchema

    @classmethod
    def of(cls, features: Sequence[Feature]) -> "ProductRowSchema":
        """The columns: what is declared of products and read from rows, then the attributes."""
        names = (f.name for f in features if f.source is Source.BEHAVIOUR and f.scope is Scope.PRODUCT)
        return cls.of_names((*names, *ATTRIBUTES))

    @classmethod
    def of_names(cls, names: Sequence[str]) -> "ProductRowSchema":
        return cls(RowSchema(tuple(names)))

    @property
    def layout(self) -> str:
        """A short name of this layout of products' and queries' rows."""
        return f"{self.floats.tag.hex()}-{_TAG.hex()}-{NEIGHBOURS.itemsize}"

    @property
    def names(self) -> tuple[str, ...]:
        return self.floats.names

    def encode(self, rows: ProductRows) -> list[bytes]:
        """One value per product; `rows.matrix` has the columns `names`."""
        size, together = NEIGHBOURS.itemsize, rows.together.tobytes()
        floats = self.floats.encode(rows.matrix.values)
        return [row + together[size * place : size * (place + 1)] for place, row in enumerate(floats)]

    def decode(self, rows: Sequence[bytes | None]) -> ProductRows:
        """The rows in the order given; what is missing or foreign is NaN throughout and goes together with nothing."""
        tag, begin = self.floats.tag, self.floats.row_bytes
        size = begin + NEIGHBOURS.itemsize
        absent = tag + np.full(len(self.names), np.nan, dtype="<f4").tobytes() + bytes(NEIGHBOURS.itemsize)
        usable = [row if row is not None and len(row) == size and row[:4] == tag else absent for row in rows]
        joined = np.frombuffer(b"".join(usable), dtype=np.uint8).reshape(len(rows), size)
        values = np.ascontiguousarray(joined[:, 4:begin]).view("<f4").reshape(len(rows), len(self.names))
        together = np.ascontiguousarray(joined[:, begin:]).view(NEIGHBOURS).reshape(len(rows))
        return ProductRows(FeatureMatrix(self.names, values), together)


@lru_cache(maxsize=100_000)
def attribute_code(value: str | None) -> float:
    """A brand or category as a number that a float32 holds exactly; NaN for none. The same everywhere, at any time."""
    if value is None:
        return float("nan")
    return float(int.from_bytes(blake2b(value.encode(), digest_size=3).digest(), "little"))


@dataclass(frozen=True, slots=True)
class QueryRow:
    """What is known of one query. `pairs`: float32, shape (len(ids), PAIR_FEATURES). `categories`, `brands`: float32, shape
    (2, n): codes in rising order over their shares. `log_price`: NaN where unknown.
    """

    ids: tuple[str, ...]
    pairs: Singles
    evidence: float
    spread: float
    log_price: float
    categories: Singles
    brands: Singles

    def encode(self) -> bytes:
        """Four bytes of the layout's hash, three counts, float32 little-endian values, and the ids."""
        head = _HEAD.pack(_TAG, len(self.ids), self.categories.shape[1], self.brands.shape[1])
        fixed = np.array([self.evidence, self.spread, self.log_price], dtype="<f4")
        parts = (fixed, *(part.astype("<f4").ravel() for part in (self.pairs, self.categories, self.brands)))
        return head + b"".join(part.tobytes() for part in parts) + _SEPARATOR.join(self.ids).encode()

    def columns(self, ids: Sequence[str], attributes: FeatureMatrix) -> FeatureMatrix:
        """QUERY_COLUMNS of these products, NaN for products that the query never met.

        `attributes`: a matrix over the same products with the columns ATTRIBUTES.
        """
        values = np.full((len(ids), len(QUERY_COLUMNS)), np.nan, dtype=np.float32)
        place = {id: row for row, id in enumerate(self.ids)}
        found = np.array([place.get(id, -1) for id in ids], dtype=np.int64)
        met, pairs = found >= 0, len(PAIR_FEATURES)
        values[met, :pairs] = self.pairs[found[met]]
        values[:, pairs] = self.evidence
        values[:, pairs + 1] = self.spread
        column = {name: attributes.values[:, attributes.names.index(name)] for name in ATTRIBUTES}
        values[:, pairs + 2] = _share(self.categories, column[CATEGORY])
        values[:, pairs + 3] = _share(self.brands, column[BRAND])
        price = np.where(column[PRICE] > 0, column[PRICE], np.float32(np.nan))
        values[:, pairs + 4] = np.log(price) - np.float32(self.log_price)
        return FeatureMatrix(QUERY_COLUMNS, values)


def classes(shares: Mapping[str, float]) -> Singles:
    """Shares by name as a row keeps them, shape (2, n)."""
    found = sorted((attribute_code(name), share) for name, share in shares.items())
    return np.array(found, dtype=np.float32).reshape(-1, 2).T.copy()


def decode_query_row(data: bytes | None) -> QueryRow | None:
    """The row, or None for nothing, for another layout and for bytes that do not fit."""
    if data is None or len(data) < _HEAD.size:
        return None
    tag, products, categories, brands = _HEAD.unpack_from(data)
    sizes = (len(_FIXED), products * len(PAIR_FEATURES), 2 * categories, 2 * brands)
    end = _HEAD.size + 4 * sum(sizes)
    if tag != _TAG or len(data) < end:
        return None
    numbers = np.frombuffer(data, dtype="<f4", count=sum(sizes), offset=_HEAD.size)
    fixed, pairs, of_category, of_brand = np.split(numbers, np.cumsum(sizes)[:-1])
    ids = tuple(data[end:].decode().split(_SEPARATOR)) if products else ()
    if len(ids) != products:
        return None
    return QueryRow(
        ids,
        pairs.reshape(products, len(PAIR_FEATURES)),
        float(fixed[0]),
        float(fixed[1]),
        float(fixed[2]),
        of_category.reshape(2, categories),
        of_brand.reshape(2, brands),
    )


def _share(classes: Singles, codes: Singles) -> Singles:
    """The share of each code, 0 for classes that the query does not know, NaN for products without one."""
    if not classes.shape[1]:
        return np.full(codes.shape, np.nan, dtype=np.float32)
    at = np.minimum(np.searchsorted(classes[0], codes), classes.shape[1] - 1)
    found = np.where(classes[0][at] == codes, classes[1][at], np.float32(0.0))
    return np.where(np.isnan(codes), np.float32(np.nan), found).astype(np.float32)
