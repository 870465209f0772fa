"""One shopper's profile from what they did: the same function for a rebuild of all and for the shopper of a moment ago."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.choices.effects import SPREADS
from ranking.personalization.keys import Keys
from ranking.personalization.products.factors import fold_in
from ranking.personalization.products.rows import TasteRows
from ranking.personalization.shoppers.affinity import ValueShares, affinity_of
from ranking.personalization.shoppers.choosing import FAMILY_COUNT
from ranking.personalization.shoppers.intent import mean_direction, visit_of
from ranking.personalization.shoppers.likings import Actions, likings_of
from ranking.personalization.shoppers.profile import Evidence, Own, Profile, Visit
from ranking.personalization.shoppers.segments import Segments
from ranking.personalization.shoppers.weights import OwnProducts, own_products

MOST_PRODUCTS = 2_000  # the latest; a shopper of a million events has a profile as small as any


@dataclass(frozen=True, slots=True)
class Society:
    """What all shoppers share: the values they take, the segments they fall into, and how much they differ in what they choose
    (`spread`: see choosing), of one generation of rows.
    """

    generation: int
    values: ValueShares
    segments: Segments
    spread: NDArray[np.float64] = field(default_factory=lambda: np.full(FAMILY_COUNT, SPREADS[0]))


def build_profile(actions: Actions, rows: TasteRows, society: Society, *, now: float) -> Profile:
    """The profile at `now`, seconds since 1970, of the one shopper whose actions these are.

    `rows`: of the products by the numbers that `actions.product` uses; actions after `now` are left out. The order of the
    actions does not matter.
    """
    past = actions.before(now)
    own = _latest(own_products(likings_of(past), now=now))
    return profile_of(own, rows, society, now=now, events=past.at.size, visit=_visit(past, rows))


def profile_of(
    own: OwnProducts, rows: TasteRows, society: Society, *, now: float, events: int, visit: Visit
) -> Profile:
    """The profile of the sums of one shopper."""
    mine = rows[own.product]
    factors = fold_in(own.liked.astype(np.float32), mine["factors"].astype(np.float32), mine["scale"])
    segment = int(society.segments.nearest(factors[None, :])[0])
    liked = np.maximum(own.taste, 0.0)
    order, keys = _by_key(mine["key"])
    return Profile(
        as_of=now,
        generation=society.generation,
        evidence=Evidence(
            events=events,
            products=int(own.product.size),
            bought=int((own.bought > 0).sum()),
            bought_again=int((own.bought > 1).sum()),
            segment=segment,
        ),
        own=Own(
            keys,
            own.bought[order].astype(np.float32),
            own.recent[order].astype(np.float32),
            own.taste[order].astype(np.float32),
            own.age_days[order].astype(np.float32),
        ),
        affinity=affinity_of(mine, own.taste, society.values, segment=segment if segment >= 0 else None),
        factors=factors,
        text=mean_direction(mine["text"], own.taste),
        picture=mean_direction(mine["picture"], own.taste),
        log_price=_mean(mine["log_price"], liked),
        log_quantity=_mean(own.log_quantity, own.bought),
        visit=visit,
    )


def _latest(own: OwnProducts) -> OwnProducts:
    if own.product.size <= MOST_PRODUCTS:
        return own
    kept = np.sort(np.argsort(own.age_days, kind="stable")[:MOST_PRODUCTS])
    return own.at(kept)


def _visit(actions: Actions, rows: TasteRows) -> Visit:
    speaking = actions.interest != 0
    return visit_of(rows, actions.product[speaking], actions.at[speaking], actions.interest[speaking])


def _by_key(keys: Keys) -> tuple[NDArray[np.intp], Keys]:
    """The order of the keys, each once: of two products with one key the first counts."""
    unique, first = np.unique(keys, return_index=True)
    return first, unique.astype(np.uint32)


def _mean(values: NDArray[np.float32] | NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    there = ~np.isnan(values) & (weights > 0)
    total = float(weights[there].sum())
    return float(values[there] @ weights[there] / total) if total > 0 else float("nan")
