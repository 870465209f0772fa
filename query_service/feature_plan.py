"""What follows from a catalogue's features for reading them, worked out once and not with every search."""

from dataclasses import dataclass

from mappings.feature_query import FeatureQuery, feature_query
from plugin_config.catalogue import Catalogue
from ranking.features.declared import declared_features
from ranking.features.feature import Feature, Source
from ranking.features.packed import RowSchema


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """`features`: the declared ones, in the order of the matrix. `engine`: how OpenSearch is asked for its own.
    `products`: the columns of a product's packed row.
    """

    features: tuple[Feature, ...]
    engine: FeatureQuery
    products: RowSchema


def feature_plan(catalogue: Catalogue) -> FeaturePlan:
    """The plan of this catalogue's declared features."""
    features = declared_features(catalogue)
    engine = [feature for feature in features if feature.source is Source.ENGINE]
    rows = tuple(feature.name for feature in features if feature.source is Source.BEHAVIOUR)
    return FeaturePlan(features, feature_query(catalogue, engine), RowSchema(rows))
