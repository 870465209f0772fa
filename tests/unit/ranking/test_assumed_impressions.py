"""A shop that sends clicks and no impressions: its served lists stand for what was seen."""

from pathlib import Path

import numpy as np
import pytest

from ranking.behaviour.aggregates.assumed import tells_impressions, with_assumed
from ranking.behaviour.aggregates.columns import EventColumns, columns_of
from ranking.behaviour.aggregates.rows import behaviour_rows
from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.event_log import ServedList, ServedSearch
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.behaviour.seen import SeenBy, Sighting
from ranking.learning.debiasing import debias
from ranking.learning.grouping import training_groups
from ranking.learning.joining import LogReading, read_shown
from tests.unit.ranking.shop_past import DAY, NOW, past, shop
from tests.unit.ranking.test_behaviour_aggregates import NAMES

RATES = ("click_rate", "attraction", "clicks_vs_expected", "choice_worth", "shown_faded")
FEATURES = ("fused_score", "number")


def lists_of(events: list[Event]) -> list[ServedList]:
    """The pages behind the impressions of a past."""
    pages: dict[str, list[Event]] = {}
    for event in events:
        if event.action == Action.IMPRESSION:
            pages.setdefault(event.query_id or "", []).append(event)
    return [
        ServedList(
            query, page[0].at, page[0].query or "", page[0].shopper, tuple(event.product or "" for event in page), 1
        )
        for query, page in pages.items()
    ]


def rates(events: EventColumns) -> dict[str, np.ndarray]:
    matrix = behaviour_rows(events, shop(), NAMES, now=NOW).products.matrix
    return {name: matrix.values[:, matrix.names.index(name)].astype(np.float64) for name in RATES}


def without_impressions(events: list[Event]) -> list[Event]:
    return [event for event in events if event.action != Action.IMPRESSION]


def test_rates_from_served_lists_are_those_of_a_shop_that_tells_what_was_seen():
    events = past(1_000)
    assumed = with_assumed(columns_of(without_impressions(events)), lists_of(events), Sighting())
    whole, made = rates(columns_of(events)), rates(assumed)
    for name in RATES:
        told, found = whole[name], made[name]
        assert np.corrcoef(told, found)[0, 1] > 0.99, name
        assert found.mean() == pytest.approx(told.mean(), rel=0.02), name


def test_clicks_alone_tell_no_rate_and_a_deeper_assumption_never_raises_one():
    events = past(1_000)
    clicks, lists = columns_of(without_impressions(events)), lists_of(events)
    assert np.isnan(rates(clicks)["click_rate"]).all()
    shallow, deep = (
        rates(with_assumed(clicks, lists, Sighting(SeenBy.AUTO, places)))["click_rate"].mean() for places in (4, 10)
    )
    assert deep < shallow < 1


def test_a_page_with_impressions_of_its_own_stays_as_it_is_and_one_that_nobody_is_known_to_have_seen_does_not_count():
    seen = Event("1", Action.IMPRESSION, NOW - DAY, "p01", "told", "mug", "ann", position=1)
    click = Event("2", Action.CLICK, NOW - DAY, "p03", "clicked", "mug", position=3)
    lists = [
        ServedList("told", NOW - DAY, "mug", "ann", ("p01", "p02"), 1),
        ServedList("clicked", NOW - DAY, "mug", None, ("p01", "p02", "p03", "p04"), 1),
        ServedList("nobody", NOW - DAY, "mug", None, ("p05",), 1),
        ServedList("bea looked", NOW - DAY, "mug", "bea", ("p06", "p07"), 1),
    ]
    found = with_assumed(columns_of([seen, click]), lists, Sighting(SeenBy.AUTO, 1))
    shown = [
        (found.products[event.product[0]], int(event.position[0]))
        for event in (found.of(Action.IMPRESSION).where(np.array([row])) for row in range(5))
    ]
    assert sorted(shown) == [("p01", 1), ("p01", 1), ("p02", 2), ("p03", 3), ("p06", 1)]
    assert len(found.of(Action.IMPRESSION)) == 5


def test_the_newest_impression_decides_what_is_assumed_by_itself():
    old = columns_of([Event("1", Action.IMPRESSION, NOW - 90 * DAY, "p01", "q", "mug", "ann", position=1)])
    assert tells_impressions(old, since=NOW - 100 * DAY)
    assert not tells_impressions(old, since=NOW - 60 * DAY)
    assert Sighting(SeenBy.AUTO).is_assumed(is_told=False)
    assert not Sighting(SeenBy.AUTO).is_assumed(is_told=True)
    assert not Sighting(SeenBy.TOLD).is_assumed(is_told=False)
    assert Sighting(SeenBy.ASSUMED).is_assumed(is_told=True)


def read(folder: Path, events: list[Event], lists: list[ServedList], sighting: Sighting, *, below: int) -> LogReading:
    """A log of these pages, each followed by products that nobody scrolled to."""
    log = SqliteEventLog(folder / "events.sqlite")
    searches = []
    for page in lists:
        products = (*page.products, *(f"below{n}" for n in range(below)))
        values = np.array([[1.0, int(product[-2:]) if product[0] == "p" else -1] for product in products], np.float32)
        searches.append(
            ServedSearch(
                page.query_id, "shop", page.at, page.query, page.shopper, "reranked", None, products, FEATURES, values
            )
        )
    log.append_searches(searches)
    log.append("shop", events)
    found = read_shown(log, "shop", FEATURES, sighting=sighting)
    kept = log.lists("shop", since=NOW - 10 * DAY)
    log.close()
    assert {page.query_id for page in kept} == {page.query_id for page in lists if page.at >= NOW - 10 * DAY}
    return found


def test_training_takes_pages_as_served_no_deeper_than_click_models_look(tmp_path: Path):
    """A cut at the last click would leave the lower places to lists that were clicked there, which teaches worse."""
    products = tuple(f"p{i:02d}" for i in range(90))
    lists = [
        ServedList("short", NOW - 2, "mug", "ann", products[:6], 1),
        ServedList("long", NOW - 1, "mug", "bea", products, 1),
    ]
    click = Event("1", Action.CLICK, NOW, "p04", "short", "mug", "ann", position=5)
    found = read(tmp_path, [click], lists, Sighting(), below=0)
    assert {shown.query_id: len(shown.products) for shown in found.log.lists} == {"short": 6, "long": 60}
    assert found.seen == "assumed: pages as they were served, down to place 60"


def test_the_same_shoppers_teach_nearly_the_same_grades_with_and_without_impressions(tmp_path: Path):
    events = past(600)
    lists = lists_of(events)
    grades = []
    for name, sent in (("told", events), ("assumed", without_impressions(events))):
        (tmp_path / name).mkdir()
        reading = read(tmp_path / name, sent, lists, Sighting(), below=14)
        assert reading.seen.startswith(name)
        groups = training_groups(reading.log, debias(reading.log.lists, "position", seed=1)).groups
        grades.append(
            {(g.family, id): grade for g in groups for id, grade in zip(g.ids, g.grades.tolist(), strict=True)}
        )
    told, assumed = grades
    assert told.keys() <= assumed.keys()
    pairs = np.array([(told[key], assumed[key]) for key in told])
    assert np.corrcoef(pairs.T)[0, 1] > 0.97
    assert pairs[:, 1].mean() == pytest.approx(pairs[:, 0].mean(), rel=0.1)
