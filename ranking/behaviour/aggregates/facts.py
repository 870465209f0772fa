"""The catalogue as counting needs it: products in a fixed order, with the groups they belong to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.columns import Floats, Longs
from ranking.features.statistics import ProductColumns


@dataclass(frozen=True, slots=True)
class Grouping:
    """`of`: shape (products,), the place of each product's group in `names`, −1 for none."""

    of: Longs
    names: tuple[str, ...]

    def sums(self, values: Floats) -> Floats:
        """Sum over each group's products, shape (groups,)."""
        member = self.of >= 0
        return np.bincount(self.of[member], weights=values[member], minlength=len(self.names)).astype(np.float64)

    def spread(self, values: Floats) -> Floats:
        """The group's value for each product, NaN for products without a group."""
        padded = np.append(values, np.nan)  # −1 finds the last
        return np.asarray(padded[self.of], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """One entry per product, in the order of `ids`. `price`: NaN where absent. `variants`: groups of two or more.
    `vectors`: as in ProductColumns.
    """

    ids: tuple[str, ...]
    price: Floats
    brand: Grouping
    category: Grouping
    variants: Grouping
    vectors: NDArray[np.float32]

    @property
    def groups(self) -> tuple[Longs, Longs, Longs]:
        """From narrow to wide, as rates back off."""
        return self.variants.of, self.brand.of, self.category.of


def facts_of(columns: ProductColumns) -> ProductFacts:
    """The facts of these products."""
    return ProductFacts(
        columns.ids,
        columns.price,
        _grouping(columns.brand),
        _grouping(columns.category),
        _variants(columns),
        columns.vectors,
    )


def _variants(columns: ProductColumns) -> Grouping:
    """Groups of variants; a product that is alone in its group has none, for it would only back off to itself."""
    values = columns.variant_of or [None] * len(columns.ids)
    sizes = Counter(values)
    return _grouping([value if sizes[value] > 1 else None for value in values])


def _grouping(values: Sequence[str | None]) -> Grouping:
    names = sorted({value for value in values if value is not None})
    place = {name: number for number, name in enumerate(names)}
    of = np.array([-1 if value is None else place[value] for value in values], dtype=np.int64)
    return Grouping(of, tuple(names))
