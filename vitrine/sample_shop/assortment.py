"""What the sample shop sells, read from assortment.yaml: colours, kinds of product and their models."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour as the shop names it; `family` is what shoppers filter by, `hex` what the pictures are painted in."""

    name: str
    zh: str
    family: str
    hex: str


@dataclass(frozen=True, slots=True)
class Model:
    """One shape of a kind: what it is called and what it can be made of."""

    style: str
    noun: str
    zh: str
    materials: tuple[str, ...]
    patterns: tuple[str, ...]
    palette: tuple[Colour, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A category of the shop. `look` names its family of words; `groups` how many groups of variants it has."""

    name: str
    zh: str
    path: tuple[str, ...]
    look: str
    brands: tuple[str, ...]
    price: tuple[float, float]
    groups: int
    models: tuple[Model, ...]
    gender: tuple[str, ...]
    room: tuple[str, ...]

    @property
    def category(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Assortment:
    """Every colour and kind of the shop, in the order of the file."""

    colours: dict[str, Colour]
    kinds: tuple[Kind, ...]


def shop_words(name: str) -> Any:
    """The content of one of the shop's own YAML files, `name` without its ending."""
    return yaml.safe_load(files("vitrine.sample_shop").joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def read_assortment() -> Assortment:
    """The whole assortment."""
    raw = shop_words("assortment")
    colours = {name: Colour(name, *values) for name, values in raw["colours"].items()}
    palettes = {name: tuple(colours[c] for c in members) for name, members in raw["palettes"].items()}
    return Assortment(colours, tuple(_kind(name, kind, palettes) for name, kind in raw["kinds"].items()))


def _kind(name: str, raw: dict[str, Any], palettes: dict[str, tuple[Colour, ...]]) -> Kind:
    models = tuple(
        Model(
            style=m["style"],
            noun=m["noun"],
            zh=m["zh"],
            materials=tuple(m["materials"]),
            patterns=tuple(m["patterns"]),
            palette=palettes[m.get("palette", raw["palette"])],
        )
        for m in raw["models"]
    )
    wearable = raw["look"] in ("garment", "shoe")
    return Kind(
        name=name,
        zh=raw["zh"],
        path=tuple(raw["path"]),
        look=raw["look"],
        brands=tuple(raw["brands"]),
        price=(float(raw["price"][0]), float(raw["price"][1])),
        groups=raw["groups"],
        models=models,
        gender=tuple(raw.get("gender", ("women", "men", "unisex") if wearable else ())),
        room=tuple(raw.get("room", ())),
    )
