"""Pictures that stand on many different products: “no image” drawings, logos, banners. They show none of the products."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

LEAST_PRODUCTS: Final = 8
_KEPT_SECONDS: Final = 60.0
_ALIKE: Final = 0.3  # mean share of common words from which titles are those of one product's variants


class Sightings(Protocol):
    """Where pictures were seen before."""

    def titles(self, marks: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Titles of products with a picture of each mark, some dozen of them at most; marks never seen are absent."""


@dataclass(slots=True)
class Placeholders:
    """Tells placeholders by their marks; one that was found is taken for one for a minute without asking."""

    sightings: Sightings
    clock: Callable[[], float] = field(default=time.monotonic)
    _known: dict[str, float] = field(default_factory=dict)
    _fresh: set[str] = field(default_factory=set)

    def newly_found(self) -> frozenset[str]:
        """The placeholders that nobody has `taken_back` yet: products enriched before do not know of them."""
        return frozenset(self._fresh)

    def taken_back(self, marks: Iterable[str]) -> None:
        """Note that the products with these placeholders are known to be looked at again."""
        self._fresh.difference_update(marks)

    def among(self, shown: Mapping[str, Sequence[str]]) -> set[str]:
        """The marks that are placeholders. `shown`: mark → titles of the products at hand that have it. Raises EngineError."""
        now = self.clock()
        known = {mark for mark, since in self._known.items() if now - since <= _KEPT_SECONDS}
        asked = [mark for mark in shown if mark not in known]
        before = self.sightings.titles(asked) if asked else {}
        for mark in asked:
            if are_different_goods([*shown[mark], *before.get(mark, ())]):
                if mark not in self._known:
                    self._fresh.add(mark)
                self._known[mark] = now
                known.add(mark)
            else:
                self._known.pop(mark, None)
        return set(shown) & known


def are_different_goods(titles: Iterable[str]) -> bool:
    """Whether so many products, with so little in common, can only share a picture of none of them.

    Sizes and colours of one product share most words of their titles: such a picture shows all of them.
    """
    distinct = [_words(title) for title in dict.fromkeys(titles)]
    if len(distinct) < LEAST_PRODUCTS:
        return False
    pairs = [(one, other) for place, one in enumerate(distinct) for other in distinct[place + 1 :]]
    common = [len(one & other) / max(1, len(one | other)) for one, other in pairs]
    return sum(common) / len(common) < _ALIKE


def _words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", title.lower()))
