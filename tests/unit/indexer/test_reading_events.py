"""Reading UBI and Metarank records: what is right arrives whole, what is wrong is refused with its name."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.behaviour.metarank import parse_metarank
from indexer.behaviour.reported import EventRefused
from indexer.behaviour.ubi import parse_ubi
from indexer.behaviour.values import moment

SAMPLE = Path(__file__).parents[4] / "shared/data/esci-ubi-sample/ubi_queries_events.ndjson.gz"
CLICK: dict[str, Any] = {
    "application": "shop",
    "action_name": "click",
    "query_id": "q1",
    "client_id": "ann",
    "session_id": "s1",
    "timestamp": "2026-01-02T03:04:05.500Z",
    "user_query": "green\ttea",
    "event_attributes": {
        "event_id": "e1",
        "token": "t",
        "object": {"object_id": "p1", "object_id_field": "id"},
        "position": {"ordinal": 3},
    },
}


def test_a_ubi_event_arrives_whole() -> None:
    read = parse_ubi(CLICK)
    event = read.events[0]
    assert (event.event_id, event.action, event.product, event.query_id) == ("e1", "click", "p1", "q1")
    assert (event.shopper, event.session, event.position, event.query) == ("ann", "s1", 3, "green tea")
    assert event.at == 1_767_323_045.5
    assert (read.application, read.tokens, read.dropped) == ("shop", {"e1": "t"}, ())


def test_attributes_without_a_place_are_dropped_by_name() -> None:
    thing = {**CLICK["event_attributes"], "dwell_time": 3, "position": {"ordinal": 1, "x": 4}}
    read = parse_ubi({**CLICK, "event_attributes": thing, "message": "hello"})
    assert set(read.dropped) == {"message", "event_attributes.dwell_time", "event_attributes.position.x"}


def test_a_sender_that_counts_from_zero_is_understood() -> None:
    record = {**CLICK, "event_attributes": {"position": {"ordinal": 0}}}
    assert parse_ubi(record, first_position=0).events[0].position == 1
    read = parse_ubi(record)
    assert read.events[0].position is None
    assert read.dropped == ("event_attributes.position.ordinal (before the first)",)


def test_a_record_without_an_id_gets_the_same_one_each_time() -> None:
    record = {"action_name": "view", "timestamp": 5, "client_id": "ann"}
    first, again = parse_ubi(record), parse_ubi(dict(reversed(record.items())))
    assert (
        first.events[0].event_id
        == again.events[0].event_id
        != parse_ubi({**record, "client_id": "bea"}).events[0].event_id
    )


def test_a_ubi_query_is_a_list_that_was_shown() -> None:
    read = parse_ubi(
        {"query_id": "q", "user_query": "tea", "timestamp": 1_700_000_000, "query_response_hit_ids": ["b", "a"]}
    )
    assert read.search is not None
    assert (read.search.products, read.search.policy, read.events) == (("b", "a"), "imported", ())


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"timestamp": "yesterday"}, "timestamp", "wrong_value"),
        ({"timestamp": True}, "timestamp", "wrong_type"),
        ({"timestamp": None}, "timestamp", "missing"),
        ({"timestamp": float("1e30")}, "timestamp", "wrong_value"),
        ({"action_name": 3}, "action_name", "wrong_type"),
        ({"action_name": "x" * 90}, "action_name", "wrong_value"),
        ({"client_id": ["ann"]}, "client_id", "wrong_type"),
        ({"client_id": "a\x1fb"}, "client_id", "wrong_value"),
        ({"query_id": "q" * 600}, "query_id", "too_long"),
        ({"event_attributes": "none"}, "event_attributes", "wrong_type"),
        ({"event_attributes": {"object": {"object_id": {}}}}, "event_attributes.object.object_id", "wrong_type"),
        ({"event_attributes": {"position": {"ordinal": "3"}}}, "event_attributes.position.ordinal", "wrong_type"),
        ({"event_attributes": {"quantity": -1}}, "event_attributes.quantity", "wrong_value"),
    ],
)
def test_wrong_values_are_refused_with_their_name(change: dict[str, Any], place: str, code: str) -> None:
    with pytest.raises(EventRefused) as refused:
        parse_ubi({**CLICK, **change})
    assert (refused.value.place, refused.value.code) == (place, code)


def test_times_come_in_many_forms() -> None:
    wanted = 1_700_000_000.0
    forms = (1_700_000_000, 1_700_000_000_000, "1700000000000", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20")
    assert [moment(form) for form in forms] == [wanted] * 5


RANKING: dict[str, Any] = {
    "event": "ranking",
    "id": "r1",
    "timestamp": "1700000000000",
    "user": "ann",
    "session": "s",
    "fields": [{"name": "query", "value": "cat"}, {"name": "source", "value": "search"}],
    "items": [{"id": "i3", "relevancy": 2.0}, {"id": "i1"}],
}


def test_a_metarank_ranking_is_a_list_and_its_impressions() -> None:
    read = parse_metarank(RANKING)
    assert read.search is not None
    assert (read.search.query, read.search.products) == ("cat", ("i3", "i1"))
    assert [(e.action, e.product, e.position, e.query_id) for e in read.events] == [
        ("impression", "i3", 1, "r1"),
        ("impression", "i1", 2, "r1"),
    ]
    assert read.dropped == ("fields.source",)


def test_metarank_interactions_items_and_users_become_events() -> None:
    click = {
        "event": "interaction",
        "id": "c",
        "timestamp": 1_700_000_000,
        "user": "ann",
        "type": "click",
        "item": "i1",
    }
    item = {"event": "item", "id": "u", "timestamp": 1_700_000_000, "item": "i1", "fields": [{"name": "a", "value": 1}]}
    user = {"event": "user", "id": "v", "timestamp": 1_700_000_000, "user": "ann", "fields": []}
    read = [parse_metarank(one) for one in ({**click, "ranking": "r1"}, item, user)]
    assert [(one.events[0].action, one.events[0].product) for one in read] == [
        ("click", "i1"),
        ("item", "i1"),
        ("user", None),
    ]
    assert read[0].events[0].query_id == "r1"
    assert read[1].dropped == ("fields.a",)


@pytest.mark.parametrize("broken", [{"event": "purchase"}, {"items": "i1"}, {"items": []}, {"fields": {"query": "a"}}])
def test_a_wrong_metarank_record_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(EventRefused):
        parse_metarank({**RANKING, **broken})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["action_name", "timestamp", "client_id", "event_attributes", "query_id", "user_query", "application", "event",
     "id", "items", "item", "user", "type", "ranking", "fields", "session", "query_response_hit_ids", "other"]
)  # fmt: skip


@given(st.dictionaries(names, json_values), st.sampled_from(["ranking", "interaction", "item", "user", None]))
def test_no_record_whatever_it_holds_breaks_the_reading(record: dict[str, Any], kind: str | None) -> None:
    for parse, given_record in ((parse_ubi, record), (parse_metarank, {**record, "event": kind})):
        try:
            read = parse(given_record)
        except EventRefused:
            continue
        assert all(event.event_id and event.action for event in read.events)
        assert all(event.position is None or event.position >= 1 for event in read.events)


@pytest.mark.skipif(not SAMPLE.exists(), reason="shared/data/esci-ubi-sample is not here")
def test_a_real_sample_of_ubi_records_is_read() -> None:
    with gzip.open(SAMPLE) as file:
        records = [orjson.loads(line) for line in file]
    read, refused = [], []
    for record in records:
        if "index" in record:
            continue
        try:
            read.append(parse_ubi(record))
        except EventRefused as one:
            refused.append((one.place, one.reason))
    assert len(read) == 473 + 3_448 - len(refused)
    assert [place for place, _ in refused] == ["action_name"]  # one generated name is a sentence
    assert sum(event.action == "click" for one in read for event in one.events) == 287
    assert sum(one.search is not None for one in read) == 473
