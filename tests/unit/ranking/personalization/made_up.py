"""A small society: two kinds of shoppers, two kinds of products, and one shopper nobody is like."""

import numpy as np

from ranking.behaviour.event import SECONDS_A_DAY
from ranking.personalization.learning import Tastes, learn_tastes
from ranking.personalization.products.traits import ProductTraits, traits_of
from ranking.personalization.shoppers.building import build_profile
from ranking.personalization.shoppers.likings import Actions, likings_of
from ranking.personalization.shoppers.profile import Profile

NOW = 400 * SECONDS_A_DAY
PRODUCTS = 40  # even ones are Acme's and red, odd ones Bolt's and blue
SHOPPERS = 120  # even ones buy Acme
TEXT = 24


def traits(products: int = PRODUCTS) -> ProductTraits:
    rng = np.random.default_rng(3)
    plain = traits_of(
        [f"p{n}" for n in range(products)],
        [10.0 + n for n in range(products)],
        {
            "brand": [["Acme"] if n % 2 == 0 else ["Bolt"] for n in range(products)],
            "colour": [["red"] if n % 2 == 0 else ["blue"] for n in range(products)],
        },
        titles=[f"{'warm' if n % 2 == 0 else 'cold'} thing {n}" for n in range(products)],
    )
    text = rng.normal(size=(products, TEXT)).astype(np.float32)
    text[:, 0] += np.where(np.arange(products) % 2 == 0, 4, -4)
    return ProductTraits(plain.ids, plain.values, plain.log_price, text)


def actions(seed: int = 1, products: int = PRODUCTS) -> Actions:
    """Every shopper buys ten products of their kind and one of the other, on days of the last year."""
    rng = np.random.default_rng(seed)
    shopper = np.repeat(np.arange(SHOPPERS), 11)
    own = rng.integers(0, products // 2, shopper.size) * 2 + shopper % 2
    product = np.where(np.arange(shopper.size) % 11 == 10, own ^ 1, own)
    at = NOW - rng.uniform(1, 365, shopper.size) * SECONDS_A_DAY
    return Actions(shopper, product, at, np.full(shopper.size, 6.0), rng.integers(1, 5, shopper.size).astype(float))


def tastes(past: Actions | None = None, *, generation: int = 7) -> Tastes:
    return learn_tastes(traits(), likings_of(past or actions()), shoppers=SHOPPERS, now=NOW, generation=generation)


def one(past: Actions, shopper: int) -> Actions:
    mine = past.shopper == shopper
    return Actions(
        np.zeros(int(mine.sum()), np.int64), past.product[mine], past.at[mine], past.interest[mine], past.quantity[mine]
    )


def profile(shopper: int = 0, *, past: Actions | None = None, known: Tastes | None = None) -> Profile:
    every, learned = past or actions(), known or tastes(past)
    return build_profile(one(every, shopper), learned.rows, learned.society, now=NOW)
