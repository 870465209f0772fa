"""Customer reviews of the sample shop: fragments picked by verdict, ordered and joined, in English or Chinese."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from vitrine.sample_shop.assortment import Colour, shop_words
from vitrine.sample_shop.wording import Design, chinese_material

CHINESE_SHARE = 0.22


@dataclass(frozen=True, slots=True)
class Review:
    """One customer's words. `rating` is 1 to 5 stars."""

    text: str
    rating: int
    author: str
    written: date


@cache
def _fragments() -> dict[str, Any]:
    fragments: dict[str, Any] = shop_words("reviews")
    return fragments


def write_reviews(design: Design, colour: Colour, rng: Random, *, quality: float, today: date) -> tuple[Review, ...]:
    """Up to seven reviews; `quality` (0 to 1) is how good the product is, so how high the stars stand."""
    count = min(7, int(rng.expovariate(0.45)))
    return tuple(_review(design, colour, rng, quality=quality, today=today) for _ in range(count))


def _stars(rng: Random, quality: float) -> int:
    return max(1, min(5, round(rng.gauss(2.6 + 2.4 * quality, 0.9))))


def _review(design: Design, colour: Colour, rng: Random, *, quality: float, today: date) -> Review:
    stars = _stars(rng, quality)
    written = today - timedelta(days=rng.randint(2, 620))
    if rng.random() < CHINESE_SHARE:
        return Review(_chinese(design, colour, rng, stars), stars, rng.choice(_fragments()["authors_zh"]), written)
    return Review(_english(design, colour, rng, stars), stars, rng.choice(_fragments()["authors"]), written)


def _verdict(stars: int) -> str:
    return "good" if stars >= 4 else "fair" if stars == 3 else "poor"


def _english(design: Design, colour: Colour, rng: Random, stars: int) -> str:
    words, verdict, look = _fragments(), _verdict(stars), design.kind.look
    praise = rng.sample(words["good"][look], rng.randint(1, 2) if stars >= 3 else 1)
    blame = rng.sample(words["bad"][look], {5: 0, 4: rng.randint(0, 1), 3: 1}.get(stars, rng.randint(1, 2)))
    body = praise if stars == 5 else [*praise, *blame] if stars >= 3 else blame
    parts = [rng.choice(words["open"][verdict]), *body]
    if rng.random() < 0.35:
        parts.insert(rng.randint(1, len(parts)), rng.choice(words["use"]))
    parts.append(rng.choice(words["close"][verdict]))
    if rng.random() < 0.25:
        parts = parts[1:]
    occasions = list(occasions_of(look))
    filled = " ".join(p for p in parts if p).format(
        noun=design.model.noun.lower(),
        brand=design.brand,
        colour=colour.name.lower(),
        material=design.material,
        occasion=rng.choice(occasions),
    )
    return filled.lower() if rng.random() < 0.06 else filled


def _chinese(design: Design, colour: Colour, rng: Random, stars: int) -> str:
    words, look = _fragments()["zh"], design.kind.look
    body = rng.sample(words["good"][look], 2) if stars >= 4 else [rng.choice(words["bad"][look])]
    if stars == 3:
        body.insert(0, rng.choice(words["good"][look]))
    closing = rng.choice(words["close"]) if stars >= 4 else ""
    text = rng.choice(words["open"][_verdict(stars)]) + "".join(body) + closing
    return str(text.format(colour=colour.zh, material=chinese_material(design.material)))


@cache
def occasions_of(look: str) -> tuple[str, ...]:
    """The occasions that products of this look are bought for."""
    return tuple(shop_words("wording")["occasions"][look])
