"""Features that a made-up catalogue declares, and how a file comes over to it."""

from datetime import UTC, datetime
from pathlib import Path

from ranking.features.feature import Feature, Scope, Source
from ranking.foreign.importing import Destination, ForeignFormat, Imported, bring_over, read_foreign

NAMES = ("bm25_title", "price", "rating", "popularity", "age_days", "in_stock", "discount", "fused_score")


def declared(*names: str) -> tuple[Feature, ...]:
    return tuple(
        Feature(n, Scope.PRODUCT, Source.ENGINE, n, monotone=1 if n == "rating" else 0) for n in names or NAMES
    )


def brought(path: Path, format: ForeignFormat, *names: str) -> Imported:
    model, digest = read_foreign(path, format)
    return bring_over(model, digest, names, Destination("shop", declared(), datetime(2026, 11, 22, tzinfo=UTC)))
