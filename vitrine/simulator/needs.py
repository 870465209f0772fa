"""What a shopper looks for, and the words they say it in: the catalogue's own, some misspelled, some vague."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vitrine.simulator.shelf import Floats, Shelf

_PARTLY = 0.3  # what a product of the right kind is worth for each wish that it does not meet


@dataclass(frozen=True, slots=True)
class Need:
    """Something of a category, with the properties it should have: field → value, where brand and colour are fields too."""

    category: str
    wanted: Mapping[str, str]

    @property
    def is_vague(self) -> bool:
        return not self.wanted


def relevance(need: Need, shelf: Shelf) -> Floats:
    """1 for a product of the kind with everything wanted, less for each wish not met, 0 for other kinds; shape (products,)."""
    found = np.zeros(len(shelf.items))
    for place in shelf.by_category.get(need.category, ()):
        item = shelf.items[place]
        has = {"brand": item.brand, "colour": item.colour, **item.properties}
        found[place] = _PARTLY ** sum(has.get(field) != value for field, value in need.wanted.items())
    return found


def draw_need(rng: np.random.Generator, shelf: Shelf, category: str, *, vague_share: float) -> Need:
    """A need of this category that some product meets; vague ones want nothing but the kind."""
    item = shelf.items[int(rng.choice(np.array(shelf.by_category[category])))]
    if rng.random() < vague_share:
        return Need(category, {})
    has = {"brand": item.brand, "colour": item.colour, **item.properties}
    fields = sorted(field for field, value in has.items() if value)
    if not fields:
        return Need(category, {})
    count = 1 if rng.random() < 0.75 else 2
    chosen = rng.choice(len(fields), size=min(count, len(fields)), replace=False)
    return Need(category, {fields[i]: has[fields[i]] for i in sorted(int(c) for c in chosen)})


def words_for(rng: np.random.Generator, need: Need, shelf: Shelf) -> str:
    """The need as a query: wishes in front of the noun, or behind it, or the name of the category."""
    noun = shelf.nouns[need.category]
    thing = need.category.lower() if need.category and rng.random() < 0.3 else noun
    wishes = [value.lower() for value in need.wanted.values()]
    rng.shuffle(wishes)
    if wishes and rng.random() < 0.2:
        return f"{thing} {' '.join(wishes)}"
    return " ".join([*wishes, thing])


def misspell(rng: np.random.Generator, words: str) -> str:
    """One letter of the longest word left out, doubled or changed round with its neighbour."""
    parts = words.split()
    at = max(range(len(parts)), key=lambda i: len(parts[i]), default=-1)
    if at < 0 or len(parts[at]) < 5:
        return words
    word = parts[at]
    i = int(rng.integers(1, len(word) - 2))
    kind = int(rng.integers(3))
    parts[at] = (
        word[:i] + word[i + 1 :],
        word[:i] + word[i] + word[i:],
        word[:i] + word[i + 1] + word[i] + word[i + 2 :],
    )[kind]
    return " ".join(parts)
