"""True tastes: how much a product is worth to a shopper who has a need, known exactly because we made them up.

appeal = logistic(charm + brand + colour + price + quality − reserve), utility = relevance to the need × appeal. Charm is what
everybody sees in a product and no field says; the other parts are the shopper's own, partly shared by their segment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vitrine.simulator.needs import Need, relevance
from vitrine.simulator.shelf import Floats, Shelf

SEGMENTS = 5
_CHARM, _BRAND, _COLOUR, _PRICE, _QUALITY = 0.9, 1.2, 0.9, 1.2, 0.6  # standard deviations of the parts of the appeal
_SEGMENT_SHARE = 0.5  # of the variance of a taste
_RESERVE = 1.6  # so that most products leave most shoppers cold


@dataclass(frozen=True, slots=True)
class Tastes:
    """What one shopper likes. `brand` and `colour`: liking by value; `thrift`: above 0 for who likes it cheap, below for
    who likes it dear; `categories`: how often they need something of each category, summing to 1.
    """

    segment: int
    brand: Mapping[str, float]
    colour: Mapping[str, float]
    thrift: float
    quality: float
    categories: Floats


class Market:
    """What holds for every shopper of one simulation: the shelf, the charm of its products, and the segments."""

    def __init__(self, shelf: Shelf, *, seed: int) -> None:
        self.shelf = shelf
        rng = np.random.default_rng([seed, 1])
        group_charm = rng.normal(0.0, _CHARM, int(shelf.groups.max()) + 1 if shelf.items else 0)
        self.charm: Floats = group_charm[shelf.groups]
        self._brands = tuple(sorted({item.brand for item in shelf.items}))
        self._colours = tuple(sorted({item.colour for item in shelf.items}))
        self._brand = np.array([self._brands.index(item.brand) for item in shelf.items])
        self._colour = np.array([self._colours.index(item.colour) for item in shelf.items])
        self._cheap = np.array([item.cheapness for item in shelf.items]) - 0.5
        self._quality = np.array([item.quality for item in shelf.items])
        self._quality -= self._quality.mean()
        sizes = (SEGMENTS, len(self._brands)), (SEGMENTS, len(self._colours)), (SEGMENTS, 1)
        self._segments = tuple(rng.normal(0.0, 1.0, size) for size in sizes)
        self._demand = rng.dirichlet(np.full(len(shelf.categories), 2.0), SEGMENTS)
        self.companions = _companions(shelf, rng)

    def draw(self, rng: np.random.Generator) -> Tastes:
        """Tastes of a new shopper."""
        segment = int(rng.integers(SEGMENTS))
        brand, colour, price = (self._mixed(rng, part[segment]) for part in self._segments)
        own = rng.dirichlet(len(self.shelf.categories) * self._demand[segment] + 0.05)
        return Tastes(
            segment,
            dict(zip(self._brands, (_BRAND * brand).tolist(), strict=True)),
            dict(zip(self._colours, (_COLOUR * colour).tolist(), strict=True)),
            thrift=float(_PRICE * 2 * price[0]),
            quality=float(_QUALITY * 4 * max(0.0, rng.normal(1.0, 0.5))),
            categories=0.5 * own + 0.5 * self._demand[segment],
        )

    def appeal(self, tastes: Tastes) -> Floats:
        """How much this shopper would like each product of the shelf if they needed one of its kind; between 0 and 1."""
        brand = np.array([tastes.brand[name] for name in self._brands])[self._brand]
        colour = np.array([tastes.colour[name] for name in self._colours])[self._colour]
        rest = tastes.thrift * self._cheap + tastes.quality * self._quality
        return np.asarray(1.0 / (1.0 + np.exp(_RESERVE - (self.charm + brand + colour + rest))), dtype=np.float64)

    def utility(self, tastes: Tastes, need: Need) -> Floats:
        """The true worth of every product of the shelf for this shopper and need, between 0 and 1, shape (products,)."""
        return relevance(need, self.shelf) * self.appeal(tastes)

    @staticmethod
    def _mixed(rng: np.random.Generator, segment: Floats) -> Floats:
        own = rng.normal(0.0, 1.0, segment.shape)
        return np.asarray(np.sqrt(_SEGMENT_SHARE) * segment + np.sqrt(1 - _SEGMENT_SHARE) * own, dtype=np.float64)


def _companions(shelf: Shelf, rng: np.random.Generator) -> Mapping[str, str]:
    """For each category another one that is often needed with it."""
    names = list(shelf.categories)
    if len(names) < 2:
        return {name: name for name in names}
    order = rng.permutation(len(names))
    return {names[order[i]]: names[order[(i + 1) % len(names)]] for i in range(len(names))}
