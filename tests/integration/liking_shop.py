"""A shop whose shoppers like one of two brands, with a past, for tests of personalization."""

import random

from indexer.behaviour.composition import open_log
from indexer.composition import Workshop
from indexer.writing import ProductWriter
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings
from ranking.behaviour.event import SECONDS_A_DAY, Event

NOW = 1_790_000_000.0
PRODUCTS = 40
SHOPPERS = 90
CATALOGUE = Catalogue.model_validate(
    {
        "name": "shop",
        "text": {"title": 1},
        "keyword": ["brand", "colour", "made_of"],
        "number": ["price"],
        "roles": {"brand": "brand", "price": "price"},
        "encoders": {"text": None, "picture": None},
    }
)


def product(number: int) -> dict[str, object]:
    return {
        "id": f"p{number}",
        "title": f"fine mug number {number}",
        "brand": "Acme" if number % 2 == 0 else "Bolt",
        "colour": ("red", "blue", "green")[number % 3],
        "made_of": ["clay", "tin"][number % 2],
        "price": 5 + number,
    }


def sell(settings: Settings) -> None:
    """Write the products, to be found at once."""
    workshop = Workshop(settings)
    stored = workshop.catalogues.put(CATALOGUE, vectors=())
    writer = ProductWriter(workshop.client, stored, ProductReader(CATALOGUE))
    writer.write([writer.read_change(product(number), is_partial=False) for number in range(PRODUCTS)])
    workshop.client.refresh(stored.alias)
    workshop.close()


def remember(settings: Settings) -> None:
    """Put the past into the log: shopper s0, s2, … buy Acme, s1, s3, … Bolt, each now and then the other."""
    chance = random.Random(5)
    events = []
    for shopper in range(SHOPPERS):
        for n in range(8):
            other = 1 if n == 7 else 0
            number = 2 * chance.randrange(PRODUCTS // 2) + (shopper + other) % 2
            at = NOW - chance.uniform(1, 200) * SECONDS_A_DAY
            events.append(Event(f"{shopper}-{n}", "purchase", at, f"p{number}", shopper=f"s{shopper}"))
    log = open_log(settings)
    log.append("shop", events)
    log.close()
