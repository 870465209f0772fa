"""Writes the sample shop to a folder: its catalogue and its feed, picture paths relative to the feed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from vitrine.sample_shop.products import Product


@dataclass(frozen=True, slots=True)
class ShopFiles:
    """Where the parts of a written shop lie."""

    folder: Path

    @property
    def catalogue(self) -> Path:
        return self.folder / "shop.yaml"

    @property
    def feed(self) -> Path:
        return self.folder / "products.jsonl"

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    @property
    def training_judgments(self) -> Path:
        return self.folder / "judgments-train.csv"

    @property
    def report_judgments(self) -> Path:
        return self.folder / "judgments-report.csv"


def catalogue_text() -> str:
    """The catalogue of the shop, as YAML."""
    return files("vitrine.sample_shop").joinpath("shop.yaml").read_text(encoding="utf-8")


def picture_name(product: Product, number: int) -> str:
    """The path of the picture `number` (from 1), relative to the feed."""
    return f"pictures/{product.id}-{number}.jpg"


def feed_line(product: Product) -> dict[str, Any]:
    """The product as a feed carries it."""
    design, colour, wording = product.design, product.colour, product.wording
    line: dict[str, Any] = {
        "id": product.id,
        "group": product.group,
        "title": wording.title,
        "title_zh": wording.title_zh,
        "description": wording.description,
        "description_zh": wording.description_zh,
        "brand": design.brand,
        "department": design.kind.path[0],
        "category": design.kind.category,
        "category_path": " > ".join(design.kind.path),
        "category_zh": design.kind.zh,
        "colour": colour.family,
        "colour_name": colour.name,
        "colour_hex": colour.hex,
        "material": design.material,
        "pattern": design.pattern,
        "style": design.model.style,
        "size": list(product.sizes),
        "price": product.price,
        "list_price": product.list_price,
        "discount": round(100 * (1 - product.price / product.list_price)),
        "on_sale": product.on_sale,
        "stock": product.stock,
        "available": product.stock > 0,
        "rating_count": product.rating_count,
        "sold": product.sold,
        "released": product.released.isoformat(),
        "images": [picture_name(product, n) for n in range(1, len(product.views) + 1)],
        "reviews": [
            {"text": r.text, "rating": r.rating, "author": r.author, "date": r.written.isoformat()}
            for r in product.reviews
        ],
        "attributes": {"occasion": wording.occasion, "features": list(wording.features), "series": design.series},
    }
    optional = {"rating": product.rating, "gender": product.gender, "room": list(product.room) or None}
    return line | {name: value for name, value in optional.items() if value is not None}


def write_feed(products: Iterable[Product], shop: ShopFiles) -> None:
    """Write the catalogue and the feed, each whole or not at all."""
    shop.folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(feed_line(p), ensure_ascii=False) + "\n" for p in products)
    write_whole(shop.feed, lines)
    write_whole(shop.catalogue, catalogue_text())


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a run after an interruption, never sees half of it."""
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
