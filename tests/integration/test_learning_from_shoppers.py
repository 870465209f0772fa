"""The whole loop: searches are served and logged, shoppers act, a model learns from it, passes the gate and serves."""

import json
import random
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from indexer.behaviour.composition import open_log
from indexer.behaviour.http import build_events_router
from indexer.http import build_router
from plugin_config.settings import Settings
from query_service.app import build_app
from vitrine.main import run

pytestmark = pytest.mark.opensearch
CATALOGUE = {
    "name": "shop",
    "text": {"title": 1},
    "number": ["stars", "price"],
    "roles": {"rating": "stars", "price": "price"},
    "encoders": {"picture": None, "text": None},
}
THINGS = ("chair", "lamp", "sofa", "shelf", "mirror")
EACH = 12


def build(settings: Settings) -> FastAPI:
    app = build_app(settings)
    app.include_router(build_router(settings))
    app.include_router(build_events_router(settings))
    return app


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """60 products whose worth is their stars, which words cannot know; the commands have the settings of the test."""
    for name in ("opensearch_url", "redis_url", "features_redis_url", "index_prefix", "state_dir"):
        monkeypatch.setenv(f"VITRINE_{name.upper()}", str(getattr(settings, name)))
    settings = settings.model_copy(update={"events_per_minute": 0})
    chance = random.Random(1)
    with TestClient(build(settings), headers={"user-agent": "Mozilla/5.0"}) as client:
        client.put("/catalogues/shop", json=CATALOGUE)
        for thing in THINGS:
            for n in range(EACH):
                product = {"title": f"{thing} {n}", "stars": chance.randint(1, 5), "price": chance.randint(5, 90)}
                refresh = "true" if (thing, n) == (THINGS[-1], EACH - 1) else "false"
                assert client.put(f"/catalogues/shop/products/{thing}-{n}?refresh={refresh}", json=product).is_success
        yield client


def shopping(client: TestClient, settings: Settings, shoppers: int) -> None:
    """Shoppers search, read from the top and click what has many stars; every search and event is in the log after."""
    chance, events = random.Random(2), []
    for n in range(shoppers):
        asked = {"text": chance.choice(THINGS), "user": f"shopper-{n}", "policy": "reranked", "size": 12}
        answer = client.post("/catalogues/shop/search", json=asked).json()
        for hit in answer["hits"]:
            looks = chance.random() < 1.5 / hit["rank"]
            if looks and chance.random() < (0.9 if hit["source"]["stars"] >= 4 else 0.05):
                events.append(deed("click", n, answer["query_id"], hit))
                if hit["source"]["stars"] == 5 and chance.random() < 0.5:
                    events.append(deed("purchase", n, answer["query_id"], hit))
    for start in range(0, len(events), 200):
        assert client.post("/events", json=events[start : start + 200]).status_code == 200
    log, until = open_log(settings), time.monotonic() + 20
    while len(list(log.searches("shop"))) < shoppers and time.monotonic() < until:
        time.sleep(0.05)
    log.close()


def deed(action: str, shopper: int, query_id: str, hit: dict[str, object]) -> dict[str, object]:
    return {
        "action_name": action,
        "client_id": f"shopper-{shopper}",
        "query_id": query_id,
        "timestamp": time.time(),
        "application": "shop",
        "event_attributes": {
            "event_id": f"{action}-{shopper}-{hit['id']}",
            "object": {"object_id": hit["id"]},
            "token": hit["token"],
        },
    }


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_what_shoppers_do_becomes_a_model_that_serves(
    shop: TestClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    shopping(shop, settings, 240)
    learned = answer(capsys, "train", "--catalogue", "shop", "--from-behaviour")
    assert learned["serves"] is True
    page = shop.post("/catalogues/shop/search", json={"text": "lamp", "policy": "reranked"}).json()
    assert page["model"] == learned["model"]
    stars = [hit["source"]["stars"] for hit in page["hits"]]
    assert sum(stars[:4]) > sum(stars[-4:])
