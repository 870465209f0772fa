"""What a search leaves behind: tokens on its hits, an echo for UBI, and a line in the log with the features as served."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from indexer.behaviour.composition import open_log, open_signer
from indexer.behaviour.http import build_events_router
from indexer.http import build_router
from plugin_config.settings import Settings
from query_service.app import build_app
from ranking.behaviour.log.event_log import ServedSearch

pytestmark = pytest.mark.opensearch
CATALOGUE = {"name": "shop", "text": {"title": 1}, "number": ["price"], "encoders": {"picture": None, "text": None}}
PRODUCTS = {"tea": "Green tea", "pot": "Tea pot", "mug": "Tea mug", "lamp": "Lamp"}


def build(settings: Settings) -> FastAPI:
    app = build_app(settings)
    app.include_router(build_router(settings))
    app.include_router(build_events_router(settings))
    return app


def filled(client: TestClient) -> TestClient:
    client.put("/catalogues/shop", json=CATALOGUE)
    for number, (id, title) in enumerate(PRODUCTS.items()):
        answer = client.put(f"/catalogues/shop/products/{id}?refresh=true", json={"title": title, "price": number})
        assert answer.status_code == 200
    return client


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    with TestClient(build(settings), headers={"user-agent": "Mozilla/5.0"}) as client:
        yield filled(client)


def logged(settings: Settings, count: int) -> list[ServedSearch]:
    """The searches in the log, as soon as there are so many."""
    log, until = open_log(settings), time.monotonic() + 60
    while len(found := list(log.searches("shop"))) < count and time.monotonic() < until:
        time.sleep(0.02)
    log.close()
    assert len(found) == count
    return found


def test_a_search_is_logged_as_it_was_shown_and_its_hits_carry_tokens(api: TestClient, settings: Settings) -> None:
    asked = {"text": "tea", "policy": "reranked", "user": "ann", "size": 2, "from": 1}
    answer = api.post("/catalogues/shop/search", json=asked).json()
    assert "ext" not in answer
    search = logged(settings, 1)[0]
    assert (search.query_id, search.query, search.shopper, search.policy) == (
        answer["query_id"],
        "tea",
        "ann",
        "reranked",
    )
    assert search.products == tuple(hit["id"] for hit in answer["hits"])
    assert (len(search.products), search.first_position) == (2, 2)
    assert search.versions["index"].endswith("shop.v1")
    assert search.features is not None
    assert search.features.shape == (2, len(search.feature_names))
    assert np.isfinite(search.features).any()
    proofs = [open_signer(settings).check(hit["token"], now=time.time()) for hit in answer["hits"]]
    assert [(proof.product, proof.position) for proof in proofs] == [(hit["id"], hit["rank"]) for hit in answer["hits"]]


def test_the_clients_own_query_id_is_used_and_echoed(api: TestClient, settings: Settings) -> None:
    ubi = {"query_id": "my-query", "client_id": "bea", "user_query": "tea!", "query_attributes": {"ab": "b"}}
    answer = api.post("/catalogues/shop/search", json={"text": "tea", "policy": "keyword", "ext": {"ubi": ubi}}).json()
    assert answer["query_id"] == "my-query"
    assert answer["ext"] == {"ubi": {"query_id": "my-query"}}
    assert logged(settings, 1)[0].shopper == "bea"
    assert api.get("/searches/my-query").json()["request"]["ext"]["ubi"]["query_attributes"] == {"ab": "b"}
    empty = api.post("/catalogues/shop/search", json={"text": "tea", "ext": {"ubi": {}}}).json()
    assert empty["ext"]["ubi"]["query_id"] == empty["query_id"] != "my-query"
    wrong = {"text": "tea", "ext": {"ubi": {"query_id": "a\nb"}}}
    assert api.post("/catalogues/shop/search", json=wrong).status_code == 422


def test_a_click_on_a_hit_teaches(api: TestClient, settings: Settings) -> None:
    answer = api.post("/catalogues/shop/search", json={"text": "tea", "user": "ann"}).json()
    hit = answer["hits"][1]
    attributes = {"event_id": "e", "object": {"object_id": hit["id"]}, "token": hit["token"]}
    event = {
        "action_name": "click", "client_id": "ann", "timestamp": time.time(), "event_attributes": attributes,
        "application": "shop",
    }  # fmt: skip
    assert api.post("/events", json=event).json()["signed"] == 1
    log = open_log(settings)
    kept = log.read()[0].event
    log.close()
    assert (kept.teaches, kept.position, kept.query_id) == (True, 2, answer["query_id"])


def test_looking_behind_the_scenes_is_not_shopping(api: TestClient, settings: Settings) -> None:
    for asked in (
        {"text": "tea", "explain": True},
        {"text": "tea", "debug": True},
        {"text": "pot", "policy": "keyword"},
    ):
        assert api.post("/catalogues/shop/search", json=asked).status_code == 200
    assert [search.query for search in logged(settings, 1)] == ["pot"]


def test_no_share_means_no_log(settings: Settings) -> None:
    with TestClient(build(settings.model_copy(update={"log_searches": 0.0}))) as client:
        assert filled(client).post("/catalogues/shop/search", json={"text": "tea"}).json()["hits"]
    assert not settings.event_log_path.exists()


def test_a_failing_log_and_a_missing_key_never_fail_a_search(settings: Settings, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    update = {"events_dir": blocked / "events", "state_dir": blocked / "state"}
    with TestClient(build(settings.model_copy(update=update))) as client:
        answer = filled(client).post("/catalogues/shop/search", json={"text": "tea", "policy": "keyword"})
        assert answer.status_code == 200
        assert [hit["token"] for hit in answer.json()["hits"]] == [None] * 3
        until = time.monotonic() + 60
        while 'outcome="failed"} 1.0' not in client.get("/metrics").text:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_pages_under_one_query_id_are_one_search_with_every_product_shown(
    settings: Settings,
) -> None:
    with TestClient(build(settings), headers={"user-agent": "Mozilla/5.0"}) as client:
        api = filled(client)
        asked = {"text": "tea", "policy": "reranked", "user": "ann", "size": 2, "ext": {"ubi": {"query_id": "paged"}}}
        pages = [
            api.post("/catalogues/shop/search", json={**asked, "from": start}).json()["hits"] for start in (0, 2, 0)
        ]
    (search,) = logged(settings, 1)  # the service is closed, so all is written
    assert search.first_position == 1
    assert search.products == tuple(hit["id"] for hit in (*pages[0], *pages[1]))
    assert search.features is not None
    assert len(search.features) == len(search.products) == 3
