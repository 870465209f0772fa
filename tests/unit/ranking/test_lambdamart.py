from collections.abc import Callable

import numpy as np
import pytest

from ranking.errors import TrainingError
from ranking.lambdamart.blending import blend_scores, order_by, stretch
from ranking.lambdamart.cross_validation import Recipe, cross_validate, ndcg_by_query, split_families, surely_best
from ranking.lambdamart.training import TrainingOptions, label_grades, train_booster
from ranking.lambdamart.training_set import QueryGroup, TrainingSet, query_family

Learnable = Callable[..., TrainingSet]
QUICK = TrainingOptions(trees=30, learning_rate=0.2, minimum_in_leaf=5)


def recipe(**more: object) -> Recipe:
    return Recipe((QUICK,), {}, **{"folds": 3, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("USB Hub", "usb hubs"),
        ("hub usb", "usb-hub"),
        ("batteries", "battery"),
        ("Café", "cafe"),
        ("boxes", "box"),
        ("羊毛衫", "羊毛衫 "),
    ],
)
def test_spellings_of_one_query_are_one_family(one: str, other: str) -> None:
    assert query_family(one) == query_family(other)


def test_different_queries_are_different_families() -> None:
    assert query_family("glass") != query_family("glasses case")
    assert query_family("羊毛衫") != query_family("衫")
    assert query_family("दिन") != query_family("दान")
    assert query_family("ดี") != query_family("ดา")


def test_grades_that_differ_below_zero_alone_teach_nothing() -> None:
    group = QueryGroup(
        "red", "red", ("a", "b"), np.zeros((2, 1), np.float32), np.array([1.0, 0.5]), {"a": -1.0, "b": 0.0}
    )
    assert TrainingSet(("price",), (group,)).teachable() == ()


def test_a_family_is_never_divided_and_folds_are_even() -> None:
    families = [f"family {n // 3}" for n in range(60)]
    folds = split_families(families, 4, seed=1)
    assert all(len({*folds[n : n + 3]}) == 1 for n in range(0, 60, 3))
    assert np.bincount(folds).tolist() == [15, 15, 15, 15]


def test_too_few_queries_for_the_folds_are_refused_with_the_number() -> None:
    with pytest.raises(TrainingError, match="2 different queries"):
        split_families(["a", "b", "a"], 3, seed=1)


def test_the_model_finds_the_feature_that_tells_the_grades(learnable: Learnable) -> None:
    data = learnable()
    validated = cross_validate(data, recipe())
    before = ndcg_by_query(data.groups, lambda _place, group: group.fused)
    after = ndcg_by_query(data.groups, lambda place, _group: validated.final_scores[place])
    assert after.mean() > before.mean() + 0.15
    assert after.mean() > 0.95


def test_features_that_say_nothing_bring_no_seeming_gain(learnable: Learnable) -> None:
    data = learnable(60, signal=0.0)
    validated = cross_validate(data, recipe())
    before = ndcg_by_query(data.groups, lambda _place, group: group.fused)
    after = ndcg_by_query(data.groups, lambda place, _group: validated.final_scores[place])
    assert after.mean() <= before.mean() + 0.03


def test_every_query_is_held_out_by_exactly_one_fold(learnable: Learnable) -> None:
    data = learnable(20)
    folds = cross_validate(data, recipe()).folds
    held_out = [family for fold in folds for family in fold.held_out]
    assert sorted(held_out) == sorted(group.family for group in data.groups)


def test_equal_data_and_seed_give_equal_trees_whatever_the_threads(learnable: Learnable) -> None:
    data = learnable(20)
    one = train_booster(data, QUICK).model_to_string(num_iteration=30)
    two = train_booster(data, TrainingOptions(**{**options(QUICK), "threads": 2})).model_to_string(num_iteration=30)
    assert one.partition("\nparameters:")[0] == two.partition("\nparameters:")[0]


def options(value: TrainingOptions) -> dict[str, object]:
    return {name: getattr(value, name) for name in TrainingOptions.__slots__}


def test_a_declared_direction_is_kept_by_every_prediction(learnable: Learnable) -> None:
    data = learnable()
    booster = train_booster(data, QUICK, directions={"telling": -1})
    line = np.column_stack([np.linspace(-3, 3, 50), np.zeros(50), np.full(50, np.nan)])
    assert (np.diff(booster.predict(line)) <= 1e-12).all()


def test_fractional_grades_keep_their_gains() -> None:
    group = QueryGroup("q", "q", ("a", "b", "c"), np.zeros((3, 1), np.float32), np.zeros(3), {"a": 0.5, "b": 2.5})
    labels, gains = label_grades([group], linear=True)
    assert [gains[label] for label in labels] == [0.5, 2.5, 0]
    labels, gains = label_grades([group], linear=False)
    assert gains[labels[1]] == pytest.approx(2**2.5 - 1)


def test_judgments_of_one_class_leave_nothing_to_learn() -> None:
    group = QueryGroup("q", "q", ("a", "b"), np.zeros((2, 1), np.float32), np.zeros(2), {"a": 1, "b": 1})
    with pytest.raises(TrainingError, match="different grades"):
        train_booster(TrainingSet(("f",), (group,)), QUICK)


def test_data_that_differ_in_one_value_have_another_digest(learnable: Learnable) -> None:
    one, same = learnable(5), learnable(5)
    assert one.digest() == same.digest()
    same.groups[2].values[0, 0] += 1
    assert one.digest() != same.digest()


def test_blending_goes_from_the_fused_order_to_the_models() -> None:
    model, fused = np.array([1.0, 2, 3]), np.array([30.0, 20, 10])
    assert order_by(blend_scores(model, fused, weight=0)).tolist() == [0, 1, 2]
    assert order_by(blend_scores(model, fused, weight=1)).tolist() == [2, 1, 0]
    assert stretch(np.array([4.0, 4.0])).tolist() == [0.5, 0.5]
    assert stretch(np.array([])).size == 0


def test_what_is_usual_stands_unless_another_choice_is_surely_better() -> None:
    random = np.random.default_rng(8)
    noise = 0.5 + 0.1 * random.normal(size=(60, 20))
    assert surely_best(noise[:, :1] + np.zeros((60, 3)), 1) == 1
    values = noise.copy()
    values[:, 7] = values[:, 2] + 0.05
    assert surely_best(values[:, [2, 7]], 0) == 1
    assert surely_best(values[:1], 2) == 2
