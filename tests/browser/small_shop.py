"""A small shop for the browser: forty drawn products in a real index, with text and picture vectors."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from encoders.runtime import Runtime
from indexer.behaviour.recommended import write_recommendations
from indexer.composition import Workshop
from indexer.feature_rows import connect_rows
from indexer.vector_fields import vector_fields
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.documents import document
from mappings.products import Product, ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings
from ranking.behaviour.aggregates.columns import columns_of
from ranking.behaviour.event import Action, Event
from ranking.evaluation.judgments import read_judgments
from vitrine.commands.train import Lesson, train_from_judgments

CATALOGUE = """
name: corner
id: id
text: {title: 3, title_zh: {weight: 3, language: chinese}, description: 1, brand: 1}
keyword: [brand, category, colour]
number: [price, list_price, rating, rating_count, stock]
flag: [gift]
images: [images]
reviews: reviews
group: model
facets: [category, brand, colour, price, rating, gift]
roles: {title: title, brand: brand, category: category, price: price, list_price: list_price, rating: rating,
        rating_count: rating_count, stock: stock}
"""
KINDS = {"Mug": "马克杯", "Lamp": "台灯", "Cushion": "靠垫", "Vase": "花瓶"}
COLOURS = {"red": "#c0392b", "blue": "#2f5fa8", "green": "#3c7a4b", "yellow": "#d9a520", "black": "#222222"}
BRANDS = ("Halden", "Norr")
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> Basket'


def products() -> Iterator[dict[str, Any]]:
    """Forty products, one of them with markup for a title; every ninth has no picture, every tenth is sold out."""
    number = 0
    for kind, chinese in KINDS.items():
        for colour in COLOURS:
            for brand in BRANDS:
                number += 1
                yield {
                    "id": f"{kind}-{colour}-{brand}".lower(),
                    "model": f"{kind}-{brand}-{'warm' if colour in ('red', 'yellow') else colour}",
                    "title": f"{colour.capitalize()} {kind} by {brand}" if number != 40 else HOSTILE,
                    "title_zh": chinese,
                    "description": f"A {colour} {kind.lower()} for the table, made by hand in small numbers.",
                    "brand": brand,
                    "category": f"{kind}s",
                    "colour": colour,
                    "price": 10.0 + number,
                    "list_price": 60.0 if number % 4 == 0 else 10.0 + number,
                    "rating": 3 + number % 5 / 2,
                    "rating_count": number,
                    "stock": 0 if number % 10 == 0 else number,
                    "gift": number % 2 == 0,
                    "images": [] if number % 9 == 0 else [f"{kind}-{colour}.png"],
                    "reviews": [
                        {"text": "Stands well in the hand.", "rating": 5},
                        {"text": "<b>Smaller</b> than I thought."},
                    ],
                }


def draw(folder: Path) -> None:
    """One picture per kind and colour."""
    for kind in KINDS:
        for colour, paint in COLOURS.items():
            picture_of(kind, paint).save(folder / f"{kind}-{colour}.png")


def picture_of(kind: str, paint: str) -> Image.Image:
    """A plain shape of the kind in its colour, 320 × 320."""
    picture = Image.new("RGB", (320, 320), "#ffffff")
    pen = ImageDraw.Draw(picture)
    if kind == "Mug":
        pen.ellipse((190, 110, 270, 210), outline=paint, width=18)
        pen.rounded_rectangle((80, 80, 220, 250), 18, fill=paint)
    elif kind == "Lamp":
        pen.polygon([(110, 60), (210, 60), (260, 170), (60, 170)], fill=paint)
        pen.rectangle((152, 170, 168, 270), fill="#555555")
    elif kind == "Cushion":
        pen.rounded_rectangle((60, 60, 260, 260), 46, fill=paint)
    else:
        pen.ellipse((90, 120, 230, 280), fill=paint)
        pen.rectangle((135, 50, 185, 140), fill=paint)
    return picture


def index_shop(settings: Settings, folder: Path) -> None:
    """Write the products, refresh, and give each its vectors in this process."""
    draw(folder)
    catalogue = parse_catalogue(CATALOGUE, origin="the small shop")
    client = connect(settings)
    fields = vector_fields(catalogue, Runtime.from_settings(settings))
    stored = IndexCatalogueStore(client, settings).put(catalogue, vectors=fields, picture_roots=[folder])
    reader = ProductReader(catalogue, folder=folder)
    read = [found for raw in products() if isinstance(found := reader.read(raw), Product)]
    now = datetime.now(UTC)
    bulk.send(client, stored.alias, [bulk.index(one.id, document(catalogue, one).whole(now)) for one in read])
    Workshop(settings).enrich(catalogue.name, [one.id for one in read])
    client.request("POST", f"/{stored.alias}/_refresh")
    client.close()


def train_shop(settings: Settings, folder: Path) -> None:
    """Teach a ranking model that colour and kind must both fit, and let it serve."""
    lines = ["query,docid,rating"]
    for kind in KINDS:
        for colour in COLOURS:
            for one in products():
                grade = 2 * (one["category"] == f"{kind}s") + (one["colour"] == colour)
                if grade:
                    lines.append(f"{colour} {kind.lower()},{one['id']},{grade}")
    path = folder / "judgments.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    lesson = Lesson("corner", read_judgments(path), "reranked", judged_only=False, seed=17)
    train_from_judgments(settings, lesson, use=True, begin=lambda _: lambda _done, _of: None)


def fill_baskets(settings: Settings) -> None:
    """Four people who bought the red mug with the red lamp, in the lists that recommendations are read from."""
    now = time.time()
    events = [
        Event(f"{who}-{product}", Action.PURCHASE, now - 60, product, "q", shopper=who, session=who)
        for who in ("ann", "bea", "cleo", "dan")
        for product in ("mug-red-halden", "lamp-red-halden")
    ]
    redis = connect_rows(settings)
    assert redis is not None
    write_recommendations(redis, "corner", columns_of(events), prefix=settings.index_prefix, now=now)
    redis.close()
