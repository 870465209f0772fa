"""What was considered, and what choices say of products and people."""

import numpy as np
import pytest
import scipy.sparse as sp

from ranking.behaviour.choices.considered import Considered, Sights, considered
from ranking.behaviour.choices.effects import SPREADS, learn_effects
from ranking.behaviour.choices.worths import learn_worths


def sights(*rows: tuple[int, int, int, float]) -> Sights:
    """(search, product, position, interest) of one person."""
    search, product, position, interest = (np.array(column) for column in zip(*rows, strict=True))
    return Sights(search, np.zeros_like(search), product, position, interest.astype(float), 100.0 + search)


def choices(lists: int, worth: np.ndarray, *, seed: int, among: int = 6) -> Considered:
    """Lists of random products, one chosen of each by its worth."""
    rng = np.random.default_rng(seed)
    shown = np.array([rng.choice(worth.size, among, replace=False) for _ in range(lists)])
    weight = np.exp(worth[shown])
    chosen = (rng.random(lists)[:, None] < np.cumsum(weight, 1) / weight.sum(1, keepdims=True)).argmax(1)
    flags = (np.arange(among) == chosen[:, None]).astype(float)
    return Considered(
        np.arange(0, lists * among, among),
        shown.ravel(),
        flags.ravel(),
        np.zeros(lists, np.int64),
        np.arange(lists, dtype=float),
    )


def test_what_stands_above_a_choice_and_next_to_it_was_considered_and_nothing_else():
    found = considered(sights((1, 10, 1, 0), (1, 11, 2, 1), (1, 12, 3, 0), (1, 13, 4, 0), (2, 10, 1, 0), (2, 11, 2, 0)))
    assert found.lists == 1
    assert found.product.tolist() == [10, 11, 12]
    assert found.chosen.tolist() == [0, 1, 0]


def test_a_list_in_which_nothing_was_passed_over_says_nothing():
    assert len(considered(sights((1, 10, 1, 1), (2, 11, 1, 0)))) == 0
    assert len(considered(sights((1, 10, 1, 1), (1, 11, 2, 3)))) == 0


def test_repetitions_count_once_and_a_purchase_more_than_a_click_but_not_six_times():
    found = considered(sights((1, 10, 1, 0), (1, 11, 2, 1), (1, 11, 2, 1), (1, 11, 2, 6), (1, 12, 3, 1), (1, 10, 1, 0)))
    assert found.product.tolist() == [10, 11, 12]
    assert found.chosen.tolist() == pytest.approx([0, 6**0.5, 1])


def test_the_order_of_events_does_not_matter():
    rng = np.random.default_rng(1)
    rows = [
        (int(s), int(p), place + 1, float(rng.random() < 0.3))
        for s in range(30)
        for place, p in enumerate(rng.permutation(8))
    ]
    first = considered(sights(*rows))
    again = considered(sights(*(rows[i] for i in rng.permutation(len(rows)))))
    assert first.product.tolist() == again.product.tolist()
    assert first.chosen.tolist() == again.chosen.tolist()
    assert learn_worths(first, [], 8).tolist() == learn_worths(again, [], 8).tolist()


def test_worths_are_found_from_choices_wherever_products_stood():
    truth = np.random.default_rng(2).normal(0, 1, 30)
    found = learn_worths(choices(4000, truth, seed=3), [], 30)
    assert np.corrcoef(found, truth)[0, 1] > 0.97
    assert np.polyfit(truth, found, 1)[0] == pytest.approx(1, abs=0.15)


def test_a_variant_that_nobody_saw_is_worth_what_its_sisters_are():
    truth = np.repeat(np.array([-1.0, 0.0, 1.5]), 4)
    group = np.repeat(np.arange(3), 4)
    lists = choices(600, truth[[0, 1, 2, 4, 5, 6, 8, 9, 10]], seed=4, among=4)
    seen = Considered(
        lists.begin, np.array([0, 1, 2, 4, 5, 6, 8, 9, 10])[lists.product], lists.chosen, lists.person, lists.at
    )
    found = learn_worths(seen, [group], 12)
    assert found[3] < found[7] < found[11]
    assert found[11] == pytest.approx(found[8:11].mean(), abs=0.4)


def test_effects_are_believed_as_far_as_they_predict_choices_that_were_held_out():
    by_kind = sp.csr_matrix((np.ones(20), (np.arange(20), np.arange(20) // 10)))
    one_family = np.zeros(2, dtype=np.int64)
    lists = choices(1000, np.repeat([-0.8, 0.8], 10), seed=5)
    real = learn_effects(lists, by_kind[lists.product], one_family, 1)
    assert real.values[1] - real.values[0] == pytest.approx(1.6, abs=0.3)

    chance = choices(300, np.zeros(200), seed=6)
    own = sp.identity(200, format="csr")
    none = learn_effects(chance, own[chance.product], np.zeros(200, dtype=np.int64), 1)
    assert none.spread[0] == min(SPREADS)
    assert abs(none.values).max() < 0.15


def test_values_of_which_a_product_has_many_move_it_no_more_than_one_value_does():
    lists = choices(200, np.zeros(20), seed=7)
    traits = sp.csr_matrix(np.hstack([np.eye(20), np.ones((20, 4))]))
    effects = learn_effects(lists, traits[lists.product], np.repeat([0, 1], [20, 4]), 2)
    assert effects.spread[1] == pytest.approx(effects.spread[0] / 4)


def test_what_is_something_else_was_not_passed_over_for_what_it_is_like():
    kinds = np.zeros(20, dtype=np.int64)
    kinds[10:12], kinds[12:] = 1, 2
    found = considered(sights((1, 10, 1, 0), (1, 12, 2, 0), (1, 11, 3, 1), (2, 12, 1, 0), (2, 10, 2, 1))).of_a_kind(
        kinds
    )
    assert found.lists == 1
    assert found.product.tolist() == [10, 11]


def test_the_latest_lists_of_each_person_are_kept():
    lists = choices(50, np.zeros(9), seed=8)
    two = Considered(lists.begin, lists.product, lists.chosen, np.arange(50) % 2, lists.at)
    kept = two.latest_of_each(3)
    assert kept.lists == 6
    assert kept.at.tolist() == [44, 45, 46, 47, 48, 49]
    assert two.before(10.0).lists == 10


def test_old_choices_fade():
    lists = Considered(
        np.array([0, 2]),
        np.array([0, 1, 0, 1]),
        np.array([1.0, 0, 0, 1]),
        np.zeros(2, np.int64),
        np.array([0.0, 86_400 * 30]),
    )
    faded = lists.fading(half_life_days=10, now=86_400 * 30)
    assert faded.chosen.tolist() == pytest.approx([0.125, 0, 0, 1])
    assert learn_worths(faded, [], 2)[1] > learn_worths(faded, [], 2)[0]
