"""What shoppers preferred to what, in a shop that sends clicks and no impressions."""

from pathlib import Path

import numpy as np

from indexer.behaviour.profiles.actions import read_everybody
from ranking.behaviour.choices.considered import Considered
from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.event_log import ServedSearch
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from tests.unit.ranking.shop_past import past, shop
from tests.unit.ranking.test_assumed_impressions import lists_of, without_impressions

PLACES = {id: number for number, id in enumerate(shop().ids)}


def choices(folder: Path, served: list[Event], sent: list[Event]) -> Considered:
    log = SqliteEventLog(folder / "events.sqlite")
    pages = [
        ServedSearch(page.query_id, "shop", page.at, page.query, page.shopper, "keyword", None, page.products)
        for page in lists_of(served)
    ]
    log.append_searches(pages)
    log.append("shop", sent)
    found = read_everybody(log, "shop", PLACES).choices
    log.close()
    return found


def test_served_pages_tell_what_was_passed_over(tmp_path: Path) -> None:
    events = past(300)
    told = choices(tmp_path / "told", events, events)
    untold = choices(tmp_path / "untold", events, without_impressions(events))
    assert told.lists > 100
    assert untold.product.tolist() == told.product.tolist()
    assert untold.begin.tolist() == told.begin.tolist()
    np.testing.assert_allclose(untold.chosen, told.chosen)


def test_pages_that_were_never_served_here_tell_nothing(tmp_path: Path) -> None:
    events = past(50)
    assert choices(tmp_path, [], without_impressions(events)).lists == 0


def test_a_page_of_which_something_is_told_is_left_as_it_was_told(tmp_path: Path) -> None:
    events = past(50)
    clicked = {event.query_id for event in events if event.action == Action.CLICK and (event.position or 0) > 1}
    query = sorted(filter(None, clicked))[0]
    one = [event for event in events if event.query_id == query]
    sent = [event for event in one if event.action != Action.IMPRESSION or event.position == 1]
    found = choices(tmp_path, one, sent)
    deeds = {event.product for event in sent}
    assert {shop().ids[n] for n in found.product.tolist()} == deeds
