"""Screening, tokens and the log together: what is taken, what is marked, what is refused, and that it counts once."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from indexer.behaviour.flood import FloodGate, TooManyEvents
from indexer.behaviour.receiving import EventFormat, Line, Receiving, Source
from indexer.behaviour.screening import Limits, Screening
from mappings.errors import EngineUnavailable
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.behaviour.tokens import ResultToken, TokenSigner

NOW = 1_800_000_000.0
DAY = 86_400.0
SIGNER = TokenSigner(b"0123456789abcdef")


@dataclass
class Shelf:
    """Products that are there; can be out of reach."""

    products: set[str] = field(default_factory=lambda: {"p1", "p2"})
    is_away: bool = False

    def has_catalogue(self, name: str) -> bool:
        if self.is_away:
            raise EngineUnavailable("OpenSearch does not answer")
        return name == "shop"

    def known(self, catalogue: str, ids: Iterable[str]) -> frozenset[str]:
        return frozenset(self.products & set(ids)) if catalogue == "shop" else frozenset()


class Desk:
    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.shelf = Shelf()
        self.log = SqliteEventLog(folder / "events.sqlite")
        screening = Screening(limits, now=lambda: NOW)
        self.receiving = Receiving(self.log, products=self.shelf, screening=screening, signer=SIGNER, now=lambda: NOW)

    def send(self, *records: Any, **source: Any):  # type: ignore[no-untyped-def]
        lines = [Line(number, record) for number, record in enumerate(records, start=1)]
        return self.receiving.receive(lines, Source(**source))

    @property
    def events(self):  # type: ignore[no-untyped-def]
        return [row.event for row in self.log.read()]


@pytest.fixture
def desk(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Desk(tmp_path)
    yield made
    made.log.close()


def token(product: str = "p1", query_id: str = "q1", position: int = 4, expires: float = NOW + 60) -> str:
    return SIGNER.sign(ResultToken(query_id, product, position, "reranked", "b", expires))


def click(number: int = 1, *, at: float = NOW, product: str = "p1", **more: Any) -> dict[str, Any]:
    attributes = {"event_id": f"e{number}", "object": {"object_id": product}, **more.pop("attributes", {})}
    return {
        "application": "shop",
        "action_name": "click",
        "client_id": "ann",
        "timestamp": at,
        "event_attributes": attributes,
    } | more


def test_a_valid_token_lets_an_event_teach_and_says_where_the_product_stood(desk: Desk) -> None:
    received = desk.send(click(attributes={"token": token(), "position": {"ordinal": 9}}))
    assert (received.accepted, received.signed) == (1, 1)
    event = desk.events[0]
    assert (event.teaches, event.position, event.query_id, event.policy, event.variant) == (
        True,
        4,
        "q1",
        "reranked",
        "b",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (token()[:-2] + "AA", "not signed here"),
        (5, "not signed here"),
        (token(product="p2"), "another product"),
        (token(expires=NOW - 1), "expired"),
        ("x" * 5_000, "longer"),
        ("ünsinn.ü", "damaged"),
    ],
)
def test_a_click_with_a_worthless_token_is_kept_and_does_not_teach(desk: Desk, text: object, why: str) -> None:
    received = desk.send(click(attributes={"token": text}))
    assert (received.accepted, received.signed) == (1, 0)
    assert why in next(iter(received.tokens_refused))
    assert [event.teaches for event in desk.events] == [False]


def test_without_a_token_only_an_operators_own_history_teaches(desk: Desk) -> None:
    desk.send(click(1))
    desk.send(click(2), trusted=True)
    assert [event.teaches for event in desk.events] == [False, True]


def test_what_cannot_be_true_is_refused_with_its_reason_and_the_rest_is_taken(desk: Desk) -> None:
    received = desk.send(
        click(1),
        click(2, at=NOW + 3_600),
        click(3, at=NOW - 40 * DAY),
        click(4, product="ghost"),
        click(5, application="elsewhere"),
        "nonsense",
        b"{broken",
        click(6, timestamp="soon"),
        click(7, at=NOW - 29 * DAY),
    )
    assert received.accepted == 2
    assert received.rejected == {
        "future": 1, "too_old": 1, "unknown_product": 1, "unknown_catalogue": 1, "unreadable": 2, "wrong_value": 1,
    }  # fmt: skip
    assert sorted(one.line for one in received.rejections) == [2, 3, 4, 5, 6, 7, 8]
    assert all(one.reason and one.excerpt for one in received.rejections)


def test_no_event_is_lost_while_the_index_does_not_answer(desk: Desk) -> None:
    desk.shelf.is_away = True
    received = desk.send(click(1), click(2, product="ghost"))
    assert (received.accepted, received.unverified) == (2, 2)


def test_bots_and_outliers_are_kept_and_marked(desk: Desk) -> None:
    desk.send(click(1), agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    desk.send(click(2, attributes={"quantity": 50_000}, client_id="bea"))
    desk.send(*(click(n, at=NOW - 60 + n / 100, client_id="cat") for n in range(10, 110)))
    assert [event.suspect for event in desk.events[:2]] == ["bot", "outlier"]
    marked = [event.suspect for event in desk.events[2:]]
    assert len(marked) == 100
    assert marked[0] == ""
    assert marked[-1] == "outlier"
    assert not any(event.counts for event in desk.events if event.suspect)


def test_an_event_counts_once_however_often_and_in_whatever_order_it_is_sent(desk: Desk) -> None:
    sent = [click(n, at=NOW - n * 3_600) for n in range(100)] * 3
    random.Random(1).shuffle(sent)
    received = [desk.send(*sent[start : start + 40]) for start in range(0, 300, 40)]
    assert (sum(one.accepted for one in received), sum(one.repeated for one in received)) == (100, 200)


def test_a_ranking_is_logged_beside_its_impressions(desk: Desk) -> None:
    ranking = {"event": "ranking", "id": "r", "timestamp": NOW, "user": "ann", "items": [{"id": "p2"}, {"id": "gone"}]}
    received = desk.send(ranking, format=EventFormat.METARANK, catalogue="shop", trusted=True)
    assert (received.accepted, received.searches, received.rejected) == (1, 1, {"unknown_product": 1})
    assert [search.products for search in desk.log.searches("shop")] == [("p2", "gone")]


def test_unknown_attributes_are_counted_by_few_names(desk: Desk) -> None:
    received = desk.send(*(click(n, client_id=f"c{n}", attributes={f"x{n}": 1}) for n in range(150)))
    assert received.accepted == 150
    assert len(received.dropped) <= 101
    assert sum(received.dropped.values()) == 150


def test_who_floods_waits_and_others_do_not() -> None:
    clock = [0.0]
    gate = FloodGate(60, clock=lambda: clock[0])
    gate.take("a", 50)
    with pytest.raises(TooManyEvents) as refused:
        gate.take("a", 30)
    assert refused.value.retry_after_seconds == 20
    gate.take("b", 30)
    clock[0] += refused.value.retry_after_seconds
    gate.take("a", 30)


def test_a_batch_beyond_a_whole_minute_passes_once_and_is_paid_for() -> None:
    clock = [0.0]
    gate = FloodGate(60, clock=lambda: clock[0])
    gate.take("a", 120)
    with pytest.raises(TooManyEvents):
        gate.take("a", 1)
    clock[0] += 62
    gate.take("a", 1)
