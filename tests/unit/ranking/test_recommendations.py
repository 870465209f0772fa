import random

import pytest

from ranking.behaviour.aggregates.columns import EventColumns, columns_of, mixed
from ranking.behaviour.event import Event
from ranking.recommendations.building import make_lists, recently_viewed, trending
from ranking.recommendations.kinds import Kind
from ranking.recommendations.listed import EMPTY, Listed, blend, person_number, unpack

NOW = 1_795_000_000.0
DAY = 86_400.0


def did(action: str, product: str, *, shopper: str = "ann", days_ago: float = 0.1, visit: str | None = None) -> Event:
    number = mixed(hash_of(action, product, shopper, visit or ""), int(days_ago * 1e6))
    return Event(
        event_id=str(number), action=action, at=NOW - days_ago * DAY, product=product, query_id="q", shopper=shopper,
        session=visit or f"{shopper}-{int(days_ago)}", position=1,
    )  # fmt: skip


def hash_of(*parts: str) -> int:
    return person_number("|".join(parts))


def baskets() -> list[Event]:
    """Five people buy tea with a pot, one of them a lamp as well; everybody looks at mugs when they look at tea."""
    events = []
    for number in range(5):
        who = f"buyer-{number}"
        events += [did("purchase", "tea", shopper=who), did("purchase", "pot", shopper=who)]
        events += [did("view", "tea", shopper=who), did("view", "mug", shopper=who)]
    return [*events, did("purchase", "lamp", shopper="buyer-0")]


def columns(events: list[Event]) -> EventColumns:
    return columns_of(events)


def test_what_is_bought_together_is_what_several_baskets_hold():
    lists = make_lists(columns(baskets()), now=NOW)
    bought = lists.together[Kind.BOUGHT_TOGETHER]
    assert bought["tea"].ids == ("pot",)
    assert bought["pot"].ids == ("tea",)
    assert "lamp" not in bought, "one basket is chance"
    assert {"mug", "pot"} <= set(lists.together[Kind.VIEWED_TOGETHER]["tea"].ids)


def test_lists_do_not_depend_on_the_order_of_events_or_on_what_comes_later():
    events = [*baskets(), *(did("view", "tea", shopper=f"s{n}", days_ago=n) for n in range(20))]
    shuffled = [*events, did("purchase", "lamp", days_ago=-3)]
    random.Random(4).shuffle(shuffled)
    first, second = make_lists(columns(events), now=NOW), make_lists(columns(shuffled), now=NOW)
    for kind in (Kind.BOUGHT_TOGETHER, Kind.VIEWED_TOGETHER):
        assert {id: set(found.ids) for id, found in first.together[kind].items()} == {
            id: set(found.ids) for id, found in second.together[kind].items()
        }
    assert first.recent.keys() == second.recent.keys()
    assert dict(zip(first.trending.ids, first.trending.scores, strict=True)) == pytest.approx(
        dict(zip(second.trending.ids, second.trending.scores, strict=True))
    )


def test_what_trends_is_what_rises_and_not_what_is_always_popular():
    steady = [did("click", "steady", shopper=f"s{n}", days_ago=n % 30) for n in range(300)]
    rising = [did("click", "rising", shopper=f"r{n}", days_ago=n % 3) for n in range(40)]
    fading = [did("click", "fading", shopper=f"f{n}", days_ago=20 + n % 5) for n in range(60)]
    once = [did("click", "once")]
    found = trending(columns(steady + rising + fading + once), now=NOW)
    assert found.ids[0] == "rising"
    assert "fading" not in found.ids
    assert found.scores == tuple(sorted(found.scores, reverse=True))


def test_a_person_sees_again_what_they_saw_last_and_each_product_once():
    events = [
        did("view", "tea", days_ago=5),
        did("view", "mug", days_ago=3),
        did("click", "tea", days_ago=1),
        did("impression", "lamp", days_ago=0.5),
        did("view", "pot", shopper="bea"),
        did("view", "old", days_ago=120),
    ]
    recent = dict(recently_viewed(columns(events), now=NOW))
    assert recent[person_number("ann")].ids == ("tea", "mug")
    assert recent[person_number("bea")].ids == ("pot",)


def test_events_of_machines_and_without_proof_recommend_nothing():
    events = baskets()
    marked = [Event(**{name: getattr(e, name) for name in e.__slots__} | {"suspect": "bot"}) for e in events]
    lists = make_lists(columns(marked), now=NOW)
    assert (len(lists.trending), lists.recent) == (0, {})
    assert not any(lists.together.values())


def test_a_list_is_kept_as_it_was_and_a_foreign_value_is_an_empty_one():
    listed = Listed(("tea", "pot"), (0.5, 0.25))
    assert unpack(listed.pack()) == listed
    for foreign in (None, b"", b"{}", b"[2, [], []]", b'[1, ["a"], []]', b"\x00\x01"):
        assert unpack(foreign) == EMPTY


def test_blended_lists_add_up_and_leave_out_what_is_known():
    first, second = Listed(("a", "b"), (1.0, 0.5)), Listed(("b", "c"), (1.0, 0.2))
    found = blend([(first, 1.0), (second, 0.6)], without=frozenset({"c"}))
    assert found.ids == ("b", "a")
    assert found.scores == pytest.approx((1.1, 1.0))
