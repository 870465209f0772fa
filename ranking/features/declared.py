"""The one list of features, for training and for serving, that a catalogue's fields and roles make possible."""

import re
from collections.abc import Iterator
from itertools import chain

from plugin_config.catalogue import Catalogue
from ranking.features.feature import Feature, Scope, Source

MAXIMUM_TEXT_FIELDS = 8  # one clause and more each: beyond the heaviest fields they cost time and teach little
MAXIMUM_PHRASE_FIELDS = 3
MAXIMUM_NUMBER_FIELDS = 12
RELATIVE_MARK = "_relative"


def feature_safe(field: str) -> str:
    """A field name as part of a feature name: `a.b` becomes `a__b`, `attr_*` becomes `attr__any`."""
    return re.sub(r"[^A-Za-z0-9_]", "_", re.sub(r"\*$", "_any", field).replace(".", "__"))


def ranked_text_fields(catalogue: Catalogue) -> tuple[str, ...]:
    """The text fields with clauses of their own: the title, then by falling weight, at most eight."""
    by_weight = sorted(catalogue.text, key=lambda name: (name != catalogue.title_field, -catalogue.text[name].weight))
    return tuple(by_weight[:MAXIMUM_TEXT_FIELDS])


def phrase_fields(catalogue: Catalogue) -> tuple[str, ...]:
    """The fields short and weighty enough for a phrase to mean something: at least half of the title's weight."""
    least = catalogue.text[catalogue.title_field].weight / 2
    weighty = [name for name in ranked_text_fields(catalogue) if catalogue.text[name].weight >= least]
    return tuple(weighty[:MAXIMUM_PHRASE_FIELDS])


def declared_features(catalogue: Catalogue) -> tuple[Feature, ...]:
    """Every feature of this catalogue in a fixed order; names are unique. Roles and encoders it lacks bring none."""
    every = chain(
        _words(catalogue),
        _vectors(catalogue),
        _product(catalogue),
        _retrieval(catalogue),
        _query(catalogue),
        _statistics(catalogue),
        _relative(catalogue),
    )
    unique: dict[str, Feature] = {}
    for feature in every:  # a text field called "all" meets bm25_all; the first keeps the name
        unique.setdefault(feature.name, feature)
    return tuple(unique.values())


def _words(catalogue: Catalogue) -> Iterator[Feature]:
    pair, engine = Scope.QUERY_PRODUCT, Source.ENGINE
    for name in ranked_text_fields(catalogue):
        safe = feature_safe(name)
        yield Feature(f"bm25_{safe}", pair, engine, f"words in {name}", field=name)
        yield Feature(f"all_terms_{safe}", pair, engine, f"all words in {name}", field=name)
    for name in phrase_fields(catalogue):
        yield Feature(f"phrase_{feature_safe(name)}", pair, engine, f"the words as a phrase in {name}", field=name)
    title = catalogue.title_field
    yield Feature("bm25_all", pair, engine, "words anywhere in the product")
    yield Feature("all_terms_all", pair, engine, "all words somewhere in the product")
    yield Feature("phrase_all", pair, engine, "the words as a phrase anywhere")
    yield Feature("prefix_title", pair, engine, "the title begins with the words", field=title)
    yield Feature("exact_title", pair, engine, "the title is exactly the words", field=title)
    if catalogue.reviews is not None:
        yield Feature("bm25_reviews", pair, engine, "words in the reviews")
    if catalogue.roles.brand is not None:
        yield Feature("brand_match", pair, engine, "the brand is named in the words", field=catalogue.roles.brand)
    if catalogue.roles.category is not None:
        yield Feature("category_match", pair, engine, "the category is named", field=catalogue.roles.category)


def _vectors(catalogue: Catalogue) -> Iterator[Feature]:
    pair, engine = Scope.QUERY_PRODUCT, Source.ENGINE
    if catalogue.encoders.text is not None:
        yield Feature("cosine_text", pair, engine, "closeness in meaning")
    if catalogue.encoders.picture is not None and catalogue.images:
        yield Feature("cosine_picture", pair, engine, "likeness to the picture")
        yield Feature("cosine_words_picture", pair, engine, "the product's picture fits the words")


def _product(catalogue: Catalogue) -> Iterator[Feature]:
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
    yield Feature("title_words", product, engine, "length of the title in words", field=catalogue.title_field)
    for name in plain_number_fields(catalogue):
        yield Feature(f"number_{feature_safe(name)}", product, engine, name, field=name)


def plain_number_fields(catalogue: Catalogue) -> tuple[str, ...]:
    """Declared number fields that play no role: they are features under their own name."""
    taken = {name for _, name in catalogue.roles if name is not None}
    plain = [name for name in catalogue.number if name not in taken and not name.endswith("*")]
    return tuple(plain[:MAXIMUM_NUMBER_FIELDS])


def _retrieval(catalogue: Catalogue) -> Iterator[Feature]:
    pair, retrieval = Scope.QUERY_PRODUCT, Source.RETRIEVAL
    yield Feature("score_keyword", pair, retrieval, "keyword score")
    if catalogue.encoders.text is not None:
        yield Feature("score_text_vector", pair, retrieval, "score by meaning")
    if catalogue.encoders.picture is not None and catalogue.images:
        yield Feature("score_picture_vector", pair, retrieval, "score by picture")
        yield Feature("score_words_to_picture", pair, retrieval, "score of the words against the picture")
    yield Feature("fused_score", pair, retrieval, "mixed score of all parts")
    yield Feature("fused_rank_reciprocal", pair, retrieval, "rank before reordering")


def _query(catalogue: Catalogue) -> Iterator[Feature]:
    query = Scope.QUERY
    yield Feature("query_words", query, Source.QUERY, "number of words asked")
    yield Feature("query_characters", query, Source.QUERY, "length of the words asked")
    yield Feature("query_has_digits", query, Source.QUERY, "the words contain digits")
    if catalogue.images:
        yield Feature("query_has_picture", query, Source.QUERY, "a picture was given")


def _statistics(catalogue: Catalogue) -> Iterator[Feature]:
    """What a product is among all products of the catalogue; read from packed rows."""
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


def _relative(catalogue: Catalogue) -> Iterator[Feature]:
    """Raw scores differ from query to query; their place between the list's least and best does not."""
    pair, candidates = Scope.QUERY_PRODUCT, Source.CANDIDATES
    title = feature_safe(catalogue.title_field)
    bases = [f"bm25_{title}", "bm25_all", "score_keyword"]
    if catalogue.encoders.text is not None:
        bases.append("cosine_text")
    if catalogue.roles.price is not None:
        bases.append("price")
    for base in bases:
        yield Feature(f"{base}{RELATIVE_MARK}", pair, candidates, f"{base} among the candidates")
