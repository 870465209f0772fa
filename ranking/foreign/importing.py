"""From another library's file to a model that the store keeps like its own."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.errors import ForeignModelError
from ranking.features.feature import Feature
from ranking.foreign.conversion import lightgbm_text
from ranking.foreign.ranklib_model import read_ranklib
from ranking.foreign.source import MOST_BYTES, MOST_FEATURES, SourceModel, score_as_at_home
from ranking.foreign.xgboost_model import read_xgboost
from ranking.lambdamart.manifest import DataRecord, Manifest, StoredTrees, hash_schema, rows_to_json
from ranking.lambdamart.scorer import LambdaMartScorer
from ranking.lambdamart.store import VerifiedTrees

MODEL_FILE: Final = "model.txt"
_GOLDEN_ROWS: Final = 24
_NEAR_ZERO: Final = 1e-35  # what LightGBM takes for zero
_ABSENT_SHARE: Final = 0.2


class ForeignFormat(StrEnum):
    """Whose file it is."""

    XGBOOST = "xgboost"
    RANKLIB = "ranklib"


_READERS: Final[Mapping[ForeignFormat, Callable[[bytes], SourceModel]]] = {
    ForeignFormat.XGBOOST: read_xgboost,
    ForeignFormat.RANKLIB: read_ranklib,
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a model is brought to. `declared`: the features of the catalogue. `blend`: the model's share of the score."""

    catalogue: str
    declared: tuple[Feature, ...]
    at: datetime
    blend: float = 1.0
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A model as the store keeps it, and what is to be known of it."""

    manifest: Manifest
    trees: Mapping[str, str]
    notes: tuple[str, ...]


def read_foreign(path: Path, format: ForeignFormat) -> tuple[SourceModel, str]:
    """The model in a file and the SHA-256 of its bytes. Raises ForeignModelError naming the file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ForeignModelError(f"{path}: larger than {MOST_BYTES // 1_000_000} MB, which is more than is read")
        data = path.read_bytes()
    except OSError as error:
        raise ForeignModelError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        return _READERS[format](data), hashlib.sha256(data).hexdigest()
    except ForeignModelError as error:
        raise ForeignModelError(f"{path}: {error}") from error


def bring_over(model: SourceModel, digest: str, names: Sequence[str], destination: Destination) -> Imported:
    """The model with its columns named and golden rows that it scores as its own library does.

    `names`: a feature of the catalogue for each column, in order; empty: those that the file names itself. Raises
    ForeignModelError for names that are missing, too few, twice there or not declared.
    """
    features = _checked(model, names or model.names, [feature.name for feature in destination.declared])
    text = lightgbm_text(model, features)
    golden = golden_rows(model, len(features), seed=int(digest[:8], 16))
    at = destination.at
    manifest = Manifest(
        id=f"m{at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        catalogue=destination.catalogue,
        created_at=at,
        features=features,
        schema_hash=hash_schema(features),
        golden_rows=rows_to_json(golden.tolist()),
        whole=StoredTrees(
            file=MODEL_FILE,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            trees=len(model.trees),
            blend=destination.blend,
            golden_scores=tuple(score_as_at_home(model, golden).tolist()),
        ),
        options={"format": model.format, "base": model.base, **model.about},
        data=DataRecord(sha256=digest, origin=f"imported from {model.format}", queries=0, candidates=0, judged=0),
        parent=destination.parent,
        directions={f.name: f.monotone for f in destination.declared if f.monotone and f.name in features},
    )
    return Imported(manifest, {MODEL_FILE: text}, (*model.notes, *_examined(manifest, text)))


def _examined(manifest: Manifest, text: str) -> tuple[str, ...]:
    """Loads it as serving does, golden rows and all. Raises ModelError where it scores otherwise than at home."""
    scorer = LambdaMartScorer(VerifiedTrees(manifest, manifest.whole, text, manifest.id))
    return () if scorer.fallback_reason is None else (f"LightGBM itself scores it, slower: {scorer.fallback_reason}",)


def _checked(model: SourceModel, names: Sequence[str], declared: Sequence[str]) -> tuple[str, ...]:
    if not names:
        raise ForeignModelError(
            "the file does not name its features; give a feature of the catalogue for each column with --features"
        )
    needed = model.highest_feature + 1
    if (model.features is not None and len(names) != model.features) or not needed <= len(names) <= MOST_FEATURES:
        wanted = f"at least {needed}" if model.features is None else str(model.features)
        raise ForeignModelError(f"the model reads {wanted} features and {len(names)} are named; name each, in order")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ForeignModelError(f"features are named twice: {', '.join(twice[:5])}")
    unknown = [name[:60] for name in names if name not in set(declared)]
    if unknown:
        raise ForeignModelError(
            f"the catalogue does not declare {', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}; it declares "
            f"{', '.join(sorted(declared))}"
        )
    return tuple(names)


def golden_rows(model: SourceModel, features: int, *, seed: int) -> NDArray[np.float32]:
    """Rows that try the splits: values at, right below and right above thresholds, absent ones, and a row without any.

    Shape (rows, features), float32.
    """
    chance = np.random.default_rng(seed)
    rows = np.zeros((_GOLDEN_ROWS, features), dtype=np.float32)
    asked = np.concatenate([tree.feature for tree in model.trees])
    bounds = np.concatenate([tree.threshold for tree in model.trees])
    for column in range(features):
        known = bounds[asked == column]
        if known.size:
            picked = chance.choice(known, size=_GOLDEN_ROWS)
            side = chance.choice(np.array([-np.inf, 0.0, np.inf], dtype=np.float32), size=_GOLDEN_ROWS)
            rows[:, column] = np.where(side == 0, picked, np.nextafter(picked, side))
    rows[np.abs(rows) <= _NEAR_ZERO] = 0.0
    rows[~np.isfinite(rows)] = 0.0
    rows[chance.random(rows.shape) < _ABSENT_SHARE] = np.nan
    return np.vstack([rows, np.full((1, features), np.nan, dtype=np.float32)])
