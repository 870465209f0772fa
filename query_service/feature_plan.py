"""What follows from a catalogue's features for reading them, worked out once and not with every search."""

from dataclasses import dataclass

from mappings.feature_query import FeatureQuery, feature_query
from plugin_config.catalogue import Catalogue
from ranking.features.declared import declared_features
from ranking.features.feature import Feature, Source
from ranking.features.matrix import MatrixLayout
from ranking.features.rows import ProductRowSchema


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """`features`: the declared ones, in the order of the matrix. `layout`: their matrix. `engine`: how OpenSearch is asked
    for its own. `products`: the layout of a product's packed row. `personal`: the names of what comes from a shopper's profile.
    """

    features: tuple[Feature, ...]
    layout: MatrixLayout
    engine: FeatureQuery
    products: ProductRowSchema
    personal: tuple[str, ...]


def feature_plan(catalogue: Catalogue) -> FeaturePlan:
    """The plan of this catalogue's declared features."""
    features = declared_features(catalogue)
    engine = [feature for feature in features if feature.source is Source.ENGINE]
    personal = tuple(feature.name for feature in features if feature.source is Source.PROFILE)
    return FeaturePlan(
        features,
        MatrixLayout.of(features),
        feature_query(catalogue, engine),
        ProductRowSchema.of(features),
        personal,
    )
