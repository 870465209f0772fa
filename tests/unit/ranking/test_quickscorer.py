import lightgbm as lgb
import numpy as np
import pytest

from ranking.lambdamart.quickscorer import compile_model
from ranking.lambdamart.trees import UnsupportedTree

FEATURES = 12


def table(rows: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, FEATURES))
    values[:, :3] = np.round(values[:, :3])
    values[rng.random(values.shape) < 0.15] = np.nan
    values[rng.random(values.shape) < 0.05] = 0.0
    values[:, 5] = np.nan_to_num(values[:, 5])  # a feature that was never absent in training
    return values


def train(trees: int = 60, **parameters: object) -> lgb.Booster:
    values = table(2000, seed=1)
    signal = np.nan_to_num(values[:, 0] + values[:, 1] * values[:, 4] + values[:, 5])
    grades = np.clip(np.round(signal + 1), 0, 4)
    settings = {"objective": "lambdarank", "verbose": -1, "num_threads": 1, "seed": 7, "learning_rate": 0.2}
    return lgb.train(settings | parameters, lgb.Dataset(values, grades, group=[20] * 100), trees)


@pytest.mark.parametrize("leaves", [2, 7, 31, 64, 200])
@pytest.mark.parametrize("missing", [{}, {"zero_as_missing": True}, {"use_missing": False}])
def test_scores_equal_lightgbms_bit_for_bit(leaves: int, missing: dict[str, bool]):
    booster = train(num_leaves=leaves, min_data_in_leaf=3, **missing)
    scorer = compile_model(booster.model_to_string(), FEATURES)
    fresh = table(333, seed=2)
    fresh[0] = np.nan
    fresh[1] = [np.inf, -np.inf] * (FEATURES // 2)
    fresh[2] = 1e-36
    assert np.array_equal(scorer.score(fresh), booster.predict(fresh, num_threads=1))


def test_values_exactly_on_a_threshold_go_left_as_in_lightgbm():
    booster = train()
    scorer = compile_model(booster.model_to_string(), FEATURES)
    on_thresholds = np.full((scorer.thresholds.size, FEATURES), np.nan)
    for feature in range(FEATURES):
        first, end = scorer.threshold_start[feature], scorer.threshold_start[feature + 1]
        on_thresholds[first:end, feature] = scorer.thresholds[first:end]
    assert np.array_equal(scorer.score(on_thresholds), booster.predict(on_thresholds, num_threads=1))


@pytest.mark.parametrize("rows", [0, 1, 127, 128, 129])
def test_any_number_of_rows_is_scored(rows: int):
    booster = train(trees=5)
    scores = compile_model(booster.model_to_string(), FEATURES).score(table(300, seed=3)[:rows])
    assert scores.shape == (rows,)
    assert np.array_equal(scores, booster.predict(table(300, seed=3), num_threads=1)[:rows])


def test_float32_features_score_as_lightgbm_scores_them():
    booster = train()
    values = table(200, seed=4).astype(np.float32)
    assert np.array_equal(
        compile_model(booster.model_to_string(), FEATURES).score(values), booster.predict(values, num_threads=1)
    )


def test_a_matrix_of_another_width_is_refused():
    with pytest.raises(ValueError, match="12 features"):
        compile_model(train(trees=2).model_to_string(), FEATURES).score(np.zeros((3, 4)))


def test_categorical_models_and_random_forests_are_left_to_lightgbm():
    values = np.abs(np.round(np.nan_to_num(table(2000, seed=1))))
    grades = values[:, 0].clip(0, 4)
    data = lgb.Dataset(values, grades, group=[20] * 100, categorical_feature=[0])
    with pytest.raises(UnsupportedTree, match="categories"):
        compile_model(
            lgb.train({"objective": "lambdarank", "verbose": -1, "min_data_per_group": 1}, data, 5).model_to_string(),
            FEATURES,
        )
    forest = train(trees=5, boosting="rf", bagging_freq=1, bagging_fraction=0.5)
    with pytest.raises(UnsupportedTree, match="random forest"):
        compile_model(forest.model_to_string(), FEATURES)
