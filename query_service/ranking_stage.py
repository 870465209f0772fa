"""The order of candidates: the learned model where one serves, the fused score where none does."""

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plugin_config.policy import RankingPolicy
from query_service.operator_notes import OperatorNote, plain_note
from query_service.retrieval import Candidates
from ranking.errors import ModelError, NoModelServes
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.blending import blend_scores, order_by
from ranking.lambdamart.scorer import Scorer, ScorerSource, require_features

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServingModel:
    """The model of one search, or why there is none. `is_failure`: one was wanted and cannot be used."""

    scorer: Scorer | None = None
    note: OperatorNote | None = None
    is_failure: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """`order`: places among the candidates, best first. `final`: the score of each candidate, in candidate order.

    `model_scores` covers the candidates that the model saw, the first of them; None without a model.
    """

    order: tuple[int, ...]
    final: NDArray[np.float64]
    model_scores: NDArray[np.float64] | None = None


def find_model(
    source: ScorerSource, reference: str, declared: frozenset[str], *, kept: Scorer | None = None
) -> ServingModel:
    """The model behind the reference, `kept` or read and loaded, for a catalogue that declares these features.

    A missing `current` is a note, anything else that fails a degraded search; the log says it once, not at every search,
    and it alone names files.
    """
    try:
        scorer = kept or source.get(reference)
        require_features(scorer, declared)
    except ModelError as error:
        if isinstance(error, NoModelServes):
            return ServingModel(note=plain_note(str(error)))
        if source.is_new_trouble(str(error)):
            log.warning("model %s cannot be used: %s", reference, error)
        said = f"the ranking model {reference[:80]} cannot be used; the log says why"
        return ServingModel(note=OperatorNote(said, f"model {reference[:80]}: {error}"), is_failure=True)
    return ServingModel(scorer)


def rank(candidates: Candidates, matrix: FeatureMatrix, scorer: Scorer, policy: RankingPolicy) -> Ranked:
    """Blend the model's score with the fused score over the candidates of the matrix; the rest stays behind them."""
    seen = matrix.values.shape[0]
    scores = scorer.score(matrix)
    weight = scorer.blend if policy.reranking.blend is None else policy.reranking.blend
    blended = blend_scores(scores, candidates.fused[:seen], weight=weight)
    order = order_by(blended).tolist()
    rest = tuple(range(seen, len(candidates.ids)))
    # Scores of what the model did not see lie below 0, in their fused order, so that the page's scores never rise.
    tail = candidates.fused[seen:] - (float(candidates.fused[seen]) if rest else 0.0) - 1e-6
    return Ranked((*order, *rest), np.concatenate([blended, tail]), scores)


def keep_order(candidates: Candidates) -> Ranked:
    """The order of the fused scores as they came."""
    return Ranked(tuple(range(len(candidates.ids))), candidates.fused)
