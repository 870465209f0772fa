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
from indexer.behaviour.schooling import learn_all
from indexer.http import build_router
from plugin_config.settings import Settings
from query_service.app import build_app
from ranking.lambdamart.store import DirectoryModelStore
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


def shopping(client: TestClient, settings: Settings, shoppers: int, *, before: int = 0) -> None:
    """Shoppers search, read from the top and click what has many stars; every search and event is in the log after."""
    chance, events = random.Random(2), []
    for n in range(before, before + shoppers):
        asked = {"text": chance.choice(THINGS), "user": f"shopper-{n}", "policy": "reranked", "size": 12}
        answer = client.post("/catalogues/shop/search", json=asked).json()
        for hit in answer["hits"]:
            looks = chance.random() < 1.5 / hit["rank"]
            if looks and chance.random() < (0.9 if hit["source"]["stars"] >= 4 else 0.05):
                events.append(deed("click", n, answer["query_id"], hit))
                if hit["source"]["stars"] == 5 and chance.random() < 0.5:
                    events.append(deed("purchase", n, answer["query_id"], hit))
        if n % 20 == 0:  # of many at once, some would be logged without their features
            wait_for_searches(settings, n + 1)
    for start in range(0, len(events), 200):
        assert client.post("/events", json=events[start : start + 200]).status_code == 200
    wait_for_searches(settings, before + shoppers)


def wait_for_searches(settings: Settings, count: int) -> None:
    log, until = open_log(settings), time.monotonic() + 60
    while len(list(log.searches("shop"))) < count:
        assert time.monotonic() < until, f"not {count} searches in the log"
        time.sleep(0.02)
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


def seconds_to_roll_back(shop: TestClient, capsys: pytest.CaptureFixture[str], *, of: str, to: str) -> float:
    """How long it takes from the command to a search that the earlier model has ordered."""
    named = ("--catalogue", "shop")
    answer(capsys, "models", "use", of, *named)
    begin = time.perf_counter()
    assert answer(capsys, "models", "rollback", *named)["current"] == to
    page = shop.post("/catalogues/shop/search", json={"text": "lamp", "policy": "reranked"}).json()
    assert page["model"] == to
    return time.perf_counter() - begin


def checks(gate: object) -> dict[str, dict[str, object]]:
    assert isinstance(gate, dict)
    return {check["name"]: check for check in gate["checks"]}


def test_gate_shadow_rollback_and_an_altered_file(
    shop: TestClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--catalogue", "shop")
    shopping(shop, settings, 160)
    first = answer(capsys, "train", *named, "--from-behaviour", "--click-model", "position", "--use")
    assert checks(first["gate"])["feature parity"]["number"] == "240 of 240 rows of 20 searches equal bit for bit"

    second = answer(capsys, "train", *named, "--from-behaviour", "--click-model", "naive", "--seed", "3", "--keep")
    assert (second["serves"], second["parent"]) == (False, first["model"])
    assert "no model is in the shadow" in complaint(capsys, "models", "shadow", *named)
    assert answer(capsys, "models", "shadow", str(second["model"]), *named)["searches"] == 0
    shopping(shop, settings, 40, before=160)
    report = answer(capsys, "models", "shadow", *named)
    assert report["searches"] == 40
    assert 0 < report["agreement"] < 1  # type: ignore[operator]
    assert report["deeds"] > 10  # type: ignore[operator]
    assert answer(capsys, "models", "shadow", "--off", *named)["shadow"] is None

    assert run(["models", "gate", str(second["model"]), *named, "--json"]) in (0, 1)
    gate = json.loads(capsys.readouterr().out)
    assert gate["against"] == first["model"]
    assert checks(gate)["feature parity"]["verdict"] == "passed"

    took = [seconds_to_roll_back(shop, capsys, of=str(second["model"]), to=str(first["model"])) for _ in range(5)]
    assert min(took) < 1, took  # a busy machine may be late; a promise that holds at no time is broken

    path = settings.models_folder / "shop" / str(second["model"]) / "model.txt"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))
    assert run(["models", "gate", str(second["model"]), *named, "--json"]) == 1
    assert checks(json.loads(capsys.readouterr().out))["golden rows"]["verdict"] == "failed"
    assert "hash differs" in complaint(capsys, "models", "use", str(second["model"]), *named)


def test_a_log_that_teaches_nothing_is_one_clear_line(
    shop: TestClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ("--catalogue", "shop", "--from-behaviour")
    assert "no search to learn from" in complaint(capsys, "train", *named)
    for n in range(25):
        shop.post("/catalogues/shop/search", json={"text": "lamp", "user": f"u{n}", "policy": "reranked"})
    wait_for_searches(settings, 25)
    assert "all labels are the same" in complaint(capsys, "train", *named)
    assert "no search of the time that was asked for" in complaint(capsys, "train", *named, "--since", "2100-01-01")
    assert run(["train", *named, "--click-model", "psychic"]) == 2
    assert "'psychic' is none of naive, coec, " in capsys.readouterr().err
    assert run(["train", "--catalogue", "shop"]) == 2
    assert "--from-behaviour" in capsys.readouterr().err


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run([*arguments]) == 1
    error = capsys.readouterr().err
    assert error.startswith("vitrine: ")
    assert error.count("\n") == 1
    return error


def test_a_worker_learns_on_schedule_and_only_through_the_gate(shop: TestClient, settings: Settings) -> None:
    store = DirectoryModelStore(settings.models_folder / "shop")
    learn_all(settings)
    assert store.ids() == ()  # nothing to learn from is no failure
    shopping(shop, settings, 240)
    learn_all(settings)
    assert store.pointer().current == store.ids()[0]
    assert "behaviour" in store.manifest(store.ids()[0]).data.origin
    learn_all(settings)
    assert len(store.ids()) == 1  # nothing happened since: the same would come of it
    log = open_log(settings)
    log.forget("shopper-5")
    log.close()
    learn_all(settings)
    assert len(store.ids()) == 2
