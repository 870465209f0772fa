"""Five searches that show what the shop can do: words, a picture, both, a filter, and a misspelling."""

from dataclasses import dataclass, field
from pathlib import Path

from vitrine.sample_shop.feed import ShopFiles, picture_name
from vitrine.sample_shop.products import Product


@dataclass(frozen=True, slots=True)
class ExampleSearch:
    """One search as a shopper would make it. `picture` is a file; `filters` are field → value or {"lte": …}."""

    about: str
    text: str | None = None
    picture: Path | None = None
    filters: dict[str, object] = field(default_factory=dict)


def example_searches(products: tuple[Product, ...], shop: ShopFiles) -> list[ExampleSearch]:
    """The searches, with pictures of products of this shop as a shopper might have photographed them."""
    return [
        ExampleSearch("words", text="warm wool sweater"),
        ExampleSearch("a picture", picture=_second_view(products, shop, "sneaker")),
        ExampleSearch("words and a picture", text="green backpack", picture=_second_view(products, shop, "backpack")),
        ExampleSearch("a filter", text="lamp", filters={"price": {"lte": 80}, "available": True}),
        ExampleSearch("a misspelling", text="lether backpak"),
    ]


def _second_view(products: tuple[Product, ...], shop: ShopFiles, noun: str) -> Path:
    """A further view of a product, not the picture it is listed with."""
    several = [p for p in products if len(p.views) > 1]
    chosen = next((p for p in several if noun in p.design.model.noun.lower()), several[0])
    return shop.folder / picture_name(chosen, 2)
