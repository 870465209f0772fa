"""POST /events on a real index and log: batches, bad input, floods."""

import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indexer.behaviour.composition import open_log, open_signer
from indexer.behaviour.http import build_events_router
from indexer.http import build_router
from plugin_config.settings import Settings
from query_service.problems import install_problems
from ranking.behaviour.tokens import ResultToken

pytestmark = pytest.mark.opensearch
CATALOGUE = {"name": "shop", "text": {"title": 1}, "encoders": {"picture": None, "text": None}}


@pytest.fixture
def api(settings: Settings) -> Iterator[TestClient]:
    app = FastAPI()
    install_problems(app)
    app.include_router(build_router(settings))
    app.include_router(build_events_router(settings.model_copy(update={"events_per_minute": 2_000})))
    with TestClient(app, headers={"user-agent": "Mozilla/5.0"}) as client:
        assert client.put("/catalogues/shop", json=CATALOGUE).status_code == 200
        assert client.put("/catalogues/shop/products/tea", json={"title": "Tea"}).status_code == 200
        yield client


_values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.just({"object_id": "tea"})
_names = st.sampled_from(
    ["action_name", "timestamp", "client_id", "event_attributes", "query_id", "event", "id", "item", "user", "type"]
)
_bodies = st.lists(st.dictionaries(_names, _values | st.dictionaries(st.text(max_size=5), _values)), max_size=4)


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "application": "shop",
        "action_name": "click",
        "client_id": "ann",
        "query_id": "q",
        "timestamp": int(time.time() * 1000),
        "event_attributes": {"event_id": f"e{number}", "object": {"object_id": "tea"}, **more.pop("attributes", {})},
    } | more


def test_an_object_a_list_and_lines_are_taken_and_repeats_count_once(api: TestClient, settings: Settings) -> None:
    assert api.post("/events", json=event(1)).json()["accepted"] == 1
    assert api.post("/events", json=[event(1), event(2)]).json()["accepted"] == 1
    lines = b"\n".join(orjson.dumps(event(n)) for n in (2, 3, 4))
    answer = api.post("/events", content=lines, headers={"content-type": "text/plain"}).json()
    assert (answer["records"], answer["accepted"], answer["repeated"]) == (3, 2, 1)
    log = open_log(settings)
    assert [row.event.event_id for row in log.read(catalogue="shop")] == ["e1", "e2", "e3", "e4"]
    log.close()


def test_only_a_token_of_ours_lets_a_click_teach(api: TestClient, settings: Settings) -> None:
    signed = open_signer(settings).sign(ResultToken("q", "tea", 2, "hybrid", "", time.time() + 60))
    forged = signed[:-3] + ("AAA" if signed[-3:] != "AAA" else "BBB")
    answer = api.post(
        "/events", json=[event(1, attributes={"token": signed}), event(2, attributes={"token": forged}), event(3)]
    ).json()
    assert (answer["accepted"], answer["signed"], sum(answer["tokens_refused"].values())) == (3, 1, 1)
    log = open_log(settings)
    assert {row.event.event_id: row.event.teaches for row in log.read()} == {"e1": True, "e2": False, "e3": False}
    log.close()


def test_bad_events_are_named_and_the_good_one_beside_them_is_kept(api: TestClient) -> None:
    day = 86_400_000
    now = int(time.time() * 1000)
    answer = api.post(
        "/events",
        json=[
            event(1),
            event(2, timestamp=now + day),
            event(3, timestamp=now - 40 * day),
            event(4, attributes={"object": {"object_id": "ghost"}}),
            event(5, client_id={"a": 1}),
            event(6, application="shop*"),
            17,
        ],
    ).json()
    assert answer["accepted"] == 1
    assert answer["rejected"] == {
        "future": 1, "too_old": 1, "unknown_product": 1, "wrong_type": 1, "unknown_catalogue": 1, "unreadable": 1,
    }  # fmt: skip
    assert {one["line"] for one in answer["rejects"]} == {2, 3, 4, 5, 6, 7}


def test_a_body_of_more_than_five_megabytes_is_refused(api: TestClient) -> None:
    assert api.post("/events", content=b"[" + b" " * 5_000_000).status_code == 413
    assert api.post("/events", content=b"{}\n" * 20_001).status_code == 413


def test_what_is_no_record_at_all_is_a_clear_answer(api: TestClient) -> None:
    assert api.post("/events", content=b"  ").status_code == 400
    assert api.post("/events", content=b"[{").status_code == 400
    assert api.post("/events", content=b"\xff\xfe").json()["rejected"] == {"unreadable": 1}
    assert api.post("/events", content=b"[" * 100_000).status_code == 400
    assert api.post("/events", json=event(1), params={"format": "csv"}).status_code == 422


def test_a_word_cut_within_a_character_costs_no_event_of_its_batch(api: TestClient) -> None:
    """Browsers write half a surrogate pair where a query was cut at some length."""
    cut = orjson.dumps(event(1))
    cut = cut[:-1] + b', "user_query": "mug \\ud83d"}'
    for body in (b"[" + cut + b"," + orjson.dumps(event(2)) + b"]", cut, b"\n".join((cut, orjson.dumps(event(3))))):
        said = api.post("/events", content=body).json()
        assert said["rejected"] == {}
        assert said["accepted"] + said["repeated"] == said["records"]
    assert api.post("/events", content=b'[{"a": NaN, "b": "\\ud83d"}]').status_code == 400


def test_a_flood_is_told_when_to_come_back(api: TestClient) -> None:
    batch = b"\n".join(orjson.dumps(event(n)) for n in range(1_500))
    assert api.post("/events", content=batch).status_code == 200
    refused = api.post("/events", content=batch)
    assert refused.status_code == 429
    assert 20 <= int(refused.headers["retry-after"]) <= 31
    assert refused.json()["type"] == "urn:vitrine:problem:too_many_events"


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=60) | _bodies.map(orjson.dumps), st.sampled_from(["ubi", "metarank"]))
def test_no_body_whatever_it_holds_is_answered_by_a_failure(api: TestClient, body: bytes, format: str) -> None:
    answer = api.post("/events", content=body, params={"format": format, "catalogue": "shop"})
    assert answer.status_code in (200, 400, 429)
    if answer.status_code == 200:
        said = answer.json()
        assert said["accepted"] + sum(said["rejected"].values()) <= said["records"]
        assert len(said["rejects"]) <= 100


def test_crawlers_are_marked(api: TestClient, settings: Settings) -> None:
    answer = api.post("/events", json=event(1), headers={"user-agent": "AhrefsBot/7.0"}).json()
    assert (answer["accepted"], answer["suspect"]) == (1, {"bot": 1})
