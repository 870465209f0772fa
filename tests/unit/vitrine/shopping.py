"""A shelf and a shop without a wire, for simulated shoppers."""

import numpy as np

from plugin_config.catalogue import parse_catalogue
from query_service.routes.catalogues import declared
from vitrine.sample_shop.feed import catalogue_text, feed_line
from vitrine.sample_shop.products import make_products
from vitrine.simulator.shelf import Shelf, make_shelf
from vitrine.simulator.shop_api import ShownHit, ShownPage


def sample_shelf() -> Shelf:
    """The products of the sample shop, as GET /catalogues/shop describes them."""
    described = declared(parse_catalogue(catalogue_text(), origin="the sample shop")).model_dump()
    lines = [feed_line(product) for product in make_products()]
    return make_shelf([(line["id"], line) for line in lines], described)


class RandomShop:
    """Answers every search with products in no order at all; remembers who asked for what."""

    def __init__(self, shelf: Shelf, *, only: str | None = None, size: int = 12) -> None:
        self._rng = np.random.default_rng(5)
        places = shelf.by_category[only] if only else range(len(shelf.items))
        self._ids = [shelf.items[place].id for place in places]
        self._size = size
        self.asked: list[tuple[str, str | None]] = []

    def __call__(self, words: str, user: str | None) -> ShownPage:
        self.asked.append((words, user))
        chosen = self._rng.choice(len(self._ids), size=self._size, replace=False)
        hits = tuple(ShownHit(self._ids[i], rank, f"token-{i}") for rank, i in enumerate(chosen, start=1))
        return ShownPage(f"q{len(self.asked)}", hits, "hybrid", None, ())
