"""The stages after retrieval: features, the model, rules, diversity. Each takes values and gives values."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from mappings.filters import locate
from query_service.features import CandidateFeatures, FeatureReader, Occasion
from query_service.operator_notes import OperatorNote, plain_note
from query_service.personal import Asker, Personalized
from query_service.planning import Question
from query_service.ranking_stage import Ranked, ServingModel, find_model, keep_order, rank
from query_service.retrieval import Candidates
from query_service.rules_stage import apply_rules
from query_service.timing import Stopwatch
from query_service.variants import one_of_each
from ranking.diversity import diversify
from ranking.features.feature import FeatureMatrix
from ranking.lambdamart.scorer import Scorer, ScorerSource
from ranking.personalization.strength import with_strength

WORDS_ONLY = "the ranking model has learned from too few searches by picture, so the mixed scores decide"


@dataclass(frozen=True, slots=True)
class Ordered:
    """The final order, and everything that led to it, for the explanation. `moves`: words by place of candidate."""

    ranked: Ranked
    matrix: FeatureMatrix | None = None
    scorer: Scorer | None = None
    moves: dict[int, tuple[str, ...]] | None = None
    degraded: tuple[str, ...] = ()
    notes: tuple[OperatorNote, ...] = ()
    personalized: Personalized | None = None


class Ordering:
    """Puts candidates in order. `models` gives the scorers of a catalogue by its name."""

    def __init__(
        self,
        features: FeatureReader,
        models: Callable[[str], ScorerSource],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._features = features
        self._models = models
        self._now = now

    async def model(self, question: Question) -> ServingModel:
        """The model that will order this question's candidates, if any. Loading happens in a thread.

        A model that learned from words alone has no say in a search by picture: nothing in its trees is about likeness.
        """
        reference = question.policy.reranking.model
        if reference is None or question.is_browsing or question.request.sort is not None:
            return ServingModel()
        source, declared = self._models(question.catalogue.name), question.served.plan.layout.declared
        kept = source.kept(reference)
        if kept is not None:
            found = find_model(source, reference, declared, kept=kept)
        else:
            found = await asyncio.to_thread(find_model, source, reference, declared)
        if found.scorer is None or found.scorer.knows_pictures or not question.request.images:
            return found
        return ServingModel(note=plain_note(WORDS_ONLY) if question.request.explain else None)

    async def order(
        self,
        question: Question,
        candidates: Candidates,
        model: ServingModel,
        watch: Stopwatch,
        *,
        is_settled: bool = False,
    ) -> Ordered:
        """Never raises for what fails on the way: the fused order stands then, and `degraded` names the part.

        `is_settled`: the candidates lie below all that is reordered, so they are not spread among themselves.
        """
        degraded = ("model",) if model.is_failure else ()
        notes = (model.note,) if model.note else ()
        ranked, matrix, personalized = keep_order(candidates), None, None
        strength = question.policy.personalization
        scorer = None if model.scorer is None else with_strength(model.scorer, question.served.features, strength)
        if candidates.ids and (model.scorer is not None or question.request.explain):
            with watch.stage("features"):
                read = await self._read(question, candidates)
            matrix, personalized = read.matrix, read.personalized
            degraded = (*degraded, *read.degraded)
        if scorer is not None and matrix is not None and "features" not in degraded:
            with watch.stage("rank"):
                ranked = rank(candidates, matrix, scorer, question.policy)
        with watch.stage("rules"):
            if question.is_grouped:
                ranked = one_of_each(ranked, candidates)
            ranked, moves = apply_rules(ranked), dict[int, tuple[str, ...]]()
            if not is_settled:
                ranked, moves = self._spread(question, candidates, ranked)
        used = scorer if ranked.model_scores is not None else None
        return Ordered(ranked, matrix, used, moves, degraded, notes, personalized if used is not None else None)

    async def matrix(self, question: Question, candidates: Candidates) -> tuple[FeatureMatrix, tuple[str, ...]]:
        """Features of the first candidates, as many as the policy reorders, and the parts that could not be read."""
        read = await self._read(question, candidates)
        return read.matrix, read.degraded

    async def _read(self, question: Question, candidates: Candidates) -> CandidateFeatures:
        request = question.request
        asker = Asker(
            request.shopper, question.policy.personalization, tuple(request.more_like), tuple(request.not_like)
        )
        # Ages are told by the minute: what was logged can then be computed again, bit for bit.
        minute = self._now().replace(second=0, microsecond=0)
        occasion = Occasion(question.words, len(request.images), now=minute, asker=asker)
        return await self._features.read(question.served, candidates.first(question.policy.reranking.depth), occasion)

    def _spread(
        self, question: Question, candidates: Candidates, ranked: Ranked
    ) -> tuple[Ranked, dict[int, tuple[str, ...]]]:
        diversity = question.policy.diversity
        path = diversity_path(question)
        if path is None or question.request.sort is not None:
            return ranked, {}
        scores = np.array([ranked.final[place] for place in ranked.order])
        values = [candidates.value(place, path) for place in ranked.order]
        spread = diversify(scores, values, strength=diversity.strength, depth=diversity.depth)
        moves: dict[int, tuple[str, ...]] = {
            ranked.order[i]: (f"moved up to mix {diversity.field}",) for i in spread.moved_up
        }
        moves |= {ranked.order[i]: (f"moved down to mix {diversity.field}",) for i in spread.moved_down}
        order = tuple(ranked.order[i] for i in spread.order)
        return Ranked(order, ranked.final, ranked.model_scores), moves


def diversity_path(question: Question) -> str | None:
    """The document field that results are spread over; None when they are not."""
    diversity = question.policy.diversity
    if diversity.field is None or diversity.strength == 0 or question.is_browsing:
        return None
    return locate(question.catalogue, diversity.field, purpose="diversity").path
