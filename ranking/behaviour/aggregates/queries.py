"""Behaviour of each query: its products, and what category, brand and price its clicks fall on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.columns import Floats, Longs
from ranking.behaviour.aggregates.facts import Grouping
from ranking.behaviour.aggregates.grouping import grouped
from ranking.behaviour.aggregates.products import FADE_DAYS, Behaviour
from ranking.behaviour.event import SECONDS_A_DAY, Action
from ranking.behaviour.rates import gamma_strength
from ranking.features.declared.behaviour import PAIR_FEATURES

MOST_QUERIES: Final = 100_000
MOST_PAIRS: Final = 200  # products kept of one query, those with most clicks and showings
MOST_CLASSES: Final = 16
PURCHASE_WORTH: Final = 5.0  # clicks
LEAST_EVIDENCE: Final = 0.01  # clicks: older evidence has faded away
_CLASS_DOUBT: Final = 3.0  # clicks at the catalogue's own mix


@dataclass(frozen=True, slots=True)
class QueryBehaviour:
    """One query. `products`: int64, shape (n,), by product number; `pairs`: shape (n, len(PAIR_FEATURES)). `evidence`: faded
    clicks and purchases. `spread`: over how many products they spread (exp of their entropy). `log_price`: mean natural
    logarithm of the price, NaN where unknown. `categories`, `brands`: shares by name.
    """

    query: str
    evidence: float
    spread: float
    log_price: float
    products: Longs
    pairs: NDArray[np.float64]
    categories: dict[str, float]
    brands: dict[str, float]


def query_behaviour(behaviour: Behaviour, against: Floats) -> list[QueryBehaviour]:
    """The queries that led to a click or a purchase, most evidence first.

    `against`: shape (products,), clicks_vs_expected of the products, towards which each pair is shrunk.
    """
    query, product, pairs = _pairs(behaviour, against)
    if not query.size:
        return []
    clicks, bought = pairs[:, 1], pairs[:, 2]
    worth = clicks + PURCHASE_WORTH * bought
    evidence = np.bincount(query, weights=worth)
    order = np.lexsort((product, -pairs[:, 0], -worth, query))
    begin = np.searchsorted(query[order], np.arange(evidence.size + 1))
    texts = behaviour.events.queries
    wanted = np.flatnonzero(evidence >= LEAST_EVIDENCE).tolist()
    wanted.sort(key=lambda number: (-evidence[number], texts[number]))
    usual = _usual(behaviour, product, worth)
    return [
        _one(behaviour, texts[number], order[begin[number] : begin[number + 1]], (product, pairs, worth), usual)
        for number in wanted[:MOST_QUERIES]
    ]


def _pairs(behaviour: Behaviour, against: Floats) -> tuple[Longs, Longs, NDArray[np.float64]]:
    """Query, product and PAIR_FEATURES of every pair that was seen or bought."""
    seen = behaviour.seen
    sold, weights = behaviour.of(Action.PURCHASE)
    age = np.exp2((sold.at - behaviour.now) / (FADE_DAYS * SECONDS_A_DAY))
    of_seen, of_sold = (seen.query >= 0) & (seen.product >= 0), (sold.query >= 0) & (sold.product >= 0)
    split = int(of_seen.sum())
    query = np.concatenate([seen.query[of_seen], sold.query[of_sold].astype(np.int64)])
    product = np.concatenate([seen.product[of_seen], sold.product[of_sold].astype(np.int64)])
    groups = grouped(query, product)
    first = np.zeros(groups.count, dtype=np.int64)
    first[groups.of] = np.arange(query.size)

    def total(values: Floats, *, of_seen: bool) -> Floats:
        of = groups.of[:split] if of_seen else groups.of[split:]
        return np.bincount(of, weights=values, minlength=groups.count).astype(np.float64)

    shown = total(seen.weight[of_seen], of_seen=True)
    clicks = total(seen.clicks[of_seen], of_seen=True)
    expected = total(behaviour.places.expected(seen)[of_seen], of_seen=True)
    bought = total((weights * age)[of_sold], of_seen=False)
    query, product = query[first], product[first]
    whole = np.bincount(query, weights=clicks) if query.size else np.zeros(0)
    strength = gamma_strength(clicks, expected)
    prior = np.nan_to_num(against[product], nan=1.0)
    ratio = (clicks + strength * prior) / (expected + strength)
    values = np.stack([shown, clicks, bought, clicks / (whole[query] + 1.0), ratio], axis=1)
    assert values.shape[1] == len(PAIR_FEATURES)
    return query, product, values


def _usual(behaviour: Behaviour, product: Longs, worth: Floats) -> tuple[Floats, Floats]:
    """The shares of categories and brands over all queries."""
    per_product = np.bincount(product, weights=worth, minlength=len(behaviour.facts.ids)).astype(np.float64)
    found = []
    for group in (behaviour.facts.category, behaviour.facts.brand):
        sums = group.sums(per_product)
        found.append(sums / max(float(sums.sum()), 1e-12))
    return found[0], found[1]


def _one(
    behaviour: Behaviour,
    text: str,
    rows: Longs,
    table: tuple[Longs, NDArray[np.float64], Floats],
    usual: tuple[Floats, Floats],
) -> QueryBehaviour:
    product, pairs, worth = table[0][rows], table[1][rows], table[2][rows]
    total = float(worth.sum())
    share = worth[worth > 0] / total
    kept = slice(0, MOST_PAIRS)
    return QueryBehaviour(
        query=text,
        evidence=total,
        spread=float(np.exp(-(share * np.log(share)).sum())),
        log_price=_log_price(behaviour.facts.price[product], worth),
        products=product[kept],
        pairs=pairs[kept],
        categories=_classes(behaviour.facts.category, product, worth, usual[0]),
        brands=_classes(behaviour.facts.brand, product, worth, usual[1]),
    )


def _log_price(prices: Floats, worth: Floats) -> float:
    priced = (prices > 0) & (worth > 0)
    return float(np.average(np.log(prices[priced]), weights=worth[priced])) if priced.any() else float("nan")


def _classes(group: Grouping, product: Longs, worth: Floats, usual: Floats) -> dict[str, float]:
    """The largest shares; a query with few clicks looks like the catalogue's usual mix."""
    member = group.of[product]
    here, weights = np.unique(member[member >= 0]), worth[member >= 0]
    if not here.size:
        return {}
    sums = np.bincount(np.searchsorted(here, member[member >= 0]), weights=weights)
    shares = (sums + _CLASS_DOUBT * usual[here]) / (float(sums.sum()) + _CLASS_DOUBT)
    best = np.lexsort((here, -shares))[:MOST_CLASSES]
    return {group.names[here[i]]: float(shares[i]) for i in best.tolist()}
