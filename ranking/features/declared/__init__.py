"""The one list of features, for training and for serving, that a catalogue's fields and roles make possible."""

from itertools import chain

from plugin_config.catalogue import Catalogue
from ranking.features.declared.behaviour import behaviour_features
from ranking.features.declared.personal import personal_features
from ranking.features.declared.product import plain_number_fields, product_features
from ranking.features.declared.search import (
    BEST_MARK,
    RELATIVE_MARK,
    kind_features,
    query_features,
    relative_features,
    retrieval_features,
)
from ranking.features.declared.statistics import statistics_features
from ranking.features.declared.words import (
    feature_safe,
    phrase_fields,
    ranked_text_fields,
    vector_features,
    word_features,
)
from ranking.features.feature import Feature

__all__ = [
    "BEST_MARK",
    "RELATIVE_MARK",
    "declared_features",
    "feature_safe",
    "phrase_fields",
    "plain_number_fields",
    "ranked_text_fields",
]


def declared_features(catalogue: Catalogue) -> tuple[Feature, ...]:
    """Every feature of this catalogue in a fixed order; names are unique. Roles and encoders it lacks bring none."""
    every = chain(
        word_features(catalogue),
        vector_features(catalogue),
        product_features(catalogue),
        retrieval_features(catalogue),
        query_features(catalogue),
        statistics_features(catalogue),
        relative_features(catalogue),
        kind_features(catalogue),
        behaviour_features(catalogue),
        personal_features(catalogue),
    )
    unique: dict[str, Feature] = {}
    for feature in every:  # a text field called "all" meets bm25_all; the first keeps the name
        unique.setdefault(feature.name, feature)
    return tuple(unique.values())
