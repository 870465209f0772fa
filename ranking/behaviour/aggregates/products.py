"""Behaviour of each product: counters, trends, recency, and rates that back off to variants, brand, category and all, and
to products of like vectors."""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from ranking.behaviour.aggregates.columns import CODE, EventColumns, Floats
from ranking.behaviour.aggregates.counters import faded, latest, windowed
from ranking.behaviour.aggregates.exposures import Exposures, exposures
from ranking.behaviour.aggregates.facts import ProductFacts
from ranking.behaviour.aggregates.influence import influence
from ranking.behaviour.aggregates.places import Places, measured_places
from ranking.behaviour.alike import Alike, alike_products
from ranking.behaviour.choices.considered import Sights, considered
from ranking.behaviour.choices.worths import learn_worths
from ranking.behaviour.event import INTEREST, SECONDS_A_DAY, Action
from ranking.behaviour.rates import BackedOff, backed_off, gamma_strength, prior_strength
from ranking.features.declared.behaviour import CLICK_DAYS, PURCHASE_DAYS

FADE_DAYS: Final = 30.0
TREND_DAYS: Final = 3.0
Columns = dict[str, Floats]


class Behaviour:
    """What happened up to `now`, ready to be counted. `events` must be aligned with `facts.ids`."""

    def __init__(self, events: EventColumns, facts: ProductFacts, *, now: float) -> None:
        self.now = now
        self.facts = facts
        self.events = events.until(now)
        self.weights = influence(self.events)
        fresh = exposures(self.events)
        self.seen: Exposures = fresh.fading(half_life_days=FADE_DAYS, now=now)
        self.places: Places = measured_places(self.seen)

    @property
    def tells_sights(self) -> bool:
        """Whether anything is known to have been seen and passed over; a shop may report clicks alone."""
        return bool((~self.seen.clicked).any())

    def of(self, action: Action) -> tuple[EventColumns, Floats]:
        """Events of one action with their weights."""
        rows = self.events.action == CODE[action]
        return self.events.where(rows), self.weights[rows]

    def per_product(self, values: Floats) -> Floats:
        """Sums over exposures, shape (products,)."""
        known = self.seen.product >= 0
        size = len(self.facts.ids)
        return np.bincount(self.seen.product[known], weights=values[known], minlength=size).astype(np.float64)


def product_behaviour(behaviour: Behaviour) -> Columns:
    """Columns by feature name, each of shape (products,). What the log never speaks of is NaN throughout, never 0."""
    found = {**_counters(behaviour), **_trends(behaviour)}
    rates = _rates(behaviour, found)
    return {**found, **rates, **_groups(behaviour, found)}


def _counters(behaviour: Behaviour) -> Columns:
    now, size, found = behaviour.now, len(behaviour.facts.ids), Columns()
    wanted: dict[Action, tuple[str, tuple[int, ...]]] = {
        Action.IMPRESSION: ("shown", (30,)),
        Action.CLICK: ("clicks", CLICK_DAYS),
        Action.ADD_TO_CART: ("carts", (30,)),
        Action.PURCHASE: ("purchases", PURCHASE_DAYS),
    }
    for action, (name, windows) in wanted.items():
        events, weights = behaviour.of(action)
        product = events.product.astype(np.int64)
        count: Callable[..., Floats] = partial(_count, product, events.at, weights, now, size)
        for days in windows:
            found[f"{name}_{days}d"] = count(days=days)
        found[f"{name}_faded"] = count(half_life=FADE_DAYS)
    return found


def _count(
    product: np.ndarray, at: Floats, weights: Floats, now: float, size: int, *, days: int = 0, half_life: float = 0.0
) -> Floats:
    if not at.size:
        return np.full(size, np.nan)
    if days:
        return windowed(product, at, weights, days=days, now=now, size=size)
    return faded(product, at, weights, half_life_days=half_life, now=now, size=size)


def _trends(behaviour: Behaviour) -> Columns:
    """Short decay over what long decay would expect of it, one event of doubt: 1 is as usual, 2 twice as much."""
    now, size, events = behaviour.now, len(behaviour.facts.ids), behaviour.events
    worth = np.array([max(INTEREST[action], 0.0) for action in CODE])[events.action] * behaviour.weights
    sold, weights = behaviour.of(Action.PURCHASE)
    recency = (now - latest(sold.product.astype(np.int64), sold.at, now=now, size=size)) / SECONDS_A_DAY
    return {
        "trend": _trend(events, worth, now, size),
        "sales_trend": _trend(sold, weights, now, size),
        "days_since_sale": recency,
    }


def _trend(events: EventColumns, worth: Floats, now: float, size: int) -> Floats:
    if not worth.any():
        return np.full(size, np.nan)
    product = events.product.astype(np.int64)
    short = faded(product, events.at, worth, half_life_days=TREND_DAYS, now=now, size=size)
    usual = faded(product, events.at, worth, half_life_days=FADE_DAYS, now=now, size=size) * TREND_DAYS / FADE_DAYS
    return np.asarray((short + 1.0) / (usual + 1.0), dtype=np.float64)


def _rates(behaviour: Behaviour, counted: Columns) -> Columns:
    seen, places, groups = behaviour.seen, behaviour.places, behaviour.facts.groups
    clicked = behaviour.per_product(seen.clicks)
    placed = behaviour.per_product(np.where(seen.position > 0, seen.clicks, 0.0))
    expected = behaviour.per_product(places.expected(seen))
    looks = np.maximum(behaviour.per_product(places.looks(seen)), placed)
    if not behaviour.tells_sights:
        clicked, placed, expected, looks = (np.zeros_like(looks) for _ in range(4))
    alike = alike_products(behaviour.facts.vectors, looks)
    rate: Callable[..., BackedOff] = partial(backed_off, groups=groups, alike=alike)
    against = _known(expected, rate(placed, expected, strength=gamma_strength))
    attracted = _known(looks, rate(placed, looks))
    clicks = np.nan_to_num(counted["clicks_faded"])
    carts, sales = (np.minimum(np.nan_to_num(counted[name]), clicks) for name in ("carts_faded", "purchases_faded"))
    bought = _known(clicks, rate(sales, clicks))
    return {
        "click_rate": _known(clicked, rate(clicked, behaviour.per_product(seen.weight))).rates,
        "cart_rate": _known(clicks, rate(carts, clicks)).rates,
        "purchase_rate": bought.rates,
        "clicks_vs_expected": against.rates,
        "attraction": attracted.rates,
        "choice_worth": _worths(behaviour),
        "clicks_vs_similar": _ratio(attracted),
        "purchases_vs_similar": _ratio(bought),
        **_alike(alike, placed, looks),
    }


def _alike(alike: Alike | None, placed: Floats, looks: Floats) -> Columns:
    """What is known of products like each, itself left out; NaN for those that are like none."""
    if alike is None:
        return {name: np.full(looks.shape, np.nan) for name in ("attraction_alike", "looks_alike")}
    known, everybody = alike.pooled(looks), placed.sum() / max(float(looks.sum()), 1e-12)
    rates = alike.rates(placed, looks, np.full(looks.shape, everybody), prior_strength(placed, looks))
    is_like = alike.weights.sum(axis=1) > 0
    return {"attraction_alike": np.where(is_like, rates, np.nan), "looks_alike": np.where(is_like, known, np.nan)}


def _worths(behaviour: Behaviour) -> Floats:
    """Worths by what was chosen over what, NaN throughout before the first choice."""
    events, facts = behaviour.events, behaviour.facts
    interest = np.array([INTEREST[action] for action in CODE])[events.action]
    rows = (events.search != 0) & (events.product >= 0) & (interest >= 0)
    sights = Sights(
        events.search,
        events.person,
        events.product.astype(np.int64),
        events.position.astype(np.int64),
        interest,
        events.at,
    )
    lists = considered(sights.where(rows)).fading(half_life_days=FADE_DAYS, now=behaviour.now)
    if not len(lists):
        return np.full(len(facts.ids), np.nan)
    return learn_worths(lists, (facts.variants.of, facts.brand.of), len(facts.ids))


def _known(evidence: Floats, found: BackedOff) -> BackedOff:
    """NaN throughout where nothing was ever tried, so that nothing is told apart from never."""
    if evidence.any():
        return found
    absent = np.full(found.rates.shape, np.nan)
    return BackedOff(absent, absent)


def _ratio(found: BackedOff) -> Floats:
    similar = np.where(found.similar > 0, found.similar, np.nan)
    return np.asarray(found.rates / similar, dtype=np.float64)


def _groups(behaviour: Behaviour, counted: Columns) -> Columns:
    seen, places, found = behaviour.seen, behaviour.places, Columns()
    placed = behaviour.per_product(np.where(seen.position > 0, seen.clicks, 0.0))
    expected = behaviour.per_product(places.expected(seen))
    overall = placed.sum() / expected.sum() if expected.any() and behaviour.tells_sights else np.nan
    for name, group in (("brand", behaviour.facts.brand), ("category", behaviour.facts.category)):
        clicks, tried = group.sums(placed), group.sums(expected)
        strength = gamma_strength(clicks, tried)
        found[f"{name}_clicks_vs_expected"] = group.spread((clicks + strength * overall) / (tried + strength))
        for counter in ("clicks_30d", "purchases_30d"):
            found[f"{name}_{counter}"] = group.spread(group.sums(counted[counter]))
    return found
