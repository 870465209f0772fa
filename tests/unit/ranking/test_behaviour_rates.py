import numpy as np
import pytest

from ranking.behaviour.rates import backed_off, gamma_strength, prior_strength


def test_the_prior_strength_of_a_simulated_beta_is_recovered():
    rng = np.random.default_rng(1)
    rates = rng.beta(0.05 * 80, 0.95 * 80, 4000)
    trials = rng.integers(50, 400, 4000).astype(float)
    estimated = prior_strength(rng.binomial(trials.astype(int), rates).astype(float), trials)
    assert estimated == pytest.approx(80, rel=0.2)


def test_members_that_differ_no_more_than_chance_are_pooled():
    rng = np.random.default_rng(2)
    trials = np.full(2000, 100.0)
    assert prior_strength(rng.binomial(100, 0.1, 2000).astype(float), trials) > 500


def test_one_click_on_one_view_does_not_beat_a_proven_product():
    rng = np.random.default_rng(3)
    trials = np.r_[rng.integers(200, 2000, 200).astype(float), 1.0, 5000.0]
    rates = np.r_[rng.beta(2, 38, 200), 1.0, 0.15]
    successes = np.r_[rng.binomial(trials[:200].astype(int), rates[:200]).astype(float), 1.0, 750.0]
    smoothed = backed_off(successes, trials, []).rates
    assert smoothed[200] < smoothed[201]


def test_a_new_product_takes_the_rate_of_its_brand_and_without_one_that_of_its_category():
    successes = np.array([90.0, 80, 1, 2, 0, 0])
    trials = np.array([900.0, 800, 900, 800, 0, 0])
    brand = np.array([0, 0, 1, 1, 0, -1])
    category = np.array([0, 0, 1, 1, 0, 1])
    smoothed = backed_off(successes, trials, [brand, category]).rates
    assert smoothed[4] == pytest.approx(0.1, abs=0.02)
    assert smoothed[5] < 0.02


def test_nothing_tried_gives_zero_rates_not_an_error():
    assert backed_off(np.zeros(3), np.zeros(3), [np.array([0, 0, -1])]).rates.tolist() == [0, 0, 0]


def test_smoothed_rates_are_closer_to_the_truth_than_raw_ones():
    rng = np.random.default_rng(4)
    truth = rng.beta(3, 60, 3000)
    trials = rng.poisson(20, 3000).astype(float)
    successes = rng.binomial(trials.astype(int), truth).astype(float)
    raw = np.divide(successes, trials, out=np.zeros(3000), where=trials > 0)
    smoothed = backed_off(successes, trials, []).rates
    assert ((smoothed - truth) ** 2).mean() < 0.4 * ((raw - truth) ** 2).mean()


def test_the_spread_of_ratios_is_recovered_from_counts():
    rng = np.random.default_rng(6)
    ratios = rng.gamma(4.0, 0.25, 3000)  # mean 1, strength 4
    expected = rng.uniform(2, 40, 3000)
    assert gamma_strength(rng.poisson(ratios * expected).astype(float), expected) == pytest.approx(4, rel=0.2)
    assert gamma_strength(rng.poisson(expected).astype(float), expected) > 100


def test_backing_off_tells_what_similar_products_have():
    successes, trials = np.array([50.0, 52, 0, 0]), np.array([1000.0, 1000, 0, 1000])
    found = backed_off(successes, trials, [np.array([0, 0, 0, -1])])
    assert 102 / 3000 < found.similar[2] < 0.051  # its brand, drawn towards all
    assert found.rates[2] == pytest.approx(found.similar[2])
    assert found.similar[3] < found.similar[0]
