"""Which share of a hit's mixed score comes from which part."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plugin_config.policy import Normalizer, SubQueryKind
from query_service.planning import Question, part_weights
from query_service.retrieval import PARTS, Candidates

SHARE_WORDS = {
    SubQueryKind.KEYWORD: "its words",
    SubQueryKind.TEXT_VECTOR: "what it means",
    SubQueryKind.PICTURE_VECTOR: "its picture",
    SubQueryKind.WORDS_TO_PICTURE: "what its picture shows of the words",
}
Floats = NDArray[np.float64]


def shares_of(question: Question, candidates: Candidates) -> tuple[Mapping[str, float], ...]:
    """For each candidate the share of each part that matched it; they sum to 1. Empty with fewer than two parts.

    Made comparable among these candidates as the policy's normalizer does it among all, so shares are about right.
    """
    weights = part_weights(question)
    asked = [name for name in PARTS if SubQueryKind(name) in weights]
    if len(asked) < 2 or not candidates.ids:
        return tuple({} for _ in candidates.ids)
    raw = candidates.scores_of(asked).astype(np.float64)
    scale = np.array([weights[SubQueryKind(name)] for name in asked])
    parts = np.nan_to_num(normalized(raw, question.policy.normalizer)) * scale
    total = parts.sum(axis=1, keepdims=True)
    shares = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return tuple(
        {name: round(float(share), 4) for name, share, score in zip(asked, row, scores, strict=True) if score == score}
        for row, scores in zip(shares, raw, strict=True)
    )


def normalized(raw: Floats, normalizer: Normalizer) -> Floats:
    """Scores of parts (candidates × parts, NaN where one did not match) on a common scale, none below 0."""
    if normalizer.technique == "rrf":
        above = (raw[None, :, :] > raw[:, None, :]).sum(axis=1)
        return np.where(np.isnan(raw), np.nan, 1.0 / (normalizer.rank_constant + 1 + above))
    known = ~np.isnan(raw)
    if normalizer.technique == "l2":
        length = np.sqrt((np.where(known, raw, 0.0) ** 2).sum(axis=0))
        return np.asarray(raw / np.where(length > 0, length, 1.0))
    low = np.where(known, raw, np.inf).min(axis=0)
    high = np.where(known, raw, -np.inf).max(axis=0)
    spread = high - low
    return np.asarray(
        np.where(spread > 0, (raw - low) / np.where(spread > 0, spread, 1.0), np.where(known, 1.0, np.nan))
    )


def said_of_shares(shares: Mapping[str, float], asked: Sequence[str]) -> list[str]:
    """A sentence where a picture was asked for beside words; none otherwise."""
    picture = str(SubQueryKind.PICTURE_VECTOR)
    if picture not in asked or len(asked) < 2 or not shares:
        return []
    if picture not in shares:
        return ["By its words alone: it has no picture, or one that looks different."]
    if len(shares) == 1:
        return ["By its picture alone: the words say nothing of it."]
    ordered = sorted(shares.items(), key=lambda pair: -pair[1])
    told = [f"{round(100 * share)}\u00a0% from {SHARE_WORDS[SubQueryKind(name)]}" for name, share in ordered]
    return [f"Of its mixed score, about {', '.join(told[:-1])} and {told[-1]}."]
