"""A picture in a catalogue's words, and where it agrees with a product's picture, over HTTP and a real OpenSearch."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio

from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from tests import small_shop
from tests.small_shop import square

pytestmark = [pytest.mark.opensearch, pytest.mark.asyncio(loop_scope="module")]
PREFIX = "tseeing"
CUSHIONS = [
    {
        "sku": f"c{n}", "title": f"Cushion {n}", "title_zh": "靠垫", "brand": "Heim", "category": "Cushions", "price": 20,
        "picture": square("red", 60 + n), "attr_colour": "red",
    }
    for n in range(8)
]  # fmt: skip
POTS = [
    {
        "sku": f"p{n}", "title": f"Pot {n}", "title_zh": "花盆", "brand": "Fjell", "category": "Pots", "price": 30,
        "picture": square("navy", 60 + n), "attr_colour": "blue",
    }
    for n in range(8)
]  # fmt: skip

BOTH = {
    "sku": "b1", "title": "Cushion and pot", "title_zh": "靠垫和花盆", "brand": "Heim", "price": 40,
    "picture": ["data:image/png;base64,AAAA", square("red", 75), square("navy", 75)],
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str) -> Iterator[Settings]:
    settings = load_settings(opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX)
    with small_shop.standing(settings, further=[*CUSHIONS, *POTS, BOTH], without={BOTH["sku"]}):
        yield settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(shop: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(shop)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://vitrine/catalogues/{small_shop.NAME}"
    ) as client:
        yield client
    await app.state.service.close()


async def recognize(api: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await api.post("/recognize", json=asked)


async def test_a_picture_is_named_by_what_its_nearest_products_are_called(api: httpx.AsyncClient) -> None:
    answer = (await recognize(api, images=[{"uri": square("navy", 90)}])).raise_for_status().json()
    category = answer["fields"][0]
    assert (category["field"], category["is_category"]) == ("category", True)
    best = category["values"][0]
    assert (best["value"], best["count"]) == ("Pots", 8)
    assert 0 < best["confidence"] <= 1
    assert best["lift"] > 1
    sure = [value["confidence"] for value in category["values"]]
    assert sure == sorted(sure, reverse=True)


async def test_brands_and_groups_do_not_show_in_a_picture(api: httpx.AsyncClient) -> None:
    answer = (await recognize(api, images=[{"uri": square("red", 90)}])).json()
    assert {"brand", "model"}.isdisjoint(field["field"] for field in answer["fields"])


async def test_fields_behind_a_pattern_can_be_asked_for(api: httpx.AsyncClient) -> None:
    asked = await recognize(api, images=[{"uri": square("red", 90)}], fields=["attr_colour"], values=1)
    (colour,) = asked.json()["fields"]
    assert [value["value"] for value in colour["values"]] == ["red"]


async def test_a_field_that_is_no_keyword_is_refused_by_name(api: httpx.AsyncClient) -> None:
    answer = await recognize(api, images=[{"uri": square("red")}], fields=["price"])
    assert answer.status_code == 422
    assert "price" in answer.json()["detail"]
    assert (await recognize(api, images=[{"uri": square("red")}], fields=["nothing"])).status_code == 422
    assert (await recognize(api, images=[])).status_code == 422


async def test_a_broken_picture_is_told_to_whoever_sent_it(api: httpx.AsyncClient) -> None:
    answer = await recognize(api, images=[{"uri": "data:image/png;base64,AAAA"}])
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]


async def match(api: httpx.AsyncClient, product: str, number: int = 0, **image: Any) -> httpx.Response:
    return await api.post(f"/products/{product}/pictures/{number}/match", json={"images": [image]})


async def test_the_maps_show_the_thing_and_not_the_ground(api: httpx.AsyncClient) -> None:
    answer = (await match(api, "c1", uri=square("red", 120))).raise_for_status().json()
    assert answer["score"] > 0.8
    for name in ("query", "product"):
        heat = np.array(answer[name])
        assert heat.shape == (7, 7)
        assert heat.max() == pytest.approx(1)
        assert heat[1:-1, 1:-1].mean() > 2 * np.concatenate([heat[0], heat[-1], heat[:, 0], heat[:, -1]]).mean()


async def test_the_picture_of_a_product_that_is_most_alike_is_found(api: httpx.AsyncClient) -> None:
    for colour, number in (("red", 1), ("navy", 2)):
        answer = await api.post("/products/b1/match", json={"images": [{"uri": square(colour, 120)}]})
        assert answer.raise_for_status().json()["number"] == number
    one = (await match(api, "b1", 2, uri=square("navy", 120))).raise_for_status().json()
    best = answer.json()
    assert {key: best[key] for key in ("number", "score", "product")} == {
        key: one[key] for key in ("number", "score", "product")
    }


async def test_a_crop_is_looked_at_instead_of_the_whole_picture(api: httpx.AsyncClient) -> None:
    whole = (await match(api, "c1", uri=square("red", 120))).json()
    corner = {"left": 0.0, "top": 0.0, "right": 0.5, "bottom": 0.5}
    part = (await match(api, "c1", uri=square("red", 120), crop=corner)).raise_for_status().json()
    assert part["query"] != whole["query"]
    assert part["query"][0][0] < part["query"][-1][-1]


async def test_a_product_or_picture_that_is_not_there_is_named(api: httpx.AsyncClient) -> None:
    asked = {"json": {"images": [{"uri": square("red")}]}}
    for answer in (
        await match(api, "nobody", uri=square("red")),
        await match(api, "n1", uri=square("red")),
        await api.post("/products/nobody/match", **asked),
        await api.post("/products/n1/match", **asked),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"]
