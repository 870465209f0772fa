"""The products as shoppers see them: what tastes can hold on to, read from a catalogue's own fields."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mappings.coercion import first_text, look_up

Floats = NDArray[np.float64]
_COLOUR_FIELDS = ("colour", "color")
_LONGEST_VALUE = 40
_MOST_VALUES = 60  # a field with more values than this is a name, not a property


@dataclass(frozen=True, slots=True)
class Item:
    """One product. `cheapness`: 1 for the cheapest of its category, 0 for the dearest, 0.5 without a price. `quality`: its
    rating between 0 and 1, 0.5 without one. `properties`: keyword fields with one short value. `group`: its variants share it.
    """

    id: str
    group: str
    title: str
    brand: str
    category: str
    colour: str
    cheapness: float
    quality: float
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Shelf:
    """All products, in the order they were read."""

    items: tuple[Item, ...]

    @cached_property
    def place(self) -> Mapping[str, int]:
        return {item.id: number for number, item in enumerate(self.items)}

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(sorted({item.category for item in self.items}))

    @cached_property
    def by_category(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, item in enumerate(self.items):
            found[item.category].append(number)
        return {category: tuple(places) for category, places in found.items()}

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """The number of each product's group, shape (products,)."""
        _, numbers = np.unique([item.group for item in self.items], return_inverse=True)
        return np.asarray(numbers, dtype=np.int64)

    @cached_property
    def nouns(self) -> Mapping[str, str]:
        """What each category's products are called by their titles, in one word."""
        return {category: _noun(self, places) for category, places in self.by_category.items()}


def make_shelf(sources: Iterable[tuple[str, Mapping[str, Any]]], described: Mapping[str, Any]) -> Shelf:
    """From (id, source) of products and what GET /catalogues/{name} answers."""
    rows = list(sources)
    roles, keyword = described["roles"], described["keyword"]
    colour = next((field for field in keyword if field in _COLOUR_FIELDS), "")
    taken = {roles.get("brand"), roles.get("category"), colour, described.get("group"), described.get("id"), ""}
    free = [field for field in keyword if field not in taken and not field.endswith("*")]
    properties = [field for field in free if _is_property(field, rows, roles.get("category"))]
    cheapness = _cheapness(rows, roles)
    items = []
    for number, (id, source) in enumerate(rows):
        rating = _number(source, roles.get("rating"))
        items.append(
            Item(
                id=id,
                group=first_text(source, described.get("group") or "") or id,
                title=first_text(source, roles.get("title", "title")),
                brand=first_text(source, roles.get("brand") or ""),
                category=first_text(source, roles.get("category") or ""),
                colour=first_text(source, colour),
                cheapness=cheapness[number],
                quality=0.5 if math.isnan(rating) else min(1.0, max(0.0, (rating - 1) / 4)),
                properties={field: value for field in properties if (value := _single(source, field))},
            )
        )
    return Shelf(tuple(items))


def title_words(title: str) -> set[str]:
    return {word for word in title.lower().replace(",", " ").split() if word.isalpha() or "-" in word}


def _noun(shelf: Shelf, places: Sequence[int]) -> str:
    """The title word that is most used here, of those that begin like the category's name; else that name."""
    category = shelf.items[places[0]].category.lower()
    here = Counter(word for place in places for word in title_words(shelf.items[place].title))
    stems = tuple(word[: max(3, len(word) - 2)] for word in category.split() if len(word) > 2)
    alike = [word for word in here if stems and word.startswith(stems)]
    return max(alike, key=lambda word: (here[word], word)) if alike else category


def _cheapness(rows: Sequence[tuple[str, Mapping[str, Any]]], roles: Mapping[str, str]) -> list[float]:
    prices = np.array([_number(source, roles.get("price")) for _, source in rows])
    kinds = np.array([first_text(source, roles.get("category") or "") for _, source in rows])
    found = np.full(len(rows), 0.5)
    for kind in set(kinds.tolist()):
        members = np.flatnonzero((kinds == kind) & ~np.isnan(prices))
        if members.size > 1:
            ranks = np.argsort(np.argsort(-prices[members], kind="stable"), kind="stable")
            found[members] = ranks / (members.size - 1)
    return [float(value) for value in found]


def _is_property(field: str, rows: Sequence[tuple[str, Mapping[str, Any]]], category: str | None) -> bool:
    """Whether the field has a few values, of which products of one category have different ones."""
    pairs = {(first_text(source, category or ""), value) for _, source in rows if (value := _single(source, field))}
    values = {value for _, value in pairs}
    return 1 < len(values) <= _MOST_VALUES and len(pairs) > len({kind for kind, _ in pairs})


def _single(source: Mapping[str, Any], field: str) -> str:
    value = look_up(source, field)
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE else ""


def _number(source: Mapping[str, Any], field: str | None) -> float:
    value = look_up(source, field or "")
    try:
        return math.nan if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.nan
