"""What a product is among all products of its catalogue."""

from collections.abc import Iterator

from plugin_config.catalogue import Catalogue
from ranking.features.feature import Feature, Scope, Source


def statistics_features(catalogue: Catalogue) -> Iterator[Feature]:
    """Read from packed rows."""
    roles, product, rows = catalogue.roles, Scope.PRODUCT, Source.BEHAVIOUR
    if roles.price is not None:
        yield Feature("price_percentile", product, rows, "price among its category", field=roles.price)
    if roles.popularity is not None:
        yield Feature("popularity_percentile", product, rows, "popularity among all", field=roles.popularity)
    if roles.brand is not None:
        yield Feature("brand_share", product, rows, "share of products with this brand", field=roles.brand)
    if roles.category is not None:
        yield Feature("category_share", product, rows, "share of products in this category", field=roles.category)
    if roles.rating is not None:
        yield Feature("rating_shrunk", product, rows, "rating, weighed by its count", monotone=1, field=roles.rating)
