"""What pages show of products is read once a writing: never anew without need, never older than the index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mappings.client import AsyncClient
from query_service import shown_products
from query_service.composition import SearchService
from query_service.messages import SearchRequest
from query_service.retrieval import Candidates, Stored, read_sources
from query_service.shown_products import ShownProducts
from tests.whole_api import standing_api

CATALOGUE = {
    "name": "shop",
    "text": {"title": {"weight": 2}},
    "encoders": {"text": None, "picture": None},
}


@pytest.fixture(scope="module")
def api(opensearch_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    stores = {"opensearch_url": opensearch_url, "redis_url": redis_url}
    with standing_api(
        CATALOGUE, prefix="tshownproducts", state_dir=tmp_path_factory.mktemp("state"), **stores
    ) as client:
        yield client


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The products of every reading of sources that was needed."""
    seen: list[list[str]] = []

    async def counted(client: AsyncClient, alias: str, ids: Sequence[str]) -> tuple[Mapping[str, Stored], float]:
        seen.append(sorted(ids))
        return await read_sources(client, alias, ids)

    monkeypatch.setattr(shown_products, "read_sources", counted)
    return seen


def put(api: TestClient, id: str, title: str) -> None:
    assert api.put(f"/catalogues/shop/products/{id}", params={"refresh": True}, json={"title": title}).is_success


def shown(api: TestClient, text: str) -> dict[str, str]:
    """Titles by product, of a search whose candidates come without their sources."""
    request: dict[str, Any] = {"text": text, "explain": True}
    answer = api.post("/catalogues/shop/search", json=request)
    assert answer.is_success, answer.text
    return {hit["id"]: hit["source"]["title"] for hit in answer.json()["hits"]}


def test_a_product_that_was_shown_is_not_read_again(api: TestClient, readings: list[list[str]]) -> None:
    put(api, "a", "kettle of steel")
    put(api, "b", "kettle of glass")
    assert shown(api, "kettle") == {"a": "kettle of steel", "b": "kettle of glass"}
    assert shown(api, "kettle steel") == {"a": "kettle of steel", "b": "kettle of glass"}
    assert readings == [["a", "b"]]


def test_a_product_that_changed_is_shown_as_it_is_now(api: TestClient, readings: list[list[str]]) -> None:
    put(api, "c", "lamp of brass")
    put(api, "d", "lamp of paper")
    shown(api, "lamp")
    put(api, "c", "lamp of wood")
    assert shown(api, "lamp") == {"c": "lamp of wood", "d": "lamp of paper"}
    assert readings == [["c", "d"], ["c"]]


def test_a_product_that_was_removed_and_came_again_is_shown_as_it_came(api: TestClient) -> None:
    put(api, "e", "chair for the garden")
    shown(api, "chair")
    assert api.delete("/catalogues/shop/products/e", params={"refresh": True}).is_success
    assert shown(api, "chair") == {}
    put(api, "e", "chair for the desk")
    assert shown(api, "chair") == {"e": "chair for the desk"}


def test_what_is_kept_belongs_to_one_making_of_the_index_and_stays_within_its_bounds(
    api: TestClient, readings: list[list[str]]
) -> None:
    put(api, "f", "vase")
    put(api, "g", "vase")
    service: SearchService = api.app.state.service  # type: ignore[attr-defined]
    portal = api.portal
    assert portal is not None
    found = portal.call(_candidates, service, "vase")
    served = portal.call(service.catalogues.get, "shop").stored
    again = replace(served, created_at=served.created_at + timedelta(seconds=1))
    roomy, tight = ShownProducts(service.client), ShownProducts(service.client, kept_bytes=0)
    for products, catalogue in ((roomy, served), (roomy, served), (roomy, again), (tight, served), (tight, served)):
        stored, _ = portal.call(products.read, catalogue, found, [0, 1])
        assert {one.source for one in stored.values()} == {'{"title":"vase","id":"f"}', '{"title":"vase","id":"g"}'}
    assert len(readings) == 1 + 1 + 2
    roomy.forget()
    portal.call(roomy.read, served, found, [1])
    assert readings[-1] == [found.ids[1]]


async def _candidates(service: SearchService, words: str) -> Candidates:
    return (await service.searching.examined("shop", SearchRequest(text=words))).candidates
