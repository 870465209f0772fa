"""What the customers are taken to have searched: a frequent noun of item names, when they bought something of that name."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from examples.real.retail.purchases import Purchases

NOUNS = 50
FEWEST_EARLIER = 5
# Frequent words of item names that nobody would search alone: they say how a thing is, what it is made of, or where it goes.
_NOT_SEARCHED = frozenset(
    re.findall(
        "[A-Z]+",
        """OF SET THE AND WITH IN FOR A S TO RED PINK BLUE WHITE GREEN BLACK IVORY SILVER GOLD VINTAGE SMALL LARGE RETRO
        RETROSPOT SPOT POLKADOT ASSORTED MINI MEDIUM CHRISTMAS HANGING DESIGN GLASS PAPER METAL WOODEN WOOD CERAMIC
        ENAMEL ANTIQUE FRENCH ROSE FLOWER BIG CREAM SWEETHEART PACK PIECE TEA COFFEE LOVE LONDON DOLLY GIRL HOME
        KITCHEN GARDEN""",
    )
)
_WORD = re.compile(r"[A-Z]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One search: who asks, the noun, the items with the noun in their names, and which of them that person then bought."""

    customer: int
    noun: str
    items: tuple[int, ...]
    bought: frozenset[int]


def words_of(name: str) -> set[str]:
    """The words of an item's name."""
    return set(_WORD.findall(name.upper()))


def frequent_nouns(names: Sequence[str], count: int = NOUNS) -> list[str]:
    """The words in most names, most frequent first, without those that say how a thing is."""
    found = Counter(word for name in names for word in words_of(name) - _NOT_SEARCHED if len(word) > 2)
    return [word for word, _ in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:count]]


def asked_between(purchases: Purchases, since: float, until: float) -> Iterator[Asked]:
    """Every search of that time: customers with five different items or more before it, and nouns they bought then."""
    before, then = purchases.between(0.0, since), purchases.between(since, until)
    pairs = np.unique(np.stack([before.customer, before.item]), axis=1)
    earlier = np.bincount(pairs[0], minlength=len(purchases.customers))
    with_word = [words_of(name) for name in purchases.names]
    items = {
        noun: tuple(i for i, words in enumerate(with_word) if noun in words) for noun in frequent_nouns(purchases.names)
    }
    for customer in np.unique(then.customer).tolist():
        if earlier[customer] < FEWEST_EARLIER:
            continue
        bought = frozenset(then.item[then.customer == customer].tolist())
        for noun, named in items.items():
            wanted = bought.intersection(named)
            if wanted:
                yield Asked(customer, noun, named, wanted)
