"""From served searches and events to lists with grades."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.event_log import ServedSearch
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.errors import TrainingError
from ranking.learning.debiasing import debias
from ranking.learning.grouping import training_groups
from ranking.learning.joining import HAS_PICTURE, LogReading, read_shown
from ranking.learning.shown import Outcome, ShownList, ShownLog, as_sessions
from ranking.learning.splitting import split_by_time

NAMES = ("price", "clicks")
NOON = 1_760_000_000.0


def search(number: int = 1, *, query: str = "red chair", shopper: str | None = "ann", at: float = NOON) -> ServedSearch:
    rows = np.array([[1, 0], [2, 0], [3, 0]], dtype=np.float32) + number
    return ServedSearch(f"q{number}", "shop", at, query, shopper, "reranked", None, ("a", "b", "c"), NAMES, rows)


def event(number: int, action: str, product: str, **more: object) -> Event:
    made = Event(f"{number}-{action}-{product}-{more}", action, NOON + 10, product, f"q{number}", shopper="ann")
    return replace(made, **more)  # type: ignore[arg-type]


def read(tmp_path: Path, searches: Sequence[ServedSearch], events: Sequence[Event], **period: float) -> LogReading:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    log.append_searches(searches)
    log.append("shop", events)
    found = read_shown(log, "shop", NAMES, **period)
    log.close()
    return found


def test_the_strongest_deed_grades_a_product(tmp_path: Path) -> None:
    events = [
        event(1, Action.PURCHASE, "c"),
        event(1, Action.CLICK, "c"),
        event(1, Action.ADD_TO_CART, "a"),
        event(1, Action.DISMISS, "b"),
    ]
    shown = read(tmp_path, [search()], events).log.lists[0]
    assert shown.grades.tolist() == [Outcome.CARTED, Outcome.SKIPPED, Outcome.BOUGHT]
    assert shown.positions.tolist() == [1, 2, 3]


def test_features_are_those_that_were_served_whatever_was_counted_afterwards(tmp_path: Path) -> None:
    """The second search already knows the first one's click; the first list must not."""
    first, second = search(1), search(2, at=NOON + 100, shopper="bea")
    assert second.features is not None
    second.features[2, 1] = 99
    found = read(tmp_path, [first, second], [event(1, Action.CLICK, "c")]).log.lists
    assert first.features is not None
    assert found[0].values.tobytes() == first.features.tobytes()
    assert found[0].grades.tolist() == [0, 0, 1]
    assert found[1].grades.tolist() == [0, 0, 0]


def test_columns_that_came_later_are_absent_in_old_searches(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    log.append_searches([search()])
    values = read_shown(log, "shop", ("new", *NAMES)).log.lists[0].values
    log.close()
    assert np.isnan(values[:, 0]).all()
    assert values[:, 1].tolist() == [2, 3, 4]


def test_only_teaching_events_of_ordinary_shoppers_count(tmp_path: Path) -> None:
    events = [
        event(1, Action.CLICK, "a", teaches=False),
        event(1, Action.CLICK, "b", query_id=None),
        event(2, Action.CLICK, "a", shopper="robot", suspect="bot"),
    ]
    found = read(tmp_path, [search(1), search(2, shopper="robot"), search(3, shopper="robot")], events)
    assert [shown.query_id for shown in found.log.lists] == ["q1"]
    assert not found.log.lists[0].has_interest
    assert found.counts["suspect"] == 2


def test_a_refreshed_list_is_one_look_at_it_and_keeps_what_was_done_later(tmp_path: Path) -> None:
    again = [search(n, at=NOON + 60 * n) for n in (1, 2, 3)]
    next_day = search(4, at=NOON + 86_400)
    found = read(tmp_path, [*again, next_day], [event(3, Action.CLICK, "b", at=NOON + 190)])
    assert [shown.query_id for shown in found.log.lists] == ["q1", "q4"]
    assert found.log.lists[0].grades.tolist() == [0, 1, 0]
    assert (found.log.lists[0].repeats, found.counts["repeated"]) == (2, 2)


def test_two_people_or_two_lists_are_no_refresh(tmp_path: Path) -> None:
    other = replace(search(3), products=("b", "a", "c"))
    found = read(tmp_path, [search(1), search(2, shopper="bea"), other], [])
    assert len(found.log.lists) == 3


def test_below_the_last_visible_product_nobody_looked(tmp_path: Path) -> None:
    shown = read(tmp_path, [search()], [event(1, Action.IMPRESSION, "a"), event(1, Action.IMPRESSION, "b")]).log.lists[
        0
    ]
    assert shown.products == ("a", "b")


def test_a_search_without_any_trace_of_a_person_does_not_teach(tmp_path: Path) -> None:
    found = read(tmp_path, [search(1, shopper=None), search(2, shopper=None)], [event(2, Action.CLICK, "a")])
    assert [shown.query_id for shown in found.log.lists] == ["q2"]
    assert found.counts["unseen"] == 1


def test_products_that_no_model_saw_and_lists_without_features_are_left_out(tmp_path: Path) -> None:
    half = search(1)
    assert half.features is not None
    half.features[1] = np.nan
    bare = replace(search(2), features=None, feature_names=())
    found = read(tmp_path, [half, bare], [])
    assert found.log.lists[0].products == ("a", "c")
    assert found.log.lists[0].positions.tolist() == [1, 3]
    assert found.counts["without_features"] == 1


def test_a_second_page_keeps_its_positions(tmp_path: Path) -> None:
    assert read(tmp_path, [replace(search(), first_position=25)], []).log.lists[0].positions.tolist() == [25, 26, 27]


def test_searches_by_picture_are_of_no_common_query(tmp_path: Path) -> None:
    """What two pictures found is no one list: put together, one picture's products would compete with the other's."""
    one, other = search(1, query=""), replace(search(2, query="", shopper="bea"), products=("d", "e", "f"))
    reading = read(tmp_path, [one, other], [event(1, Action.CLICK, "a")])
    groups = training_groups(reading.log, debias(reading.log.lists, "naive", seed=1)).groups
    assert [group.ids for group in groups] == [("a", "b", "c"), ("d", "e", "f")]
    beside = [replace(search(n, shopper=f"s{n}"), feature_names=("price", HAS_PICTURE)) for n in (3, 4)]
    log = SqliteEventLog(tmp_path / "events.sqlite")
    log.append_searches(beside)
    shown = read_shown(log, "shop", ("price", HAS_PICTURE), since=NOON).log.lists
    log.close()
    assert len({one.family for one in shown if one.query == "red chair"}) == 2


def test_nothing_after_until_is_read(tmp_path: Path) -> None:
    searches = [search(1), search(2, at=NOON + 500)]
    events = [event(1, Action.CLICK, "a", at=NOON + 50), event(1, Action.PURCHASE, "b", at=NOON + 300)]
    found = read(tmp_path, searches, events, until=NOON + 200)
    assert [shown.grades.tolist() for shown in found.log.lists] == [[1, 0, 0]]


def lists(count: int, *, grades: Sequence[float] = (0, 1, 0)) -> ShownLog:
    return ShownLog(
        NAMES,
        tuple(
            ShownList(
                f"q{i}", f"query {i % 7}", f"query {i % 7}", NOON + i, None, ("a", "b", "c"),
                np.arange(1, 4, dtype=np.int32), np.ones((3, 2), dtype=np.float32), np.array(grades, dtype=np.float64),
            )
            for i in range(count)
        ),
    )  # fmt: skip


def test_the_last_fifth_in_time_is_held_out() -> None:
    split = split_by_time(lists(100))
    assert (len(split.learned.lists), len(split.held_out.lists)) == (80, 20)
    assert max(s.at for s in split.learned.lists) < split.boundary <= min(s.at for s in split.held_out.lists)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (lists(0), "holds 0 searches"),
        (lists(60, grades=(0, 0, 0)), "all labels are the same"),
        (lists(60, grades=(1, 1, 1)), "every product of all 60 searches was clicked"),
    ],
)
def test_a_log_that_holds_no_order_says_so(log: ShownLog, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        split_by_time(log)


def test_a_hundred_thousand_lists_become_sessions_in_seconds() -> None:
    begin = time.process_time()
    sessions = as_sessions(lists(100_000).lists)
    assert time.process_time() - begin < 10
    assert sessions.pairs.shape == (100_000, 3)
    assert sessions.pair_count == 21
