import numpy as np
import pytest
from scipy.stats import spearmanr

from ranking.behaviour.click_models.dependent import DependentClicks
from ranking.behaviour.click_models.naive import ClickRate, ClicksOverExpected
from ranking.behaviour.click_models.position_based import PositionBased
from ranking.behaviour.click_models.selection import CLICK_MODELS, select_click_model
from ranking.behaviour.click_models.sessions import Sessions
from ranking.behaviour.click_models.simulation import SHOPPERS, click_cascade, click_dependent, click_position_based

QUERIES, PRODUCTS, POSITIONS = 60, 20, 10


def searches(kind: str, count: int = 8_000, seed: int = 0) -> tuple[Sessions, np.ndarray]:
    """Logged searches of simulated shoppers, ranked by a mediocre, restless ranking; and the true attraction per pair."""
    rng = np.random.default_rng(seed)
    attraction = rng.beta(1.2, 3, (QUERIES, PRODUCTS))
    query = rng.integers(0, QUERIES, count)
    score = attraction + rng.normal(size=attraction.shape) * 0.35
    order = np.argsort(-(score[query] + rng.normal(size=(count, PRODUCTS)) * 0.25), axis=1)[:, :POSITIONS]
    pairs = query[:, None] * PRODUCTS + order
    clicks = SHOPPERS[kind](rng, attraction.ravel()[pairs])
    return Sessions(pairs, clicks, attraction.size), attraction.ravel()


def agreement(estimated: np.ndarray, truth: np.ndarray, sessions: Sessions) -> float:
    seen = sessions.per_pair(sessions.shown.astype(float)) > 20
    return float(spearmanr(estimated[seen], truth[seen])[0])


def test_the_position_based_model_recovers_how_much_each_place_is_looked_at():
    sessions, _ = searches("position", count=30_000)
    examination = PositionBased().fit(sessions).examination
    assert examination == pytest.approx(1 / np.arange(1, POSITIONS + 1), abs=0.06)


def test_the_dependent_model_recovers_who_goes_on_after_a_click():
    sessions, _ = searches("dependent", count=30_000)
    model = DependentClicks()
    model.fit(sessions)
    assert model.goes_on[:5] == pytest.approx(0.6 * 0.85 ** np.arange(5), abs=0.08)


@pytest.mark.parametrize("kind", SHOPPERS)
def test_the_selected_model_orders_products_more_truly_than_click_rates(kind: str):
    sessions, truth = searches(kind)
    selected = CLICK_MODELS[select_click_model(sessions, seed=1).model]().fit(sessions).attraction
    naive = ClickRate().fit(sessions).attraction
    assert agreement(selected, truth, sessions) > agreement(naive, truth, sessions)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("position", "position"), ("grid", "position"), ("cascade", "dependent"), ("dependent", "dependent")],
)
def test_the_model_by_which_shoppers_clicked_is_selected(kind: str, expected: str):
    sessions, _ = searches(kind)
    assert select_click_model(sessions, seed=1).model == expected


def test_trust_is_selected_where_there_is_trust_and_its_two_numbers_a_place_are_recovered():
    sessions, _ = searches("trust", count=60_000)
    assert select_click_model(sessions, seed=1).model == "trust"
    model = CLICK_MODELS["trust"]()
    model.fit(sessions)
    places = np.arange(1, POSITIONS + 1)
    wrongly = 0.65 / (places + 1)
    gain = (
        (1 - 0.02 * places) - wrongly
    ) / places  # what attraction adds to the click probability, up to a common factor
    found = model.high - model.low
    assert found[1:6] / found[0] == pytest.approx(gain[1:6] / gain[0], abs=0.1)


def test_a_grid_of_rows_that_are_skipped_is_read_place_by_place():
    sessions, _ = searches("grid", count=60_000)
    examination = PositionBased().fit(sessions).examination
    column = np.abs(np.arange(POSITIONS) % 4 - 1.5) / 1.5
    looked = (1 - 0.35 * column) * 0.7 ** (np.arange(POSITIONS) // 4)
    assert examination == pytest.approx(looked / looked[0], abs=0.12)


@pytest.mark.parametrize("name", ["position", "trust", "dependent", "naive", "coec"])
def test_equal_searches_counted_once_with_their_number_say_the_same(name: str):
    sessions, _ = searches("dependent", count=3000)
    few = sessions.take(np.arange(40))
    many = Sessions(np.tile(few.pairs, (5, 1)), np.tile(few.clicks, (5, 1)), few.pair_count)
    counted = Sessions(few.pairs, few.clicks, few.pair_count, np.full(40, 5.0))
    one, other = CLICK_MODELS[name](), CLICK_MODELS[name]()
    assert one.fit(many).attraction == pytest.approx(other.fit(counted).attraction, abs=1e-9)
    assert one.log_likelihoods(few) == pytest.approx(other.log_likelihoods(few), abs=1e-9)


def test_searches_are_parted_without_loss():
    sessions, _ = searches("position", count=2000)
    first, second = sessions.distinct().parted(0.2, seed=1)
    assert first.often.sum() + second.often.sum() == 2000
    assert second.often.sum() == pytest.approx(400, abs=90)  # five standard deviations


@pytest.mark.parametrize("name", CLICK_MODELS)
def test_every_model_predicts_held_out_searches_better_than_a_coin(name: str):
    sessions, _ = searches("position", count=6000)
    model = CLICK_MODELS[name]()
    model.fit(sessions.take(np.arange(5000)))
    found = model.log_likelihoods(sessions.take(np.arange(5000, 6000)))
    assert found.shape == (1000,)
    assert np.log(0.5) * POSITIONS < found.mean() < 0


@pytest.mark.parametrize("name", CLICK_MODELS)
def test_empty_places_and_clickless_searches_are_ordinary(name: str):
    pairs = np.array([[0, 1, -1], [2, -1, -1], [0, 2, 1]])
    estimate = CLICK_MODELS[name]().fit(Sessions(pairs, np.zeros_like(pairs, dtype=bool), 4))
    assert np.isfinite(estimate.attraction).all()
    assert estimate.evidence.tolist() == [2, 2, 2, 0]


def test_clicks_over_expected_forgives_a_bad_place():
    pairs = np.tile(np.array([[0, 1]]), (1000, 1))
    clicks = np.zeros_like(pairs, dtype=bool)
    clicks[:400, 0] = clicks[:100, 1] = True
    pairs[500:] = [2, 3]
    clicks[500:900, 0] = clicks[500:600, 1] = True
    ratio = ClicksOverExpected().fit(Sessions(pairs, clicks, 4)).attraction
    assert ratio[1] == pytest.approx(ratio[0], rel=0.05)


def test_a_cascade_shopper_clicks_once_and_a_dependent_one_may_click_again():
    rng = np.random.default_rng(5)
    attraction = np.full((5000, 8), 0.4)
    assert click_cascade(rng, attraction).sum(1).max() == 1
    assert click_dependent(rng, attraction).sum(1).max() > 1
    assert click_position_based(rng, attraction)[:, 0].mean() == pytest.approx(0.4, abs=0.03)
