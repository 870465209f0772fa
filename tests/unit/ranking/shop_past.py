"""A past for a made-up shop: searches by position-based shoppers who like some products more, carts, purchases, visits."""

import numpy as np

from ranking.behaviour.event import Action, Event
from ranking.features.statistics import ProductColumns

DAY = 86_400.0
NOW = 1_790_000_000.0
PRODUCTS = 40
QUERIES = ("red mug", "blue mug", "tea pot", "kettle")


def shop() -> ProductColumns:
    """Forty products, four brands, two categories; the better ones have the higher numbers."""
    numbers = np.arange(PRODUCTS, dtype=np.float64)
    absent = np.full(PRODUCTS, np.nan)
    return ProductColumns(
        ids=tuple(f"p{n:02d}" for n in range(PRODUCTS)),
        price=10.0 + numbers,
        popularity=absent,
        rating=absent,
        rating_count=absent,
        brand=[f"brand {n % 4}" for n in range(PRODUCTS)],
        category=["mugs" if n < PRODUCTS // 2 else "pots" for n in range(PRODUCTS)],
    )


def attraction() -> np.ndarray:
    return np.linspace(0.05, 0.6, PRODUCTS)


def looked_at(places: int = 10) -> np.ndarray:
    return 1.0 / np.arange(1, places + 1) ** 0.8


def past(searches: int = 600, *, seed: int = 5, days: float = 20.0, order: str = "random") -> list[Event]:
    """Events of the days before NOW.

    `order` in which products stand: random; fixed, by something that has nothing to do with their attraction; or worst,
    the least attractive first.
    """
    random = np.random.default_rng(seed)
    events: list[Event] = []
    for number in range(searches):
        at = NOW - random.random() * days * DAY
        shown = random.choice(PRODUCTS, 10, replace=False)
        if order == "worst":
            shown = np.sort(shown)
        if order == "fixed":
            shown = shown[np.argsort(shown * 17 % PRODUCTS)]
        looked = random.random(10) < looked_at()
        clicked = looked & (random.random(10) < attraction()[shown])
        who = (f"shopper {random.integers(120)}", f"visit {number}")
        for place, product in enumerate(shown, start=1):
            events.append(_event(number, Action.IMPRESSION, at + place, product, place, who))
            if clicked[place - 1]:
                events.append(_event(number, Action.CLICK, at + 20 + place, product, place, who))
                if random.random() < 0.3:
                    events.append(_event(number, Action.PURCHASE, at + 60 + place, product, place, who))
    return events


def _event(search: int, action: Action, at: float, product: int, place: int, who: tuple[str, str]) -> Event:
    return Event(
        event_id=f"{search}-{action}-{product}",
        action=action,
        at=at,
        product=f"p{product:02d}",
        query_id=f"q{search}",
        query=QUERIES[search % len(QUERIES)],
        shopper=who[0],
        session=who[1],
        position=place,
    )
