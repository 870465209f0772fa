"""Relevance feedback: "more like this" and "not this" move a query's vectors and the visit's profile at once.

Rocchio 1971, with the weights of Manning, Raghavan & Schütze, "Introduction to Information Retrieval", 9.1.1:
q' = α·q + β·mean(liked) − γ·mean(disliked), with α = 1, β = 0.75, γ = 0.15.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ranking.personalization.keys import Keys
from ranking.personalization.products.rows import TasteRows
from ranking.personalization.products.traits import FAMILIES
from ranking.personalization.shoppers.affinity import Affinity
from ranking.personalization.shoppers.intent import mean_direction
from ranking.personalization.shoppers.profile import Profile, Visit

ALPHA, BETA, GAMMA = 1.0, 0.75, 0.15
Floats = NDArray[np.float32]


def rocchio(query: Floats | None, liked: Floats, disliked: Floats) -> Floats | None:
    """The moved query as a unit vector, shape (dimensions,).

    `query`: None when there are no words; `liked`, `disliked`: shape (products, dimensions), possibly no rows; all are put to
    unit length first. None when nothing is left to point anywhere.
    """
    moved: Floats | None = None if query is None else ALPHA * _unit(query[None, :])[0]
    for vectors, weight in ((liked, BETA), (disliked, -GAMMA)):
        if vectors.shape[0]:
            pull = weight * _unit(vectors).mean(axis=0)
            moved = pull if moved is None else moved + pull
    if moved is None or (query is None and not liked.shape[0]):
        return None  # "not this" alone says what is unwanted, not what is wanted
    length = float(np.linalg.norm(moved))
    return None if length == 0 else np.asarray(moved / length, dtype=np.float32)


def moved_profile(profile: Profile, liked: TasteRows, disliked: TasteRows, *, now: float) -> Profile:
    """The profile as if the shopper had just said so: the visit is about these products, and taste turns towards them.

    Factors, text and picture directions move by Rocchio's rule at their own length; a value's affinity rises by β·(its share
    of the liked products) and falls by γ·(its share of the disliked ones), in log-lift. Rows of another generation than the
    profile's say nothing.
    """
    liked = liked[liked["generation"] == profile.generation]
    disliked = disliked[disliked["generation"] == profile.generation]
    if not liked.size and not disliked.size:
        return profile
    return replace(
        profile,
        factors=_turned(profile.factors, liked["factors"], disliked["factors"]),
        text=_turned(profile.text, liked["text"], disliked["text"]),
        picture=_turned(profile.picture, liked["picture"], disliked["picture"]),
        affinity=_shifted(profile.affinity, liked, disliked),
        visit=_about(profile.visit, liked, disliked, now),
    )


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return unit


def _turned(direction: Floats, liked: NDArray[np.float16], disliked: NDArray[np.float16]) -> Floats:
    wanted, unwanted = (_known(part.astype(np.float32)) for part in (liked, disliked))
    length = float(np.linalg.norm(direction))
    moved = rocchio(direction if length > 0 else None, wanted, unwanted)
    if moved is None:
        return direction
    usual = length if length > 0 else float(np.linalg.norm(wanted, axis=1).mean())
    return np.asarray(moved * np.float32(usual), dtype=np.float32)


def _known(vectors: Floats) -> Floats:
    return vectors[~np.isnan(vectors).any(axis=1)]


def _shifted(affinity: Affinity, liked: TasteRows, disliked: TasteRows) -> Affinity:
    """Both lists of values, each value's lift with its shift."""
    keys, lifts = affinity.keys, affinity.lifts.astype(np.float32)
    for rows, weight in ((liked, BETA), (disliked, -GAMMA)):
        for number, family in enumerate(FAMILIES):
            there = rows[family][rows[family] != 0]
            if there.size:
                values, counts = np.unique(there, return_counts=True)
                shift = (weight * counts / rows.size).astype(np.float32)
                keys, lifts = _with_shift(keys, lifts, values, shift, otherwise=float(affinity.defaults[number]))
    return Affinity(keys, lifts, affinity.defaults)


def _with_shift(keys: Keys, lifts: Floats, values: Keys, shift: Floats, *, otherwise: float) -> tuple[Keys, Floats]:
    merged = np.union1d(keys, values).astype(np.uint32)
    found = np.full(merged.size, otherwise, dtype=np.float32)
    found[np.searchsorted(merged, keys)] = lifts
    found[np.searchsorted(merged, values)] += shift
    return merged, found


def _about(visit: Visit, liked: TasteRows, disliked: TasteRows, now: float) -> Visit:
    said = dict(zip(visit.keys.tolist(), visit.weights.tolist(), strict=True))
    said |= dict.fromkeys(liked["key"].tolist(), 1.0) | dict.fromkeys(disliked["key"].tolist(), -1.0)
    keys = np.array(sorted(said), dtype=np.uint32)
    weights = np.array([said[key] for key in keys.tolist()], dtype=np.float32)
    rows = np.concatenate([liked, disliked])
    signs = np.concatenate([np.full(liked.size, BETA), np.full(disliked.size, -GAMMA)])
    return Visit(now, keys, weights, mean_direction(rows["text"], signs))
