"""What a product is by itself, from its document."""

from collections.abc import Iterator

from plugin_config.catalogue import Catalogue
from ranking.features.declared.words import feature_safe
from ranking.features.feature import Feature, Scope, Source

MAXIMUM_NUMBER_FIELDS = 12


def product_features(catalogue: Catalogue) -> Iterator[Feature]:
    roles, product, engine = catalogue.roles, Scope.PRODUCT, Source.ENGINE
    if roles.price is not None:
        yield Feature("price", product, engine, "price", field=roles.price)
    if roles.price is not None and roles.list_price is not None:
        yield Feature("discount", product, engine, "discount on the list price", field=roles.list_price)
    if roles.rating is not None:
        yield Feature("rating", product, engine, "average rating", monotone=1, field=roles.rating)
    if roles.rating_count is not None:
        yield Feature("rating_count", product, engine, "number of ratings", field=roles.rating_count)
    if roles.stock is not None:
        yield Feature("stock", product, engine, "stock", field=roles.stock)
        yield Feature("in_stock", product, engine, "in stock", monotone=1, field=roles.stock)
    if roles.popularity is not None:
        yield Feature("popularity", product, engine, "popularity", field=roles.popularity)
    if roles.released is not None:
        yield Feature("age_days", product, engine, "days since release", field=roles.released)
    if catalogue.images:
        yield Feature("has_picture", product, engine, "has a picture")
        yield Feature("picture_sharpness", product, engine, "sharpness of its picture")
        yield Feature("picture_fill", product, engine, "how much of its picture the product fills")
        yield Feature("picture_clutter", product, engine, "how busy the border of its picture is")
        yield Feature("picture_agreement", product, engine, "how well picture and title agree")
    yield Feature("title_words", product, engine, "length of the title in words", field=catalogue.title_field)
    for name in plain_number_fields(catalogue):
        yield Feature(f"number_{feature_safe(name)}", product, engine, name, field=name)


def plain_number_fields(catalogue: Catalogue) -> tuple[str, ...]:
    """Declared number fields that play no role: they are features under their own name."""
    taken = {name for _, name in catalogue.roles if name is not None}
    plain = [name for name in catalogue.number if name not in taken and not name.endswith("*")]
    return tuple(plain[:MAXIMUM_NUMBER_FIELDS])
