"""How models of clicks are made: shallow, alone where clicks are many, and with an eye for what is known of a shopper."""

import numpy as np

from ranking.features.feature import Feature, Scope, Source
from ranking.lambdamart.building import recipe_for, recipe_for_clicks
from ranking.lambdamart.training import options_for_clicks, train_booster
from ranking.lambdamart.training_set import QueryGroup, TrainingSet

FEATURES = (
    Feature("everybody", Scope.PRODUCT, Source.BEHAVIOUR, "what everybody likes"),
    Feature("mine", Scope.SHOPPER_PRODUCT, Source.PROFILE, "what you like"),
)


def clicks(groups: int, *, known: float = 0.4, seed: int = 3) -> TrainingSet:
    """Searches of eight products: a share of the shoppers is known, and takes what `mine` says as gladly as everybody's."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(groups):
        values = rng.normal(size=(8, 2)).astype(np.float32)
        values[:, 1] = values[:, 1] if rng.random() < known else np.nan
        drawn = values[:, 0] + np.nan_to_num(values[:, 1]) + rng.gumbel(size=8)
        ids = tuple(f"p{i}" for i in range(8))
        grades = (np.arange(8) == drawn.argmax()).astype(float)
        made.append(
            QueryGroup(
                f"q{number}", f"q{number}", ids, values, np.zeros(8), dict(zip(ids, grades.tolist(), strict=True))
            )
        )
    return TrainingSet(tuple(feature.name for feature in FEATURES), tuple(made))


def test_with_enough_searches_the_model_orders_alone_and_with_few_it_is_mixed_as_usual():
    assert recipe_for_clicks(clicks(400), FEATURES).usual == (1.0, 1.0)
    assert recipe_for_clicks(clicks(100), FEATURES).usual == recipe_for(clicks(100), FEATURES).usual == (0.5, 0.5)


def test_leaves_fill_up_with_the_rows_and_trees_see_a_part_of_many_features():
    assert [options_for_clicks(rows, 90).minimum_in_leaf for rows in (1_000, 30_000, 10**6)] == [20, 200, 500]
    assert [round(options_for_clicks(1_000, features).feature_share, 2) for features in (2, 50, 500)] == [0.7, 0.5, 0.3]


def test_what_is_known_of_a_shopper_counts_though_most_rows_lack_it():
    data = clicks(600)
    options = recipe_for_clicks(data, FEATURES).options[0]
    assert options.favoured == ("mine",)
    booster = train_booster(data, options)
    liked, disliked = (float(booster.predict(np.array([[0.0, mine]], dtype=np.float32))[0]) for mine in (1.5, -1.5))
    assert liked > disliked
