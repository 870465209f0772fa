"""A small shop in a real OpenSearch: two languages, variants, pictures, and some products without vectors."""

import base64
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import orjson
from PIL import Image

from encoders.pictures_decoding import decode_picture
from encoders.registry import picture_encoder, text_encoder
from mappings.catalogue_store import IndexCatalogueStore, StoredCatalogue
from mappings.client import Client, connect
from mappings.documents import document
from mappings.fields import Modality, VectorField
from mappings.products import Deletion, ProductReader
from mappings.template import render_text
from plugin_config.catalogue import Catalogue, parse_catalogue
from plugin_config.settings import Settings
from query_service.composition import SearchService
from query_service.messages import SearchRequest, SearchResponse

NAME = "small"
YAML = """
name: small
id: sku
text: {title: 3, title_zh: {weight: 3, language: chinese}, description: 1, brand: 2}
keyword: [brand, category, "attr_*"]
number: [price, rating, sold]
flag: [organic]
date: [released]
images: [picture]
reviews: reviews
group: model
roles: {title: title, brand: brand, category: category, price: price, rating: rating, popularity: sold, released: released}
"""


def square(colour: str, size: int = 64) -> str:
    """A picture of one colour on white, as a data URI."""
    image = Image.new("RGB", (size, size), "white")
    image.paste(colour, (size // 6, size // 6, size - size // 6, size - size // 6))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _product(sku: str, title: str, title_zh: str, brand: str, category: str, price: float, **more: object) -> dict:
    return {
        "sku": sku, "title": title, "title_zh": title_zh, "brand": brand, "category": category, "price": price, **more
    }  # fmt: skip


PRODUCTS = [
    _product("w1", "Wool cardigan red", "红色羊毛衫", "Nordlys", "Knitwear", 89, model="cardigan", sold=40, rating=4.5,
             picture=square("red"), reviews=[{"text": "so warm and soft", "rating": 5}], attr_colour="red"),
    _product("w2", "Wool cardigan blue", "蓝色羊毛衫", "Nordlys", "Knitwear", 89, model="cardigan", sold=12, rating=4.1,
             picture=square("blue"), attr_colour="blue"),
    _product("w3", "Merino pullover green", "绿色美利奴毛衣", "Fjell", "Knitwear", 120, sold=5, rating=3.9,
             picture=square("green"), organic=True, attr_colour="green"),
    _product("h1", "Wireless headphones HX-2000", "无线耳机", "Sonar", "Audio", 199, sold=300, rating=4.7,
             description="Over-ear headphones with noise cancelling", released="2025-05-01"),
    _product("h2", "Wired headphones HX-100", "有线耳机", "Sonar", "Audio", 49, sold=120, rating=4.0,
             description="Headphones with a long cable"),
    _product("h3", "Earphones mini", "迷你耳机", "Klang", "Audio", 25, sold=80, rating=3.5),
    _product("k1", "Kettle steel", "不锈钢水壶", "Heim", "Kitchen", 35, sold=60, rating=4.4, picture=square("gray")),
    _product("k2", "Electric kettle glass", "玻璃电热水壶", "Heim", "Kitchen", 55, sold=61, rating=4.6),
    _product("k3", "Frying pan", "煎锅", "Heim", "Kitchen", 45, sold=33, rating=4.2, organic=False),
    _product("g1", "Garden chair", "花园椅", "Heim", "Garden", 75, sold=9, rating=3.8),
    _product("g2", "Watering can", "洒水壶", "Fjell", "Garden", 19, sold=15, rating=4.3, picture=square("teal")),
    _product("n1", "Notebook with dotted pages", "点阵笔记本", "Papir", "Stationery", 12, sold=70, rating=4.8),
    _product("n2", "Fountain pen", "钢笔", "Papir", "Stationery", 39, sold=31, rating=4.9),
    _product("n3", "Ink bottle violet", "紫色墨水", "Papir", "Stationery", 9, sold=28, rating=4.7),
]  # fmt: skip
WITHOUT_VECTORS = {"g1", "k3"}


def fill(
    settings: Settings, *, further: Sequence[dict] = (), without: Collection[str] = frozenset(WITHOUT_VECTORS)
) -> StoredCatalogue:
    """Write the shop and further products, with vectors for all but those `without`, and make it findable."""
    catalogue = parse_catalogue(YAML, origin="small shop")
    client = connect(settings)
    vectors = _Vectors(catalogue)
    stored = IndexCatalogueStore(client, settings).put(catalogue, vectors=vectors.fields)
    reader, now = ProductReader(catalogue), datetime.now(UTC)
    for raw in (*PRODUCTS, *further):
        product = reader.read(raw)
        assert not isinstance(product, Deletion)
        body = orjson.loads(document(catalogue, product).whole(now))
        if product.id not in without:
            body |= vectors.of(raw, product.pictures)
        write(client, stored, product.id, body)
    client.refresh(stored.alias)
    client.close()
    return stored


@contextmanager
def standing(
    settings: Settings, *, further: Sequence[dict] = (), without: Collection[str] = frozenset(WITHOUT_VECTORS)
) -> Iterator[Settings]:
    """The shop filled anew, also where an interrupted run left one, and gone afterwards."""
    client = connect(settings)
    index = f"/{settings.index_prefix}-{NAME}.v1"
    client.request("DELETE", index, params={"ignore_unavailable": True})
    fill(settings, further=further, without=without)
    yield settings
    client.request("DELETE", index)
    client.close()


async def ask(service: SearchService, **asked: Any) -> SearchResponse:
    """The answer to a search of the shop, as it goes out."""
    return (await service.search(NAME, SearchRequest.model_validate(asked))).to_message()


def write(client: Client, stored: StoredCatalogue, id: str, body: dict) -> None:
    client.request("PUT", f"/{stored.alias}/_doc/{id}", body=body)


class _Vectors:
    """The catalogue's real encoders."""

    def __init__(self, catalogue: Catalogue) -> None:
        assert catalogue.encoders.text is not None
        assert catalogue.encoders.picture is not None
        self._catalogue = catalogue
        self._text = text_encoder(catalogue.encoders.text, template=catalogue.template)
        self._picture = picture_encoder(catalogue.encoders.picture)
        described = ((Modality.TEXT, self._text.description), (Modality.PICTURE, self._picture.description))
        self.fields = tuple(VectorField(m, d.fingerprint, d.dimension, d.space) for m, d in described)

    def of(self, raw: dict, pictures: tuple[str, ...]) -> dict:
        text, picture = self.fields
        found: dict = {text.name: self._text.encode_documents([render_text(self._catalogue, raw)])[0].tolist()}
        for reference in pictures:
            pixels = decode_picture(base64.b64decode(reference.partition(",")[2]), max_pixels=1_000_000)
            vector = self._picture.encode_pictures([pixels])[0].tolist()
            found |= {picture.name: vector, picture.views_name: [{"ordinal": 0, "vector": vector}]}
        return found


def ids(answer: SearchResponse) -> list[str]:
    """The products of an answer, in order."""
    return [hit.id for hit in answer.hits]
