"""Confidences of a shop that is large enough to learn from, over HTTP and a real OpenSearch."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from tests import small_shop
from tests.small_shop import square

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "tbelieving"
EACH = 22
COLOURS = {"Cushions": "red", "Pots": "navy", "Lamps": "gold"}
FURTHER = [
    {
        "sku": f"{category[0].lower()}{n}x", "title": f"{category} {n}", "title_zh": "家居", "brand": "Heim",
        "category": category, "price": 20, "picture": square(colour, 60 + n),
    }
    for category, colour in COLOURS.items() for n in range(EACH)
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX)
    with small_shop.standing(settings, further=FURTHER):
        yield settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(shop: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(shop)
    transport = httpx.ASGITransport(app=app)
    address = f"http://vitrine/catalogues/{small_shop.NAME}"
    async with httpx.AsyncClient(transport=transport, base_url=address) as client:
        yield client
    await app.state.service.close()


@pytest.mark.parametrize(("category", "colour"), list(COLOURS.items()))
async def test_what_the_shop_has_always_been_right_about_is_told_with_confidence(
    api: httpx.AsyncClient, category: str, colour: str
) -> None:
    asked = {"images": [{"uri": square(colour, 90)}], "fields": ["category"]}
    (field,) = (await api.post("/recognize", json=asked)).raise_for_status().json()["fields"]
    best, *others = field["values"]
    assert best["value"] == category
    assert 0.93 < best["confidence"] <= 1  # shares of votes: .885 to .915, and of others .02 to .045
    assert all(other["confidence"] < 0.015 for other in others)
    again = (await api.post("/recognize", json=asked)).json()["fields"]
    assert again == [field]
