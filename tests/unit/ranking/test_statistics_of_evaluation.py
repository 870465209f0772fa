import numpy as np
import pytest

from ranking.evaluation.comparison import compare_policies, correct_by_holm, permutation_p
from ranking.evaluation.intervals import SHARE, bootstrap_mean
from ranking.evaluation.measures import parse_measure


def test_the_interval_holds_the_mean_and_narrows_with_more_queries() -> None:
    random = np.random.default_rng(1)
    few, many = bootstrap_mean(random.beta(5, 2, 20)), bootstrap_mean(random.beta(5, 2, 2000))
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 4


def test_queries_that_a_measure_does_not_apply_to_are_left_out() -> None:
    found = bootstrap_mean(np.array([0.5, np.nan, 0.7]))
    assert found.queries == 2
    assert found.mean == pytest.approx(0.6)
    assert np.isnan(bootstrap_mean(np.array([np.nan])).mean)


def test_the_interval_of_shares_holds_no_more_than_all_and_no_less_than_nothing() -> None:
    values = np.array([1, 1, 1, 1, 0.0])
    assert bootstrap_mean(values).high > 1
    assert bootstrap_mean(values, within=SHARE).high == 1
    assert bootstrap_mean(1 - values, within=SHARE).low == 0
    assert parse_measure("RR").bounds == SHARE


def test_equal_seeds_give_equal_intervals() -> None:
    values = np.random.default_rng(2).random(50)
    assert bootstrap_mean(values, seed=4) == bootstrap_mean(values, seed=4)


def test_the_paired_test_equals_full_enumeration_on_few_queries() -> None:
    differences = np.array([0.3, 0.1, -0.05, 0.2, 0.15, 0.4])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 6)).reshape(6, -1).T
    exact = float(np.mean(np.abs((signs * differences).mean(axis=1)) >= differences.mean() - 1e-12))
    assert permutation_p(differences) == pytest.approx(exact, abs=0.01)


def test_equal_policies_do_not_differ() -> None:
    assert permutation_p(np.zeros(10)) == 1


def test_holm_multiplies_the_least_most_and_never_reverses_the_order() -> None:
    assert correct_by_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert correct_by_holm([0.5, 0.9]) == pytest.approx([1, 1])
    assert correct_by_holm([]) == []


def test_each_policy_is_compared_with_the_first_query_by_query() -> None:
    random = np.random.default_rng(5)
    base = random.random(80)
    values = {"keyword": {"P@5": base}, "better": {"P@5": base + 0.05}, "same": {"P@5": base}}
    better, same = compare_policies(values, ["P@5"])
    assert (better.policy, better.baseline) == ("better", "keyword")
    assert better.difference.mean == pytest.approx(0.05)
    assert better.is_significant
    assert not same.is_significant


@pytest.mark.slow
@pytest.mark.parametrize("queries", [25, 60, 200])
def test_the_interval_covers_the_true_mean_about_as_often_as_it_says(queries: int) -> None:
    random = np.random.default_rng(6)
    true = 5 / 7
    trials = 600
    found = [bootstrap_mean(random.beta(5, 2, queries), seed=n, resamples=800) for n in range(trials)]
    covered = np.mean([interval.low <= true <= interval.high for interval in found])
    assert 0.92 <= covered <= 0.975


@pytest.mark.slow
def test_the_paired_test_raises_a_false_alarm_about_as_rarely_as_it_says() -> None:
    random = np.random.default_rng(7)
    ps = [permutation_p(random.normal(size=40) * random.random(40), seed=n, flips=800) for n in range(800)]
    assert 0.03 <= np.mean(np.array(ps) < 0.05) <= 0.07
