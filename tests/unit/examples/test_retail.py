import json
from pathlib import Path

import numpy as np

from examples.real.retail.conversion import write_events, write_feed
from examples.real.retail.purchases import Purchases, moment, month_after, months_before
from examples.real.retail.questions import asked_between, frequent_nouns

NAMES = ("BLUE MUG", "CAKE STAND", "PINK MUG", "RED CANDLE", "SMALL MUG", "TIN OF CANDLES", "WALL CLOCK")
SPLIT = moment("2011-10-01")


def bought(*lines: tuple[int, str, str]) -> Purchases:
    """Lines of (customer, item, day)."""
    return Purchases(
        customer=np.array([line[0] for line in lines]),
        item=np.array([NAMES.index(line[1]) for line in lines]),
        at=np.array([moment(line[2]) for line in lines]),
        quantity=np.full(len(lines), 2_000.0),
        price=np.full(len(lines), 1.5),
        customers=("100", "200"),
        names=NAMES,
    )


PAST = bought(
    *((0, name, "2011-08-05") for name in NAMES[:5]),
    (1, "BLUE MUG", "2011-08-05"),
    (0, "PINK MUG", "2011-10-03"),
    (0, "WALL CLOCK", "2011-11-02"),
    (1, "PINK MUG", "2011-10-03"),
)


def test_nouns_are_the_words_of_most_names_without_those_that_say_how_a_thing_is() -> None:
    assert frequent_nouns(NAMES, 3) == ["MUG", "CAKE", "CANDLE"]


def test_known_customers_search_the_nouns_of_what_they_buy_in_that_month() -> None:
    [asked] = asked_between(PAST, SPLIT, month_after(SPLIT))
    assert (asked.customer, asked.noun, asked.items, asked.bought) == (0, "MUG", (0, 2, 4), {2})


def test_months_end_at_the_split_and_cross_the_year() -> None:
    assert months_before(moment("2011-02-01"), 2) == [moment("2010-12-01"), moment("2011-01-01"), moment("2011-02-01")]
    assert month_after(moment("2011-12-01")) == moment("2012-01-01")


def test_nothing_after_the_split_reaches_the_shop(tmp_path: Path) -> None:
    events = [json.loads(line) for line in write_events(PAST, SPLIT, tmp_path / "events").read_text().splitlines()]
    assert len(events) == 6
    assert all(event["timestamp"] < "2011-10" for event in events)
    assert len({(event["client_id"], event["timestamp"]) for event in events}) == 6
    assert {event["event_attributes"]["quantity"] for event in events} == {1_000}
    feed = [json.loads(line) for line in write_feed(PAST, SPLIT, tmp_path / "feed").read_text().splitlines()]
    assert [product["id"] for product in feed] == list(NAMES)
    assert "price" not in feed[NAMES.index("WALL CLOCK")]
