"""What OpenSearch says of a product for these words and vectors."""

import re
from collections.abc import Iterator

from plugin_config.catalogue import Catalogue
from ranking.features.feature import Feature, Scope, Source

MAXIMUM_TEXT_FIELDS = 8  # one clause and more each: beyond the heaviest fields they cost time and teach little
MAXIMUM_PHRASE_FIELDS = 3


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


def word_features(catalogue: Catalogue) -> Iterator[Feature]:
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


def vector_features(catalogue: Catalogue) -> Iterator[Feature]:
    pair, engine = Scope.QUERY_PRODUCT, Source.ENGINE
    if catalogue.encoders.text is not None:
        yield Feature("cosine_text", pair, engine, "closeness in meaning")
    if catalogue.encoders.picture is not None and catalogue.images:
        yield Feature("cosine_picture", pair, engine, "likeness to the picture")
        yield Feature("cosine_words_picture", pair, engine, "the product's picture fits the words")
