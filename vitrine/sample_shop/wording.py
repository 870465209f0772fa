"""Titles and descriptions of the sample shop, in English and Chinese."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from vitrine.sample_shop.assortment import Colour, Kind, Model, shop_words


@dataclass(frozen=True, slots=True)
class Design:
    """What all colours of one group share: the shape, its maker, its name and what it is made of."""

    kind: Kind
    model: Model
    brand: str
    series: str
    material: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one product. `occasion` and `features` are English; the Chinese ones stand in the description."""

    title: str
    title_zh: str
    description: str
    description_zh: str
    occasion: str
    features: tuple[str, ...]


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = shop_words("wording")
    return words


def series_names() -> tuple[str, ...]:
    return tuple(_words()["series"])


def chinese_material(material: str) -> str:
    return str(_words()["materials"][material])


def noun_zh(design: Design) -> str:
    """The Chinese noun: what is knitted of wool is a 羊毛衫."""
    noun = design.model.zh
    return noun.replace("毛衣", "羊毛衫").replace("针织开衫", "羊毛开衫") if "wool" in design.material else noun


def _material_word(design: Design) -> str:
    """The material as a title says it, empty where the noun says it already."""
    said = design.model.noun.lower()
    hidden = {"solid oak": "Oak", "oak and fabric": "Oak", "recycled mesh": "", "acetate": "", "plastic": ""}
    word = hidden.get(design.material, design.material.split(" and ")[0].title())
    if design.kind.look == "gadget" or any(w in said for w in word.lower().split()) or "pot" in said:
        return ""
    return word


def _for_kind(part: str, kind: Kind) -> Any:
    """The words for a kind of its own, else those of its family."""
    choices = _words()[part]
    return choices.get(kind.name, choices[kind.look])


def _noun_forms(noun: str) -> dict[str, str]:
    """The noun as a sentence needs it: `a shirt`, `an armchair`, but `boots` and `these boots`."""
    if noun.split(" in ")[0].endswith("s") and not noun.endswith("dress"):
        return {"noun": noun, "a_noun": noun, "this": "these"}
    article = "an" if noun[0] in "aeio" else "a"
    return {"noun": noun, "a_noun": f"{article} {noun}", "this": "this"}


def compose(design: Design, colour: Colour, rng: Random) -> Wording:
    """Title, description and selling points of one product; `rng` decides every choice."""
    words = _words()
    pattern_en, pattern_zh = words["patterns"][design.pattern]
    if pattern_en and pattern_en in design.model.noun:
        pattern_en = pattern_zh = ""
    title = " ".join(
        w for w in (design.brand, design.series, pattern_en, _material_word(design), design.model.noun) if w
    )
    material_zh = chinese_material(design.material)
    noun = noun_zh(design)
    shown_material = "" if any(m in noun for m in (material_zh, material_zh[-2:])) else material_zh
    occasion, occasion_zh = rng.choice(list(words["occasions"][design.kind.look].items()))
    features = rng.sample(list(_for_kind("features", design.kind).items()), 3)
    fill = {
        **_noun_forms(design.model.noun.lower()),
        "material": design.material,
        "colour": colour.name.lower(),
        "series": design.series,
        "occasion": occasion,
    }
    opener = rng.choice(words["openers"]).format(**fill)
    points = ", ".join(en for en, _ in features)
    fill_zh = fill | {"noun": noun, "material": material_zh, "colour": colour.zh, "occasion": occasion_zh}
    return Wording(
        title=f"{title} in {colour.name}",
        title_zh=f"{design.brand} {pattern_zh}{shown_material}{noun} {colour.zh}",
        description=f"{opener[0].upper()}{opener[1:]} {points[0].upper()}{points[1:]}. "
        f"{rng.choice(_for_kind('care', design.kind))}",
        description_zh=rng.choice(words["openers_zh"]).format(**fill_zh) + "，".join(zh for _, zh in features) + "。",
        occasion=occasion,
        features=tuple(en for en, _ in features),
    )
