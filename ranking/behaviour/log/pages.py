"""Pages of one search, asked for under the same id, as the one list that the shopper saw."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.log.event_log import ServedSearch, Shadowed

Floats = NDArray[np.float32]


def with_page(kept: ServedSearch, page: ServedSearch) -> ServedSearch | None:
    """What is kept of a search with a further page of it, above or below; None where the page adds nothing to it, leaves a
    gap, or is of another search.

    Each place keeps the product that was shown on it first. Rows of another set of features are NaN.
    """
    above, below = sorted((kept, page), key=lambda one: one.first_position)
    if not _are_one_search(above, below) or not above.products or not below.products:
        return None
    ends = above.first_position + len(above.products)
    if below.first_position > ends:
        return None
    if kept is above:
        return _joined(kept, _part(page, range(ends - page.first_position, len(page.products))), kept)
    return _joined(_part(page, range(kept.first_position - page.first_position)), kept, kept)


def _are_one_search(above: ServedSearch, below: ServedSearch) -> bool:
    def of(search: ServedSearch) -> tuple[object, ...]:
        return (search.catalogue, search.query, search.shopper, search.policy, search.variant)

    # Pages below all that a model reorders are shown without it.
    return of(above) == of(below) and below.model in (above.model, None)


def _part(page: ServedSearch, places: range) -> ServedSearch:
    """The page with these of its hits alone."""
    begin, end = places.start, max(places.start, places.stop)
    shadow = page.shadow
    return replace(
        page,
        products=page.products[begin:end],
        features=None if page.features is None else page.features[begin:end],
        first_position=page.first_position + begin,
        shadow=None if shadow is None else replace(shadow, scores=shadow.scores[begin:end], top=shadow.top[begin:end]),
    )


def _joined(above: ServedSearch, below: ServedSearch, kept: ServedSearch) -> ServedSearch | None:
    new = below if kept is above else above
    if not new.products:
        return None
    names = next((one.feature_names for one in (kept, new) if one.features is not None), ())
    shown = set(kept.products)
    rows = {id(kept): _rows(kept, names), id(new): _rows(new, names)}
    moved = [product in shown for product in new.products]  # between the pages: what moved teaches once
    rows[id(new)][moved] = np.nan
    return replace(
        kept,
        model=above.model,
        products=above.products + below.products,
        feature_names=names,
        features=np.concatenate([rows[id(above)], rows[id(below)]]) if names else None,
        first_position=above.first_position,
        shadow=_shadow(above, below, kept.shadow),
    )


def _rows(search: ServedSearch, names: Sequence[str]) -> Floats:
    if search.features is not None and search.feature_names == tuple(names):
        return search.features.copy()
    return np.full((len(search.products), len(names)), np.nan, dtype=np.float32)


def _shadow(above: ServedSearch, below: ServedSearch, kept: Shadowed | None) -> Shadowed | None:
    """What the model in the shadow of the page that is kept says of both, as far as it saw the other."""
    if kept is None:
        return None
    scores: list[float] = []
    top: list[str] = []
    for one in (above, below):
        is_seen = one.shadow is not None and one.shadow.model == kept.model
        scores += one.shadow.scores if one.shadow is not None and is_seen else (math.nan,) * len(one.products)
        top += one.shadow.top if one.shadow is not None and is_seen else ()
    return Shadowed(kept.model, tuple(scores), tuple(top))
