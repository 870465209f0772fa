import random
from dataclasses import replace

import numpy as np
import pytest

from plugin_config.catalogue import Catalogue
from ranking.behaviour.aggregates.columns import EventTable, columns_of
from ranking.behaviour.aggregates.exposures import Exposures
from ranking.behaviour.aggregates.places import measured_places
from ranking.behaviour.aggregates.query_text import normalized_query
from ranking.behaviour.aggregates.rows import BehaviourRows, behaviour_rows
from ranking.behaviour.event import Action, Event
from ranking.features.declared import declared_features
from ranking.features.feature import Feature, Scope, Source
from ranking.features.rows import ATTRIBUTES, ProductRowSchema, decode_query_row
from tests.unit.ranking.shop_past import DAY, NOW, PRODUCTS, attraction, past, shop


def features() -> tuple[Feature, ...]:
    catalogue = Catalogue.model_validate(
        {
            "name": "shop",
            "text": {"title": 3},
            "keyword": ["brand", "kind"],
            "number": ["cost"],
            "roles": {"price": "cost", "brand": "brand", "category": "kind"},
        }
    )
    return declared_features(catalogue)


NAMES = ProductRowSchema.of(features()).names


def rows(events: list[Event], *, now: float = NOW) -> BehaviourRows:
    return behaviour_rows(columns_of(events), shop(), NAMES, now=now)


def column(found: BehaviourRows, name: str) -> np.ndarray:
    return found.products.matrix.values[:, found.products.matrix.names.index(name)].astype(np.float64)


def test_every_declared_behaviour_feature_of_a_product_is_computed():
    found = rows(past())
    declared = [f.name for f in features() if f.source is Source.BEHAVIOUR and f.scope is Scope.PRODUCT]
    absent = {name for name in declared if np.isnan(column(found, name)).all()}
    assert absent == {"carts_30d", "carts_faded", "attraction_alike", "looks_alike"}  # it has no carts and no vectors


def test_any_shuffle_of_the_log_gives_the_same_rows():
    events = past()
    shuffled = events.copy()
    random.Random(3).shuffle(shuffled)
    one, other = rows(events), rows(shuffled)
    np.testing.assert_allclose(one.products.matrix.values, other.products.matrix.values, rtol=1e-6, atol=1e-9)
    assert one.queries.keys() == other.queries.keys()
    for text, row in one.queries.items():
        assert row.ids == other.queries[text].ids
        np.testing.assert_allclose(row.pairs, other.queries[text].pairs, rtol=1e-6, atol=1e-9)


def test_following_the_log_gives_bit_for_bit_what_rebuilding_gives():
    events = past()
    table = EventTable()
    for start in range(0, len(events), 97):
        table.add(events[start : start + 97])
        table.columns()
    again = EventTable(table.columns())
    followed = behaviour_rows(again.columns(), shop(), NAMES, now=NOW)
    rebuilt = rows(events)
    assert followed.products.matrix.values.tobytes() == rebuilt.products.matrix.values.tobytes()
    assert [row.encode() for row in followed.queries.values()] == [row.encode() for row in rebuilt.queries.values()]


def test_a_moment_knows_nothing_of_what_came_later():
    events = past()
    then = NOW - 7 * DAY
    known = rows([event for event in events if event.at <= then], now=then)
    assert rows(events, now=then).products.matrix.values.tobytes() == known.products.matrix.values.tobytes()


def test_suspect_and_unproven_events_do_not_count():
    events = past()
    forged = [replace(e, event_id=f"f{n}", product="p00", teaches=False) for n, e in enumerate(events)]
    bots = [replace(e, event_id=f"b{n}", product="p01", suspect="bot") for n, e in enumerate(events)]
    assert (
        rows(events + forged + bots).products.matrix.values.tobytes() == rows(events).products.matrix.values.tobytes()
    )


def test_an_empty_log_leaves_behaviour_absent_and_statistics_there():
    found = rows([])
    assert np.isnan(column(found, "clicks_30d")).all()
    assert not np.isnan(column(found, "price_percentile")).any()
    assert found.queries == {}


def test_events_of_unknown_products_harm_nobody():
    events = past()
    stray = [replace(e, event_id=f"s{n}", product="gone", query_id=f"s{e.query_id}") for n, e in enumerate(events[:50])]
    found = rows(events + stray)
    assert column(found, "clicks_90d").sum() == pytest.approx(column(rows(events), "clicks_90d").sum())


def test_one_tireless_shopper_says_no_more_than_a_person_can():
    mad = [
        Event(f"m{n}", Action.CLICK, NOW - 3_600 + n / 100, "p00", f"m{n}", "red mug", "mad", f"s{n}", 1)
        for n in range(20_000)
    ]
    found = rows(past() + mad)
    assert column(found, "clicks_1d")[0] <= column(rows(past()), "clicks_1d")[0] + 3
    assert column(found, "clicks_vs_expected")[0] < column(found, "clicks_vs_expected")[-1]


def test_windows_end_where_they_say_and_old_events_fade_by_half():
    events = [
        Event(f"e{n}", Action.PURCHASE, NOW - days * DAY, "p03", shopper=f"s{n}") for n, days in enumerate((2, 20, 60))
    ]
    found = rows(events)
    assert [column(found, f"purchases_{days}d")[3] for days in (7, 30, 90)] == [1, 2, 3]
    assert column(found, "purchases_faded")[3] == pytest.approx(2 ** (-2 / 30) + 2 ** (-20 / 30) + 2**-2)
    assert column(found, "days_since_sale")[3] == pytest.approx(2, abs=1e-3)
    assert np.isnan(column(found, "days_since_sale")[4])
    assert np.isnan(column(found, "click_rate")).all()  # no click was ever possible


def agreement_with_truth(name: str, *, order: str) -> float:
    found = column(rows(past(4_000, order=order)), name)
    return float(np.corrcoef(attraction().argsort().argsort(), found.argsort().argsort())[0, 1])


def test_places_accounted_for_show_what_plain_click_rates_hide():
    plain = agreement_with_truth("click_rate", order="fixed")
    assert plain < 0.85
    assert agreement_with_truth("clicks_vs_expected", order="fixed") > plain + 0.12
    assert agreement_with_truth("attraction", order="fixed") > plain + 0.12


@pytest.mark.parametrize("decline", [0.0, 0.3, 1.0])
def test_how_much_places_are_looked_at_is_found_where_most_pairs_are_rare(decline: float):
    random = np.random.default_rng(4)
    count, places = 60_000, 8
    position = 1 + np.arange(count) % places
    product = random.integers(0, 5_000, count)
    liked = random.beta(2, 6, 5_000)[product]
    clicked = random.random(count) < liked / position**decline
    seen = Exposures(product, product % 7, position, np.full(count, NOW), clicked, np.ones(count))
    found = measured_places(seen).looked_at[:places]
    assert found == pytest.approx(1.0 / np.arange(1, places + 1) ** decline, rel=0.15)


def test_the_looked_at_share_finds_the_best_even_where_they_always_stood_last():
    plain = agreement_with_truth("click_rate", order="worst")
    assert agreement_with_truth("attraction", order="worst") > plain + 0.1


def test_what_is_wanted_these_days_trends_and_what_was_wanted_before_does_not():
    new = [
        Event(f"n{n}", Action.CLICK, NOW - n * 3_600, "p05", f"n{n}", "kettle", f"a{n}", f"v{n}", 1) for n in range(30)
    ]
    old = [
        Event(f"o{n}", Action.CLICK, NOW - 30 * DAY + n, "p06", f"o{n}", "kettle", f"b{n}", f"w{n}", 1)
        for n in range(30)
    ]
    trend = column(rows(new + old), "trend")
    assert trend[5] > 3
    assert trend[6] < 0.6
    assert trend[7] == pytest.approx(1)


def test_a_query_knows_its_products_categories_and_prices():
    events = [
        Event(f"e{n}", Action.CLICK, NOW - n, "p03", f"r{n}", "Red  MUG!", f"s{n}", f"v{n}", 2) for n in range(400)
    ]
    found = rows(events + past(seed=9))
    row = decode_query_row(found.queries["red mug"].encode())
    assert row is not None
    assert row.ids[0] == "p03"
    schema = ProductRowSchema.of(features())
    matrix = schema.decode(schema.encode(found.products)).matrix
    attributes = matrix.select(ATTRIBUTES)
    ids = [*shop().ids, "new"]
    padded = replace(attributes, values=np.vstack([attributes.values, np.full((1, 3), np.nan, np.float32)]))
    asked = row.columns(ids, padded)
    cell = dict(zip(asked.names, asked.values.T, strict=True))
    assert cell["query_click_share"][3] == np.nanmax(cell["query_click_share"])
    assert cell["query_category_share"][3] > cell["query_category_share"][PRODUCTS - 1]
    assert cell["query_price_distance"][0] < cell["query_price_distance"][PRODUCTS - 1]
    assert np.isnan(cell["query_category_share"][-1])
    assert (cell["query_evidence"] == np.float32(row.evidence)).all()


def test_the_same_query_is_found_however_it_is_typed():
    assert normalized_query("  Ｒｅｄ-MUG ") == normalized_query("red mug") == "red mug"
    assert normalized_query("C++") == "c++"
    assert normalized_query("!?") == ""
    assert normalized_query("दिन!") == "दिन" != normalized_query("दान")  # vowels are marks


def test_what_is_done_in_a_row_of_recommendations_counts_and_says_nothing_of_places_in_searches():
    events = past(200)
    others = [
        replace(e, event_id=f"r{n}", query_id=f"r{n}", shopper=f"r{e.shopper}", session=f"r{e.session}", query=None)
        for n, e in enumerate(events)
    ]
    in_rows = [replace(e, policy="recommendations/similar", position=1) for e in others]
    both, alone = rows([*events, *in_rows]), rows(events)
    np.testing.assert_allclose(column(both, "clicks_30d"), 2 * column(alone, "clicks_30d"), rtol=1e-6)
    for name in ("click_rate", "clicks_vs_expected", "attraction"):
        assert np.array_equal(column(both, name), column(alone, name)), name
    searched = rows([*events, *(replace(e, position=1) for e in others)])
    assert not np.array_equal(column(searched, "attraction"), column(alone, "attraction"))


def test_a_shop_that_reports_clicks_alone_has_counters_and_no_rates_of_being_clicked():
    found = rows([event for event in past() if event.action != Action.IMPRESSION])
    absent = ("click_rate", "clicks_vs_expected", "attraction", "clicks_vs_similar", "brand_clicks_vs_expected")
    assert all(np.isnan(column(found, name)).all() for name in absent)
    assert column(found, "clicks_30d").sum() > 0
    assert np.nanmax(column(found, "purchase_rate")) > 0
    assert found.queries["red mug"].evidence > 0
