"""The products of the sample shop: every choice follows from the seed, so two runs make the same shop."""

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from vitrine.sample_shop.assortment import Colour, Kind, Model, read_assortment
from vitrine.sample_shop.reviews import Review, write_reviews
from vitrine.sample_shop.wording import Design, Wording, compose, noun_zh, series_names

DEFAULT_SEED = 7
TODAY = date(2026, 11, 20)  # the shop's own calendar: fixed, so that the shop is the same on every day
SIZES = {
    "garment": ("XS", "S", "M", "L", "XL"),
    "shoe": ("37", "38", "39", "40", "41", "42", "43", "44"),
}
WITHOUT_PICTURE_SHARE = 0.025
VIEWS = ("front", "context", "detail", "angle")


@dataclass(frozen=True, slots=True)
class Product:
    """One product as the shop sells it. `views` names its pictures in order; empty when it has none."""

    id: str
    group: str
    design: Design
    colour: Colour
    wording: Wording
    price: float
    list_price: float
    stock: int
    rating: float | None
    rating_count: int
    sold: int
    released: date
    gender: str | None
    room: tuple[str, ...]
    sizes: tuple[str, ...]
    reviews: tuple[Review, ...]
    views: tuple[str, ...]

    @property
    def title_noun_zh(self) -> str:
        return noun_zh(self.design)

    @property
    def on_sale(self) -> bool:
        return self.price < self.list_price


def make_products(seed: int = DEFAULT_SEED) -> tuple[Product, ...]:
    """All products, groups of variants together, kinds in the order of the assortment."""
    taken: set[tuple[str, str]] = set()
    made: list[Product] = []
    for kind in read_assortment().kinds:
        for number in range(kind.groups):
            rng = Random(f"{seed}/{kind.name}/{number}")  # noqa: S311  a shop, not a secret
            design = _design(kind, kind.models[number % len(kind.models)], rng, taken)
            made.extend(_group(design, rng))
    return tuple(made)


def _design(kind: Kind, model: Model, rng: Random, taken: set[tuple[str, str]]) -> Design:
    while True:
        series, brand = rng.choice(series_names()), rng.choice(kind.brands)
        if (series, model.noun) not in taken:
            taken.add((series, model.noun))
            break
    return Design(kind, model, brand, series, rng.choice(model.materials), rng.choice(model.patterns))


def _group(design: Design, rng: Random) -> list[Product]:
    count = rng.choices((1, 2, 3, 4), weights=(2, 4, 4, 1))[0]
    colours = rng.sample(design.model.palette, min(count, len(design.model.palette)))
    group = _slug(f"{design.series} {design.model.noun}")
    low, high = design.kind.price
    list_price = _nice(low * (high / low) ** rng.betavariate(1.6, 2.4))
    discounted = rng.random() < 0.28
    quality = rng.betavariate(4, 2)
    gender = rng.choice(design.kind.gender) if design.kind.gender else None
    released = TODAY - timedelta(days=int(rng.expovariate(1 / 420)))
    made = []
    for number, colour in enumerate(colours):
        price = _nice(list_price * rng.choice((0.9, 0.8, 0.75, 0.7, 0.6))) if discounted else list_price
        base = _Base(group, gender, released, quality, price, list_price)
        made.append(_variant(design, colour, rng, base=base, main=number == 0))
    return made


@dataclass(frozen=True, slots=True)
class _Base:
    group: str
    gender: str | None
    released: date
    quality: float
    price: float
    list_price: float


def _variant(design: Design, colour: Colour, rng: Random, *, base: _Base, main: bool) -> Product:
    kind = design.kind
    wording = compose(design, colour, rng)
    reviews = write_reviews(design, colour, rng, quality=base.quality, today=TODAY)
    age = max(20, (TODAY - base.released).days)
    sold = int(rng.lognormvariate(2.6 + 2.2 * base.quality + 0.35 * math.log(age / 100), 0.7))
    rated = len(reviews) + int(sold * rng.uniform(0.04, 0.2)) if reviews else 0
    stars = sum(r.rating for r in reviews)
    crowd = min(4.95, max(1.4, 2.7 + 2.3 * base.quality + rng.gauss(0, 0.15)))
    rating = round((stars + crowd * (rated - len(reviews))) / rated, 1) if rated else None
    sizes = SIZES.get(kind.look, ())
    sold_out = rng.random() < 0.07
    views = ("front", *rng.sample(VIEWS[1:], 2 if main and rng.random() < 0.35 else 1))
    return Product(
        id=f"{base.group}-{_slug(colour.name)}",
        group=base.group,
        design=design,
        colour=colour,
        wording=wording,
        price=base.price,
        list_price=base.list_price,
        stock=0 if sold_out else 1 + int(rng.expovariate(1 / 35)),
        rating=rating,
        rating_count=rated,
        sold=sold,
        released=base.released,
        gender=base.gender,
        room=kind.room,
        sizes=tuple(s for s in sizes if rng.random() < 0.82) or sizes[:1],
        reviews=reviews,
        views=() if rng.random() < WITHOUT_PICTURE_SHARE else views,
    )


def _nice(amount: float) -> float:
    """A price as shops write it: 12.90, 49, 129."""
    if amount < 30:
        return round(amount) - 0.10
    return float(round(amount)) if amount < 100 else float(round(amount / 5) * 5 - 1)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
