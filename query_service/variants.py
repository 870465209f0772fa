"""Variants of one product: the ranking decides which of them stands for its group, and one of each group is shown.

Where a model orders, every variant is a candidate, so that the blue one can come forward for who likes blue. Otherwise the
engine shows the best match of each group, and nothing here changes that.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace

import numpy as np

from mappings import fields
from query_service.ranking_stage import Ranked
from query_service.retrieval import Candidates


def one_of_each(ranked: Ranked, candidates: Candidates) -> Ranked:
    """The order with the first product of every group of variants; products without a group all stay."""
    return replace(ranked, order=tuple(_firsts(candidates, ranked.order)))


def count_groups(candidates: Candidates) -> int:
    """How many hits the candidates come to when one of each group is shown."""
    return sum(1 for _ in _firsts(candidates, range(len(candidates.ids))))


def followed_by(candidates: Candidates, rest: Candidates) -> Candidates:
    """The candidates and behind them those of `rest` whose groups are not among them yet."""
    groups = {candidates.value(place, fields.GROUP) for place in range(len(candidates.ids))} - {None}
    known = set(candidates.ids)
    more = rest.only([place for place in _firsts(rest, range(len(rest.ids)), groups) if rest.ids[place] not in known])
    least = float(candidates.fused[-1]) if candidates.ids else np.inf
    return replace(
        candidates,
        ids=(*candidates.ids, *more.ids),
        # Another list was fused anew: its scores may not rise above what stands before it.
        fused=np.concatenate([candidates.fused, np.minimum(more.fused, least)]),
        scores=(*candidates.scores, *more.scores),
        values=(*candidates.values, *more.values),
        versions=(*candidates.versions, *more.versions),
        engine_ms=candidates.engine_ms + rest.engine_ms,
    )


def _firsts(candidates: Candidates, places: Iterable[int], met: Set[str | None] = frozenset()) -> Iterator[int]:
    """Of these places, in their order, those of products without a group, and the first of each group that was not met."""
    known = set(met)
    for place in places:
        group = candidates.value(place, fields.GROUP)
        if group is None or group not in known:
            known.add(group)
            yield place
