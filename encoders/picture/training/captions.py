"""What is said of a training picture: its class in a shop's words, with and without its colour."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import TextEncoder

_CLOTHING = {
    "T-Shirt": ("t-shirt", "tee"),
    "Pants": ("pants", "trousers"),
    "Longsleeve": ("long sleeve shirt", "sweatshirt"),
    "Shoes": ("shoes",),
    "Dress": ("dress",),
    "Outwear": ("jacket", "outerwear"),
    "Shirt": ("shirt",),
    "Shorts": ("shorts",),
    "Hat": ("hat",),
    "Skirt": ("skirt",),
    "Polo": ("polo shirt",),
    "Blazer": ("blazer",),
    "Undershirt": ("tank top", "undershirt"),
    "Hoodie": ("hoodie",),
    "Body": ("baby bodysuit",),
    "Top": ("top", "tank"),
    "Blouse": ("blouse",),
}


@dataclass(frozen=True)
class Vocabulary:
    """Every caption once, with its vector (captions, 384); a picture's captions are positions in it."""

    captions: tuple[str, ...]
    vectors: NDArray[np.float32]
    of_picture: tuple[tuple[int, ...], ...]


def caption_photograph(label: str, colour: str | None, groceries: dict[str, dict[str, str]]) -> tuple[str, ...]:
    """The captions of one photograph; the plain name of its class comes first."""
    if label in groceries:
        product = groceries[label]
        name, coarse = product["name"].lower(), product["coarse"].lower()
        return (name, coarse, f"{name} {coarse}", product["description"].split(". ")[0])
    names = _CLOTHING.get(label, ())
    if colour is None:
        return names
    return (*names, *(f"{colour} {name}" for name in names)) if names else (f"{colour} clothing",)


def read_groceries(folder: Path) -> dict[str, dict[str, str]]:
    """Class name, coarse class and description by the label that the training pack uses."""
    rows = [json.loads(line) for line in (folder / "classes.jsonl").read_text(encoding="utf-8").splitlines()]
    return {
        str(row["name"]).replace("-", " "): {
            "name": str(row["name"]).replace("-", " "),
            "coarse": str(row["coarse"]).replace("-", " "),
            "description": str(row["description"]),
        }
        for row in rows
    }


def make_vocabulary(captions: Sequence[Sequence[str]], encoder: TextEncoder) -> Vocabulary:
    """Encode every different caption once."""
    different = tuple(sorted({caption for several in captions for caption in several}))
    places = {caption: place for place, caption in enumerate(different)}
    positions = tuple(tuple(places[caption] for caption in several) for several in captions)
    return Vocabulary(different, encoder.encode_documents(different), positions)
