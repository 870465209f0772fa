"""Why a hit stands where it stands: scores of the parts, features, the model's shares, and sentences for a person."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from plugin_config.policy import SubQueryKind
from query_service.messages import Contribution, Explanation
from query_service.ordering import Ordered
from query_service.planning import Question, part_weights
from query_service.retrieval import Candidates
from query_service.shares import said_of_shares, shares_of
from ranking.features.feature import Feature, FeatureMatrix
from ranking.lambdamart.explanation import explain_scores

PART_WORDS = {
    SubQueryKind.KEYWORD: "its words match",
    SubQueryKind.TEXT_VECTOR: "it means something close",
    SubQueryKind.PICTURE_VECTOR: "its picture looks alike",
    SubQueryKind.WORDS_TO_PICTURE: "its picture fits the words",
}


def explain(question: Question, ordered: Ordered, candidates: Candidates, places: Sequence[int]) -> list[Explanation]:
    """One explanation per place of the page, in the page's order."""
    model_shares = _model_shares(ordered, question.served.features, places)
    shares, asked = shares_of(question, candidates), [str(kind) for kind in part_weights(question)]
    made = [
        _explanation(ordered, candidates, place, rank, model_shares.get(place))
        for rank, place in enumerate(places, start=question.request.from_ + 1)
    ]
    return [
        one.model_copy(update={"shares": shares[place], "summary": told_with(one.summary, shares[place], asked)})
        for one, place in zip(made, places, strict=True)
    ]


def told_with(sentences: Sequence[str], shares: Mapping[str, float], asked: Sequence[str]) -> list[str]:
    """The summary with what the parts' shares say behind how it was found."""
    return [*sentences[:1], *said_of_shares(shares, asked), *sentences[1:]]


def _model_shares(
    ordered: Ordered, features: Sequence[Feature], places: Sequence[int]
) -> Mapping[int, tuple[float, list[Contribution]]]:
    """Base value and contributions by place, for the places that the model saw."""
    if ordered.scorer is None or ordered.matrix is None:
        return {}
    seen = [place for place in places if place < ordered.matrix.values.shape[0]]
    if not seen:
        return {}
    declared = {feature.name: feature for feature in features}
    used = [declared[name] for name in ordered.scorer.features]
    rows = FeatureMatrix(ordered.matrix.names, ordered.matrix.values[seen])
    contributions = ordered.scorer.contributions(rows)
    explained = explain_scores(contributions, rows.select(ordered.scorer.features).values, used)
    return {
        place: (
            base,
            [Contribution(feature=s.feature, value=s.value, contribution=s.contribution, words=s.words) for s in found],
        )
        for place, (base, found) in zip(seen, explained, strict=True)
    }


def _explanation(
    ordered: Ordered,
    candidates: Candidates,
    place: int,
    rank: int,
    shares: tuple[float, list[Contribution]] | None,
) -> Explanation:
    model_score = None
    if ordered.ranked.model_scores is not None and place < len(ordered.ranked.model_scores):
        model_score = float(ordered.ranked.model_scores[place])
    moves = list((ordered.moves or {}).get(place, ()))
    contributions = [] if shares is None else shares[1]
    return Explanation(
        sub_queries=candidates.part_scores(place),
        fused_score=float(candidates.fused[place]),
        fused_rank=candidates.before + place + 1,
        features=_features(ordered.matrix, place),
        model=None if ordered.scorer is None or model_score is None else ordered.scorer.model_id,
        model_score=model_score,
        base_value=None if shares is None else shares[0],
        contributions=contributions,
        moves=moves,
        final_rank=rank,
        summary=summary(candidates.scores[place], candidates.before + place + 1, rank, contributions, moves),
    )


def _features(matrix: FeatureMatrix | None, place: int) -> dict[str, float | None]:
    if matrix is None or place >= matrix.values.shape[0]:
        return {}
    row = np.asarray(matrix.values[place], dtype=np.float64).tolist()
    return {name: None if math.isnan(value) else round(value, 6) for name, value in zip(matrix.names, row, strict=True)}


def summary(
    scores: Mapping[str, float], fused_rank: int, rank: int, contributions: Sequence[Contribution], moves: Sequence[str]
) -> list[str]:
    """Two or three sentences: how it was found, what the model made of it, what else moved it."""
    found = [words for kind, words in PART_WORDS.items() if kind in scores]
    sentences = [f"Found because {' and '.join(found)}." if found else "Shown because it passes the filters."]
    if not contributions:
        sentences.append(f"It stands at {rank}, by the mixed score of these parts.")
    else:
        best = [share.words for share in contributions if share.contribution > 0][:2] or [contributions[0].words]
        change = "kept it at" if fused_rank == rank else f"moved it from {fused_rank} to"
        sentences.append(f"Reordering {change} {rank}: {'; '.join(best)}.")
    if moves:
        sentences.append(f"{moves[0][0].upper()}{moves[0][1:]}.")
    return sentences
