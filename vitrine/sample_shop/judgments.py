"""Judged queries for the sample shop: what a shopper meant, and how well each product answers it.

A query states a need: a kind of thing and one or two properties. A product of another kind is worth 0; one of the wanted
kind 2 if it has all the properties and 1 if it lacks some. Shoppers' taste raises or lowers that by one: they like what is
in stock, rated well and bought often, and do not want what is sold out, rated badly or hardly ever bought. What has none of
the properties is worth 1 as long as nobody minds it: a black dress still answers "red dress" better than a red scarf.
The grades are made by this rule, not by people: a model can find the taste in them, and its gain shows that it does, no
more.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from vitrine.sample_shop.feed import ShopFiles, write_whole
from vitrine.sample_shop.products import DEFAULT_SEED, Product

QUERIES = 360
_IN_VAIN = 0.2  # of the needs name properties of some other product, which none of the wanted kind may have
_BESIDE = 25  # products of other kinds that are written down as worth nothing
_WELL_RATED, _BADLY_RATED = 4.2, 3.7  # stars
_OFTEN_BOUGHT, _HARDLY_BOUGHT = 0.5, 0.2  # share of products of the same kind that sell less

Property = Callable[[Product], str | None]

PROPERTIES: dict[str, Property] = {
    "colour": lambda p: p.colour.family,
    "material": lambda p: p.design.material.split(" and ")[0],
    "brand": lambda p: p.design.brand,
    "pattern": lambda p: None if p.design.pattern == "plain" else p.design.pattern,
    "gender": lambda p: p.gender,
    "occasion": lambda p: p.wording.occasion,
}
_PHRASES: dict[tuple[str, ...], tuple[str, ...]] = {
    ("colour",): ("{colour} {noun}", "{noun} in {colour}"),
    ("material",): ("{material} {noun}", "{noun} made of {material}"),
    ("brand",): ("{brand} {noun}", "{noun} by {brand}"),
    ("pattern",): ("{pattern} {noun}",),
    ("gender",): ("{gender} {noun}", "{noun} for {gender}"),
    ("occasion",): ("{noun} for {occasion}",),
    ("colour", "material"): ("{colour} {material} {noun}",),
    ("brand", "colour"): ("{brand} {noun} {colour}",),
    ("colour", "pattern"): ("{pattern} {noun} {colour}",),
}


@dataclass(frozen=True, slots=True)
class Need:
    """What a shopper looks for: a noun of the shop and the values its properties must have."""

    query: str
    noun: str
    kind: str
    wanted: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    query: str
    product: str
    grade: int


def make_needs(products: Sequence[Product], *, count: int = QUERIES, seed: int = DEFAULT_SEED) -> list[Need]:
    """Different needs. Most are answered by at least one product; shoppers also ask for what a shop does not sell."""
    rng = Random(f"{seed}/needs")  # noqa: S311  a shop, not a secret
    needs: dict[str, Need] = {}
    while len(needs) < count:
        product = rng.choice(products)
        names = rng.choice(list(_PHRASES))
        described = rng.choice(products) if rng.random() < _IN_VAIN else product
        values = {name: PROPERTIES[name](described) for name in names}
        if None in values.values():
            continue
        noun = product.design.model.noun.lower()
        said = {name: str(value).lower() for name, value in values.items()}
        query = rng.choice(_PHRASES[names]).format(noun=noun, **said)
        wanted = tuple((name, str(value)) for name, value in values.items())
        needs.setdefault(query, Need(query, noun, product.design.kind.name, wanted))
    return list(needs.values())


def taste(product: Product, *, sales: float) -> int:
    """1 where shoppers like it, -1 where they do not want it, else 0. `sales`: share of its kind that sells less."""
    rating = product.rating or 0.0
    if product.stock == 0 or sales < _HARDLY_BOUGHT or 0 < rating < _BADLY_RATED:
        return -1
    return 1 if sales >= _OFTEN_BOUGHT and rating >= _WELL_RATED else 0


def grade(need: Need, product: Product, *, sales: float) -> int:
    """0 to 3: how well this product answers the need."""
    if product.design.kind.name != need.kind:
        return 0
    same_noun = product.design.model.noun.lower() == need.noun
    missed = sum(PROPERTIES[name](product) != value for name, value in need.wanted)
    if not same_noun:
        return 1 if missed == 0 else 0
    liked = taste(product, sales=sales)
    if missed == len(need.wanted):
        return 1 if liked >= 0 else 0
    return (1 if missed else 2) + liked


def judge(products: Sequence[Product], *, seed: int = DEFAULT_SEED) -> tuple[list[Judged], list[Judged]]:
    """Judgments to train on, and others, of other queries, to report on."""
    rng = Random(f"{seed}/grades")  # noqa: S311
    sales = _sales(products)
    halves: tuple[list[Judged], list[Judged]] = ([], [])
    for number, need in enumerate(make_needs(products, seed=seed)):
        grades = {p.id: grade(need, p, sales=sales[p.id]) for p in products}
        near = {p.id for p in products if p.design.kind.name == need.kind}
        others = [id for id, g in grades.items() if g == 0 and id not in near]
        near.update(rng.sample(others, min(_BESIDE, len(others))))
        halves[number % 2].extend(Judged(need.query, id, g) for id, g in grades.items() if g or id in near)
    return halves


def write_judgments(products: Sequence[Product], shop: ShopFiles) -> None:
    """Write both halves beside the feed."""
    for path, rows in zip((shop.training_judgments, shop.report_judgments), judge(products), strict=True):
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(("query", "docid", "rating"))
        lines.writerows((row.query, row.product, row.grade) for row in rows)
        write_whole(path, text.getvalue())


def _sales(products: Sequence[Product]) -> dict[str, float]:
    """Of each product, by its id: the share of its kind that sells less."""
    sales: dict[str, float] = {}
    for kind in {p.design.kind.name for p in products}:
        ranked = sorted((p for p in products if p.design.kind.name == kind), key=lambda p: p.sold)
        sales.update({p.id: place / len(ranked) for place, p in enumerate(ranked)})
    return sales
