"""The write path over HTTP, on the real OpenSearch and Redis."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from indexer.http import build_router
from plugin_config.settings import Settings
from query_service.problems import install_problems

CATALOGUE = {
    "name": "shop",
    "text": {"title": {"weight": 2}},
    "number": ["price"],
    "images": ["image"],
    "encoders": {"picture": None},
}


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    app = FastAPI()
    install_problems(app)
    app.include_router(build_router(settings))
    with TestClient(app) as client:
        assert client.put("/catalogues/shop", json=CATALOGUE).status_code == 200
        yield client


def test_a_product_is_written_changed_and_removed(api: TestClient) -> None:
    one = "/catalogues/shop/products/a%20b"
    assert api.put(one, json={"title": "Lamp", "price": 3}).json() == {
        "id": "a b",
        "effect": "created",
        "enrichment": "queued",
    }
    assert api.patch(one, json={"price": 4}).json() == {"id": "a b", "effect": "updated", "enrichment": "not needed"}
    assert api.patch(one, json={"price": 4}).json()["effect"] == "unchanged"
    assert api.delete(one).json()["effect"] == "deleted"
    assert api.delete(one).status_code == 404
    assert api.patch(one, json={"price": 4}).status_code == 404


def test_a_bulk_says_what_it_did_and_what_it_could_not_take(api: TestClient) -> None:
    lines = b"\n".join(
        [
            b'{"id": 1, "title": "A"}',
            b"nonsense",
            b'{"id": 2, "price": "cheap"}',
            b'{"id": 3, "image": "/etc/passwd"}',
            b'{"id": 1, "title": "B"}',
        ]
    )
    answer = api.post("/catalogues/shop/bulk", content=lines, headers={"content-type": "application/x-ndjson"}).json()
    assert {key: answer[key] for key in ("lines", "created", "rejected", "repeated")} == {
        "lines": 5,
        "created": 1,
        "rejected": 3,
        "repeated": 1,
    }
    assert [(r["line"], r["field"], r["taken"]) for r in answer["rejects"]] == [
        (2, "line", False),
        (3, "price", False),
        (4, "image", False),
        (5, "id", True),
    ]


def test_what_is_wrong_is_named_in_a_problem_document(api: TestClient) -> None:
    wrong = api.put("/catalogues/shop/products/1", json={"title": "Lamp", "price": "12,50"})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    assert "price" in wrong.json()["detail"]
    assert api.put("/catalogues/shop/products/1", json={"id": "2", "title": "Lamp"}).status_code == 422
    assert api.put("/catalogues/nowhere/products/1", json={"title": "Lamp"}).status_code == 404
    assert api.put("/catalogues/shop", json=CATALOGUE | {"colour": 1}).status_code == 422
    assert api.put("/catalogues/other", json=CATALOGUE).status_code == 422
    changed = api.put("/catalogues/shop", json=CATALOGUE | {"synonyms": ["a, b"]})
    assert changed.status_code == 409
    assert "rebuild" in changed.json()["detail"]
