"""How attractions are spread is read from the trials of all pairs; it makes each pair's own figure truer."""

import numpy as np
import pytest

from ranking.behaviour.click_models.empirical_bayes import LEVELS, expected_attraction, spread_of_attraction


def heaps(looks: int, pairs: int = 4000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True attraction of pairs of which one in five is what was searched for; how often each was liked, of how many looks."""
    random = np.random.default_rng(3)
    truth = np.where(random.random(pairs) < 0.2, 0.6, 0.05)
    looked = np.full(pairs, float(looks))
    return truth, random.binomial(looks, truth).astype(float), looked


def error(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((found - truth) ** 2)))


def test_two_heaps_of_attraction_are_found() -> None:
    _, liked, looked = heaps(40)
    spread = spread_of_attraction(liked, looked)
    assert spread.sum() == pytest.approx(1)
    assert spread[LEVELS > 0.4].sum() == pytest.approx(0.2, abs=0.03)
    assert spread[(LEVELS > 0.15) & (LEVELS < 0.4)].sum() < 0.03


def test_the_expected_attraction_is_nearer_the_truth_than_any_pull_to_the_mean() -> None:
    truth, liked, looked = heaps(10)
    level = float(liked.sum() / looked.sum())
    found = expected_attraction(liked, looked, np.full(len(truth), level))
    pulled = [error((liked + strength * level) / (looked + strength), truth) for strength in (0.0, 0.5, 1.0, 2.0, 5.0)]
    assert error(found, truth) < 0.7 * min(pulled)


def test_without_a_look_the_features_alone_speak_and_with_many_the_clicks_do() -> None:
    _, liked, looked = heaps(40)
    prior = np.linspace(0.06, 0.55, len(liked))
    unseen = expected_attraction(np.zeros(len(liked)), np.zeros(len(liked)), prior)
    assert unseen == pytest.approx(prior, abs=0.02)
    liked[:2], looked[:2], prior[:2] = [0, 120], 200, [0.55, 0.05]
    assert expected_attraction(liked, looked, prior)[:2] == pytest.approx([0.0, 0.6], abs=0.05)


def test_evenly_spread_attractions_are_not_forced_into_heaps() -> None:
    random = np.random.default_rng(4)
    truth = random.beta(2, 5, 4000)
    liked = random.binomial(30, truth).astype(float)
    found = expected_attraction(liked, np.full(4000, 30.0), np.full(4000, truth.mean()))
    best = (liked + 2) / (30 + 2 + 5)  # what one who knew the spread would say
    assert error(found, truth) < 1.1 * error(best, truth)


def test_no_pair_and_no_look_are_ordinary() -> None:
    nothing = np.zeros(0)
    assert expected_attraction(nothing, nothing, nothing).shape == (0,)
    zeros = np.zeros(3)
    assert expected_attraction(zeros, zeros, np.array([0.1, 0.5, 1.0])) == pytest.approx([0.1, 0.5, 0.99], abs=0.02)
