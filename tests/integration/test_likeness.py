"""“Nothing here looks like that”: an honest answer to a picture of what is not sold, in a real OpenSearch."""

import base64
import colorsys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import orjson
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from encoders.registry import picture_encoder
from mappings import bulk
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from mappings.documents import document
from mappings.fields import Modality, VectorField
from mappings.products import Product, ProductReader
from plugin_config.catalogue import parse_catalogue
from plugin_config.settings import Settings, load_settings
from query_service.composition import SearchService, build_service
from query_service.likeness import UNLIKE
from query_service.messages import SearchRequest

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "tlikeness"
SHOP = "name: cups\ntext: {title: 1}\nimages: [picture]\n"
COUNT = 120


def cup(number: int, side: int = 96) -> Image.Image:
    """A cup: every one of another hue and width."""
    shade = tuple(round(255 * part) for part in colorsys.hsv_to_rgb(number / COUNT, 0.7, 0.8))
    image = Image.new("RGB", (side, side), "white")
    draw = ImageDraw.Draw(image)
    half = side // 5 + number % 5 * side // 60
    draw.rectangle((side // 2 - half, side // 4, side // 2 + half, side * 3 // 4), fill=shade)
    draw.arc((side // 2 + half - 8, side // 3, side // 2 + half + 12, side * 2 // 3), -90, 90, fill=shade, width=4)
    return image


def data_uri(image: Image.Image) -> str:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX)
    client = connect(settings)
    client.request("DELETE", f"/{PREFIX}-cups.v1", params={"ignore_unavailable": True})
    catalogue = parse_catalogue(SHOP, origin="test")
    assert catalogue.encoders.picture is not None
    encoder = picture_encoder(catalogue.encoders.picture)
    described = encoder.description
    field = VectorField(Modality.PICTURE, described.fingerprint, described.dimension, described.space)
    stored = IndexCatalogueStore(client, settings).put(catalogue, vectors=[field])
    vectors = encoder.encode_pictures([np.asarray(cup(number)) for number in range(COUNT)])
    reader, actions = ProductReader(catalogue), []
    for number, vector in enumerate(vectors):
        product = reader.read({"id": number, "title": f"Cup {number}"})
        assert isinstance(product, Product)
        body = orjson.loads(document(catalogue, product).whole(datetime.now(UTC)))
        body |= {field.name: vector.tolist(), field.views_name: [{"ordinal": 1, "vector": vector.tolist()}]}
        actions.append(bulk.create(product.id, orjson.dumps(body)))
    bulk.send(client, stored.alias, actions)
    client.refresh(stored.alias)
    yield settings
    client.request("DELETE", f"/{PREFIX}-cups.v1")
    client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(shop: Settings) -> AsyncIterator[SearchService]:
    made = build_service(shop)
    yield made
    await made.close()


async def notes_of(service: SearchService, image: Image.Image, **asked: object) -> list[str]:
    request = SearchRequest.model_validate({"images": [{"uri": data_uri(image)}], **asked})
    answer = (await service.search("cups", request)).to_message()
    assert answer.hits
    return answer.notes


async def test_a_picture_of_what_is_sold_needs_no_warning(service: SearchService) -> None:
    assert UNLIKE not in await notes_of(service, cup(31, side=120))


async def test_a_picture_of_something_else_is_answered_with_the_nearest_and_a_warning(service: SearchService) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    assert UNLIKE in await notes_of(service, Image.fromarray(noise))


@pytest.mark.parametrize(
    "asked",
    [
        {"from": 24},
        {"from": 60},
        {"sort": "-id"},
        {"text": "cup 90", "weights": {"picture_vector": 0.05, "keyword": 0.95}},
    ],
)
@pytest.mark.parametrize("is_sold", [True, False])
async def test_the_warning_is_the_same_on_every_page_however_it_is_ordered(
    service: SearchService, asked: dict[str, object], is_sold: bool
) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    shown = cup(31, side=120) if is_sold else Image.fromarray(noise)
    assert (UNLIKE in await notes_of(service, shown, size=5, policy="hybrid", **asked)) is not is_sold


async def test_a_picture_changed_by_words_is_like_no_real_one_and_gets_none(service: SearchService) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    changed = {"images": [{"uri": data_uri(Image.fromarray(noise)), "but": "with a lid"}]}
    answer = (await service.search("cups", SearchRequest.model_validate(changed))).to_message()
    assert UNLIKE not in answer.notes
