"""How the order of a model in the shadow differs from what was shown, and what shoppers' deeds say of the two."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.log.event_log import ServedSearch
from ranking.evaluation.intervals import MeanInterval, bootstrap_mean
from ranking.lambdamart.blending import order_by

TOP = 10


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """`first_differs`: share of searches with another product first; `kept_in_top`: share of the shown first ten that the
    shadow's page has, too; `agreement`: Kendall's tau of the shown products' two orders; `deeds`: searches with a click, cart
    or purchase, and `gain`: by how much the reciprocal rank of what was acted on rises in the shadow's order of the shown
    products. Shoppers act on what stands high, so the gain leans towards the shown order.
    """

    model: str
    searches: int
    first_differs: float
    kept_in_top: float
    agreement: float
    deeds: int
    gain: MeanInterval


def compare_shadow(
    searches: Iterable[ServedSearch], acted_on: Mapping[str, frozenset[str]], model: str
) -> ShadowReport:
    """The report of one model over the searches that it scored. `acted_on`: by query id, products of teaching deeds."""
    first, kept, taus, gains = [], [], [], []
    for search in searches:
        shadow = search.shadow
        if shadow is None or shadow.model != model or not shadow.top:
            continue
        shown = search.products[:TOP]
        first.append(shadow.top[0] != search.products[0])
        kept.append(len(set(shown) & set(shadow.top[:TOP])) / len(shown))
        scores = np.nan_to_num(np.array(shadow.scores), nan=-np.inf)
        places = _places(scores)
        taus.append(_agreement(places))
        wanted = [i for i, product in enumerate(search.products) if product in acted_on.get(search.query_id, ())]
        if wanted:
            gains.append(1 / (1 + min(places[i] for i in wanted)) - 1 / (1 + min(wanted)))
    return ShadowReport(
        model, len(first), _mean(first), _mean(kept), _mean(taus), len(gains), bootstrap_mean(np.array(gains))
    )


def _places(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place from 0 of each shown product in the shadow's order."""
    places = np.empty(len(scores), dtype=np.int64)
    places[order_by(scores)] = np.arange(len(scores))
    return places


def _agreement(places: NDArray[np.int64]) -> float:
    """Kendall's tau between the shown order and these places; NaN for one product."""
    n = len(places)
    if n < 2:
        return float("nan")
    later = np.triu(np.ones((n, n), dtype=np.bool_), 1)
    agreeing = (places[:, None] < places[None, :]) & later
    return float(4 * agreeing.sum() / (n * (n - 1)) - 1)


def _mean(values: list[float] | list[bool]) -> float:
    """The mean of those that have a value; NaN where none has."""
    known = np.array(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else float("nan")
