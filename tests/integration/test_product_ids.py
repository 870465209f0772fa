"""Ids as shops have them, through every route that names a product."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from tests.whole_api import standing_api

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CATALOGUE = {
    "name": "shop",
    "text": {"title": {"weight": 2}},
    "images": ["image"],
    "encoders": {"text": None, "picture": None},
}
IDS = [
    "a/b", "a/b/similar", "pictures/0", "/lead", "trail/", "a//b", "../x", "%2F", "a%2Fb", "50% off", "a b", "a+b",
    "a?b=c#d", "a\\b", "_x", '"quoted"', "Ünï/çødé", "羊毛衫", "🧥", "cafe\u0301", "x" * 512, "羊" * 170,
]  # fmt: skip


@pytest.fixture(scope="module")
def api(opensearch_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    stores = {"opensearch_url": opensearch_url, "redis_url": redis_url}
    with standing_api(CATALOGUE, prefix="tproductids", state_dir=tmp_path_factory.mktemp("state"), **stores) as client:
        yield client


def address(id: str) -> str:
    return f"/catalogues/shop/products/{quote(id, safe='')}"


def test_any_id_is_written_changed_read_shown_compared_and_removed(api: TestClient) -> None:
    for id in IDS:
        assert api.put(address(id), json={"title": f"thing {id}", "image": PIXEL}).json()["id"] == id
    api.patch(address(IDS[0]), params={"refresh": True}, json={"title": "Thing"})
    for id in IDS:
        assert api.get(address(id)).json()["id"] == id
        assert api.get(f"{address(id)}/pictures/0").headers["content-type"] == "image/webp"
        assert api.get(f"{address(id)}/similar").status_code == 200
        assert api.patch(address(id), json={"title": "changed"}).json()["effect"] == "updated"
        assert api.delete(address(id)).json() == {"id": id, "effect": "deleted", "enrichment": "not needed"}


@pytest.mark.parametrize("id", ["x" * 513, "羊" * 171, " "])
def test_an_id_that_is_too_long_or_empty_is_refused_by_name(api: TestClient, id: str) -> None:
    for answer in (api.put(address(id), json={"title": "a"}), api.delete(address(id))):
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith("id: ")
    assert api.get(address(id)).status_code == 404


def test_an_id_that_no_address_can_name_is_refused_in_a_bulk(api: TestClient) -> None:
    answer = api.post("/catalogues/shop/bulk", content=b'{"id": "..", "title": "a"}\n').json()
    assert answer["rejected"] == 1
    assert "no web address" in answer["rejects"][0]["reason"]
