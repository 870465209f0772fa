"""What a product is, as far as taste goes: the keys of its brand, categories, price band, colours, attributes and words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ranking.personalization.keys import NONE, Keys, value_key
from ranking.words import words_apart

# Family → most values of one product that count. The order is that of packed rows and of a profile's defaults.
FAMILIES: Mapping[str, int] = {"brand": 1, "category": 3, "price_band": 1, "colour": 2, "attributes": 8, "words": 12}
PRICE_BANDS = 8
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ProductTraits:
    """Products in a fixed order. `values`: by family, uint32 of shape (products, slots), 0 where there is none.

    `log_price`: float32, NaN where unknown. `text`, `picture`: float32 of shape (products, dimensions), rows of NaN for
    products without the vector, or of no columns where the catalogue has none. `group`: the number of the group of variants
    that each belongs to, -1 for none; empty where nothing is known of groups.
    """

    ids: tuple[str, ...]
    values: Mapping[str, Keys]
    log_price: Floats
    text: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    picture: Floats = field(default_factory=lambda: np.empty((0, 0), np.float32))
    group: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


def traits_of(
    ids: Sequence[str],
    prices: Sequence[float | None],
    values: Mapping[str, Sequence[Iterable[str]]],
    *,
    titles: Sequence[str] = (),
) -> ProductTraits:
    """Traits from plain values. `values`: by family (brand, category, colour, attributes) the values of each product;
    attributes are best given as `field=value`. Price bands are eighths of the catalogue's own prices.
    """
    priced = np.array([np.nan if not price or price <= 0 else price for price in prices], dtype=np.float64)
    log_price = np.log(priced).astype(np.float32)
    plain: dict[str, Sequence[Iterable[str]]] = {
        **values,
        "price_band": [() if band < 0 else (str(band),) for band in price_bands(log_price).tolist()],
        "words": [words_of(title) for title in titles],
    }
    keys = {family: family_keys(family, plain.get(family, ()), len(ids)) for family in FAMILIES}
    return ProductTraits(tuple(ids), keys, log_price)


def family_keys(family: str, values: Sequence[Iterable[str]], products: int) -> Keys:
    """The values of one family as keys, shape (products, slots); what is beyond the slots is left out."""
    slots = FAMILIES[family]
    found = np.full((products, slots), NONE, dtype=np.uint32)
    known: dict[str, int] = {}
    for row, own in enumerate(values):
        for column, value in enumerate(list(dict.fromkeys(own))[:slots]):
            if value not in known:
                known[value] = value_key(family, value)
            found[row, column] = known[value]
    return found


def price_bands(log_price: Floats) -> NDArray[np.int64]:
    """The eighth of all prices each price lies in, from 0; -1 where it is unknown."""
    known = ~np.isnan(log_price)
    bands = np.full(log_price.shape, -1, dtype=np.int64)
    if known.any():
        edges = np.quantile(log_price[known], np.arange(1, PRICE_BANDS) / PRICE_BANDS)
        bands[known] = np.searchsorted(edges, log_price[known], side="right")
    return bands


def words_of(title: str) -> list[str]:
    """The words of a title in lower case."""
    return words_apart(title.lower()).replace("_", " ").split()
