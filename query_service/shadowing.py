"""A model in the shadow: it scores what another order shows, and nothing of it is shown."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ranking.behaviour.log.event_log import ServedSearch, Shadowed
from ranking.errors import ModelError
from ranking.features.feature import Feature, FeatureMatrix
from ranking.lambdamart.blending import blend_scores, order_by
from ranking.lambdamart.scorer import LambdaMartScorer, Scorer
from ranking.lambdamart.store import DirectoryModelStore
from ranking.learning.grouping import fused_scores
from ranking.personalization.strength import with_strength

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Material:
    """What a model needs for an opinion of its own: the candidates with their features, as the shown order had them.

    `strength`: of personalization, as the policy of the search has it.
    """

    ids: tuple[str, ...]
    matrix: FeatureMatrix
    features: Sequence[Feature]
    strength: float


class Shadow:
    """Adds the opinion of the shadow model, where a catalogue has one. For one thread: the log's own."""

    def __init__(self, stores: Callable[[str], DirectoryModelStore]) -> None:
        self._stores = stores
        self._loaded: dict[str, tuple[str, Scorer | None]] = {}

    def judged(self, search: ServedSearch, material: Material) -> ServedSearch:
        """The search with what the shadow model makes of it; unchanged without one, or where it cannot be used."""
        scorer = self._scorer(search.catalogue)
        if scorer is None or material.matrix.values.shape[0] == 0:
            return search
        scores = final_scores(with_strength(scorer, material.features, material.strength), material.matrix)
        ids = material.ids[: len(scores)]
        place = {id: i for i, id in enumerate(ids)}
        shown = tuple(float(scores[place[id]]) if id in place else float("nan") for id in search.products)
        first = search.first_position - 1
        top = tuple(ids[i] for i in order_by(scores)[first : first + len(search.products)])
        return replace(search, shadow=Shadowed(scorer.model_id, shown, top))

    def _scorer(self, catalogue: str) -> Scorer | None:
        store = self._stores(catalogue)
        wanted = store.shadow()
        if wanted is None:
            self._loaded.pop(catalogue, None)
            return None
        known = self._loaded.get(catalogue)
        if known is None or known[0] != wanted:
            known = self._loaded[catalogue] = (wanted, _load(store, wanted))
        return known[1]


def final_scores(scorer: Scorer, matrix: FeatureMatrix) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The score that would decide: the model's, blended with the fused one."""
    fused = fused_scores(matrix.names, matrix.values)
    return blend_scores(scorer.score(matrix), fused, weight=scorer.blend)


def _load(store: DirectoryModelStore, model: str) -> Scorer | None:
    try:
        return LambdaMartScorer(store.verified(model))
    except ModelError as error:
        log.warning("the shadow model %s cannot be used: %s", model, error)
        return None
