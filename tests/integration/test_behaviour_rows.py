"""From POST /events to the features of the next search, through the real index, log and Redis; and out again."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from indexer.app import build_celery
from indexer.behaviour.composition import open_log
from indexer.behaviour.forgetting import forget_shopper
from indexer.behaviour.http import build_events_router
from indexer.behaviour.rows.composition import keep_rows
from indexer.behaviour.rows.keeping import KeptRows
from indexer.behaviour.upkeep import Upkeep
from indexer.http import build_router
from indexer.queueing import FOLLOW
from mappings.client import connect
from plugin_config.settings import Settings
from query_service.app import build_app
from vitrine.main import DONE, FAILED, run

pytestmark = pytest.mark.opensearch
CATALOGUE = {
    "name": "shop",
    "text": {"title": 1},
    "keyword": ["brand", "kind"],
    "number": ["cost"],
    "roles": {"price": "cost", "brand": "brand", "category": "kind"},
    "encoders": {"picture": None, "text": None},
}
PRODUCTS = {f"m{n}": {"title": f"mug {n}", "brand": f"b{n % 2}", "kind": "mugs", "cost": 5 + n} for n in range(6)}


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    made: Redis = Redis.from_url(str(settings.features_redis_url))
    yield made
    for key in made.scan_iter(match=f"{settings.index_prefix}:*"):
        made.delete(key)
    made.close()


@pytest.fixture
def api(settings: Settings, redis: Redis) -> Iterator[TestClient]:
    app = build_app(settings)
    app.include_router(build_router(settings))
    app.include_router(build_events_router(settings))
    with TestClient(app, headers={"user-agent": "Mozilla/5.0"}) as client:
        assert client.put("/catalogues/shop", json=CATALOGUE).status_code == 200
        for id, product in PRODUCTS.items():
            assert client.put(f"/catalogues/shop/products/{id}", json=product).status_code == 200
        engine = connect(settings)
        engine.request("POST", f"/{settings.index_prefix}-*/_refresh")
        engine.close()
        yield client


def search(api: TestClient, **more: Any) -> dict[str, Any]:
    body = {"text": "mug", "policy": "keyword", "user": "ann", **more}
    answer = api.post("/catalogues/shop/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def features(api: TestClient, product: str, **more: Any) -> dict[str, float | None]:
    page = search(api, explain=True, **more)
    return next(hit["explanation"]["features"] for hit in page["hits"] if hit["id"] == product)


def tell(api: TestClient, page: dict[str, Any], action: str, product: str, shopper: str) -> None:
    hit = next(hit for hit in page["hits"] if hit["id"] == product)
    event = {
        "application": "shop",
        "action_name": action,
        "query_id": page["query_id"],
        "client_id": shopper,
        "session_id": f"visit of {shopper}",
        "timestamp": time.time(),
        "event_attributes": {
            "event_id": f"{action} {product} {shopper}",
            "object": {"object_id": product},
            "token": hit["token"],
        },
    }
    assert api.post("/events", json=event).json()["signed"] == 1


def wait_for(page: dict[str, Any], settings: Settings) -> None:
    """Searches are logged off the request path: until this one and those before it are in the log."""
    log, until = open_log(settings), time.monotonic() + 60
    while page["query_id"] not in {one.query_id for one in log.searches("shop")}:
        assert time.monotonic() < until
        time.sleep(0.02)
    log.close()


def a_day_in_the_shop(api: TestClient, settings: Settings) -> None:
    """Ten shoppers see the page; all click the mug m3, three buy it, one clicks m1."""
    for number in range(10):
        page, shopper = search(api, user=f"s{number}"), f"s{number}"
        for hit in page["hits"]:
            tell(api, page, "impression", hit["id"], shopper)
        tell(api, page, "click", "m3", shopper)
        if number < 3:
            tell(api, page, "purchase", "m3", shopper)
    tell(api, page, "click", "m1", "s9")
    wait_for(page, settings)


def rows(settings: Settings, *, now: float | None = None, anew: bool = False) -> KeptRows:
    return keep_rows(settings, ["shop"], anew=anew, now=lambda: time.time() if now is None else now)[0]


def values(redis: Redis, settings: Settings) -> dict[bytes, bytes]:
    kinds = ("row", "query")
    keys = [key for kind in kinds for key in redis.scan_iter(match=f"{settings.index_prefix}:{kind}:*")]
    return {key: redis.get(key) for key in sorted(keys)}  # type: ignore[misc]


def test_what_shoppers_did_is_in_the_features_of_the_next_search(api: TestClient, settings: Settings) -> None:
    assert search(api, explain=True)["degraded"] == ["behaviour"]
    a_day_in_the_shop(api, settings)
    kept = rows(settings)
    assert (kept.counted, kept.products, kept.queries) == (74, 6, 1)
    assert search(api, explain=True)["degraded"] == []
    best, other = features(api, "m3"), features(api, "m1")
    assert (best["clicks_1d"], best["purchases_7d"], best["shown_30d"]) == (10, 3, 10)
    assert other["clicks_1d"] == 1
    assert best["clicks_vs_similar"] > 1.2 > 1 > other["clicks_vs_similar"]  # type: ignore[operator]
    assert best["query_click_share"] > 0.8  # type: ignore[operator]
    assert best["query_category_share"] == pytest.approx(1)
    assert best["days_since_sale"] < 0.01  # type: ignore[operator]
    assert other["days_since_sale"] is None
    assert features(api, "m3", text="MUG!")["query_click_share"] == best["query_click_share"]
    assert features(api, "m3", text="mug 3")["query_click_share"] is None  # nobody asked for this


def test_a_logged_search_says_how_far_behaviour_was_counted(api: TestClient, settings: Settings) -> None:
    a_day_in_the_shop(api, settings)
    rows(settings, now=time.time())
    log, until = open_log(settings), time.monotonic() + 60
    # The version is read once a second, so the first searches after counting may still say the one before.
    while not (said := [version for one in log.searches("shop") if (version := one.versions.get("behaviour"))]):
        assert time.monotonic() < until
        search(api)
        time.sleep(0.2)
    assert said[-1] == str(log.newest())
    log.close()


def test_an_emptied_redis_is_told_and_rebuilt_bit_for_bit(api: TestClient, settings: Settings, redis: Redis) -> None:
    a_day_in_the_shop(api, settings)
    now = time.time()
    rows(settings, now=now)
    before = values(redis, settings)
    assert len(before) == 7
    redis.delete(*before, f"{settings.index_prefix}:rows:shop")
    page = search(api, explain=True)
    assert (page["degraded"], page["total"]) == (["behaviour"], 6)
    rows(settings, now=now, anew=True)
    assert values(redis, settings) == before
    assert search(api, explain=True)["degraded"] == []


def test_following_writes_what_rebuilding_writes_and_rests_while_nothing_happens(
    api: TestClient, settings: Settings, redis: Redis
) -> None:
    a_day_in_the_shop(api, settings)
    upkeep = Upkeep(settings)
    upkeep.follow()
    assert features(api, "m3")["purchases_7d"] == 3
    page = search(api, user="late")
    tell(api, page, "purchase", "m1", "late")
    wait_for(page, settings)
    upkeep.follow()
    assert features(api, "m1")["purchases_7d"] == 1
    note = redis.get(f"{settings.index_prefix}:rows:shop")
    upkeep.follow()
    assert redis.get(f"{settings.index_prefix}:rows:shop") == note
    redis.delete(f"{settings.index_prefix}:rows:shop")
    upkeep.follow()
    assert redis.get(f"{settings.index_prefix}:rows:shop") is not None


def test_a_person_who_leaves_is_counted_no_longer(api: TestClient, settings: Settings, redis: Redis) -> None:
    a_day_in_the_shop(api, settings)
    page = search(api, text="secret gift mug", user="s1")
    tell(api, page, "click", "m3", "s1 ")
    wait_for(page, settings)
    rows(settings)
    assert len(list(redis.scan_iter(match=f"{settings.index_prefix}:query:*"))) == 2
    log = open_log(settings)
    forget_shopper(log, settings, "s1")
    forget_shopper(log, settings, "s1 ")
    log.close()
    assert features(api, "m3")["purchases_7d"] == 2
    assert len(list(redis.scan_iter(match=f"{settings.index_prefix}:query:*"))) == 1


def test_one_command_makes_everything_again_from_the_log(
    api: TestClient,
    settings: Settings,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("opensearch_url", "redis_url", "features_redis_url", "index_prefix", "state_dir"):
        monkeypatch.setenv(f"VITRINE_{name.upper()}", str(getattr(settings, name)))
    a_day_in_the_shop(api, settings)
    assert run(["events", "rebuild", "--catalogue", "shop", "--json"]) == DONE
    (kept,) = json.loads(capsys.readouterr().out)["catalogues"]
    assert (kept["counted"], kept["products"], kept["queries"], kept["shoppers"]) == (74, 6, 1, 10)
    assert features(api, "m3")["purchases_7d"] == 3
    assert run(["events", "rebuild", "--catalogue", "shoe"]) == FAILED
    assert "no catalogue 'shoe'" in capsys.readouterr().err


def test_the_task_of_the_workers_keeps_rows_up_to_date(api: TestClient, settings: Settings) -> None:
    a_day_in_the_shop(api, settings)
    build_celery(settings).tasks[FOLLOW].apply()
    assert features(api, "m3")["purchases_7d"] == 3


def test_what_goes_with_the_visit_is_a_feature_for_who_may_be_known(api: TestClient, settings: Settings) -> None:
    for number in range(12):
        page, shopper = search(api, user=f"s{number}"), f"s{number}"
        for product in ("m1", "m2") if number % 2 else ("m1", "m2", "m5"):
            tell(api, page, "click", product, shopper)
    tell(api, search(api, user="ann"), "click", "m1", "ann")
    Upkeep(settings).follow()
    personal = {"name": "mine", "weights": {"keyword": 1.0}, "personalization": 1.0}
    goes, other = (features(api, product, policy=personal)["viewed_together"] for product in ("m2", "m4"))
    assert goes is not None
    assert goes > 0.3
    assert other == 0
    assert features(api, "m2", policy={**personal, "personalization": 0.0})["viewed_together"] is None


def test_a_redis_that_is_away_degrades_a_search_and_breaks_none(api: TestClient, settings: Settings) -> None:
    dead = settings.model_copy(update={"features_redis_url": "redis://127.0.0.1:1/0", "redis_url": None})
    with TestClient(build_app(dead), headers={"user-agent": "Mozilla/5.0"}) as client:
        page = search(client, explain=True)
    assert (page["degraded"], page["total"]) == (["behaviour"], 6)
