"""Scores candidates with a verified model, one thread, and notices a change of model without a restart."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

import lightgbm
import numpy as np
from numpy.typing import NDArray

from ranking.errors import ModelError, NoModelServes
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.linear import LinearPart
from ranking.lambdamart.store import ModelStore, PointerState, VerifiedTrees

if TYPE_CHECKING:
    from ranking.lambdamart.quickscorer import QuickScorer

_logger = logging.getLogger(__name__)

GOLDEN_TOLERANCE = 1e-9
FEWEST_BY_PICTURE = 20  # searches: with fewer, what trees say of likeness is chance


class Scorer(Protocol):
    """A loaded model. `model_id` is the reference it came by; `blend` the learned share of its score."""

    @property
    def model_id(self) -> str: ...

    @property
    def features(self) -> tuple[str, ...]: ...

    @property
    def blend(self) -> float: ...

    @property
    def knows_pictures(self) -> bool:
        """Whether it learned from enough searches by picture to order one; True where its record does not say."""

    def score(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        """Shape (candidates,). Columns are chosen by name; one that the matrix lacks is NaN."""

    def contributions(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        """SHAP values, shape (candidates, features + 1); the last column is the base value, rows sum to the score."""


class LambdaMartScorer:
    """A model's trees: scored as bit vectors where they allow it, else by LightGBM, which explains them in any case; and
    the linear part beside them.

    Raises ModelError when the golden rows do not give the golden scores.
    """

    def __init__(self, trees: VerifiedTrees) -> None:
        self._trees = trees
        try:
            self._booster = lightgbm.Booster(model_str=trees.text)
        except lightgbm.basic.LightGBMError as error:
            raise ModelError(f"model {trees.reference}: LightGBM cannot read it: {error}; train again") from error
        try:
            self._linear = LinearPart.of(trees.stored.linear, trees.manifest.features)
        except ValueError as error:
            raise ModelError(f"model {trees.reference}: {error}; train again") from error
        self._quick, self.fallback_reason = _compile(trees)
        self._check_golden_rows()

    @property
    def model_id(self) -> str:
        return self._trees.reference

    @property
    def features(self) -> tuple[str, ...]:
        return self._trees.manifest.features

    @property
    def blend(self) -> float:
        return self._trees.stored.blend

    @property
    def knows_pictures(self) -> bool:
        searches = self._trees.manifest.searches_above_zero("query_has_picture")
        return searches is None or searches >= FEWEST_BY_PICTURE

    def score(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        return self._predict(matrix.select(self.features).values)

    def contributions(self, matrix: FeatureMatrix) -> NDArray[np.float64]:
        values = matrix.select(self.features).values
        if values.shape[0] == 0:
            return np.empty((0, len(self.features) + 1), dtype=np.float64)
        found = self._booster.predict(values, pred_contrib=True, num_threads=1)
        shares = np.array(found, dtype=np.float64).reshape(values.shape[0], len(self.features) + 1)
        shares[:, self._linear.columns] += self._linear.terms(values)
        return shares

    def _predict(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        if values.shape[0] == 0:
            return np.empty(0, dtype=np.float64)
        trees = self._quick.score(values) if self._quick is not None else self._booster.predict(values, num_threads=1)
        return np.asarray(trees, dtype=np.float64) + self._linear.score(values)

    def _check_golden_rows(self) -> None:
        rows = self._trees.manifest.golden_rows
        if not rows:
            return
        values = np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=np.float32)
        if not np.allclose(self._predict(values), self._trees.stored.golden_scores, rtol=0, atol=GOLDEN_TOLERANCE):
            raise ModelError(
                f"model {self._trees.reference}: it scores its golden rows otherwise than at training; "
                "the LightGBM here differs from the one that trained it: train again"
            )


def _compile(trees: VerifiedTrees) -> tuple[QuickScorer | None, str | None]:
    """The bit-vector form of the trees, or None and the reason why LightGBM has to score them."""
    from ranking.lambdamart.quickscorer import compile_model  # the compiler behind it loads only where models serve
    from ranking.lambdamart.trees import UnsupportedTree

    try:
        return compile_model(trees.text, len(trees.manifest.features)), None
    except UnsupportedTree as error:
        _logger.warning("model %s is scored by LightGBM itself: %s", trees.reference, error)
        return None, str(error)


class ScorerSource:
    """Hands out loaded models. Threads may share it; each model is verified and loaded once while it serves."""

    def __init__(self, store: ModelStore, *, keep: int = 16) -> None:
        self._store = store
        self._keep = keep
        self._trouble = ""
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._loaded: dict[str, Scorer] = {}
        self._pointer_state: PointerState | None = None
        self._current: Scorer | None = None

    def get(self, reference: str) -> Scorer:
        """The model behind `current`, an id or `ID:FOLD`. Raises ModelError; what serves keeps serving meanwhile."""
        return self._get_current() if reference == "current" else self._get(reference)

    def kept(self, reference: str) -> Scorer | None:
        """What `get` would answer, if it is there already; None where a model would have to be read or loaded."""
        if reference != "current":
            return self._loaded.get(reference)
        is_same = self._current is not None and self._store.pointer_state() == self._pointer_state
        return self._current if is_same else None

    def is_new_trouble(self, words: str) -> bool:
        """Whether the last trouble with a model was another one."""
        is_new, self._trouble = words != self._trouble, words
        return is_new

    def _get_current(self) -> Scorer:
        state = self._store.pointer_state()
        with self._lock:
            if self._current is not None and state == self._pointer_state:
                return self._current
        current = self._store.pointer().current
        if current is None:
            raise NoModelServes
        scorer = self._get(current)
        with self._lock:
            self._current, self._pointer_state = scorer, state
        return scorer

    def _get(self, reference: str) -> Scorer:
        if (kept := self._loaded.get(reference)) is not None:
            return kept
        with self._loading:  # one thread loads it, and the others that wanted it find it there
            if (kept := self._loaded.get(reference)) is not None:
                return kept
            scorer = LambdaMartScorer(self._store.verified(reference))
            with self._lock:
                self._loaded[reference] = scorer
                while len(self._loaded) > self._keep:
                    self._loaded.pop(next(iter(self._loaded)))
            return scorer


def require_features(scorer: Scorer, declared: Collection[str]) -> None:
    """Raises ModelError when the model needs features that the catalogue does not declare."""
    unknown = sorted(name for name in scorer.features if name not in declared)
    if unknown:
        raise ModelError(
            f"model {scorer.model_id} was made for other features: {', '.join(unknown[:5])} "
            f"{'is' if len(unknown) == 1 else 'are'} not declared by the catalogue; train again"
        )
