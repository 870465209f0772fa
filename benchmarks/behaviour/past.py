"""A past of any size: searches of 24 products each, clicks by place and by product, carts and purchases."""

from dataclasses import dataclass

import numpy as np

from ranking.behaviour.event import Action, Event
from ranking.features.statistics import ProductColumns

NOW = 1_790_000_000.0
DAY = 86_400.0
PLACES = 24


@dataclass(frozen=True)
class Shop:
    """`columns` of its products, and the words that its shoppers search for."""

    columns: ProductColumns
    queries: tuple[str, ...]


def made_shop(products: int, queries: int) -> Shop:
    random = np.random.default_rng(1)
    absent = np.full(products, np.nan)
    columns = ProductColumns(
        ids=tuple(sorted(f"product-{n}" for n in range(products))),
        price=np.exp(random.normal(3, 1, products)),
        popularity=absent,
        rating=absent,
        rating_count=absent,
        brand=[f"brand {n}" for n in random.integers(0, 200, products)],
        category=[f"category {n}" for n in random.integers(0, 60, products)],
    )
    return Shop(columns, tuple(f"word {n} thing" for n in range(queries)))


def made_events(shop: Shop, count: int, *, seed: int = 3) -> list[Event]:
    """At least `count` events of 60 days: nine impressions in ten, the rest clicks, carts and purchases."""
    random = np.random.default_rng(seed)
    products = len(shop.columns.ids)
    drawn = np.sort(random.zipf(1.3, 4_000_000) - 1)
    popular = drawn[drawn < products]
    events: list[Event] = []
    search = 0
    while len(events) < count:
        query = int(len(shop.queries) * random.random() ** 3)
        shown = np.unique((random.choice(popular, 2 * PLACES) + 97 * query) % products)[:PLACES]
        random.shuffle(shown)
        at = NOW - random.random() * 60 * DAY
        clicked = random.random(shown.size) < 0.3 / np.arange(1, shown.size + 1) ** 0.8
        who = f"shopper-{random.integers(20_000)}", f"visit-{search // 3}"
        for place, product in enumerate(shown.tolist(), start=1):
            actions = [Action.IMPRESSION]
            if clicked[place - 1]:
                actions += [Action.CLICK, Action.ADD_TO_CART, Action.PURCHASE][: 1 + int(random.integers(6) // 4)]
            for step, action in enumerate(actions):
                events.append(
                    Event(
                        f"{search}-{place}-{step}", action, at + step, shop.columns.ids[product], f"q{search}",
                        shop.queries[query], who[0], who[1], place,
                    )
                )  # fmt: skip
        search += 1
    return events
