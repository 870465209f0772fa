"""Recommendations of a small shop: from real events through the lists in Redis to the answer of the API."""

import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from indexer.behaviour.composition import open_log
from indexer.behaviour.profiles.composition import keep_profiles
from indexer.behaviour.recommended import remove_recently_viewed, write_recommendations
from mappings.client import connect
from plugin_config.settings import Settings, load_settings
from query_service.app import build_app
from ranking.behaviour.aggregates.columns import columns_of
from ranking.behaviour.event import Event
from ranking.behaviour.tokens import TokenSigner, token_key
from tests import small_shop

pytestmark = pytest.mark.opensearch
PREFIX = "trecommending"
WHERE = f"/catalogues/{small_shop.NAME}/recommendations"


def did(action: str, product: str, who: str, *, days_ago: float = 0.2) -> Event:
    at = time.time() - days_ago * 86_400
    return Event(
        event_id=f"{action}-{product}-{who}-{days_ago}", action=action, at=at, product=product, query_id=f"q-{who}",
        shopper=who, session=f"visit-{who}-{int(days_ago)}", position=1,
    )  # fmt: skip


def past() -> list[Event]:
    """Pens are bought with ink and a notebook; ann saw headphones first and the pen last; a pan is bought by everybody today."""
    events = []
    for number in range(6):
        who = f"buyer-{number}"
        events += [did("purchase", id, who, days_ago=3) for id in ("n2", "n3", "n1", "gone")]
        events += [did("view", id, who, days_ago=3) for id in ("n2", "n3", "h1")]
        events += [did("purchase", "k3", f"cook-{number}", days_ago=0.1)]
    return [*events, did("view", "h1", "ann", days_ago=2), did("view", "n2", "ann", days_ago=1)]


@pytest.fixture(scope="module")
def shop(opensearch_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = load_settings(
        opensearch_url=opensearch_url, redis_url=redis_url, index_prefix=PREFIX, state_dir=tmp_path_factory.mktemp("s")
    )
    client = connect(settings)
    client.request("DELETE", f"/{PREFIX}-{small_shop.NAME}.v1", params={"ignore_unavailable": True})
    small_shop.fill(settings)
    redis = Redis.from_url(redis_url)
    write_recommendations(redis, small_shop.NAME, columns_of(past()), prefix=PREFIX, now=time.time())
    yield settings
    client.request("DELETE", f"/{PREFIX}-{small_shop.NAME}.v1")
    client.close()
    for key in redis.scan_iter(f"{PREFIX}:*"):
        redis.delete(key)
    redis.close()


@pytest.fixture(scope="module")
def api(shop: Settings) -> Iterator[TestClient]:
    with TestClient(build_app(shop)) as client:
        yield client


def ids(answer: dict) -> list[str]:
    return [hit["id"] for hit in answer["hits"]]


def test_what_is_bought_together_comes_without_products_that_are_gone(api: TestClient) -> None:
    answer = api.get(f"{WHERE}/bought-together", params={"product": "n2"}).json()
    assert answer["policy"] == "bought-together"
    assert set(ids(answer)) == {"n1", "n3"}
    assert answer["notes"] == []
    assert [hit["rank"] for hit in answer["hits"]] == [1, 2]
    assert answer["hits"][0]["source"]["title"]


def test_every_hit_carries_a_token_that_names_its_row(api: TestClient, shop: Settings) -> None:
    signer = TokenSigner(token_key(None, shop.state_dir))
    for path in (f"{WHERE}/bought-together?product=n2", f"/catalogues/{small_shop.NAME}/products/n2/similar"):
        answer = api.get(path).json()
        for hit in answer["hits"]:
            proof = signer.check(hit["token"], now=time.time())
            assert (proof.query_id, proof.product, proof.position) == (answer["query_id"], hit["id"], hit["rank"])
            assert proof.policy == f"recommendations/{answer['policy']}"
        assert answer["hits"]


def test_filters_hold_and_an_empty_list_is_filled_by_likeness_which_is_said(api: TestClient) -> None:
    cheap = {"product": "n2", "filter": "price=0..10"}
    assert ids(api.get(f"{WHERE}/bought-together", params=cheap).json()) == ["n3"]
    answer = api.get(f"{WHERE}/bought-together", params={"product": "h1", "size": 3}).json()
    assert answer["policy"] == "similar"
    assert "too little is known" in answer["notes"][0]
    assert "h2" in ids(answer)
    assert "h1" not in ids(answer)
    only = api.get(f"{WHERE}/bought-together", params={"product": "h1", "filter": "category=Kitchen"}).json()
    assert {hit["source"]["category"] for hit in only["hits"]} == {"Kitchen"}


def test_trending_is_what_rises_and_popular_where_nothing_does(api: TestClient) -> None:
    assert ids(api.get(f"{WHERE}/trending").json())[0] == "k3"
    quiet = api.get(f"{WHERE}/trending", params={"filter": "category=Garden"}).json()
    assert quiet["policy"] == "popular"
    assert quiet["notes"]


def test_a_shopper_sees_what_they_saw_and_what_goes_with_it(api: TestClient) -> None:
    assert ids(api.get(f"{WHERE}/recently-viewed", params={"user": "ann"}).json()) == ["n2", "h1"]
    mine = api.get(f"{WHERE}/for-you", params={"user": "ann"}).json()
    assert mine["policy"] == "for-you"
    assert set(ids(mine)[:2]) == {"n1", "n3"}, "what goes with it, before what is like it"
    assert not {"n2", "h1"} & set(ids(mine)), "nothing that was seen already"
    assert ids(api.get(f"{WHERE}/recently-viewed", params={"user": "stranger"}).json()) == []
    nobody = api.get(f"{WHERE}/for-you", params={"user": "stranger"}).json()
    assert nobody["policy"] == "trending"
    assert "nothing is known of this shopper" in nobody["notes"][0]
    assert nobody["hits"]


def test_of_two_shoppers_who_saw_the_same_each_sees_first_what_suits_them(api: TestClient, shop: Settings) -> None:
    """The pen is looked at with a pullover and a glass kettle alike; one shopper buys knitwear, the other kettles."""
    log, redis = open_log(shop), Redis.from_url(str(shop.redis_url))
    for who, liked in (("wendy", ("w1", "w2")), ("kurt", ("k1",))):
        log.append(small_shop.NAME, [did("purchase", id, who, days_ago=day) for id in liked for day in (5, 9)])
    log.close()
    keep_profiles(shop, [small_shop.NAME], anew=True)
    seen = [did("view", id, f"v{n}") for n in range(6) for id in ("n2", "w3", "k2")]
    both = [did("view", "n2", "wendy"), did("view", "n2", "kurt")]
    write_recommendations(redis, small_shop.NAME, columns_of([*seen, *both]), prefix=PREFIX, now=time.time())
    wendy, kurt = (ids(api.get(f"{WHERE}/for-you", params={"user": who}).json()) for who in ("wendy", "kurt"))
    assert wendy[:2] == ["w3", "k2"]
    assert kurt[:2] == ["k2", "w3"]
    write_recommendations(redis, small_shop.NAME, columns_of(past()), prefix=PREFIX, now=time.time())
    redis.close()


def test_a_forgotten_shopper_was_never_here(api: TestClient, shop: Settings, redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    write_recommendations(
        redis, small_shop.NAME, columns_of([did("view", "k1", "gus")]), prefix=PREFIX, now=time.time()
    )
    assert ids(api.get(f"{WHERE}/recently-viewed", params={"user": "gus"}).json()) == ["k1"]
    remove_recently_viewed(shop, "gus")
    assert ids(api.get(f"{WHERE}/recently-viewed", params={"user": "gus"}).json()) == []
    write_recommendations(redis, small_shop.NAME, columns_of(past()), prefix=PREFIX, now=time.time())
    redis.close()


def test_what_cannot_be_recommended_is_a_clear_answer(api: TestClient) -> None:
    assert api.get(f"{WHERE}/bought-together").status_code == 422
    assert api.get(f"{WHERE}/for-you").status_code == 422
    assert api.get(f"{WHERE}/horoscope").status_code == 422
    assert api.get(f"{WHERE}/bought-together", params={"product": "nothing"}).status_code == 404
    assert api.get(f"{WHERE}/trending", params={"filter": "moon=full"}).status_code == 422
    assert api.get("/catalogues/nowhere/recommendations/trending").status_code == 404


def test_without_redis_likeness_stands_in_and_the_answer_says_what_is_missing(shop: Settings) -> None:
    away = shop.model_copy(update={"features_redis_url": "redis://127.0.0.1:9/0"})
    with TestClient(build_app(away)) as client:
        answer = client.get(f"{WHERE}/bought-together", params={"product": "n2"}).json()
        assert (answer["policy"], answer["degraded"]) == ("similar", ["behaviour"])
        assert answer["hits"]
        assert client.get(f"{WHERE}/for-you", params={"user": "ann"}).json()["hits"]
