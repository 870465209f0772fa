from collections import Counter
from dataclasses import replace
from datetime import datetime

import httpx
import numpy as np
import pytest
from scipy.stats import spearmanr

from tests.unit.vitrine.shopping import RandomShop, sample_shelf
from vitrine.simulator.checkpoint import Checkpoint, Plan, Standing
from vitrine.simulator.clock import SECONDS_A_DAY, Clock, seasonal
from vitrine.simulator.habits import Habits
from vitrine.simulator.judging import draw_wishes
from vitrine.simulator.needs import Need, draw_need, misspell, relevance, words_for
from vitrine.simulator.population import Kind, Population, Shopper, Visit
from vitrine.simulator.shelf import Shelf, make_shelf
from vitrine.simulator.shop_api import ShopApi, SimulationError
from vitrine.simulator.tastes import Market
from vitrine.simulator.truth import true_ndcg
from vitrine.simulator.visiting import Told, Visitor

UNTIL = 1_795_000_000.0
CURIOUS = Habits(bounce_share=0.0, next_need_share=0.0, rephrase_share=0.0, misspelled_share=0.0)


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return sample_shelf()


@pytest.fixture(scope="module")
def market(shelf: Shelf) -> Market:
    return Market(shelf, seed=3)


def shop_around(
    market: Market, shop: RandomShop, shopper: Shopper, *, visits: int, habits: Habits = CURIOUS
) -> list[Told]:
    visitor = Visitor(market, habits, "shop", run="r", seed=3, ask=shop)
    return [visitor.visit(Visit(0, number, UNTIL, shopper)) for number in range(visits)]


def dress_buyer(market: Market) -> Shopper:
    """Somebody who only ever needs a dress."""
    tastes = market.draw(np.random.default_rng(2))
    only = np.array([float(name == "Dresses") for name in market.shelf.categories])
    return Shopper("s", Kind.KNOWN, replace(tastes, categories=only), "position")


def positions(told: list[Told], action: str) -> Counter:
    events = [event for one in told for event in one.events if event["action_name"] == action]
    return Counter(event["event_attributes"]["position"]["ordinal"] for event in events)


def click_rates(market: Market, model: str, *, visits: int = 1_000) -> np.ndarray:
    """Clicks by impressions at each position, of shoppers who would click everything that they look at half the time."""
    eager = replace(CURIOUS, accidental_click=0.5, click_per_utility=0.0)
    shopper = Shopper("s", Kind.KNOWN, market.draw(np.random.default_rng(1)), model)
    told = shop_around(market, RandomShop(market.shelf), shopper, visits=visits, habits=eager)
    seen, clicked = positions(told, "impression"), positions(told, "click")
    return np.array([clicked[place] / seen[place] for place in range(1, 13)])


def test_clicks_fall_by_position_as_the_position_based_model_says(market: Market):
    assert click_rates(market, "position") == pytest.approx(0.5 / np.arange(1, 13), abs=0.05)


def test_a_cascade_shopper_reads_on_only_past_what_was_not_clicked(market: Market):
    assert click_rates(market, "cascade")[:6] == pytest.approx(0.5 ** np.arange(1, 7), abs=0.05)


def test_a_grid_shopper_looks_at_the_middle_of_a_row(market: Market):
    first, second, third, fourth, below = click_rates(market, "grid")[:5]
    assert min(second, third) > max(first, fourth) + 0.05
    assert below < first


def test_true_tastes_can_be_recovered_from_the_clicks_of_one_shopper(market: Market):
    shopper = dress_buyer(market)
    vague = replace(CURIOUS, vague_share=1.0)
    told = shop_around(market, RandomShop(market.shelf, only="Dresses"), shopper, visits=1_000, habits=vague)
    events = [event for one in told for event in one.events]
    rates = {
        action: Counter(e["event_attributes"]["object"]["object_id"] for e in events if e["action_name"] == action)
        for action in ("impression", "click")
    }
    products = sorted(rates["impression"])
    appeal = market.appeal(shopper.tastes)
    truth = [appeal[market.shelf.place[id]] for id in products]
    assert spearmanr([rates["click"][id] / rates["impression"][id] for id in products], truth)[0] > 0.8


def test_shoppers_of_a_segment_are_more_alike_than_others(market: Market):
    rng = np.random.default_rng(4)
    tastes = [market.draw(rng) for _ in range(150)]
    likeness = np.corrcoef([market.appeal(one) - market.charm.mean() for one in tastes])
    same = np.equal.outer([t.segment for t in tastes], [t.segment for t in tastes])
    np.fill_diagonal(likeness, np.nan)
    assert np.nanmean(likeness[same]) > np.nanmean(likeness[~same]) + 0.1


def test_purchases_follow_true_utility(market: Market):
    shopper = dress_buyer(market)
    told = shop_around(market, RandomShop(market.shelf, only="Dresses"), shopper, visits=600)
    appeal = market.appeal(shopper.tastes)

    def mean_appeal(action: str) -> float:
        events = [event for one in told for event in one.events if event["action_name"] == action]
        return float(
            np.mean([appeal[market.shelf.place[e["event_attributes"]["object"]["object_id"]]] for e in events])
        )

    assert mean_appeal("impression") < mean_appeal("click") < mean_appeal("purchase")


def test_every_event_carries_its_token_its_search_and_a_time_after_the_visit_began(market: Market):
    shopper = Shopper("s", Kind.KNOWN, market.draw(np.random.default_rng(2)), "trust")
    told = shop_around(market, RandomShop(market.shelf), shopper, visits=30, habits=Habits())
    events = [event for one in told for event in one.events]
    ids = [event["event_attributes"]["event_id"] for event in events]
    assert len(set(ids)) == len(ids) > 100
    for event in events:
        assert event["event_attributes"]["token"]
        assert event["client_id"] == "s"
        assert UNTIL <= datetime.fromisoformat(event["timestamp"]).timestamp() < UNTIL + 3_600
    for one in told:
        times = [event["timestamp"] for event in one.events]
        assert times == sorted(times)


def test_people_click_at_a_human_pace_and_rushers_do_not(market: Market):
    def busiest_minute(kind: Kind) -> int:
        shopper = Shopper("s", kind, market.draw(np.random.default_rng(2)), "position")
        told = shop_around(market, RandomShop(market.shelf, only="Dresses"), shopper, visits=60, habits=Habits())
        return max(
            max(
                Counter(e["timestamp"][:16] for e in one.events if e["action_name"] != "impression").values(), default=0
            )
            for one in told
        )

    assert busiest_minute(Kind.KNOWN) < 60 < busiest_minute(Kind.RUSHER)


def test_who_gave_no_consent_has_no_id_and_tells_nothing(market: Market):
    shop = RandomShop(market.shelf)
    shopper = Shopper(None, Kind.UNWILLING, market.draw(np.random.default_rng(2)), "position")
    told = shop_around(market, shop, shopper, visits=20)
    assert [one.events for one in told] == [[]] * 20
    assert {user for _, user in shop.asked} == {None}


def test_all_kinds_of_visitors_come_in_their_shares(market: Market):
    population = Population(market, Habits(), shoppers=300, seed=3)
    clock = Clock(UNTIL, 14)
    visits = [visit for day in range(14) for visit in population.visits(day, clock)]
    kinds = Counter(visit.shopper.kind for visit in visits)
    assert kinds[Kind.KNOWN] / len(visits) == pytest.approx(0.67, abs=0.04)
    assert kinds[Kind.STRANGER] / len(visits) == pytest.approx(0.27, abs=0.04)
    assert min(kinds[kind] for kind in Kind) > 0
    strangers = [visit.shopper.id for visit in visits if visit.shopper.kind is Kind.STRANGER]
    assert len(set(strangers)) == len(strangers)
    assert len({visit.shopper.clicks for visit in visits}) == 5


def test_the_same_seed_makes_the_same_visits_whatever_came_before(shelf: Shelf):
    clock = Clock(UNTIL, 14)
    made = [Population(Market(shelf, seed=8), Habits(), shoppers=20, seed=8).visits(5, clock) for _ in range(2)]
    assert [(v.at, v.shopper.id) for v in made[0]] == [(v.at, v.shopper.id) for v in made[1]]


@pytest.mark.parametrize("days", [1, 14, 30])
def test_every_visit_lies_within_what_the_api_still_takes(days: int):
    clock, rng = Clock(UNTIL, days), np.random.default_rng(1)
    moments = np.concatenate([clock.moments(rng, day, 50) for day in range(days)])
    assert (np.diff(moments) >= 0).all()
    assert moments[0] > UNTIL - 30 * SECONDS_A_DAY + 900
    assert moments[-1] < UNTIL - 900


def test_seasons_move_demand_and_not_its_sum():
    early = seasonal(8, 0.0, strength=0.6, period_days=40)
    late = seasonal(8, 20 * SECONDS_A_DAY, strength=0.6, period_days=40)
    assert early.sum() == pytest.approx(late.sum())
    assert abs(early - late).max() > 0.8


def test_queries_are_made_of_the_catalogues_own_words(shelf: Shelf):
    rng = np.random.default_rng(1)
    known = {
        word
        for item in shelf.items
        for text in (item.title, item.category, item.brand, item.colour, *item.properties.values())
        for word in text.lower().split()
    } | {word for noun in shelf.nouns.values() for word in noun.split()}
    for category in shelf.categories * 5:
        need = draw_need(rng, shelf, category, vague_share=0.3)
        assert relevance(need, shelf).max() == 1
        assert set(words_for(rng, need, shelf).split()) <= known


def test_a_misspelling_changes_one_word_by_a_letter_or_two():
    rng = np.random.default_rng(1)
    for _ in range(50):
        wrong = misspell(rng, "blue sweater").split()
        assert wrong[0] == "blue"
        assert abs(len(wrong[1]) - 7) <= 1
    assert misspell(rng, "red hat") == "red hat"


def test_the_true_ndcg_is_one_for_the_best_list_and_takes_one_variant_of_a_group(shelf: Shelf):
    market = Market(shelf, seed=1)
    utility = market.utility(market.draw(np.random.default_rng(1)), Need("Lamps", {}))
    best: dict[int, int] = {}
    for place in np.argsort(-utility, kind="stable"):
        best.setdefault(int(shelf.groups[place]), int(place))
    ranked = [shelf.items[place].id for place in list(best.values())[:10]]
    assert true_ndcg(shelf, utility, ranked) == pytest.approx(1)
    assert true_ndcg(shelf, utility, ranked[::-1]) < 0.95
    assert true_ndcg(shelf, utility, ["nowhere"]) == 0


def test_a_catalogue_of_nothing_but_titles_can_be_shopped_in():
    described = {"id": "id", "roles": {"title": "name"}, "keyword": [], "group": None}
    bare = make_shelf([(f"p{n}", {"name": f"Thing {n}"}) for n in range(5)], described)
    rng = np.random.default_rng(1)
    market = Market(bare, seed=1)
    assert market.utility(market.draw(rng), draw_need(rng, bare, "", vague_share=0.0)).shape == (5,)
    assert isinstance(words_for(rng, Need("", {}), bare), str)


def test_judged_needs_belong_to_their_shoppers(market: Market):
    population = Population(market, Habits(), shoppers=5, seed=3)
    wishes = draw_wishes(market, population.known, each=3, seed=3)
    assert Counter(wish.shopper.id for wish in wishes) == {shopper.id: 3 for shopper in population.known}
    assert all(wish.utility.max() > 0 for wish in wishes)


def test_a_damaged_checkpoint_begins_anew_and_a_sound_one_goes_on(tmp_path):
    checkpoint = Checkpoint(tmp_path, Plan("shop", 3, 10, 1, "mixed", None))
    assert checkpoint.read() is None
    checkpoint.write(Standing("run", UNTIL, day=1, visit=7, counts={"visits": 12}))
    assert checkpoint.read() == Standing("run", UNTIL, day=1, visit=7, counts={"visits": 12})
    next(tmp_path.glob("*.json")).write_text("{", encoding="utf-8")
    assert checkpoint.read() is None
    checkpoint.done()
    assert list(tmp_path.iterdir()) == []


def test_a_shop_that_answers_wrongly_is_one_clear_line():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="<html>") if "search" in str(request.url) else httpx.Response(503, text="busy")

    with httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer)) as client:
        shop = ShopApi(client, "shop")
        with pytest.raises(SimulationError, match="is no API of Vitrine"):
            shop.search("tea", user=None, size=12)
        with pytest.raises(SimulationError, match="refused POST /events: status 503"):
            shop.tell([])


def test_a_full_flood_gate_is_waited_for_as_long_as_it_says():
    waited: list[float] = []

    def answer(_request: httpx.Request) -> httpx.Response:
        if not waited:
            return httpx.Response(429, headers={"retry-after": "7"})
        return httpx.Response(200, json={"accepted": 1})

    with httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer)) as client:
        assert ShopApi(client, "shop", pause=waited.append).tell([])["accepted"] == 1
    assert waited == [7]
