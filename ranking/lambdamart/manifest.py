"""What is known of a stored model before a byte of it is loaded."""

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MANIFEST_FORMAT = 1


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(Record):
    """A mean over queries and the interval around it."""

    mean: float
    low: float
    high: float


class StoredTrees(Record):
    """One file of trees: the whole model, or a fold's, which never saw the query families it is examined on.

    `blend`: share of the model's score in the final one. `golden_scores`: what the manifest's golden rows must give, `linear`
    (feature → weight, see linear.py) included.
    """

    file: str = Field(pattern=r"^[a-z0-9-]+\.txt$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    trees: int = Field(ge=1)
    blend: float = Field(ge=0, le=1)
    golden_scores: tuple[float, ...]
    held_out: tuple[str, ...] = ()  # query families, for folds
    linear: dict[str, float] = {}


class DataRecord(Record):
    """What the model learned from. The last six are of behaviour: served searches from `since` until before `until`,
    events up to `cursor` of the log, the click model behind the grades, how many searches became how many groups, and how it
    is known what shoppers saw.
    """

    sha256: str
    origin: str
    queries: int
    candidates: int
    judged: int
    since: datetime | None = None
    until: datetime | None = None
    cursor: int | None = None
    click_model: str | None = None
    searches: int | None = None
    seen: str | None = None


class FeatureSpread(Record):
    """How a feature's values lay at training. `edges`: rising; `shares`: of rows up to each edge, above the last, absent."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


class Manifest(Record):
    """The record beside a model's files; `schema_hash` is over the ordered feature names."""

    format: int = MANIFEST_FORMAT
    id: str = Field(pattern=r"^m[0-9a-z-]{6,60}$")
    catalogue: str
    created_at: datetime
    features: tuple[str, ...]
    schema_hash: str
    golden_rows: tuple[tuple[float | None, ...], ...]
    whole: StoredTrees
    folds: tuple[StoredTrees, ...] = ()
    options: dict[str, Any] = {}
    measures: dict[str, dict[str, Interval]] = {}  # policy → measure → interval, out of fold
    data: DataRecord
    parent: str | None = None
    spreads: dict[str, FeatureSpread] = {}  # by feature, of the rows it learned from
    directions: dict[str, int] = {}  # by feature: −1 or 1, what training was told to keep

    def searches_above_zero(self, feature: str) -> float | None:
        """About how many of the searches it learned from had this feature of the search above 0, told by the share of their
        candidates; None where that is not recorded.
        """
        spread = self.spreads.get(feature)
        if spread is None:
            return None
        not_above = sum(spread.shares[: sum(edge <= 0 for edge in spread.edges)])
        return self.data.queries * (1 - not_above - spread.shares[-1])


def hash_schema(features: Sequence[str]) -> str:
    """SHA-256 of the feature names in order."""
    return hashlib.sha256("\n".join(features).encode()).hexdigest()


def rows_to_json(rows: Sequence[Sequence[float]]) -> tuple[tuple[float | None, ...], ...]:
    """NaN as null, which JSON can hold."""
    return tuple(tuple(None if math.isnan(v) else float(v) for v in row) for row in rows)
