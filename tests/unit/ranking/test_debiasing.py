"""Simulated shoppers click by known rules; debiased labels lie closer to the truth than their clicks."""

from dataclasses import replace

import numpy as np
import pytest

from ranking.behaviour.click_models.simulation import SHOPPERS
from ranking.errors import TrainingError
from ranking.lambdamart.training import TrainingOptions, train_booster
from ranking.learning.attraction import PairFeatures, beside_their_like
from ranking.learning.debiasing import APPROACHES, Debiased, debias
from ranking.learning.grouping import training_groups
from ranking.learning.shown import ShownList, ShownLog

QUERIES, PRODUCTS, SHOWN = 40, 14, 8


def shop(kind: str, *, searches: int = 24, seed: int = 0) -> tuple[ShownLog, dict[tuple[str, str], float]]:
    """Three earlier rankings, each by a feature that says little, show products whose worth two other features tell."""
    random = np.random.default_rng(seed)
    truth: dict[tuple[str, str], float] = {}
    lists = []
    for n in range(QUERIES):
        features = random.normal(size=(PRODUCTS, 5))
        attraction = 0.9 / (1 + np.exp(-2 * (features[:, 0] + features[:, 1]) + 1.5))
        truth |= {(f"q{n}", f"p{i}"): float(attraction[i]) for i in range(PRODUCTS)}
        for ranking in range(3):
            order = np.argsort(-(features[:, 2 + ranking] + 0.5 * features[:, 0]))[:SHOWN]
            clicks = SHOPPERS[kind](random, np.tile(attraction[order], (searches // 3, 1)))
            for row in clicks:
                lists.append(
                    ShownList(
                        f"{n}-{ranking}-{len(lists)}", f"q{n}", f"q{n}", float(len(lists)), None,
                        tuple(f"p{i}" for i in order), np.arange(1, SHOWN + 1, dtype=np.int32),
                        features[order].astype(np.float32), row.astype(np.float64),
                    )
                )  # fmt: skip
    return ShownLog(tuple("abcde"), tuple(lists)), truth


def error(log: ShownLog, debiased: Debiased, truth: dict[tuple[str, str], float]) -> float:
    """Share of pairs of products of a query that the labels put in the wrong order."""
    wrong = total = 0
    for group in training_groups(log, debiased).groups:
        worth = np.array([truth[group.family, id] for id in group.ids])
        clear = worth[:, None] > worth[None, :] + 0.2
        grades = group.grades
        wrong += float((clear & (grades[:, None] < grades[None, :])).sum())
        wrong += 0.5 * float((clear & (grades[:, None] == grades[None, :])).sum())
        total += int(clear.sum())
    return wrong / total


@pytest.mark.parametrize("kind", SHOPPERS)
def test_selected_labels_order_products_more_truly_than_clicks(kind: str) -> None:
    log, truth = shop(kind)
    naive = error(log, debias(log.lists, "naive", seed=1), truth)
    assert error(log, debias(log.lists, "selected", seed=1), truth) < naive


@pytest.mark.parametrize("approach", APPROACHES)
def test_every_approach_makes_a_model_from_the_same_log(approach: str) -> None:
    log, _ = shop("position", searches=6)
    debiased = debias(log.lists, approach, seed=1)
    data = training_groups(log, debiased)
    assert all(np.isfinite(grades).all() and (grades >= 0).all() for grades in debiased.grades)
    assert train_booster(data, TrainingOptions(trees=5)).num_trees() == 5
    assert all((group.positions is not None) == (approach == "lightgbm") for group in data.groups)


def test_a_skip_where_nobody_looks_is_unknown_and_a_skip_at_the_top_is_bad() -> None:
    log, _ = shop("position")
    grades = np.array([g for shown, g in zip(log.lists, debias(log.lists, "position", seed=1).grades, strict=True)
                       if not shown.has_interest])  # fmt: skip
    assert grades[:, 0].mean() < grades[:, -1].mean()


@pytest.mark.parametrize("lists", [1, 2, 7])
def test_a_handful_of_searches_is_ordinary(lists: int) -> None:
    log, _ = shop("position", searches=6)
    debiased = debias(log.lists[:lists], "selected", seed=1)
    assert len(debiased.grades) == lists
    assert all(np.isfinite(grades).all() and (grades >= 0).all() for grades in debiased.grades)


def test_a_click_counts_for_the_shopper_who_made_it() -> None:
    log, _ = shop("position")
    pairs = zip(log.lists, debias(log.lists, "selected", seed=1).grades, strict=True)
    found = [(grades[shown.grades > 0], grades[shown.grades == 0]) for shown, grades in pairs]
    assert np.concatenate([one for one, _ in found]).min() > np.concatenate([other for _, other in found]).mean()


def test_equal_searches_folded_into_one_list_give_the_same_groups() -> None:
    log, _ = shop("position", searches=6)
    folded = ShownLog(log.features, tuple(replace(shown, times=3) for shown in log.lists))
    thrice = ShownLog(log.features, tuple(shown for shown in log.lists for _ in range(3)))
    one, other = (training_groups(each, debias(each.lists, "position", seed=1)) for each in (folded, thrice))
    assert [group.weight for group in one.groups] == [group.weight for group in other.groups]
    for left, right in zip(one.groups, other.groups, strict=True):
        assert left.grades == pytest.approx(right.grades, abs=1e-9)


def test_searches_with_other_features_are_never_one_group() -> None:
    log, _ = shop("position", searches=6)
    plain = training_groups(log, debias(log.lists, "naive", seed=1))
    assert len(plain.groups) == QUERIES
    assert plain.groups[0].weight == pytest.approx(6**0.5)
    moved = log.lists[-1]
    other = ShownList(
        "later", moved.query, moved.family, moved.at + 1, None, moved.products, moved.positions, moved.values + 1,
        moved.grades,
    )  # fmt: skip
    longer = ShownLog(log.features, (*log.lists, other))
    assert len(training_groups(longer, debias(longer.lists, "naive", seed=1)).groups) == QUERIES + 1


def test_values_get_their_place_among_those_of_the_same_query() -> None:
    values = np.array([[1.0], [5.0], [3.0], [np.nan], [7.0]], dtype=np.float32)
    found = beside_their_like(PairFeatures(values, np.array([0, 1, 0, 0, 0])))
    assert found[:, 0].tolist()[:3] == [1, 5, 3]
    assert found[[0, 2, 4], 1] == pytest.approx([0, 1 / 3, 1])
    assert np.isnan(found[[1, 3], 1]).all()


def test_no_list_and_no_such_model_say_so() -> None:
    with pytest.raises(TrainingError, match="no search to learn from"):
        debias([], "position", seed=1)
    with pytest.raises(TrainingError, match="no click model"):
        debias([], "psychic", seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHOPPERS)
def test_a_model_from_debiased_clicks_beats_one_from_clicks_on_average(kind: str) -> None:
    gains = []
    for seed in range(4):
        log, _ = shop(kind, searches=60, seed=seed)
        random = np.random.default_rng(100 + seed)
        features = random.normal(size=(400, 5)).astype(np.float32)
        worth = features[:, 0] + features[:, 1]
        found = []
        for approach in ("naive", "selected"):
            booster = train_booster(
                training_groups(log, debias(log.lists, approach, seed=seed)), TrainingOptions(trees=80)
            )
            found.append(np.corrcoef(booster.predict(features, num_threads=1), worth)[0, 1])
        gains.append(found[1] - found[0])
    assert np.mean(gains) > 0
