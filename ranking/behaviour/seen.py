"""How it is known what shoppers saw: they are told of (impressions), or served lists are assumed to have been seen so far."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TOLD: Final = "told"


def assumption_of(seen: str) -> str:
    """A sentence for reports on what was assumed; "" where impressions told."""
    return "" if seen == TOLD else f"no impressions tell what shoppers saw; {seen}"


class SeenBy(StrEnum):
    """`auto`: assumed where no impression is known, told elsewhere."""

    AUTO = "auto"
    TOLD = "told"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Sighting:
    """`places`: how many places of a page are taken as visible where nothing tells; what was clicked below was, too."""

    by: SeenBy = SeenBy.AUTO
    places: int = 12

    def is_assumed(self, *, is_told: bool) -> bool:
        """Whether served lists stand for impressions. `is_told`: whether there are any impressions."""
        return self.by is SeenBy.ASSUMED or (self.by is SeenBy.AUTO and not is_told)

    def depth(self, products: Collection[str], acted_on: Collection[str]) -> int:
        """How many products of a page, in the order shown, are assumed to have been seen."""
        deepest = max((place for place, product in enumerate(products, start=1) if product in acted_on), default=0)
        return min(len(products), max(self.places, deepest))

    def told(self, *, is_assumed: bool) -> str:
        """In words, for manifests and reports."""
        return f"assumed: the first {self.places} places and down to the last click" if is_assumed else TOLD
